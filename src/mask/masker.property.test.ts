import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyMasking } from './any-masking.fixture.ts';
import { ADDITIONS } from './extra-forms.ts';
import { Masker } from './masker.ts';
import { naiveMask } from './naive-mask.fixture.ts';
import { runnerForms } from './runner-encoders.ts';

const RUNS = 100_000;

/** Everything the runner looks for. */
const forms = (secrets: readonly string[]) => secrets.flatMap((secret) => [secret, ...runnerForms(secret)]);

const maskerOf = (secrets: readonly string[]) => {
  const masker = new Masker();
  for (const secret of secrets) masker.addValue(secret);
  return masker;
};

function streamed(masker: Masker, chunks: readonly Uint8Array[]): string {
  const stream = masker.stream();
  const pieces = chunks.flatMap((chunk) => stream.write(chunk));
  return Buffer.concat([...pieces, ...stream.end()]).toString();
}

describe('for any text, secrets and chunks', () => {
  it('the stream prints what a naive implementation of M1 to M8 does', () => {
    fc.assert(
      fc.property(anyMasking, ({ text, secrets, chunks }) => {
        expect(streamed(maskerOf(secrets), chunks)).toBe(naiveMask(text, forms(secrets)));
      }),
      { numRuns: RUNS },
    );
  }, 240_000);

  it('the whole text is masked as the stream is', () => {
    fc.assert(
      fc.property(anyMasking, ({ text, secrets, chunks }) => {
        expect(maskerOf(secrets).mask(text)).toBe(streamed(maskerOf(secrets), chunks));
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);

  it('what is held back is never longer than the longest form', () => {
    fc.assert(
      fc.property(anyMasking, ({ secrets, chunks }) => {
        const stream = maskerOf(secrets).stream();
        const longest = Math.max(0, ...forms(secrets).map((form) => Buffer.byteLength(form)));
        for (const chunk of chunks) {
          stream.write(chunk);
          expect(stream.heldBytes).toBeLessThan(Math.max(longest, 1));
        }
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);

  it('with all additions, no secret survives in any encoding that is listed', () => {
    const encodings: readonly ((value: string) => string)[] = [
      (value) => value,
      (value) => Buffer.from(value).toString('base64'),
      (value) => Buffer.from(`${value}\n`).toString('base64'),
      (value) => Buffer.from(value).toString('base64url'),
      (value) => Buffer.from(value).toString('hex'),
      (value) => Buffer.from(value).toString('hex').toUpperCase(),
      (value) => encodeURIComponent(value),
      (value) => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()),
      (value) => new URLSearchParams({ '': value }).toString().slice(1),
      (value) => JSON.stringify(value).slice(1, -1),
    ];
    // by chance alone, what encodings treat differently would hardly ever come together
    const special = fc.constantFrom(...'\u0085\u2028\u2029\n\r\t\u0000\u007f"\\&<+%/~ aé🔑');
    const anyUnit = fc.oneof(special, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }));
    const any = fc.record({
      secret: fc.string({ unit: anyUnit, minLength: 6, maxLength: 120 }).map((text) => text.trim()),
      encoding: fc.nat({ max: encodings.length - 1 }),
      sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(any, ({ secret, encoding, sizes }) => {
        fc.pre(Buffer.byteLength(secret) >= 6);
        const masker = new Masker({ additions: ADDITIONS });
        masker.addValue(secret);
        const form = encodings[encoding]?.(secret) ?? '';
        expect(streamed(masker, cutBy(`[ ${form} ]`, sizes))).toBe('[ *** ]');
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);

  it('secrets that are like themselves, moved, are found all the same', () => {
    const unit = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 });
    const repeated = fc
      .tuple(unit, fc.integer({ min: 30, max: 120 }), fc.constantFrom('', 'b', 'ab', 'c'))
      .map(([text, length, tail]) => text.repeat(length).slice(0, length) + tail);
    const torn = fc.tuple(repeated, fc.nat({ max: 130 })).map(([text, cut]) => text.slice(cut));
    const any = fc.record({
      secrets: fc.array(repeated, { minLength: 1, maxLength: 3 }),
      pieces: fc.array(fc.oneof(repeated, torn), { maxLength: 6 }),
      sizes: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(any, ({ secrets, pieces, sizes }) => {
        const text = [...secrets.slice(0, 1), ...pieces].join('');
        expect(streamed(maskerOf(secrets), cutBy(text, sizes))).toBe(naiveMask(text, forms(secrets)));
      }),
      { numRuns: 5_000 },
    );
  }, 60_000);
});

/** Pieces of these sizes, one after the other, again and again. */
function cutBy(text: string, sizes: readonly number[]): Uint8Array[] {
  const bytes = Buffer.from(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sizes[chunks.length % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
