/** White space as .NET has it, which the runner trims by: with U+0085, without the byte order mark that JavaScript adds. */

const WHITE = new Set(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

export function isWhite(character: string | undefined): boolean {
  return character !== undefined && WHITE.has(character);
}

export function trim(text: string): string {
  let end = text.length;
  while (isWhite(text[end - 1])) end -= 1;
  return trimStart(text.slice(0, end));
}

export function trimStart(text: string): string {
  let start = 0;
  while (isWhite(text[start])) start += 1;
  return text.slice(start);
}

export function isBlank(text: string): boolean {
  return trimStart(text) === '';
}
