/**
 * Owns: finding a secret value in any text, in the forms in which one leaks.
 * Used by: the leak test. A detector that misses a form would make the whole test worthless, so it has its own tests.
 */
import { createHash } from 'node:crypto';

export interface Leak {
  readonly channel: string;
  readonly form: string;
  readonly around: string;
}

/** Every form of a value that must never show: the value, its encodings, and hashes made without a key. */
function formsOf(value: string): [form: string, text: string][] {
  const bytes = Buffer.from(value);
  const hash = (encoding: 'hex' | 'base64') => createHash('sha256').update(bytes).digest(encoding);
  // base64 of a text that contains the value: three alignments, without the characters that neighbours change
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [
    ['plain', value],
    // what JSON.parse shows of a text that it cannot read
    ['its beginning', value.slice(0, 10)],
    ['json', JSON.stringify(value).slice(1, -1)],
    ['percent-encoded', encodeURIComponent(value)],
    ['hex', bytes.toString('hex')],
    ['base64url', bytes.toString('base64url')],
    ['sha256 hex', hash('hex')],
    ['sha256 base64', hash('base64').replace(/=+$/, '')],
    ...shifted.map((text, shift): [string, string] => [`base64 shifted by ${shift}`, text]),
  ];
}

/** Where in the channels any of the values shows. */
export function findLeaks(values: readonly string[], channels: ReadonlyMap<string, string>): Leak[] {
  const forms = values.flatMap(formsOf);
  return [...channels].flatMap(([channel, text]) =>
    forms.flatMap(([form, needle]) => {
      const at = text.indexOf(needle);
      return at < 0 ? [] : [{ channel, form, around: text.slice(Math.max(0, at - 60), at + 10) }];
    }),
  );
}
