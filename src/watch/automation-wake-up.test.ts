import { beforeEach, describe, expect, it } from 'vitest';
import { requestSpec, reviewSpec, SCOPE_REF } from './approval-fixture.ts';
import { requestView, reviewView } from './approval-views.ts';
import { AutomationWakeUp } from './automation-wake-up.ts';
import { automationView, type ScopeView } from './views.ts';
import { aScopeView, type Raw, raw, SmallWorld } from './world-fixture.ts';

const spec = (scope: string) => ({
  scopeRef: { name: scope },
  events: ['Rotated'],
  url: 'https://hooks.acme.dev/in',
  payload: {},
});
const CONSUMER = { kind: 'WebhookAutomation', namespace: 'prod', name: 'notify', uid: 'uid-notify' };

const LEVELS = ['scope acme/acme', 'scope prod/web-prod', 'scope team/web'];

let world: SmallWorld;
let woken: string[];
let wakeUp: AutomationWakeUp;

beforeEach(() => {
  world = SmallWorld.ofThreeLevels()
    .automation('prod/notify', spec('web-prod'))
    .automation('prod/chat', spec('web-prod'))
    .automation('prod/other', spec('web-test'))
    .automation('team/notify', spec('web-prod'));
  woken = [];
  const wake = (kind: string, key: string) => void woken.push(`${kind} ${key}`);
  wakeUp = new AutomationWakeUp(world.scopes, world.automations, world.requests, wake);
});

const list = () => [...woken].sort();
const view = (change: Raw['spec'] = {}, metadata = {}) =>
  automationView(raw('WebhookAutomation', 'prod/notify', { ...spec('web-prod'), ...change }, metadata));
const asked = (name: string, value: string) => ({ annotations: { [`secretscope.dev/${name}`]: value } });

describe('an automation', () => {
  it.each([
    ['came', undefined, view()],
    ['went', view(), undefined],
    ['changed', view(), view({ url: 'https://hooks.acme.dev/out' }, { generation: 2 })],
    ['is being deleted', view(), view({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['was made again', view(), view({}, { uid: 'another' })],
    ['has another author', view(), { ...view(), authors: ['eve'] }],
    ['was asked for again', view(), view({}, asked('request', '1'))],
    ['is to be tested', view(), view({}, asked('test', '{}'))],
    ['is to send again', view(), view({}, asked('replay', 'n:all'))],
  ])(
    'that %s wakes itself, the scope whose ledger remembers it, and the levels above',
    (_what, before, after) => {
      wakeUp.automation('prod/notify', before, after);
      expect(list()).toEqual(['automation prod/notify', ...LEVELS]);
    },
  );

  it('of which only the status changed wakes nobody: each attempt writes one', () => {
    wakeUp.automation('prod/notify', view(), { ...view(), status: { told: {} }, resourceVersion: '2' });
    expect(list()).toEqual([]);
  });

  it('that cannot be read wakes itself alone', () => {
    wakeUp.automation('prod/notify', undefined, view({ url: 'http://plain' }));
    expect(list()).toEqual(['automation prod/notify']);
  });
});

describe('whatever is told of', () => {
  it('a scope: those of its own namespace that name it', () => {
    wakeUp.scope('prod/web-prod');
    expect(list()).toEqual(['automation prod/chat', 'automation prod/notify']);
  });

  const ready = (change: object): ScopeView => {
    const now = {
      type: 'Ready',
      status: 'True' as const,
      reason: 'Materialized',
      message: 'all is delivered',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    return { ...aScopeView('prod/web-prod'), conditions: [{ ...now, ...change }] };
  };

  it.each([
    ['it fails', { status: 'False' }],
    ['it fails for another reason', { reason: 'BackendDenied' }],
    ['it fails once more', { lastTransitionTime: '2026-01-01T00:01:00Z' }],
  ])('the conditions of a scope: when %s', (_what, change) => {
    wakeUp.conditions('prod/web-prod', ready({}), ready(change));
    expect(list()).toEqual(['automation prod/chat', 'automation prod/notify']);
  });

  it.each([
    ['other words', { message: 'other words' }],
    ['another generation', { observedGeneration: 2 }],
  ])('and not when they have %s', (_what, change) => {
    wakeUp.conditions('prod/web-prod', ready({}), ready(change));
    expect(list()).toEqual([]);
  });

  it('everything: all of them', () => {
    wakeUp.all();
    expect(list()).toHaveLength(4);
  });
});

describe('a request', () => {
  const request = (consumer: object = CONSUMER, metadata = {}) =>
    requestView(raw('SecretRequest', 'prod/web-1', requestSpec({ scopeRef: SCOPE_REF, consumer }), metadata));
  const vote = (metadata = {}) => reviewView(raw('RequestReview', 'prod/vote', reviewSpec(), metadata));

  it.each([
    ['came', undefined, request()],
    ['went', request(), undefined],
  ])('of an automation that %s wakes it', (_what, before, after) => {
    wakeUp.approval(before, after);
    expect(list()).toEqual(['automation prod/notify']);
  });

  it('of which only the status changed wakes nobody', () => {
    wakeUp.approval(request(), { ...request(), status: { state: 'Waiting' }, resourceVersion: '2' });
    expect(list()).toEqual([]);
  });

  it('of a claim of that name wakes nobody here', () => {
    wakeUp.approval(undefined, request({ ...CONSUMER, kind: 'SecretClaim' }));
    expect(list()).toEqual([]);
  });

  it('that is voted on wakes its automation', () => {
    const one = request();
    world.requests.set('prod/web-1', { ...one, metadata: { ...one.metadata, uid: 'uid-web-1' } });
    wakeUp.approval(undefined, vote());
    expect(list()).toEqual(['automation prod/notify']);
  });
});
