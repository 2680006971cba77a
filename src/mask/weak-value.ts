/**
 * Values that masking protects badly. A short or common one is masked all over the log, which ruins it and confirms a guess;
 * of a structured one only the whole and its lines are found. Nothing here says how long a value is or repeats any of it.
 */
import { isCommon } from './common-words.ts';
import { type StructuredFormat, structuredFormat } from './structured-format.ts';
import { trim } from './white-space.ts';

export type Weakness =
  | { readonly kind: 'short' }
  | { readonly kind: 'common' }
  | { readonly kind: 'structured'; readonly format: StructuredFormat };

const MIN_LENGTH = 6;
/** As many digits are a port, a date or a count. */
const FEW_DIGITS = /^\d{1,6}$/;

export function weaknessesOf(value: string): readonly Weakness[] {
  const text = trim(value);
  if (text === '') return [];
  const weaknesses: Weakness[] = [];
  if ([...text].length < MIN_LENGTH || FEW_DIGITS.test(text)) weaknesses.push({ kind: 'short' });
  if (isCommon(text)) weaknesses.push({ kind: 'common' });
  const format = structuredFormat(text);
  if (format) weaknesses.push({ kind: 'structured', format });
  return weaknesses;
}

export function weaknessText(name: string, weakness: Weakness): string {
  switch (weakness.kind) {
    case 'short':
      return `${name} is so short that masking it hides other text too and confirms a guess; use a longer value, or a variable if it is no secret`;
    case 'common':
      return `${name} is a common word or password, so masking it hides other text too and confirms a guess; use a random value, or a variable if it is no secret`;
    case 'structured':
      return `${name} is ${weakness.format}, of which only the whole and its lines are sure to be masked; keep each secret part as a secret of its own`;
    default:
      return weakness satisfies never;
  }
}
