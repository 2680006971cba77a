import { expect, it } from 'vitest';
import { REQUESTS } from '../../watch/resources.ts';
import { ProtectedOperator } from './approval-fixture.ts';

it('if somebody else wrote the status of a request meanwhile, what was decided is said at the next try', async () => {
  const operator = new ProtectedOperator();
  await operator.settle();
  await operator.pass(60);
  operator.cast('Reject', 'ana');
  const { name, namespace = '' } = operator.request.metadata;
  operator.api.before.set('status secretrequests', () => {
    operator.api.before.clear();
    operator.api.put(REQUESTS, { metadata: { name, namespace }, status: { state: 'Waiting' } });
  });
  expect(await operator.reconcile()).toEqual({ kind: 'retry' });
  expect(operator.request.status).toMatchObject({ state: 'Waiting' });
  await operator.reconcile();
  expect(operator.request.status).toMatchObject({ state: 'Rejected' });
});
