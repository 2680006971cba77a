/** Owns: scraping the operator as a Prometheus does, by HTTPS and with a token. Used by: scenarios of the metrics. */
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { parse } from 'yaml';

export interface Scraped {
  readonly status: number;
  readonly body: string;
}

/** The certificate is the operator's own: nothing is proven by it. */
export function scrape(port: number, token?: string, path = '/metrics'): Promise<Scraped> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false };
  return new Promise((resolve, reject) => {
    get(options, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}

/** Of a kubeconfig that holds one. */
export async function tokenIn(kubeconfig: string): Promise<string> {
  const { users } = parse(await readFile(kubeconfig, 'utf8')) as { users: { user: { token: string } }[] };
  const [first] = users;
  if (!first) throw new Error(`${kubeconfig} has no user`);
  return first.user.token;
}
