import { describe, expect, it } from 'vitest';
import { entry, LEDGER, ProtectedOperator } from './approval-fixture.ts';
import { Killed } from './memory-api.fixture.ts';

const kill = () => {
  throw new Killed('killed');
};

/** Where it ends: everything that is decided, said and delivered. */
const ending = ({ data, states, shown, ready, requests, ledger, isThere }: ProtectedOperator) => ({
  data,
  states,
  shown,
  ready,
  isThere,
  requests: requests.map(({ metadata: { name } }) => name),
  grants: ledger.requests?.map(
    ({ grant }) =>
      grant && { at: grant.at, by: grant.by, votes: grant.votes.map(({ username }) => username) },
  ),
  authors: ledger.authors,
});

/** Dies once at `where`, if it comes that far, and is started again. */
async function diesAt(operator: ProtectedOperator, when: 'before' | 'after', where: string): Promise<void> {
  if (where === 'the Secret') operator.small.secrets.leading = false;
  else operator.api[when].set(where, kill);
  await expect(operator.reconcile()).rejects.toThrow();
  await operator.restart().settle();
}

const each = (...writes: string[]) =>
  writes.flatMap((write) => [['before', write] as const, ['after', write] as const]);

describe('an operator that is killed while it asks', () => {
  it.each(
    each(
      'create scopeledgers',
      'create secretrequests',
      'replace scopeledgers',
      'status secretrequests',
      'status secretscopes',
    ),
  )('%s %s: the next one ends in the same state, with one request', async (when, where) => {
    const unharmed = await new ProtectedOperator().settle();
    const operator = new ProtectedOperator();
    await diesAt(operator, when, where);
    expect(ending(operator)).toEqual(ending(unharmed));
  });
});

describe('an operator that is killed while it releases', () => {
  const approved = async () => {
    const operator = await new ProtectedOperator().settle();
    operator.cast('Approve', 'ana');
    return operator;
  };

  it.each([
    ...each('status secretrequests', 'replace scopeledgers', 'patch secretscopes', 'status requestreviews'),
    ['before', 'status secretscopes'] as const,
    ['before', 'the Secret'] as const,
  ])('%s %s: the next one ends in the same state', async (when, where) => {
    const unharmed = await (await approved()).settle();
    const operator = await approved();
    await diesAt(operator, when, where);
    expect(ending(operator)).toEqual(ending(unharmed));
  });

  it('before the ledger says so, and is rejected meanwhile: it is rejected', async () => {
    const operator = await approved();
    operator.api.before.set('replace scopeledgers', kill);
    await expect(operator.reconcile()).rejects.toThrow('killed');
    expect(operator.shown).toEqual(['web-prod-app-1 Releasing']);
    operator.cast('Reject', 'ben');
    await operator.restart().settle();
    expect([operator.isThere, operator.states, operator.shown]).toEqual([
      false,
      ['web-prod-app-1 Rejected'],
      ['web-prod-app-1 Rejected'],
    ]);
  });

  it('after the ledger says so, and is rejected meanwhile: it was released, and is revoked', async () => {
    const operator = await approved();
    operator.api.after.set('replace scopeledgers', kill);
    await expect(operator.reconcile()).rejects.toThrow('killed');
    operator.cast('Reject', 'ben');
    await operator.restart().settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Revoked']]);
  });
});

describe('an operator that is killed while it takes back', () => {
  it.each([
    ...each('replace scopeledgers', 'status secretrequests', 'status secretscopes'),
    ['before', 'the Secret'] as const,
  ])('%s %s: the next one ends in the same state, without the Secret', async (when, where) => {
    const operator = await ProtectedOperator.released();
    operator.cast('Revoke', 'ben');
    await diesAt(operator, when, where);
    expect([operator.isThere, operator.states, operator.shown, operator.ready]).toEqual([
      false,
      ['web-prod-app-1 Revoked'],
      ['web-prod-app-1 Revoked'],
      'False Revoked',
    ]);
  });
});

describe('an operator that is killed while one release takes the place of another', () => {
  it.each([
    ...each('status secretrequests', 'replace scopeledgers', 'patch secretscopes'),
    ['before', 'the Secret'] as const,
  ])('%s %s: the next one ends with the new one', async (when, where) => {
    const operator = await ProtectedOperator.released();
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.settle();
    operator.cast('Approve', 'ben');
    await diesAt(operator, when, where);
    expect([operator.data, operator.states, operator.shown]).toEqual([
      { A: 'three' },
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
    ]);
  });
});

describe('an operator that only takes lines out, killed at any write', () => {
  it.each(each('create secretrequests', 'replace scopeledgers', 'status secretrequests'))(
    '%s %s: they are gone, and it is recorded',
    async (when, where) => {
      const operator = await ProtectedOperator.released({ secrets: [entry('A'), entry('B')] });
      operator.edit({ secrets: [entry('A')] });
      await diesAt(operator, when, where);
      expect([operator.data, operator.states]).toEqual([
        { A: 'one' },
        ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
      ]);
      expect(operator.api.objects.has(`scopeledgers ${LEDGER}`)).toBe(true);
    },
  );
});
