import { beforeEach, describe, expect, it } from 'vitest';
import { aLine } from '../materialize/delivery-fixture.ts';
import type { PlanLine } from '../model/plan.ts';
import { OWN, SHARED, SmallWorld } from '../watch/world-fixture.ts';
import { lineAuthorized, lineWritable } from './authorize-line.ts';

const grants = [
  { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'acme' } }, keys: [{ prefix: 'org.' }] },
];
let world: SmallWorld;
beforeEach(() => {
  world = new SmallWorld()
    .clusterBackend('shared', { grants })
    .backend('team/vault')
    .scope('acme/acme', { level: 'Organization', ...SHARED })
    .scope('team/web', OWN);
});

const line = (place: string, key: string, change: Partial<PlanLine> = {}): PlanLine => {
  const [namespace = '', name = ''] = place.split('/');
  const shared = place.startsWith('acme');
  const id = shared
    ? { namespace: '', name: 'shared', uid: 'uid-shared' }
    : { namespace: 'team', name: 'vault', uid: 'uid-team/vault' };
  return aLine('A', {
    scope: { namespace, name, uid: `uid-${place}` },
    key,
    backend: { ...aLine('A').backend, refKind: shared ? 'ClusterSecretBackend' : 'SecretBackend', id },
    ...change,
  });
};

describe('FAULTS 22: asked before any cache, by the grants of now', () => {
  it('every key of an own backend, and the granted ones of a shared one', () => {
    expect([
      lineAuthorized(world, line('team/web', 'any')),
      lineAuthorized(world, line('acme/acme', 'org.a')),
    ]).toEqual([true, true]);
  });

  it.each<[string, () => PlanLine]>([
    ['a key that was never granted', () => line('acme/acme', 'other')],
    [
      'a key that is no longer granted',
      () => {
        world.clusterBackend('shared');
        return line('acme/acme', 'org.a');
      },
    ],
    [
      'a scope that has gone',
      () => {
        world.scopes.delete('team/web');
        return line('team/web', 'any');
      },
    ],
    [
      'another scope of that name',
      () => {
        world.scope('team/web', OWN, { uid: 'uid-new' });
        return line('team/web', 'any');
      },
    ],
    [
      'another backend of that name',
      () => {
        world.backend('team/vault', { uid: 'uid-new' });
        return line('team/web', 'any');
      },
    ],
    [
      'a backend that is going',
      () => {
        world.backend('team/vault', { deletionTimestamp: 'now' });
        return line('team/web', 'any');
      },
    ],
    [
      'a scope that reads with another backend by now',
      () => {
        world.scope('team/web', SHARED);
        return line('team/web', 'any');
      },
    ],
    [
      'a namespace that is not known',
      () => {
        world.namespaces.delete('team');
        return line('team/web', 'any');
      },
    ],
    [
      'a namespace that lost the label it was granted by',
      () => {
        world.namespaces.set('acme', { name: 'acme', uid: 'uid-acme', labels: {}, terminating: false });
        return line('acme/acme', 'org.a');
      },
    ],
  ])('not for %s', (_case, made) => {
    const asked = made();
    expect([lineAuthorized(world, asked), lineWritable(world, asked)]).toEqual([false, false]);
  });
});

describe('who may write a key', () => {
  const sharedGrants = (...operations: ('Read' | 'Write')[]) =>
    world.clusterBackend('shared', { grants: grants.map((grant) => ({ ...grant, operations })) });
  const both = (at: PlanLine) => [lineAuthorized(world, at), lineWritable(world, at)];

  it('is whoever owns the backend, and of a shared one who was granted that', () => {
    expect(both(line('team/web', 'any'))).toEqual([true, true]);
    expect(both(line('acme/acme', 'org.a'))).toEqual([true, false]);
    sharedGrants('Read', 'Write');
    expect(both(line('acme/acme', 'org.a'))).toEqual([true, true]);
  });

  it('need not be allowed to read it', () => {
    sharedGrants('Write');
    expect(both(line('acme/acme', 'org.a'))).toEqual([false, true]);
  });
});

describe('a value that was deleted', () => {
  it('is read by nobody, and may be written: that is how its name comes back', () => {
    world.scope('team/web', OWN, { uid: UID });
    const at = line('team/web', 'any', { scope: { namespace: 'team', name: 'web', uid: UID } });
    world.ledger(UID, {
      scope: { namespace: 'team', name: 'web', uid: UID },
      writes: [{ action: 'Delete', name: at.name, created: NOW, at: NOW }],
    });
    expect([lineAuthorized(world, at), lineWritable(world, at)]).toEqual([false, true]);
    expect(lineAuthorized(world, { ...at, name: 'OTHER' })).toBe(true);
  });
});

const UID = '00000000-0000-4000-8000-000000000001';
const NOW = '2026-01-01T00:00:00.000Z';
