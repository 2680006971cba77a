/**
 * Owns: under which licences others' code may be shipped: those that ask for nothing but that their text is passed on.
 * Called by: licences.ts and its tests. Must not: read files.
 */

/** By their SPDX identifiers. Another one is a decision: what does it ask of those who run the operator? */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** Whether an SPDX expression leaves a choice that is allowed: one of `OR`, all of `AND`. `WITH` is never. */
export function isAllowed(expression: string): boolean {
  const text = withoutParentheses(expression.trim());
  const either = splitAtTop(text, ' OR ');
  if (either.length > 1) return either.some(isAllowed);
  const all = splitAtTop(text, ' AND ');
  return all.length > 1 ? all.every(isAllowed) : ALLOWED.has(text);
}

/** `(A OR B)` is `A OR B`; `(A) OR (B)` stays. */
function withoutParentheses(text: string): string {
  const inside = text.slice(1, -1);
  const whole = text.startsWith('(') && text.endsWith(')') && balanced(inside);
  return whole ? withoutParentheses(inside.trim()) : text;
}

function balanced(text: string): boolean {
  let depth = 0;
  for (const letter of text) {
    depth += letter === '(' ? 1 : letter === ')' ? -1 : 0;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function splitAtTop(text: string, word: string): string[] {
  const parts = text.split(word);
  const joined: string[] = [];
  for (const part of parts) {
    const open = joined.at(-1);
    if (open !== undefined && !balanced(open)) joined[joined.length - 1] = `${open}${word}${part}`;
    else joined.push(part);
  }
  return joined;
}
