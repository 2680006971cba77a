/** A Secret that a later version of the operator wrote, as this one meets it when it runs again. */
import { expect, it } from 'vitest';
import { DELIVERY_ANNOTATION, type DeliveryRecord, encodeRecord } from '../materialize/delivery-record.ts';
import { KEYRING } from '../materialize/secrets-fixture.ts';
import { SmallOperator } from './reconcile-fixture.ts';

const PLACE = { namespace: 'team', name: 'app' };
const entry = (name: string) => ({ name, from: { key: name.toLowerCase() } });

async function written(): Promise<SmallOperator> {
  const operator = new SmallOperator().source('a', 'one').source('b', 'two');
  operator.world.backend('team/vault');
  repository(operator, ['A', 'B']);
  await operator.reconcile('team/web');
  operator.secrets.edit(({ metadata }) => {
    const text = metadata.annotations?.[DELIVERY_ANNOTATION] ?? '';
    const { record } = JSON.parse(text) as { record: DeliveryRecord };
    const later = encodeRecord({ ...record, later: true } as DeliveryRecord, PLACE, KEYRING);
    return { metadata: { annotations: { ...metadata.annotations, [DELIVERY_ANNOTATION]: later } } };
  });
  return operator;
}

function repository(operator: SmallOperator, names: readonly string[]): void {
  operator.world.scope('team/web', {
    level: 'Repository',
    backendRef: { kind: 'SecretBackend', name: 'vault' },
    targets: [{ secretName: 'app', includeAll: true }],
    secrets: names.map(entry),
  });
}

it.each<[string, (operator: SmallOperator) => void]>([
  ['a value has changed', (operator) => void operator.source('a', 'new')],
  ['a name has left', (operator) => repository(operator, ['A'])],
  ['all names have left', (operator) => repository(operator, [])],
])('when %s, it stays as it is, and its scope says which version is needed', async (_case, change) => {
  const operator = await written();
  const before = operator.secrets.stored.get('team/app');
  change(operator);
  await operator.reconcile('team/web');
  expect(operator.secrets.stored.get('team/app')).toEqual(before);
  expect(operator.ready('team/web')).toBe('False TargetConflict');
  expect(JSON.stringify(operator.status('team/web'))).toContain('run that version again');
});
