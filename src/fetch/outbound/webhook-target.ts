/**
 * Where a webhook goes, read from its URL. Called by post-webhook.ts; pure. What it answers is still to be judged by the
 * connector, which knows names, addresses and ports.
 */

export interface WebhookTarget {
  readonly host: string;
  readonly port: number;
  /** path and query, as they are sent */
  readonly path: string;
}

const HTTPS_PORT = 443;
const HOST_AS_WRITTEN = /^https:\/\/([^/:?#]*)/;

/**
 * Undefined for what is no `https://host[:port][/path]`, and where the host is written as something else than it is read
 * as: `2130706433`, `0x7f.1` and `127.1` are all 127.0.0.1 to a URL, and none of them is what reviewers read.
 */
export function webhookTarget(text: string): WebhookTarget | undefined {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || `${url.username}${url.password}` !== '') return undefined;
  if (HOST_AS_WRITTEN.exec(text)?.[1] !== url.hostname) return undefined;
  const port = url.port === '' ? HTTPS_PORT : Number(url.port);
  return { host: url.hostname, port, path: `${url.pathname}${url.search}` };
}
