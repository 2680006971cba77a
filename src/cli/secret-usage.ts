/** Owns: what is wrong with a command line of `secretscope secret`, in gh's words (spec rows GX45, GX46). Pure. */
import type { NameFault } from '../model/names.ts';
import { canonicalName, nameFaults } from '../model/names.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export type SecretVerb = 'set' | 'list' | 'delete';

const USAGE: Record<SecretVerb, string> = {
  set: 'secretscope secret set <secret-name> [flags]',
  list: 'secretscope secret list [flags]',
  delete: 'secretscope secret delete <secret-name> [flags]',
};

/** A fault of the flags tells the usage, too. */
export class FlagError extends UsageError {
  constructor(verb: SecretVerb, message: string) {
    super(`${message}\n\nusage: ${USAGE[verb]}\nrun with --help for the flags`);
  }
}

const RULE =
  'Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).';
const RESERVED = 'Secret names must not start with GITHUB_, in any case.';

/** GitHub's sentence. The name itself is not repeated: what is none may be a value in the wrong place. */
export function nameSentence(faults: readonly NameFault[]): string | undefined {
  if (faults.length === 0) return undefined;
  if (faults.includes('TOO_LONG')) return 'Secret names have at most 253 characters.';
  return faults.every((fault) => fault === 'RESERVED_PREFIX') ? RESERVED : RULE;
}

/** The stored form of a name that was typed. */
export function nameFrom(verb: SecretVerb, entered: string): string {
  const sentence = nameSentence(nameFaults(entered));
  if (sentence !== undefined) throw new UsageError(`failed to ${verb} secret: ${sentence}`);
  return canonicalName(entered);
}

/** One of a few words, compared without case. */
export function wordFrom<Word extends string>(
  verb: SecretVerb,
  flag: string,
  words: readonly Word[],
  text: string,
): Word {
  const word = words.find((one) => one === text.toLowerCase());
  if (word !== undefined) return word;
  throw new FlagError(
    verb,
    `invalid argument "${escapeText(text)}" for "${flag}" flag: valid values are {${words.join('|')}}`,
  );
}
