/** Passwords of the proxies that an environment names: programs print the address of a proxy that they cannot reach (spec row M23). */
import { urlPasswords } from './url-password.ts';

const PROXY_NAMES = /^(?:https?|all|ftp)_proxy$/i;

/** As they are written, and decoded where that is something else. */
export function proxyPasswords(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const addresses = Object.entries(env).flatMap(([name, value]) =>
    PROXY_NAMES.test(name) && value !== undefined ? [withScheme(value)] : [],
  );
  return [...new Set(addresses.flatMap(urlPasswords))];
}

/** curl and others take an address without its scheme. */
function withScheme(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
}
