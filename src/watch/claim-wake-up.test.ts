import { beforeEach, describe, expect, it } from 'vitest';
import { ledgerSpec, requestSpec, reviewSpec, SCOPE_REF } from './approval-fixture.ts';
import { ledgerView, requestView, reviewView } from './approval-views.ts';
import { ClaimWakeUp } from './claim-wake-up.ts';
import { claimView } from './views.ts';
import { aNamespaceView, type Raw, raw, SmallWorld } from './world-fixture.ts';

const asking = (name: string, namespace = 'prod') => ({
  scopeRef: { namespace, name },
  include: ['A'],
  secretName: 'app',
});
const CONSUMER = { kind: 'SecretClaim', namespace: 'ci', name: 'job', uid: 'uid-job' };

let world: SmallWorld;
let woken: string[];
let wakeUp: ClaimWakeUp;

beforeEach(() => {
  world = SmallWorld.ofThreeLevels()
    .claim('ci/job', asking('web-prod'))
    .claim('ci/other', asking('web', 'team'))
    .claim('prod/own', { ...asking('web-prod'), scopeRef: { name: 'web-prod' } });
  woken = [];
  wakeUp = new ClaimWakeUp(world.claims, world.requests, (kind, key) => woken.push(`${kind} ${key}`));
});

const list = () => [...new Set(woken)].sort();
const ALL = ['claim ci/job', 'claim ci/other', 'claim prod/own'];
const view = (change: Raw['spec'] = {}, metadata = {}) =>
  claimView(raw('SecretClaim', 'ci/job', { ...asking('web-prod'), ...change }, metadata));

describe('a claim', () => {
  it.each([
    ['came', undefined, view()],
    ['went', view(), undefined],
    ['changed', view(), view({ include: ['B'] }, { generation: 2 })],
    ['is being deleted', view(), view({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['was asked for again', view(), view({}, { annotations: { 'secretscope.dev/request': 'x' } })],
    [
      'is to be looked at',
      view(),
      view({}, { annotations: { 'reconcile.secretscope.dev/requestedAt': 'now' } }),
    ],
    ['has another author', view(), { ...view(), authors: ['eve'] }],
    ['was made again', view(), view({}, { uid: 'another' })],
  ])('that %s wakes itself, and the scope whose ledger remembers it', (_, before, after) => {
    wakeUp.claim('ci/job', before, after);
    expect(list()).toEqual(['claim ci/job', 'scope prod/web-prod']);
  });

  it('of which only the status changed wakes nobody', () => {
    wakeUp.claim('ci/job', view(), { ...view(), status: { state: 'Delivered' }, resourceVersion: '2' });
    expect(list()).toEqual([]);
  });

  it('that was made again for another scope wakes both', () => {
    wakeUp.claim('ci/job', view(), view(asking('web', 'team'), { uid: 'another' }));
    expect(list()).toEqual(['claim ci/job', 'scope prod/web-prod', 'scope team/web']);
  });
});

describe('whatever a claim is decided on', () => {
  it('its scope: those that name it, by its namespace or by their own', () => {
    wakeUp.scope('prod/web-prod');
    expect(list()).toEqual(['claim ci/job', 'claim prod/own']);
  });

  it('the labels of its namespace', () => {
    wakeUp.namespace(aNamespaceView('ci'), aNamespaceView('ci', { team: 'ci' }));
    expect(list()).toEqual(['claim ci/job', 'claim ci/other']);
  });

  it('nothing else of its namespace', () => {
    wakeUp.namespace(aNamespaceView('ci'), aNamespaceView('ci'));
    expect(list()).toEqual([]);
  });

  it.each([
    ['ci', ['claim ci/job', 'claim ci/other']],
    ['', ALL],
  ])('enrolment of "%s"', (namespace, claims) => {
    wakeUp.enrolment(namespace);
    expect(list()).toEqual(claims);
  });

  it('what proves who may claim: all of them', () => {
    wakeUp.all();
    expect(list()).toEqual(ALL);
  });
});

describe('a request or a vote', () => {
  const request = (change: Raw['spec'] = {}, metadata = {}) =>
    requestView(
      raw('SecretRequest', 'prod/web-1', requestSpec({ consumer: CONSUMER, ...change }), {
        uid: 'uid-web-1',
        ...metadata,
      }),
    );
  const review = (change: Raw['spec'] = {}) =>
    reviewView(raw('RequestReview', 'prod/vote', reviewSpec(change)));

  it('on a claim wakes that claim', () => {
    wakeUp.approval(undefined, request());
    wakeUp.approval(request(), undefined);
    expect(woken).toEqual(['claim ci/job', 'claim ci/job']);
  });

  it('on a target wakes no claim', () => {
    wakeUp.approval(undefined, request({ consumer: { kind: 'Target', namespace: 'prod', name: 'web' } }));
    expect(woken).toEqual([]);
  });

  it('is found by the request that the vote names', () => {
    world.request('prod/web-1', requestSpec({ consumer: CONSUMER }), { uid: 'uid-web-1' });
    wakeUp.approval(undefined, review());
    wakeUp.approval(review(), undefined);
    expect(woken).toEqual(['claim ci/job', 'claim ci/job']);
    woken = [];
    wakeUp.approval(undefined, review({ requestRef: { name: 'web-1', uid: 'another' } }));
    expect(woken).toEqual([]);
  });

  it('whose status changed wakes nobody', () => {
    wakeUp.approval(request(), { ...request(), status: { state: 'Released' } });
    expect(woken).toEqual([]);
  });
});

describe('a ledger', () => {
  const ledger = (metadata = {}) =>
    ledgerView(raw('ScopeLedger', 'system/x', ledgerSpec(), { name: SCOPE_REF.uid, uid: 'u', ...metadata }));

  it('that is gone has released nothing: every claim on the scope looks', () => {
    wakeUp.ledger(ledger(), undefined);
    expect(list()).toEqual(['claim ci/job', 'claim prod/own']);
  });

  it('that the operator wrote wakes nobody, or each of a thousand would wake all the others', () => {
    wakeUp.ledger(undefined, ledger());
    wakeUp.ledger(ledger(), ledger({ generation: 2 }));
    expect(list()).toEqual([]);
  });
});
