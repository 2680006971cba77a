import { describe, expect, it } from 'vitest';
import { VOTE_POLICIES } from '../../model/policies-in-force.ts';
import { LEDGERS, REQUESTS, REVIEWS, SCOPES } from '../../watch/resources.ts';
import { entry, group, LEDGER, ProtectedOperator, SCOPE, user } from './approval-fixture.ts';

type Spec = Readonly<Record<string, unknown>>;
const protection = (more: object = {}) => ({
  protection: { requiredReviewers: [user('ana'), user('ben')], ...more },
});
const waiting = async (spec: Spec = {}) => new ProtectedOperator(spec).settle();
const released = (spec: Spec = {}) => ProtectedOperator.released(spec);

describe('a protected environment', () => {
  it('gets nothing, and one request is made that says what it would get, who asked, and why it waits', async () => {
    const operator = new ProtectedOperator();
    await operator.reconcile();
    expect(operator.done).toEqual([
      'create scopeledgers secretscope-system/uid-web-prod',
      'create secretrequests prod/web-prod-app-1',
      'replace scopeledgers secretscope-system/uid-web-prod',
      'status secretrequests prod/web-prod-app-1',
      'status secretscopes prod/web-prod',
    ]);
    expect(operator.plan).toMatchObject({
      consumer: { kind: 'Target', namespace: 'prod', name: 'app' },
      secrets: [{ name: 'A', change: 'Added', version: 'v-one' }],
      authors: ['dev'],
      authorsComplete: true,
    });
    expect(operator.request.metadata.ownerReferences).toMatchObject([
      { kind: 'SecretScope', uid: 'uid-web-prod' },
    ]);
    expect([operator.states, operator.shown, operator.ready, operator.isThere]).toEqual([
      ['web-prod-app-1 Waiting'],
      ['web-prod-app-1 Waiting'],
      'False AwaitingApproval',
      false,
    ]);
  });

  it('reads no value while it waits', async () => {
    const operator = new ProtectedOperator();
    await operator.reconcile();
    expect(operator.small.sources.asked.filter((call) => call.startsWith('values'))).toEqual([]);
  });

  it('costs no write once it waits', async () => {
    const operator = new ProtectedOperator();
    await operator.reconcile();
    await operator.reconcile();
    expect(operator.done).toEqual([]);
  });

  it('costs no write once it is delivered, and asks nobody for rights', async () => {
    const operator = await released();
    await operator.reconcile();
    expect([operator.done, operator.api.asked]).toEqual([[], []]);
  });

  it('is delivered once it is approved', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect([operator.data, operator.states, operator.shown, operator.ready]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Released'],
      ['web-prod-app-1 Released'],
      'True Materialized',
    ]);
    expect(operator.ledger.requests?.[0]?.grant).toMatchObject({
      by: 'approve',
      votes: [{ username: 'ana' }],
    });
  });

  it('if it is approved, everything is read once, live; then the request says so, then the ledger, then the Secret is written', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    const seen: string[] = [];
    const note = (what: string) => () => {
      const { state } = (operator.request.status ?? {}) as { state?: string };
      seen.push(`${what}: ${state}, ${operator.states}, ${operator.isThere ? 'Secret' : 'no Secret'}`);
    };
    operator.api.before.set('status secretrequests', note('request'));
    operator.api.before.set('replace scopeledgers', note('ledger'));
    operator.api.before.set('status requestreviews', note('vote'));
    await operator.reconcile();
    expect(seen).toEqual([
      'request: Waiting, web-prod-app-1 Waiting, no Secret',
      'ledger: Releasing, web-prod-app-1 Waiting, no Secret',
      'request: Releasing, web-prod-app-1 Released, Secret',
      'vote: Released, web-prod-app-1 Released, Secret',
    ]);
    expect(operator.api.reads).toEqual([
      'look secretscopes prod/web-prod',
      'look secretscopes team/web',
      'look secretbackends prod/vault',
      'look secretbackends team/vault',
      'look namespaces prod',
      'look namespaces team',
      ...VOTE_POLICIES.flatMap((name) => [
        `look validatingadmissionpolicies ${name}`,
        `look validatingadmissionpolicybindings ${name}`,
      ]),
      `list requestreviews prod spec.requestRef.uid=${operator.request.metadata.uid}`,
      'get secretrequests prod/web-prod-app-1',
    ]);
  });

  it('forgets who asked once they are answered, in the ledger and on the scope', async () => {
    const operator = await released();
    expect([operator.ledger.authors, operator.ledger.authorsComplete, operator.scope.authors]).toEqual([
      [],
      true,
      [],
    ]);
  });

  it('if somebody edits the scope meanwhile, keeps that author', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    operator.api.before.set('patch secretscopes', () =>
      operator.edit({ secrets: [entry('A'), entry('B')] }, 'eve'),
    );
    await operator.reconcile();
    operator.api.before.clear();
    await operator.pass(10);
    await operator.settle();
    expect(operator.plan.authors).toContain('eve');
  });

  it('tells what was decided once, of the scope and of the request', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    await operator.reconcile();
    const told = operator.small.events.filter(({ action }) => action === 'Decide');
    expect(told.map(({ regarding: { kind }, reason }) => `${kind} ${reason}`)).toEqual([
      'SecretScope Released',
      'SecretRequest Released',
    ]);
    await operator.reconcile();
    expect(operator.small.events.filter(({ action }) => action === 'Decide')).toEqual([]);
  });

  it('looks again when its timer has run, and releases it then', async () => {
    const operator = await waiting(protection({ requiredReviewers: [], waitTimerMinutes: 1 }));
    expect(await operator.reconcile()).toMatchObject({ kind: 'requeueAfter' });
    await operator.pass(61);
    await operator.settle();
    expect(operator.isThere).toBe(false);
    await operator.pass(2);
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([{ A: 'one' }, ['web-prod-app-1 Released']]);
  });

  it('says on the request how far it is, and on the vote what it was worth', async () => {
    const operator = await waiting(protection({ minApprovals: 2 }));
    operator.cast('Approve', 'ana');
    operator.cast('Approve', 'carl');
    await operator.settle();
    expect(operator.request.status).toMatchObject({ state: 'Waiting', approvals: '1/2' });
    expect(operator.api.all(REVIEWS).map(({ status }) => status)).toMatchObject([
      { conditions: [{ type: 'Counted', status: 'True' }] },
      { conditions: [{ type: 'Counted', status: 'False', reason: 'NotAReviewer' }] },
    ]);
    operator.cast('Approve', 'ben');
    await operator.settle();
    expect(operator.request.status).toMatchObject({ state: 'Released', approvals: '2/2' });
  });

  it('is released without approval by a bypass, where that is allowed, by who holds that right', async () => {
    const operator = await waiting(protection({ allowBypass: true }));
    operator.cast('Bypass', 'oncall');
    await operator.settle();
    expect([operator.data, operator.ledger.requests?.[0]?.grant?.by]).toEqual([{ A: 'one' }, 'bypass']);
    const refused = await waiting(protection({ allowBypass: true }));
    refused.api.standing.set('oncall', 'denied');
    refused.cast('Bypass', 'oncall');
    await refused.settle();
    expect(refused.isThere).toBe(false);
  });

  it('stays released whatever becomes of the rights of those who approved', async () => {
    const operator = await released();
    operator.api.standing.set('ana', 'denied');
    operator.api.remove(REVIEWS, 'prod/vote-1');
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([{ A: 'rotated' }, ['web-prod-app-1 Released']]);
  });

  it('of two targets, releases the one that was approved', async () => {
    const operator = await waiting({
      targets: [
        { secretName: 'app', include: ['A'] },
        { secretName: 'b', include: ['A'] },
      ],
    });
    const [app] = operator.requests.filter(({ metadata: { name } }) => name === 'web-prod-app-1');
    operator.cast('Approve', 'ana', { ...(app && { request: app }) });
    await operator.settle();
    expect([operator.data, operator.small.secrets.stored.has('prod/b')]).toEqual([{ A: 'one' }, false]);
    expect(operator.states).toEqual(['web-prod-app-1 Released', 'web-prod-b-1 Waiting']);
    expect(operator.ready).toBe('False AwaitingApproval');
  });
});

describe('a change of what is released', () => {
  it('waits beside it: what was released goes on, and follows its source', async () => {
    const operator = await released();
    operator.edit({ secrets: [entry('A', 'other'), entry('B')] });
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.ready, operator.condition('ChangesPending')]).toEqual([
      { A: 'rotated' },
      'True Materialized',
      'True AwaitingApproval',
    ]);
    expect(operator.plan).toMatchObject({
      replaces: { name: 'web-prod-app-1' },
      secrets: [
        { name: 'A', key: 'other', change: 'Changed' },
        { name: 'B', change: 'Added' },
      ],
    });
  });

  it('if it goes on as it was released, its source still wakes the scope', async () => {
    const operator = await released();
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.settle();
    expect(operator.small.interests.of('source uid-vault-prod a')).toEqual([SCOPE]);
  });

  it('if it is approved, takes the place of what was released', async () => {
    const operator = await released();
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.settle();
    operator.cast('Approve', 'ben');
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([
      { A: 'three' },
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
    ]);
  });

  it('if it only takes away, is done at once, and recorded with the votes of the release', async () => {
    const operator = await released({ secrets: [entry('A'), entry('B')] });
    operator.edit({ secrets: [entry('A')] });
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
    ]);
    expect(operator.ledger.requests?.[1]?.grant).toMatchObject({ by: 'carry', votes: [{ username: 'ana' }] });
  });

  it('if it gives a name up to the level above, that level does not stand in for it', async () => {
    const operator = await released();
    const { spec } = operator.api.at(SCOPES, 'team/web') ?? {};
    operator.api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: { ...spec, secrets: [entry('A', 'other')] },
    });
    operator.edit({ secrets: [], targets: [{ secretName: 'app', include: ['A'] }] });
    await operator.settle();
    expect(operator.data).toEqual({});
    expect(operator.plan.secrets).toMatchObject([{ name: 'A', level: 'Repository', change: 'Changed' }]);
  });

  it('before anybody decided, replaces the request in its place, and not within five seconds', async () => {
    const operator = await waiting();
    operator.edit({ secrets: [entry('A', 'other')] });
    const result = await operator.reconcile();
    expect(operator.states).toEqual(['web-prod-app-1 Superseded']);
    expect(result.kind === 'requeueAfter' || result.kind === 'retry').toBe(true);
    await operator.pass(4);
    await operator.settle();
    expect(operator.requests).toHaveLength(1);
    await operator.pass(1);
    await operator.settle();
    expect(operator.states).toEqual(['web-prod-app-1 Superseded', 'web-prod-app-2 Waiting']);
    expect(operator.shown).toEqual(['web-prod-app-1 Superseded', 'web-prod-app-2 Waiting']);
  });

  it('if it comes and goes, what was released is released still, and asked for no more', async () => {
    const operator = await released();
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.settle();
    operator.edit({ secrets: [entry('A')] });
    await operator.settle();
    expect([operator.data, operator.states, operator.condition('ChangesPending')]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Released', 'web-prod-app-2 Superseded'],
      'none',
    ]);
  });

  it('votes for the plan before it count for nothing', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.pass(6);
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([
      false,
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Waiting'],
    ]);
  });
});

describe('a no', () => {
  it('rejects, and wins over a yes', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    operator.cast('Reject', 'ben');
    await operator.settle();
    expect([operator.isThere, operator.states, operator.shown, operator.ready]).toEqual([
      false,
      ['web-prod-app-1 Rejected'],
      ['web-prod-app-1 Rejected'],
      'False Rejected',
    ]);
  });

  it('to a change leaves what was released before', async () => {
    const operator = await released();
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.settle();
    operator.cast('Reject', 'ana');
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Released', 'web-prod-app-2 Rejected'],
    ]);
  });

  it('is taken back by Revoke, and asked again by a new value of the annotation', async () => {
    const operator = await waiting();
    operator.cast('Reject', 'ben');
    await operator.settle();
    await operator.pass(6);
    operator.cast('Revoke', 'ana');
    await operator.settle();
    expect(operator.states).toEqual(['web-prod-app-1 Withdrawn']);
    operator.askAgain('please');
    await operator.settle();
    expect(operator.states).toEqual(['web-prod-app-1 Withdrawn', 'web-prod-app-2 Waiting']);
    expect(operator.plan.askedAgain).toBe('please');
  });
});

describe('the end of a release', () => {
  it('by Revoke takes the whole Secret away, and says so', async () => {
    const operator = await released();
    operator.cast('Revoke', 'ben');
    await operator.settle();
    expect([operator.isThere, operator.states, operator.shown, operator.ready]).toEqual([
      false,
      ['web-prod-app-1 Revoked'],
      ['web-prod-app-1 Revoked'],
      'False Revoked',
    ]);
  });

  it('by Revoke leaves the Secret with its last values where onRevoke is Retain', async () => {
    const operator = await released(protection({ onRevoke: 'Retain' }));
    operator.cast('Revoke', 'ben');
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.ready]).toEqual([{ A: 'one' }, 'False Revoked']);
  });

  it.each([
    ['Delete', {}],
    ['Retain', { A: 'one' }],
  ])('by its time follows onExpiry: %s', async (onExpiry, data) => {
    const operator = await released(protection({ grantTTL: '1h', onExpiry }));
    await operator.pass(3_700);
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.states, operator.ready]).toEqual([
      data,
      ['web-prod-app-1 Expired'],
      'False GrantExpired',
    ]);
  });

  it('without a decision in time leaves nothing behind', async () => {
    const operator = await waiting(protection({ pendingTTL: '1h' }));
    await operator.pass(3_700);
    await operator.settle();
    expect([operator.states, operator.ready, operator.isThere]).toEqual([
      ['web-prod-app-1 Expired'],
      'False RequestExpired',
      false,
    ]);
  });

  it('a release that was revoked is not brought back by a change that waits', async () => {
    const operator = await released();
    operator.cast('Revoke', 'ben');
    await operator.settle();
    operator.edit({ secrets: [entry('A', 'other')] });
    await operator.pass(6);
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([
      false,
      ['web-prod-app-1 Revoked', 'web-prod-app-2 Waiting'],
    ]);
  });
});

describe('protection', () => {
  it('that is lifted asks nobody any more, and everything is delivered', async () => {
    const operator = await waiting();
    operator.edit({ protection: undefined });
    await operator.settle();
    expect([operator.data, operator.states, operator.shown, operator.ready]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Superseded'],
      ['web-prod-app-1 Superseded'],
      'True Materialized',
    ]);
  });

  it('that comes later leaves the Secret as it is, until somebody approves', async () => {
    const operator = new ProtectedOperator({ protection: undefined });
    await operator.settle();
    operator.edit(protection());
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.ready]).toEqual([{ A: 'one' }, 'False AwaitingApproval']);
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect([operator.data, operator.ready]).toEqual([{ A: 'rotated' }, 'True Materialized']);
  });

  it('that is lifted and comes back needs a new approval', async () => {
    const operator = await released();
    operator.edit({ protection: undefined });
    await operator.settle();
    operator.edit(protection());
    await operator.pass(6);
    await operator.settle();
    expect(operator.states).toEqual(['web-prod-app-1 Superseded', 'web-prod-app-2 Waiting']);
  });

  it('that nobody can ever satisfy makes no request, and says so', async () => {
    const operator = await waiting(protection({ minApprovals: 3 }));
    expect([operator.requests, operator.ready]).toEqual([[], 'False ReviewersInsufficient']);
  });

  it.each(['prod', 'team'])(
    'does not count a service account of %s: whoever edits there can act as it',
    async (namespace) => {
      const account = { kind: 'ServiceAccount', namespace, name: 'bot' };
      const operator = await waiting(protection({ requiredReviewers: [account] }));
      expect([operator.requests, operator.ready]).toEqual([[], 'False ReviewersInsufficient']);
    },
  );

  it('under preventSelfReview, whoever changed it does not approve it', async () => {
    const operator = await waiting(
      protection({ requiredReviewers: [group('leads')], preventSelfReview: true }),
    );
    operator.cast('Approve', 'dev', { as: group('leads') });
    await operator.settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
    operator.cast('Approve', 'ana', { as: group('leads') });
    await operator.settle();
    expect(operator.data).toEqual({ A: 'one' });
  });
});

describe('a target that is gone', () => {
  it('if nobody asks for it any more, its request is left behind', async () => {
    const operator = await waiting();
    operator.edit({ targets: [] });
    await operator.settle();
    expect(operator.states).toEqual(['web-prod-app-1 Superseded']);
  });

  it('if it was delivered, its release ends with it', async () => {
    const operator = await released();
    operator.edit({ targets: [] });
    await operator.settle();
    expect(operator.states).toEqual(['web-prod-app-1 Superseded']);
  });
});

describe('a scope that cannot be planned', () => {
  const broken = { targets: [{ secretName: 'app', includeAll: true, keys: { A: 'X', B: 'X' } }] };

  it('still honours a revocation', async () => {
    const operator = await released({ secrets: [entry('A'), entry('B')] });
    operator.edit(broken);
    operator.cast('Revoke', 'ben');
    await operator.settle();
    expect([operator.states, operator.isThere]).toEqual([['web-prod-app-1 Revoked'], false]);
  });

  it('keeps what was released, and asks for nothing', async () => {
    const operator = await released({ secrets: [entry('A'), entry('B')] });
    operator.edit(broken);
    await operator.settle();
    expect([operator.states, operator.data, operator.ready]).toEqual([
      ['web-prod-app-1 Released'],
      { A: 'one', B: 'two' },
      'False KeyCollision',
    ]);
  });

  it('if it is refused as a whole, still honours a revocation', async () => {
    const operator = await released();
    // its backend keeps no versions
    operator.edit({ protection: { requiredReviewers: [user('ana')], pin: 'Version' } });
    operator.cast('Revoke', 'ana');
    await operator.settle();
    expect([operator.states, operator.isThere]).toEqual([['web-prod-app-1 Revoked'], false]);
  });
});

describe('if it is not known whether it is approved', () => {
  const unknown = (operator: ProtectedOperator) => {
    operator.small.world.approvals = { missing: 'SecretRequests cannot be listed' };
  };

  it('nothing is opened', async () => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    unknown(operator);
    await operator.reconcile();
    expect([operator.isThere, operator.states, operator.ready]).toEqual([
      false,
      ['web-prod-app-1 Waiting'],
      'False ApprovalUnknown',
    ]);
  });

  it('nothing is closed: what was released goes on', async () => {
    const operator = await released();
    operator.cast('Revoke', 'ana');
    operator.small.source('a', 'rotated');
    unknown(operator);
    await operator.reconcile();
    expect([operator.data, operator.states]).toEqual([{ A: 'rotated' }, ['web-prod-app-1 Released']]);
  });

  it('if what has ended has ended, the Secret stays away', async () => {
    const operator = await released();
    operator.cast('Revoke', 'ben');
    await operator.settle();
    unknown(operator);
    await operator.reconcile();
    expect(operator.isThere).toBe(false);
  });

  it.each<[string, (operator: ProtectedOperator) => void]>([
    ['its time was never told', ({ api }) => api.answered(undefined)],
    ['it has not answered for a minute', ({ api }) => api.answered(60_001)],
  ])('because of the API server: %s', async (_, happens) => {
    const operator = await waiting();
    operator.cast('Approve', 'ana');
    happens(operator);
    await operator.reconcile();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-1 Waiting']]);
  });

  it('because ledgers are not seen, it is said, and nothing is written', async () => {
    const operator = await released();
    unknown(operator);
    operator.look().watching = false;
    operator.small.world.ledgers.delete('uid-web-prod');
    operator.restart();
    await operator.reconcile();
    expect(operator.api.writes.filter((call) => call.includes('scopeledgers'))).toEqual([]);
    expect([operator.ready, operator.data]).toEqual(['False ApprovalUnknown', { A: 'one' }]);
  });

  it('because the kind is not installed, it is said', async () => {
    const operator = new ProtectedOperator();
    unknown(operator);
    const { apiError } = await import('./memory-api.fixture.ts');
    operator.api.before.set('create scopeledgers', () => {
      throw apiError('notFound', LEDGERS);
    });
    await operator.reconcile();
    expect(operator.ready).toBe('False ApprovalUnknown');
  });

  it('because the ledger cannot be read, it is said', async () => {
    const operator = await released();
    operator.api.put(LEDGERS, {
      metadata: { name: 'uid-web-prod', namespace: 'secretscope-system' },
      spec: { ...operator.ledger, requests: 'many' },
    });
    await operator.reconcile();
    expect(operator.ready).toBe('False ApprovalUnknown');
  });

  it('because policies are not listed yet, what is remembered of them stays', async () => {
    const operator = await waiting();
    const before = operator.ledger.policies;
    unknown(operator);
    for (const key of [...operator.small.world.policies.keys()]) operator.small.world.policies.delete(key);
    await operator.reconcile();
    expect(operator.ledger.policies).toEqual(before);
  });

  it('because mutating policies are not listed yet, it is not written down that an author may be missing', async () => {
    const operator = await waiting();
    operator.small.world.mutating = { missing: 'not listed yet' };
    await operator.reconcile();
    operator.small.world.mutating = 'known';
    await operator.reconcile();
    expect(operator.ledger.authorsComplete).toBe(true);
  });
});

describe('what the API server refuses', () => {
  it.each(['invalid', 'tooLarge'] as const)(
    '%s: one that cannot be asked for holds up no other',
    async (kind) => {
      const { apiError } = await import('./memory-api.fixture.ts');
      const operator = await released();
      operator.edit({ secrets: [entry('A', 'other')] });
      operator.small.source('a', 'rotated');
      operator.api.before.set('create secretrequests', () => {
        throw apiError(kind, REQUESTS);
      });
      await operator.reconcile();
      expect([operator.data, operator.ready]).toEqual([{ A: 'rotated' }, 'False LimitExceeded']);
    },
  );

  it.each(['forbidden'] as const)('%s: everything stays as it is, and it is said', async (kind) => {
    const { apiError } = await import('./memory-api.fixture.ts');
    const operator = await released();
    operator.edit({ secrets: [entry('A', 'other')] });
    operator.small.source('a', 'rotated');
    operator.api.before.set('create secretrequests', () => {
      throw apiError(kind, REQUESTS);
    });
    await operator.reconcile();
    expect([operator.data, operator.ready, operator.states]).toEqual([
      { A: 'one' },
      'False ApprovalUnknown',
      ['web-prod-app-1 Released'],
    ]);
  });
});

describe('a ledger that was lost', () => {
  it('asks again, releases nothing and takes nothing away', async () => {
    const operator = await released();
    operator.cast('Approve', 'ana');
    operator.api.remove(LEDGERS, LEDGER);
    operator.restart();
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.states, operator.ready]).toEqual([
      { A: 'one' },
      ['web-prod-app-2 Waiting'],
      'False AwaitingApproval',
    ]);
    expect([operator.requests.length, operator.api.all(REVIEWS).length]).toEqual([2, 2]);
  });

  it('does not revive a revocation that was undone by losing it', async () => {
    const operator = await released();
    operator.cast('Revoke', 'ana');
    await operator.settle();
    operator.api.remove(LEDGERS, LEDGER);
    await operator.restart().settle();
    expect([operator.isThere, operator.states]).toEqual([false, ['web-prod-app-2 Waiting']]);
  });
});
