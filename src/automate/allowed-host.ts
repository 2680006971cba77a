/** Owns: whether an organization lets its automations send to a host (THREATS 7). The connector decides on addresses. */

/**
 * The host of a URL as it is connected to: `https://0x7f.1/` is `127.0.0.1`. Without a port, in lower case; empty for
 * what is no URL.
 */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** Whether one entry of `automationHosts` is this host, or `*.` and the end of it. Every port of a host is allowed. */
export function isAllowedHost(url: string, hosts: readonly string[]): boolean {
  const host = hostOf(url);
  // an empty label is no host that a resolver could have asked about
  if (host.split('.').includes('')) return false;
  return hosts.some((one) => (one.startsWith('*.') ? host.endsWith(one.slice(1)) : host === one));
}
