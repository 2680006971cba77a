import { beforeEach, describe, expect, it } from 'vitest';
import { ledgerSpec, requestSpec, reviewSpec, SCOPE_REF } from './approval-fixture.ts';
import { ledgerView, type RequestView, requestView, reviewView } from './approval-views.ts';
import { Interests } from './interests.ts';
import { WakeUp } from './wake-up.ts';
import { aPolicyView, aScopeView, type Raw, raw, SmallWorld, under } from './world-fixture.ts';

const PROTECTED = { level: 'Environment', ...under('team/web'), protection: {} };

let world: SmallWorld;
let woken: string[];
let wakeUp: WakeUp;

beforeEach(() => {
  world = SmallWorld.ofThreeLevels().scope('prod/guarded', PROTECTED).scope('prod/second', PROTECTED);
  woken = [];
  wakeUp = new WakeUp(world.scopes, new Interests(), (kind, key) => woken.push(`${kind} ${key}`));
});

const request = (change: Raw['spec'] = {}, metadata = {}) =>
  requestView(raw('SecretRequest', 'prod/web-1', requestSpec(change), metadata));
const review = (change: Raw['spec'] = {}, metadata = {}) =>
  reviewView(raw('RequestReview', 'prod/vote', reviewSpec(change), metadata));
const ledger = (change: Raw['spec'] = {}, metadata = {}) =>
  ledgerView(
    raw('ScopeLedger', 'system/x', ledgerSpec(change), { name: SCOPE_REF.uid, uid: 'u', ...metadata }),
  );

describe('a request or a vote', () => {
  it.each([
    ['a request', request],
    ['a vote', review],
  ])('%s wakes its scope when it comes, and when it goes', (_what, view) => {
    wakeUp.approval(undefined, view());
    wakeUp.approval(view(), undefined);
    expect(woken).toEqual(['scope prod/web-prod', 'scope prod/web-prod']);
  });

  it('if somebody deletes it, and it stays for a finalizer, that wakes its scope too', () => {
    wakeUp.approval(request(), request({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }));
    expect(woken).toEqual(['scope prod/web-prod']);
  });

  it('if it is made again about another scope, both are woken', () => {
    const other = request({ scopeRef: { name: 'other', uid: 'u' } }, { uid: 'again' });
    wakeUp.approval(request(), other);
    expect(woken).toEqual(['scope prod/web-prod', 'scope prod/other']);
  });

  it('FAULTS: if only its status changed, nobody is woken: the operator wrote it', () => {
    const reported: RequestView = { ...request({}, { resourceVersion: '2' }), status: { state: 'Waiting' } };
    wakeUp.approval(request(), reported);
    wakeUp.approval(review(), { ...review({}, { resourceVersion: '2' }), status: {} });
    expect(woken).toEqual([]);
  });

  it('if it cannot be read, it wakes nobody; if it could be before, it wakes who relied on it', () => {
    wakeUp.approval(undefined, request({ pin: 'Nonsense' }));
    expect(woken).toEqual([]);
    wakeUp.approval(request(), request({ pin: 'Nonsense' }, { generation: 2 }));
    expect(woken).toEqual(['scope prod/web-prod']);
  });
});

describe('a ledger', () => {
  it('wakes the scope that it is about, wherever that is', () => {
    wakeUp.ledger(ledger(), ledger({}, { generation: 2 }));
    wakeUp.ledger(ledger(), undefined);
    expect(woken).toEqual(['scope prod/web-prod', 'scope prod/web-prod']);
  });

  it('if nothing of its spec changed, wakes nobody', () => {
    wakeUp.ledger(ledger(), ledger({}, { resourceVersion: '2' }));
    expect(woken).toEqual([]);
  });
});

describe('THREATS 9: what proves who voted', () => {
  const policy = (change = {}) => aPolicyView('ValidatingAdmissionPolicy', 'p', change);
  const guarded = ['scope prod/guarded', 'scope prod/second'];

  it.each([
    ['comes', undefined, policy()],
    ['goes', policy(), undefined],
    ['is edited', policy(), policy({ generation: 2 })],
    ['is not the shipped one any more', policy(), policy({ asShipped: false })],
    ['is made again', policy(), policy({ uid: 'again' })],
  ])('if a policy %s, every protected scope is woken, and nobody else', (_case, before, after) => {
    wakeUp.policy(before, after);
    expect(woken).toEqual(guarded);
  });

  it('if the API server only notes something about it, nobody is woken', () => {
    wakeUp.policy(policy(), policy());
    expect(woken).toEqual([]);
  });

  it('if it is known at last, every protected scope is woken once', () => {
    wakeUp.protectedScopes();
    expect(woken).toEqual(guarded);
  });
});

describe('what stands beside the spec of a scope', () => {
  const before = aScopeView('prod/guarded', PROTECTED);

  it.each([
    ['somebody else is stamped as author', { authors: ['eve'] }],
    ['another request is asked for', { askedAgain: 'again' }],
  ])('if %s, the scope is woken, although its generation stays', (_case, change) => {
    wakeUp.scope('prod/guarded', before, { ...before, resourceVersion: '2', ...change });
    expect(woken).toEqual(['scope prod/guarded']);
  });

  it('if neither changed, it is not', () => {
    wakeUp.scope('prod/guarded', before, { ...before, resourceVersion: '2', authors: [] });
    expect(woken).toEqual([]);
  });
});
