/** Owns: which keys of mounted Secrets become variables. Used by: exec-verb.ts. */
import { canonicalName, isLoaderName } from '../model/names.ts';
import { SecretValue } from '../model/secret-value.ts';
import { readMount } from './exec-folder.ts';
import type { WantedNames } from './exec-order.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export type Values = ReadonlyMap<string, SecretValue>;

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Of the same key in several folders the last one counts, as with `envFrom`. */
export async function valuesOfFolders(
  folders: readonly string[],
  { all, include, missing }: WantedNames,
  note: (text: string) => void,
): Promise<Values> {
  const found = new Map<string, SecretValue>();
  for (const folder of folders) for (const { key, value } of await readMount(folder)) found.set(key, value);
  if (found.size === 0 && include.length === 0)
    throw new ExitError(
      EXIT.notFound,
      `${folders.map(escapeText).join(', ')} holds no key; is the Secret mounted there?`,
    );
  const named = include.map((name) => foundName(name, found));
  refuse(named.filter((name) => !VARIABLE_NAME.test(name)));
  const lacking = named.filter((name) => !found.has(name));
  if (missing === 'error') lack(lacking, folders);
  const taken = [...(all ? offered(found, named, note) : []), ...named];
  return new Map(taken.map((name) => [name, found.get(name) ?? SecretValue.fromText('')]));
}

/** As it was typed, else in upper case as scopes write their names. */
function foundName(typed: string, found: ReadonlyMap<string, unknown>): string {
  return !found.has(typed) && found.has(canonicalName(typed)) ? canonicalName(typed) : typed;
}

function offered(found: Values, named: readonly string[], note: (text: string) => void): string[] {
  return [...found.keys()].filter((key) => {
    if (named.includes(key)) return false;
    if (!VARIABLE_NAME.test(key)) {
      note(`note: the file ${escapeText(key)} is left out, since no variable can have that name`);
      return false;
    }
    if (isLoaderName(key)) {
      note(
        `note: ${key} is left out, since loaders obey a variable of that name; if it is meant, add --all --include ${key}`,
      );
      return false;
    }
    return true;
  });
}

function refuse(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new ExitError(
    EXIT.usage,
    `no variable can be called ${names.map((name) => `"${escapeText(name)}"`).join(', ')}; let the program read the file itself, or give the key a name such as TLS_KEY`,
  );
}

function lack(names: readonly string[], folders: readonly string[]): void {
  if (names.length === 0) return;
  throw new ExitError(
    EXIT.notFound,
    `${folders.map(escapeText).join(', ')} holds no ${names.join(', ')}; look at the keys of the Secret, or use --missing empty for the empty string`,
  );
}
