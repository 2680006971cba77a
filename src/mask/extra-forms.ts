/**
 * Forms that the runner is known to miss, each a named choice: with none of them masking is the runner's, to the letter.
 * A form is here only if it cannot be taken for other text: each has a least length.
 */
import { certainRuns, lineForms, newlineForms, urlForms } from './base64-runs.ts';
import { isWorthMasking, jsonLeaves } from './json-leaves.ts';
import { jsonTexts } from './json-texts.ts';
import { percentForms } from './percent-forms.ts';
import { urlPasswords } from './url-password.ts';

export const ADDITIONS = [
  // base64 of a longer text that has the value anywhere in it
  'base64Suffix',
  // the lines of base64 that does not fit in one
  'base64Lines',
  // base64 in the URL alphabet, and without padding
  'base64Url',
  // percent-encoding in lower case, with `+` for a space, and with the exceptions of common libraries
  'percentEncoding',
  // strings of JSON as JavaScript, Go and Python write them
  'jsonTexts',
  // the fields of a structured value
  'jsonLeaves',
  // the password of a value that is an address, such as that of a database
  'urlPassword',
  // less instead of more: no brackets of a structured value, see value-lines.ts
  'structuredLines',
  // hexadecimal digits in both cases, as `xxd -p` prints them: long enough to be nothing else, so it harms no log
  'hex',
] as const;

export type Addition = (typeof ADDITIONS)[number];

/** Without the value itself, empty forms and repetitions; some may also be among the runner's forms. */
export function extraForms(value: string, additions: ReadonlySet<Addition>): readonly string[] {
  if (value === '') return [];
  const forms = new Set([...additions].flatMap((addition) => formsOf(value, addition)));
  forms.delete('');
  forms.delete(value);
  return [...forms];
}

function formsOf(value: string, addition: Addition): readonly string[] {
  switch (addition) {
    case 'base64Suffix':
      return [...certainRuns(value), ...newlineForms(value)];
    case 'base64Lines':
      return lineForms(value);
    case 'base64Url':
      return urlForms(value);
    case 'percentEncoding':
      return percentForms(value);
    case 'jsonTexts':
      return jsonTexts(value);
    case 'jsonLeaves':
      return jsonLeaves(value);
    case 'urlPassword':
      return urlPasswords(value).filter(isWorthMasking);
    case 'hex':
      return hexForms(value);
    case 'structuredLines':
      return [];
    default:
      return addition satisfies never;
  }
}

/** Twelve digits and more are hardly ever something else; a shorter value would hit identifiers and addresses. */
const MIN_HEX_BYTES = 6;

function hexForms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length < MIN_HEX_BYTES) return [];
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase()];
}

const PARTS: ReadonlySet<Addition> = new Set(['jsonLeaves', 'urlPassword']);

/** Of what `extraForms` answers, the parts of the value: each is a secret with forms of its own. */
export function secretParts(value: string, additions: ReadonlySet<Addition>): readonly string[] {
  return extraForms(value, new Set([...additions].filter((addition) => PARTS.has(addition))));
}
