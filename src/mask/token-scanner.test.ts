import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamedSpans, wholeSpans } from './token-mask.fixture.ts';
import { TOKEN_PATTERNS } from './token-patterns.ts';
import { HARMLESS, letters, NEARLY, TOKENS, unmarked } from './token-samples.fixture.ts';
import { countSteps, MAX_TOKEN, scanTokens } from './token-scanner.ts';

const IDS = TOKEN_PATTERNS.map(({ id }) => id);
const samples = Object.values(TOKENS).flat().map(unmarked);
const nearly = Object.values(NEARLY).flat();

/** Tokens, nearly tokens, parts of both and the bytes that decide between them, in any order. */
const pieces = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...samples) },
  { weight: 2, arbitrary: fc.constantFrom(...nearly) },
  { weight: 2, arbitrary: fc.constantFrom(...HARMLESS.filter((text) => text.length < 1000)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...samples), fc.nat(80), fc.nat(80))
      .map(([text, start, length]) => text.slice(start, start + length)),
  },
  { weight: 3, arbitrary: fc.constantFrom(' ', ';', '"', '\n', '=', '.', '@', ':', '-', '_', 'é', 'x', '7') },
);
const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => Buffer.from(parts.join('')));
const chunkings = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 400 })), {
  minLength: 1,
  maxLength: 6,
});

describe('a text in pieces', () => {
  it('M34 gives the spans of the whole, wherever it is cut', () => {
    fc.assert(
      fc.property(texts, chunkings, (text, sizes) => {
        expect(streamedSpans(text, sizes).spans).toEqual(wholeSpans(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(IDS)('M34 gives the spans of the whole, byte by byte: %s', (id) => {
    for (const text of [...(TOKENS[id] ?? []), ...(NEARLY[id] ?? [])].map(unmarked)) {
      const bytes = Buffer.from(`x ${text}\n`);
      expect(streamedSpans(bytes, [1]).spans).toEqual(wholeSpans(bytes));
    }
  });

  it('holds nothing back of lines that cannot become a token', () => {
    for (const text of ['building [====>   ] 41%', 'ana@web:~$ ', 'done.\n', 'enter a name: ']) {
      const bytes = Buffer.from(text);
      expect(scanTokens(bytes, bytes.length, -1, false).undecided).toBe(bytes.length);
    }
  });

  it('reads no byte behind its end', () => {
    const text = Buffer.from(unmarked(TOKENS['github-v2']?.[0] ?? ''));
    expect(scanTokens(text, text.length - 1, -1, true).spans).toEqual([]);
    expect(scanTokens(text, text.length, -1, true).spans).toHaveLength(1);
  });

  it('takes no token that began before the text', () => {
    const text = Buffer.from(`npm${'_'}${letters('alnum', 36)}\n`);
    expect(scanTokens(text, text.length, 'x'.charCodeAt(0), true).spans).toEqual([]);
    expect(scanTokens(text, text.length, '='.charCodeAt(0), true).spans).toHaveLength(1);
  });
});

describe('a token without an end', () => {
  const long = Buffer.from(`a Bearer ${letters('base64url', 5 * MAX_TOKEN)}. b\n`);
  const inside = Buffer.from(`${long.toString('utf8', 0, 40_000)} ghs${'_'}${letters('alnum', 36)}\n`);

  it.each([[[1000]], [[4096]], [[65_536]], [[MAX_TOKEN]], [[MAX_TOKEN + 1, 3]]])(
    'is masked as far as it goes, in pieces of %j',
    (sizes) => {
      expect(streamedSpans(long, sizes).spans).toEqual(wholeSpans(long));
      expect(streamedSpans(inside, sizes).spans).toEqual(wholeSpans(inside));
    },
  );

  it(`holds back no more than ${MAX_TOKEN} bytes`, () => {
    expect(streamedSpans(long, [1000]).held).toBeLessThanOrEqual(MAX_TOKEN);
    expect(streamedSpans(inside, [333]).held).toBeLessThanOrEqual(MAX_TOKEN);
  });

  it('goes on as the widest of those that it is', () => {
    const jwt = `eyJ${'hbGciOiJIUzI1NiJ9'.repeat(4)}.eyJ${'zdWIiOiIxIn0'.repeat(4_000)}.${'aB3-_x'.repeat(9_000)}`;
    const text = Buffer.from(`Bearer ${jwt}~${'aB3'.repeat(9)}= b\n`);
    expect(wholeSpans(text)).toEqual([{ start: 7, end: text.length - 3 }]);
    for (const size of [997, 16_384, 65_536])
      expect(streamedSpans(text, [size]).spans).toEqual(wholeSpans(text));
  });

  it('waits for its digit no longer than it may have one', () => {
    const words = Buffer.from(`Bearer ${'q'.repeat(1_100)}`);
    expect(scanTokens(words, words.length, -1, false).undecided).toBe(words.length);
    const late = Buffer.from(`${words}7${'q'.repeat(100)} b\n`);
    expect(wholeSpans(late)).toEqual([]);
    expect(streamedSpans(late, [100]).spans).toEqual([]);
  });

  it('is masked as far as it was seen by one who hands on no more than a byte', () => {
    const scan = scanTokens(long, 2 * MAX_TOKEN, -1, false);
    expect(scan.spans).toEqual([{ start: 9, end: 2 * MAX_TOKEN }]);
    expect(scan.undecided).toBe(2 * MAX_TOKEN);
    expect(scan.beforeAt(scan.undecided) & 255).toBe(long[2 * MAX_TOKEN - 1]);
  });
});

describe('the cost of a scan', () => {
  const STEPS_A_BYTE = 100;

  const filled = (unit: string, length: number) =>
    Buffer.from(unit.repeat(length / unit.length + 1)).subarray(0, length);

  /** Many beginnings before one literal, and no token after all. */
  const HARDEST: Readonly<Record<string, readonly string[]>> = {
    'database-connection-string': [
      `${'user='.repeat(40)};pwd=*`,
      `${'uid ='.repeat(40)}; password=*`,
      `${'jdbc:'.repeat(24)}?password=*`,
      `${'jdbc:'.repeat(24)}?user=&password=*`,
      `${'redis+'.repeat(6)}://`,
      'redis://:',
      'redis://:@',
    ],
  };

  /** The literals again and again, tokens that lack their end, and each beginning with a run that never ends. */
  function worstOf(id: string): string[] {
    const shapes = TOKEN_PATTERNS.find((one) => one.id === id)?.shapes ?? [];
    const literals = shapes.flatMap(({ anchor }) => anchor.literals);
    const texts = [...(TOKENS[id] ?? []), ...(NEARLY[id] ?? [])].map(unmarked);
    return [
      ...(HARDEST[id] ?? []),
      ...literals,
      ...literals.map((literal) => `${literal} `),
      ...literals.map((literal) => `.${literal}`),
      ...literals.map((literal) => `a${literal}`),
      ...texts,
      ...texts.map((text) => text.slice(0, -1)),
      ...texts.map((text) => text.slice(1, text.length / 2)),
    ].filter((unit) => unit !== '');
  }

  const endless = ['a', '7', 'A', '+', '=', ' ', 'user=', 'eyJ', 'aA7.', '7a ', ';'];

  const ofLength = (begin: string, unit: string, length: number) =>
    Buffer.concat([Buffer.from(begin), filled(unit, length)]).subarray(0, length);

  it.each(IDS)('grows as the text does, for the worst text of %s', (id) => {
    const costs = worstOf(id)
      .flatMap((unit) => [['', unit] as const, ...endless.map((tail) => [unit, tail] as const)])
      .map((text) => ({ text, steps: countSteps(ofLength(...text, 5_000)) }));
    // of all of them the ten that cost most, at full length
    for (const { text } of costs.toSorted((a, b) => b.steps - a.steps).slice(0, 10)) {
      for (const length of [100_000, 200_000])
        expect(countSteps(ofLength(...text, length))).toBeLessThan(STEPS_A_BYTE * length);
    }
  });
});
