/** What was decided on an old view of the ledger is not carried out once the watch has caught up. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ledgerView } from '../../watch/approval-views.ts';
import { LEDGERS } from '../../watch/resources.ts';
import { reconcileScope } from '../reconcile-scope.ts';
import { OPERATOR_NAMESPACE, SealingOperator, WEB, WEB_UID } from './sealing-fixture.ts';

let operator: SealingOperator;
beforeEach(() => {
  operator = new SealingOperator();
});

/** The operator starts again and sees everything but the ledger, which it is shown while it looks at the scope once more. */
async function lookWhileTheLedgerCatchesUp(): Promise<void> {
  const { world } = operator.small;
  operator.restart().look();
  const newest = operator.api.at(LEDGERS, `${OPERATOR_NAMESPACE}/${WEB_UID}`);
  if (!newest) throw new Error('there is no ledger');
  world.ledgers.delete(WEB_UID);
  operator.watching = false;
  operator.api.before.set('look secretscopes', () => {
    world.ledgers.set(WEB_UID, ledgerView(newest));
  });
  await operator.reconcile();
  operator.watching = true;
}

describe('FAULTS: a ledger that is shown later than what it is about', () => {
  it('never lets an older box be stored over a newer one', async () => {
    const old = await operator.seal('A', 'one', { as: 'old' });
    await operator.settle();
    await operator.pass(1);
    await operator.seal('A', 'two', { as: 'new' });
    await operator.settle();
    operator.gone('old');
    operator.copy(old, 'from-git');
    await lookWhileTheLedgerCatchesUp();
    expect(operator.held()).toBe('two');
    await operator.settle();
    expect([operator.state('from-git'), operator.held()]).toEqual(['Refused Outdated', 'two']);
  });

  it('never lets a deletion take away what was stored after it', async () => {
    const gone = operator.destroy('A', { force: true });
    await operator.settle();
    await operator.pass(1);
    await operator.seal('A', 'two', { as: 'new' });
    await operator.settle();
    operator.gone('a-gone');
    operator.copy(gone, 'from-git');
    await lookWhileTheLedgerCatchesUp();
    expect(operator.held()).toBe('two');
    await operator.settle();
    expect([operator.state('from-git'), operator.held()]).toEqual(['Refused Outdated', 'two']);
  });

  it.each([
    ['takes away what was stored again', 'two', async () => operator.seal('A', 'two', { as: 'new' })],
    [
      'brings back what was deleted again',
      undefined,
      async () => operator.destroy('A', { force: true }, 'again'),
    ],
  ] as const)('never %s', async (_what, value, act) => {
    operator.scope(WEB, { targets: [{ secretName: 'app', include: ['A', 'B'] }] });
    if (value === undefined) await operator.seal('A', 'one', { as: 'before' });
    else operator.destroy('A', { force: true }, 'before');
    await operator.settle();
    await operator.deliver(WEB);
    const older = operator.small.world.ledgers.get(WEB_UID);
    if (!older) throw new Error('there is no ledger');
    await operator.pass(1);
    await act();
    await operator.settle();
    await operator.deliver(WEB);
    expect(operator.small.data('team/app')['A']).toBe(value);
    // as if the backend were behind, too
    operator.small.source('a', value ?? 'one');
    operator.look().small.world.ledgers.set(WEB_UID, older);
    const result = await reconcileScope(WEB, operator.deps, new AbortController().signal);
    expect([result, operator.small.data('team/app')['A']]).toEqual([{ kind: 'retry' }, value]);
  });
});
