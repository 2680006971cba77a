import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KubeError, type KubeErrorKind } from './kube-error.ts';
import { type Attempts, nextAttempt } from './retry-policy.ts';

const call = { verb: 'get', resource: 'things', target: '', sensitive: false };
const error = (kind: KubeErrorKind, rest: { status?: number; reason?: string; retryAfterMs?: number } = {}) =>
  new KubeError({ kind, call, ...rest });
const first: Attempts = { retries: 0, waitedMs: 0, refreshed: false };

describe('credentials and trust are read again, once, whatever the verb, after', () => {
  it.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s', (reason) => {
    const rotated = error('network', { reason });
    expect(nextAttempt(rotated, false, first, 0)).toEqual({ kind: 'wait', ms: 0, refresh: true });
    expect(nextAttempt(rotated, true, { ...first, refreshed: true }, 0)).toEqual({ kind: 'giveUp' });
  });
});

describe('it gives up at once on', () => {
  it.each<KubeError>([
    error('notFound', { status: 404 }),
    error('conflict', { status: 409 }),
    error('forbidden', { status: 403 }),
    error('invalid', { status: 422 }),
    error('server', { status: 500 }),
    error('timeout'),
    error('network', { reason: 'ECONNREFUSED' }),
    error('tooLarge'),
  ])('$kind', (failure) => {
    expect(nextAttempt(failure, true, first, 0.5)).toEqual({ kind: 'giveUp' });
  });
});

it('never more than three retries and ten seconds of waiting, whatever the server asks for', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          retryAfterMs: fc.option(fc.nat(20_000), { nil: undefined }),
          random: fc.double({ min: 0, max: 0.999, noNaN: true }),
        }),
      ),
      (answers) => {
        let soFar = first;
        for (const { retryAfterMs, random } of answers) {
          const busy = error('throttled', {
            status: 429,
            ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          });
          const next = nextAttempt(busy, true, soFar, random);
          if (next.kind === 'giveUp') break;
          expect(next.ms).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
          soFar = { retries: soFar.retries + 1, waitedMs: soFar.waitedMs + next.ms, refreshed: false };
        }
        expect(soFar.retries).toBeLessThanOrEqual(3);
        expect(soFar.waitedMs).toBeLessThanOrEqual(10_000);
      },
    ),
  );
});
