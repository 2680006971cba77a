import { beforeEach, expect, it } from 'vitest';
import type { Metrics } from '../report/metrics.ts';
import { SmallOperator } from './reconcile-fixture.ts';

let operator: SmallOperator;
let told: string[];

const scope = (include: string[]) =>
  operator.world.scope('team/web', {
    backendRef: { kind: 'SecretBackend', name: 'vault' },
    secrets: [
      { name: 'OWN', from: { key: 'own' } },
      { name: 'TWO', from: { key: 'two' } },
    ],
    targets: [{ secretName: 'app', include }],
  });

beforeEach(async () => {
  operator = new SmallOperator().source('own', 'a').source('two', 'b');
  operator.world.backend('team/vault');
  told = [];
  const propagated: Metrics['propagated'] = (_backend, key, gated) => void told.push(`${key} ${gated}`);
  const metrics = new Proxy({} as Metrics, {
    get: (_target, name) => (name === 'propagated' ? propagated : () => undefined),
  });
  Object.assign(operator.deps, { metrics });
  scope(['OWN']);
  await operator.reconcile('team/web');
});

it('a Secret that is made is on its way for no change of a source', () => {
  expect(told).toEqual([]);
});

it('a new version is told, of the key that has it and of no other', async () => {
  scope(['OWN', 'TWO']);
  await operator.reconcile('team/web');
  operator.source('own', 'new');
  await operator.reconcile('team/web');
  expect(told).toEqual(['own false']);
});

it('a hand edit that is put right is no change of a source', async () => {
  operator.secrets.edit(({ data }) => ({ data: { ...data, OWN: 'AAAA' } }));
  await operator.reconcile('team/web');
  expect(told).toEqual([]);
});

it('a name that a target has from now on is no change of a source', async () => {
  scope(['OWN', 'TWO']);
  await operator.reconcile('team/web');
  expect(told).toEqual([]);
});
