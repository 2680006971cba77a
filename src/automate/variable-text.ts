/** Owns: how a text of somebody else becomes the value of a variable: short, on one line, and well-formed. */

/** What a stored variable may have. */
export const MAX_VARIABLE_TEXT = 512;

/** Control characters and line ends become spaces, halves of a character the sign for one; cut at the limit. */
export function oneLine(text: string): string {
  return text
    .slice(0, MAX_VARIABLE_TEXT)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}

/** Names with commas between them, as many as there is room for; none is cut. */
export function joinedNames(names: readonly string[]): string {
  let joined = '';
  for (const name of names) {
    const longer = joined === '' ? name : `${joined},${name}`;
    if (longer.length > MAX_VARIABLE_TEXT) break;
    joined = longer;
  }
  return joined;
}
