import { beforeEach, describe, expect, it } from 'vitest';
import { kubeError } from '../../materialize/secrets-fixture.ts';
import { ProtectedOperator, SCOPE } from './approval-fixture.ts';
import type { GatedTarget } from './gate-result.ts';
import { removeEnded } from './remove-ended.ts';

const ENDED: GatedTarget = {
  pending: { reason: 'Revoked', message: 'revoked by ben' },
  live: false,
  remove: true,
};

let operator: ProtectedOperator;
beforeEach(async () => {
  operator = await ProtectedOperator.released({
    targets: [{ secretName: 'app', includeAll: true, deletionPolicy: 'Retain' }],
  });
  operator.small.events.length = 0;
});

const remove = (targets: Record<string, GatedTarget> = { app: ENDED }) => {
  const view = operator.look().small.world.scopes.get(SCOPE);
  if (!view) throw new Error('the scope is not there');
  return removeEnded(view, new Map(Object.entries(targets)), operator.deps, new AbortController().signal);
};

describe('a Secret whose release has ended', () => {
  it('goes as a whole, though its target says Retain, and it is told', async () => {
    expect(await remove()).toEqual([]);
    expect(operator.isThere).toBe(false);
    expect(operator.small.events).toMatchObject([
      { reason: 'Deleted', note: 'Secret prod/app was deleted: revoked by ben' },
    ]);
  });

  it.each<[string, Record<string, GatedTarget>]>([
    ['of another target', { other: ENDED }],
    ['that is to stay', { app: { ...ENDED, remove: false } }],
    ['of which nothing is held back', { app: { ...ENDED, pending: undefined } }],
  ])('%s stays', async (_, targets) => {
    expect(await remove(targets)).toEqual([]);
    expect(operator.isThere).toBe(true);
  });

  it('of the scope that had this name before stays', async () => {
    operator.api.put({ plural: 'secretscopes', kind: 'SecretScope' } as never, {
      metadata: { name: 'web-prod', namespace: 'prod', uid: 'uid-made-again' },
    });
    expect(await remove()).toEqual([]);
    expect(operator.isThere).toBe(true);
  });

  it('whose record was tampered with stays, and it is said', async () => {
    const secret = operator.small.secrets.stored.get('prod/app');
    const { annotations = {} } = secret?.metadata ?? {};
    const tampered = Object.entries(annotations).map(([key, text]) => [
      key,
      text.replace('"mac":"', '"mac":"0'),
    ]);
    operator.small.secrets.put({
      ...secret,
      metadata: { ...secret?.metadata, annotations: Object.fromEntries(tampered) },
    });
    operator.cast('Revoke', 'ben');
    await operator.settle();
    expect([operator.isThere, operator.states, operator.ready]).toEqual([
      true,
      ['web-prod-app-1 Revoked'],
      'False WithdrawalPending',
    ]);
  });

  it('that changed meanwhile is looked at again', async () => {
    operator.small.secrets.errors.set('delete', kubeError('conflict'));
    expect(await remove()).toMatchObject([{ reason: 'Progressing' }]);
  });

  it('that the API server will not delete is said', async () => {
    operator.small.secrets.errors.set('delete', kubeError('forbidden'));
    expect(await remove()).toMatchObject([
      { reason: 'WithdrawalPending', message: expect.stringContaining('kubectl delete secret app -n prod') },
    ]);
    expect(operator.isThere).toBe(true);
  });
});
