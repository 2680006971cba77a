import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import { SecretValue } from '../model/secret-value.ts';
import type { Payload } from './port.ts';
import { type Slot, ValueCache } from './value-cache.ts';

const slot = (key: string, account = 'acme'): Slot => ({ account, ref: { key } });
const text = (_version: string, payload: Payload) =>
  payload.kind === 'value' ? payload.value.reveal().toString() : 'fields';

function holding(content = 'x', maxBytes?: number) {
  const clock = new SteppedClock();
  const cache = new ValueCache(clock, maxBytes);
  const value = SecretValue.fromText(content);
  cache.keep(slot('a'), 'v1', 'v2', { kind: 'value', value });
  return { clock, cache, value };
}

describe('a value that was read', () => {
  it('answers the version that was wanted and the one it has, no other and of no other account', () => {
    const { cache } = holding();
    expect(cache.use(slot('a'), 'v1', text)?.result).toBe('x');
    expect(cache.use(slot('a'), 'v2', text)?.result).toBe('x');
    expect(cache.use(slot('a'), 'v3', text)).toBeUndefined();
    expect(cache.use(slot('a', 'other'), 'v2', text)).toBeUndefined();
    expect(cache.use({ account: 'acme', ref: { key: 'a', version: 'v2' } }, 'v2', text)).toBeUndefined();
  });

  it('answers only its own version once its key may have changed', () => {
    const { cache } = holding();
    cache.outdate('acme', (key) => key === 'a');
    expect(cache.use(slot('a'), 'v1', text)).toBeUndefined();
    expect(cache.use(slot('a'), 'v2', text)?.result).toBe('x');
  });

  it('is wiped within 10 s of its last use, and holds no timer afterwards', async () => {
    const { clock, cache, value } = holding();
    const bytes = value.reveal();
    await clock.pass(4_000);
    cache.use(slot('a'), 'v1', text);
    await clock.pass(6_000);
    expect(() => value.reveal()).toThrow('wiped');
    expect(bytes).toEqual(Buffer.alloc(1));
    expect([cache.bytes, clock.timers]).toEqual([0, 0]);
  });

  it('is wiped 30 s after the read, however often it is used', async () => {
    const { clock, cache, value } = holding();
    for (let second = 0; second < 31; second++) {
      await clock.pass(1_000);
      cache.use(slot('a'), 'v1', text);
    }
    expect(() => value.reveal()).toThrow('wiped');
  });

  it.each<[string, (cache: ValueCache) => void]>([
    [
      'replaced',
      (cache) => cache.keep(slot('a'), 'v3', 'v3', { kind: 'value', value: SecretValue.fromText('y') }),
    ],
    ['its account closed', (cache) => cache.forgetAccount('acme')],
    ['everything closed', (cache) => cache.close()],
  ])('is wiped when %s', (_when, act) => {
    const { cache, value } = holding();
    act(cache);
    expect(() => value.reveal()).toThrow('wiped');
  });

  it('is not kept when it alone is over the limit', () => {
    const { cache, value } = holding('too long', 4);
    expect(cache.bytes).toBe(0);
    expect(() => value.reveal()).toThrow('wiped');
  });
});

it('never holds more bytes than allowed, and wipes whatever it lets go', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.integer({ min: 1, max: 60 }) });
  const rule = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const cache = new ValueCache(new SteppedClock(), 100);
    const values: SecretValue[] = [];
    for (const { key, size } of steps) {
      const value = SecretValue.fromText('x'.repeat(size));
      values.push(value);
      cache.keep(slot(key), 'v', 'v', { kind: 'value', value });
      const alive = values.filter(isAlive).reduce((sum, { byteLength }) => sum + byteLength, 0);
      expect(alive).toBe(cache.bytes);
      expect(cache.bytes).toBeLessThanOrEqual(100);
      expect(isAlive(value)).toBe(true);
    }
  });
  fc.assert(rule);
});

function isAlive(value: SecretValue): boolean {
  try {
    value.reveal();
    return true;
  } catch {
    return false;
  }
}
