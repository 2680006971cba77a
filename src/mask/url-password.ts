/** The password within an address: programs take addresses apart, and print the parts. */

/** As it is written, and decoded where that is something else; none where the text is no address with a password. */
export function urlPasswords(text: string): readonly string[] {
  const url = ADDRESS.test(text) ? URL.parse(text) : null;
  if (!url || url.password === '') return [];
  return [...new Set([url.password, written(text), decoded(url.password)])];
}

const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Before the last @ of the host, behind the first colon: parsing writes some characters anew. */
function written(text: string): string {
  const [authority = ''] = text.replace(ADDRESS, '').split(/[/?#]/, 1);
  const user = authority.slice(0, authority.lastIndexOf('@'));
  return user.slice(user.indexOf(':') + 1);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // a lone % is no encoding: the text as it is written counts
    return text;
  }
}
