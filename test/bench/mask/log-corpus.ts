/**
 * Owns: secrets and a log that has one of them in every hundredth line, always the same for the same seed.
 * Called by: mask-bench.ts.
 */

/** Marsaglia's xorshift: the same numbers on every machine. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** 0 ≤ number < bound */
  below(bound: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % bound;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const SECRET_CHARACTERS =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789abcdefghijkmnopqrstuvwxyz+/=-_!@#$%&"\\';

/** Of 8 to 40 characters each; the given share of them has 4 to 7. */
export function secretsFrom(dice: Dice, count: number, shortShare = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const length = index < count * shortShare ? 4 + dice.below(4) : 8 + dice.below(33);
    return Array.from({ length }, () => dice.of([...SECRET_CHARACTERS])).join('');
  });
}

const WORDS =
  'info warn error debug GET POST PUT /healthz /api/v1/users http https request response container kubernetes pod namespace status 200 204 404 500 latency user connection database retry timeout build step compile src/main.ts node_modules version install package registry.example.com sha256 layer pulling pushed image commit branch merge refs/heads/main thread worker queue cache hit miss evicted started stopped ready'.split(
    ' ',
  );
const LINE = 100;
const LINES_A_HIT = 100;

/** At least so many bytes of lines of about 100 characters: times, words, numbers, identifiers. */
export function logFrom(dice: Dice, bytes: number, secrets: readonly string[]): Buffer {
  const lines: string[] = [];
  let length = 0;
  for (let number = 0; length < bytes; number++) {
    const line = lineFrom(dice, number) + (number % LINES_A_HIT === 0 ? ` ${dice.of(secrets)}` : '');
    lines.push(line);
    length += line.length + 1;
  }
  return Buffer.from(lines.join('\n'));
}

function lineFrom(dice: Dice, number: number): string {
  let line = `2026-11-23T08:${String(number % 60).padStart(2, '0')}:07.${dice.below(1000)}Z`;
  while (line.length < LINE) {
    const kind = dice.below(10);
    if (kind === 0) line += ` ${dice.of(WORDS)}=${dice.below(1_000_000)}`;
    else if (kind === 1) line += ` id=${hex(dice, 4)}-${hex(dice, 2)}`;
    else line += ` ${dice.of(WORDS)}`;
  }
  return line;
}

function hex(dice: Dice, bytes: number): string {
  return Array.from({ length: bytes }, () => dice.below(256).toString(16).padStart(2, '0')).join('');
}
