import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube/kube-objects.ts';
import { type ScopeView, scopeView } from './views.ts';
import { Witness } from './witness.ts';

function scope(uid: string, ...secretNames: string[]): ScopeView {
  const raw: KubeObject & { spec: object } = {
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'SecretScope',
    metadata: { name: 'web', namespace: 'team', uid, resourceVersion: '1' },
    spec: {
      level: 'Repository',
      parentRef: { namespace: 'acme', name: 'acme' },
      targets: secretNames.map((secretName) => ({ secretName, includeAll: true })),
    },
  };
  return scopeView(raw);
}

describe('a target was seen to go', () => {
  it('when its scope goes, or when it leaves the spec', () => {
    const witness = new Witness();
    witness.watched(scope('u', 'a', 'b'), scope('u', 'b'));
    expect([witness.sawLeave('u', 'a'), witness.sawLeave('u', 'b')]).toEqual([true, false]);
    witness.watched(scope('u', 'b'), undefined);
    expect(witness.sawLeave('u', 'b')).toBe(true);
  });

  it('no longer once it came back', () => {
    const witness = new Witness();
    witness.watched(scope('u', 'a'), scope('u'));
    witness.watched(scope('u'), scope('u', 'a'));
    expect(witness.sawLeave('u', 'a')).toBe(false);
  });

  it('not when another scope took the name', () => {
    const witness = new Witness();
    witness.watched(scope('u', 'a'), scope('v'));
    expect(witness.sawLeave('u', 'a')).toBe(false);
  });
});

describe('what a spec holds that cannot be read', () => {
  it('has not left it', () => {
    const witness = new Witness();
    const unreadable = { ...scope('u', 'a'), spec: { kind: 'invalid', faults: ['x'] } as const };
    witness.watched(scope('u', 'a'), unreadable);
    expect(witness.sawLeave('u', 'a')).toBe(false);
  });
});

describe('a target that a list shows again', () => {
  it('has not left: should it be missing later, that has to be seen anew', () => {
    const witness = new Witness();
    witness.watched(scope('u', 'a', 'b'), undefined);
    witness.listed(scope('u', 'a'));
    witness.listed(undefined);
    expect([witness.sawLeave('u', 'a'), witness.sawLeave('u', 'b')]).toEqual([false, true]);
  });
});

it('what is remembered is bounded: the oldest departure is forgotten, so that its Secret waits', () => {
  const witness = new Witness();
  for (let at = 0; at <= 16_384; at += 1) witness.watched(scope(`u${at}`, 'a'), undefined);
  expect([witness.sawLeave('u0', 'a'), witness.sawLeave('u1', 'a')]).toEqual([false, true]);
});

describe('the kind itself', () => {
  it.each<[string, (string | undefined)[], boolean]>([
    ['is there', ['kind'], true],
    ['is there as before', ['kind', 'kind'], true],
    ['is going', ['kind', undefined], false],
    ['was installed anew', ['kind', 'other'], false],
    ['was never there', [undefined], false],
  ])('%s: what left meanwhile counts as seen to go: %s', (_what, uids, seen) => {
    const witness = new Witness();
    witness.kindIs(uids[0]);
    witness.watched(scope('u', 'a'), undefined);
    for (const uid of uids.slice(uids.length > 1 ? 1 : 0)) witness.kindIs(uid);
    expect(witness.sawLeave('u', 'a')).toBe(seen);
  });
});
