import { beforeEach, describe, expect, it } from 'vitest';
import { VOTE_POLICIES } from '../../model/policies-in-force.ts';
import {
  REQUESTS,
  REVIEWS,
  SCOPES,
  VALIDATING_BINDINGS,
  VALIDATING_POLICIES,
} from '../../watch/resources.ts';
import { entry, ProtectedOperator, user } from './approval-fixture.ts';

type Spec = Readonly<Record<string, unknown>>;
const waiting = async (spec: Spec = {}) => new ProtectedOperator(spec).settle();

describe('a service account as reviewer, of a namespace of the chain', () => {
  const account = { kind: 'ServiceAccount', namespace: 'team', name: 'ci' };
  const votes = (operator: ProtectedOperator) =>
    operator.cast('Approve', 'system:serviceaccount:team:ci', { as: account });
  const guarded = (...reviewers: object[]) => ({ protection: { requiredReviewers: reviewers } });

  it('does not count', async () => {
    const operator = await waiting(guarded(account, user('ana')));
    votes(operator);
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });

  it('does not count either once the level is away that says so', async () => {
    const operator = await waiting(guarded(account, user('ana')));
    votes(operator);
    operator.api.remove(SCOPES, 'team/web');
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([{ A: 'one' }, ['web-prod-app-1 Released']]);
  });

  it('if it is the only one, opens nothing while that level is away, and nothing opens by itself', async () => {
    const operator = await waiting(guarded(account));
    operator.api.remove(SCOPES, 'team/web');
    await operator.settle();
    await operator.pass(60);
    await operator.settle();
    expect([operator.isThere, operator.requests, operator.ready]).toEqual([
      false,
      [],
      'False ReviewersInsufficient',
    ]);
  });

  it('if it is the only one, opens nothing of a request that was made before', async () => {
    const operator = await waiting();
    operator.edit(guarded(account));
    operator.api.remove(SCOPES, 'team/web');
    votes(operator);
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });
});

describe('a vote from another namespace', () => {
  const elsewhere = ({ api }: ProtectedOperator) => {
    const { spec, metadata } = api.all(REVIEWS).at(-1) ?? { spec: {}, metadata: { name: '' } };
    api.remove(REVIEWS, `prod/${metadata.name}`);
    api.put(REVIEWS, { metadata: { name: metadata.name, namespace: 'team' }, spec });
  };

  it.each(['Approve', 'Reject'] as const)('decides nothing: %s', async (decision) => {
    const operator = await waiting();
    operator.cast(decision, 'ana');
    elsewhere(operator);
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });

  it('ends no release', async () => {
    const operator = await ProtectedOperator.released();
    operator.cast('Revoke', 'ben');
    elsewhere(operator);
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([{ A: 'one' }, ['web-prod-app-1 Released']]);
  });
});

describe('who asked for a line', () => {
  const protection = { requiredReviewers: [user('ana'), user('ben')], preventSelfReview: true };
  const own = entry('A');
  const stolen = entry('STOLEN', 'other');

  it.each(['Reject', 'Revoke'] as const)(
    'whose plan ended by %s is an author still when somebody else asks for it again',
    async (decision) => {
      const operator = await ProtectedOperator.released({ protection });
      operator.edit({ secrets: [own, stolen] }, 'ana');
      await operator.settle();
      if (decision === 'Revoke') operator.cast('Approve', 'ben');
      await operator.settle();
      await operator.pass(10);
      operator.cast(decision, 'ben');
      await operator.settle();
      operator.edit({ secrets: [own] }, 'dev');
      await operator.pass(10);
      await operator.settle();
      if (decision === 'Revoke') operator.cast('Approve', 'ben');
      await operator.settle();
      expect([operator.ledger.authors, operator.data]).toEqual([[], { A: 'one' }]);
      operator.edit({ secrets: [own, stolen, entry('B')] }, 'dev');
      await operator.pass(10);
      await operator.settle();
      expect(operator.plan.authors).toEqual(['dev', 'ana']);
      operator.cast('Approve', 'ana');
      await operator.settle();
      expect(operator.data).toEqual({ A: 'one' });
    },
  );
});

describe('a request that admission made into another one', () => {
  it('is not written down as what was asked', async () => {
    const operator = new ProtectedOperator();
    const { client } = operator.api;
    const { create } = client;
    client.create = async (type, draft) => {
      const { spec = {} } = draft as { spec?: object };
      return create(
        type,
        type === REQUESTS ? ({ ...draft, spec: { ...spec, secrets: [] } } as never) : draft,
      );
    };
    await expect(operator.reconcile()).rejects.toThrow('says something else than was asked');
    expect([operator.requests.length, operator.states, operator.isThere]).toEqual([1, [], false]);
  });
});

describe('a release that is ended while a plan is carried over from it', () => {
  it.each(['Revoke', 'Reject'] as const)(
    'by %s, unseen by the watch: nothing is carried, and the Secret goes',
    async (decision) => {
      const operator = await ProtectedOperator.released({ secrets: [entry('A'), entry('B')] });
      const { request } = operator;
      operator.edit({ secrets: [entry('A')] });
      operator.api.before.set(
        'create secretrequests',
        () => void operator.cast(decision, 'ben', { request }),
      );
      expect(await operator.reconcile()).toEqual({ kind: 'retry' });
      expect(operator.states).toEqual(['web-prod-app-1 Released', 'web-prod-app-2 Waiting']);
      await operator.settle();
      expect([operator.isThere, operator.states]).toEqual([
        false,
        ['web-prod-app-1 Revoked', 'web-prod-app-2 Waiting'],
      ]);
    },
  );
});

describe('the policies that prove who voted', () => {
  const POLICIES = [VALIDATING_POLICIES, VALIDATING_BINDINGS].flatMap((type) =>
    VOTE_POLICIES.map((name) => ({ type, name, what: `${type.kind} ${name}` })),
  );
  let operator: ProtectedOperator;
  beforeEach(async () => {
    operator = await waiting();
    operator.cast('Approve', 'ana');
    operator.look().watching = false;
  });
  const holds = async () => {
    expect(await operator.reconcile()).toEqual({ kind: 'retry' });
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  };

  it.each(POLICIES)('if $what was edited meanwhile, nothing is released', async ({ type, name }) => {
    operator.api.put(type, { metadata: { name, generation: 2 } });
    await holds();
  });

  it.each(POLICIES)('if $what was made again meanwhile, nothing is released', async ({ type, name }) => {
    operator.api.put(type, { metadata: { name, uid: 'uid-made-again' } });
    await holds();
  });

  it.each(POLICIES)('if $what is gone meanwhile, nothing is released', async ({ type, name }) => {
    operator.api.remove(type, name);
    await holds();
  });

  it.each(POLICIES)(
    'if the watch shows only while votes are weighed that $what was edited, nothing is released',
    async ({ type, name }) => {
      operator.api.before.set('review ana', () => {
        const { metadata } = operator.api.put(type, { metadata: { name, generation: 2 } });
        operator.small.world.policy(type.kind as 'ValidatingAdmissionPolicy', name, {
          uid: metadata.uid,
          generation: 2,
        });
      });
      await holds();
    },
  );
});
