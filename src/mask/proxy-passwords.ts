/** Passwords of the proxies that an environment names: programs print the address of a proxy that they cannot reach (spec row M23). */

const PROXY_NAMES = /^(?:https?|all|ftp)_proxy$/i;

/** As they are written, and decoded where that is something else. */
export function proxyPasswords(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const addresses = Object.entries(env).flatMap(([name, value]) =>
    PROXY_NAMES.test(name) && value !== undefined ? [value] : [],
  );
  return [...new Set(addresses.flatMap(passwordsOf))].filter((password) => password !== '');
}

/** curl and others take an address without its scheme. */
function passwordsOf(address: string): readonly string[] {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`);
  if (!url) return [];
  const { password } = url;
  return [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a lone % is no encoding: the text as it is written counts
    return text;
  }
}
