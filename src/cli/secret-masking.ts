/**
 * Owns: what masking can do for the values that are set, and what it cannot (spec rows G17, M33). Used by: secret-set.ts,
 * secret-verb.ts. May look into the values; says nothing of them but their name, their format, and that they are weak.
 */
import { ADDITIONS } from '../mask/extra-forms.ts';
import { Masker } from '../mask/masker.ts';
import { type Weakness, weaknessesOf, weaknessText } from '../mask/weak-value.ts';
import { few } from './doctor-finding.ts';
import type { NamedValue } from './secret-input.ts';

/** Knows the values before anything is sent: no answer of the API server shows one, in whatever form. */
export function maskerOf(values: readonly NamedValue[]): Masker {
  const masker = new Masker({ additions: ADDITIONS, detect: true });
  for (const { name, value } of values) {
    masker.addValue(value.reveal());
    masker.addVariable(name, value.reveal().toString('utf8'));
  }
  return masker;
}

/**
 * One line for each weakness, however many names have it. That a value is short or common helps whoever guesses it, so a
 * pipe, which may be a log that others read, is told of formats alone.
 */
export function weaknessWarnings(values: readonly NamedValue[], isTerminal: boolean): string[] {
  const names = new Map<string, { readonly weakness: Weakness; readonly names: string[] }>();
  for (const { name, value } of values) {
    const weakness = gravest(weaknessesOf(value.reveal().toString('utf8')));
    if (!weakness || (weakness.kind !== 'structured' && !isTerminal)) continue;
    const key = JSON.stringify(weakness);
    const alike = names.get(key) ?? { weakness, names: [] };
    names.set(key, alike);
    alike.names.push(name);
  }
  return [...names.values()].map(({ weakness, names: [first = '', ...others] }) =>
    others.length === 0
      ? weaknessText(first, weakness)
      : `${weaknessText(first, weakness)}; the same is true of ${few(others)}`,
  );
}

/** One for each name: a structured value leaks its fields, the others ruin a log. */
function gravest(weaknesses: readonly Weakness[]): Weakness | undefined {
  return weaknesses.find(({ kind }) => kind === 'structured') ?? weaknesses[0];
}
