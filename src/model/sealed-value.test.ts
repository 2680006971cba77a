/** A SealedValue as the runtime check takes and refuses it; what admission refuses is in sealed-admission.test.ts. */
import { describe, expect, it } from 'vitest';
import { parseSealed, type Violation } from './validate.ts';

const metadata = { name: 'npm-token', namespace: 'acme-org', uid: 'u', resourceVersion: '1' };
const set = {
  scopeRef: { name: 'acme' },
  name: 'NPM_TOKEN',
  keyID: '0123456789abcdef',
  sealed: Buffer.alloc(200, 1).toString('base64'),
};
const REMOVAL = {
  scopeRef: { name: 'acme' },
  name: 'NPM_TOKEN',
  action: 'Delete',
  requestedAt: '2026-11-22T12:00:00Z',
};

const violations = (spec: object): readonly Violation[] => {
  const parsed = parseSealed({ metadata, spec });
  return parsed.kind === 'ok' ? [] : parsed.violations;
};
const rules = (spec: object) => violations(spec).map(({ rule }) => rule);
const paths = (spec: object) => violations(spec).map(({ path }) => path);

describe('a SealedValue', () => {
  it.each<[string, object]>([
    ['that sets a value, and says no action', set],
    ['that says so', { ...set, action: 'Set' }],
    ['that goes at once when it is done', { ...set, ttlSecondsAfterStored: 0 }],
    ['that goes after 30 days', { ...set, ttlSecondsAfterStored: 2_592_000 }],
    ['with the largest box', { ...set, sealed: 'A'.repeat(90_000) }],
    ['that deletes', REMOVAL],
    ['that deletes whoever uses it', { ...REMOVAL, force: true }],
    ['that deletes with a time to the millisecond', { ...REMOVAL, requestedAt: '2026-11-22T12:00:00.123Z' }],
  ])('is taken %s', (_, spec) => {
    expect(violations(spec)).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'a value without its key',
      { ...set, keyID: undefined },
      'Set needs keyID and sealed; secretscope secret',
    ],
    [
      'a value without its box',
      { ...set, sealed: undefined },
      'Set needs keyID and sealed; secretscope secret',
    ],
    ['a value that deletes, too', { ...set, force: true }, 'requestedAt and force belong to action: Delete'],
    ['a value with a time', { ...set, requestedAt: REMOVAL.requestedAt }, 'requestedAt and force belong to'],
    [
      'a deletion of any time',
      { ...REMOVAL, requestedAt: undefined },
      'Delete needs requestedAt, the time of now',
    ],
    ['a deletion with a key', { ...REMOVAL, keyID: set.keyID }, 'keyID and sealed belong to action: Set'],
    ['a deletion with a box', { ...REMOVAL, sealed: set.sealed }, 'keyID and sealed belong to action: Set'],
  ])('is refused as %s', (_, spec, words) => {
    expect(rules(spec)).toEqual([expect.stringContaining(words)]);
  });

  it.each<[string, object, string]>([
    ['no scope', { ...set, scopeRef: undefined }, 'spec.scopeRef'],
    [
      'THREATS 14: a scope elsewhere',
      { ...set, scopeRef: { name: 'acme', namespace: 'x' } },
      'spec.scopeRef.namespace',
    ],
    ['a name in lower case', { ...set, name: 'npm_token' }, 'spec.name'],
    ['another action', { ...set, action: 'Rotate' }, 'spec.action'],
    ['a key that is none', { ...set, keyID: 'abc' }, 'spec.keyID'],
    ['a key in capitals', { ...set, keyID: '0123456789ABCDEF' }, 'spec.keyID'],
    ['a box that is too short', { ...set, sealed: 'A'.repeat(63) }, 'spec.sealed'],
    ['a box that is too large', { ...set, sealed: 'A'.repeat(90_001) }, 'spec.sealed'],
    ['a box that is no base64', { ...set, sealed: `${'A'.repeat(64)}!` }, 'spec.sealed'],
    ['an end before it began', { ...set, ttlSecondsAfterStored: -1 }, 'spec.ttlSecondsAfterStored'],
    ['an end after 30 days', { ...set, ttlSecondsAfterStored: 2_592_001 }, 'spec.ttlSecondsAfterStored'],
    ["the format of GitHub's API", { ...set, format: 'Raw' }, 'spec.format'],
    ['a value that is not sealed', { ...set, value: 'x' }, 'spec.value'],
  ])('is refused with %s', (_, spec, path) => {
    expect(paths(spec)).toEqual([path]);
  });

  it('API-REVIEW 16: a refusal never repeats the box', () => {
    const told = JSON.stringify(violations({ ...set, sealed: `${'A'.repeat(64)} canary` }));
    expect(told).not.toContain('canary');
  });
});
