/**
 * Owns: what quotes, backslashes and dollars in a dotenv value mean. Used by: dotenv-file.ts. Pure.
 * As godotenv, which gh reads its files with (spec rows GX44, K9), so that a file means the same to both.
 */

/** A dollar that stood for something else than itself. What it stood for may be part of a password: it is not told. */
export type Expansion = 'another name' | 'nothing';

export interface ReadValue {
  readonly text: string;
  readonly expansions: readonly Expansion[];
}

/** Of a value without quotes. */
export function bareValue(line: string, names: ReadonlyMap<string, string>): ReadValue {
  // a comment begins at white space and #; a # within a word is part of it
  const comment = /(?<=[\t\v\f\r \u0085\u00a0])#/u.exec(line);
  return expanded(trimmed(comment ? line.slice(0, comment.index) : line), names);
}

export function doubleQuoted(inside: string, names: ReadonlyMap<string, string>): ReadValue {
  const escaped = inside
    .replace(/\\./g, (pair) => (pair === '\\n' ? '\n' : pair === '\\r' ? '\r' : pair))
    .replace(/\\([^$])/g, '$1');
  return expanded(escaped, names);
}

/** White space as it separates here; a line feed ends a line. */
export const BLANK = /[\t\v\f\r \u0085\u00a0]/u;

export function trimmed(text: string): string {
  return text.replace(/^[\t\v\f\r \u0085\u00a0]+|[\t\v\f\r \u0085\u00a0]+$/gu, '');
}

function expanded(text: string, names: ReadonlyMap<string, string>): ReadValue {
  const expansions: Expansion[] = [];
  const replaced = text.replace(
    /(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?/g,
    (found: string, backslash: string | undefined, paren: string | undefined, name: string | undefined) => {
      if (backslash !== undefined || paren !== undefined) return found.slice(1);
      if (name === undefined) return found;
      const value = names.get(name);
      expansions.push(value === undefined ? 'nothing' : 'another name');
      return value ?? '';
    },
  );
  return { text: replaced, expansions };
}
