/** What an automation needs of its scope, and what becomes of what it asked for. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PostOutcome } from '../../model/webhook.ts';
import { sourceThing } from '../../watch/interests.ts';
import { AUTOMATIONS, BACKENDS, SCOPES } from '../../watch/resources.ts';
import { AUTOMATION_HOLDER } from '../../watch/wake-up.ts';
import { entry } from '../approval/approval-fixture.ts';
import { AUTOMATION, AutomationOperator, OPEN, PROTECTED } from './automation-fixture.ts';

let operator: AutomationOperator;

const BOTH = { secrets: ['A', 'B'], payload: { a: '${A}', b: '${B}' } };
const answered = (code: number): PostOutcome => ({
  kind: 'answered',
  code,
  retryAfterMs: undefined,
  milliseconds: 1,
});
const own = () => operator.requests.filter(({ spec }) => JSON.stringify(spec).includes('WebhookAutomation'));
const states = () => operator.states.filter((state) => state.startsWith('web-prod-notify'));

async function approved(spec: object = {}): Promise<void> {
  operator = new AutomationOperator({ ...PROTECTED, ...spec });
  // one that keeps versions
  operator.api.put(BACKENDS, {
    metadata: { name: 'vault', namespace: 'prod' },
    spec: { aws: { region: 'eu-west-1', auth: { secretRef: { name: 'keys' } } } },
  });
  await operator.automate({ retryFor: '1m' }).settle();
  for (const request of operator.requests) operator.cast('Approve', 'ana', { request });
  await operator.settle();
}

describe('what reviewers are asked', () => {
  it('is not half of it: where a name is gone nobody is asked', async () => {
    operator = new AutomationOperator(PROTECTED);
    await operator.automate({ secrets: ['A', 'GONE'], payload: { a: '${A}', b: '${GONE}' } }).settle();
    expect([own(), operator.told()]).toEqual([[], 'False DanglingReference']);
  });

  it('is over where the automation needs no secret any more, which is sent at once', async () => {
    await approved();
    await operator.automate({ payload: { text: '${event_type}' }, secrets: [] }).settle();
    expect(states().filter((state) => /Waiting|Released/.test(state))).toEqual([]);
    expect(operator.automationStatus.request).toBeUndefined();
    expect(operator.told()).toBe('True Listening');
  });

  it('is over where its host is not allowed any more', async () => {
    await approved();
    operator.organization({ automationHosts: [] });
    await operator.settle();
    expect(states().filter((state) => /Waiting|Released/.test(state))).toEqual([]);
  });

  it('stays while the level above cannot be told', async () => {
    await approved();
    operator.api.remove(SCOPES, 'team/web');
    await operator.lookAt();
    expect(states()).toEqual(['web-prod-notify-1 Released']);
    expect(operator.told()).toBe('False ParentUnknown');
  });

  it('is asked once more where the scope is protected from now on, and nothing is sent before', async () => {
    operator = new AutomationOperator(OPEN);
    await operator.automate().settle();
    operator.small.posted.length = 0;
    operator.edit({ protection: PROTECTED.protection });
    await operator.settle();
    operator.small.source('a', 'three');
    await operator.settle();
    expect([operator.events, operator.told()]).toEqual([[], 'False AwaitingApproval']);
    expect(states()).toEqual(['web-prod-notify-1 Waiting']);
  });
});

describe('new versions', () => {
  const hears = () =>
    operator.deps.interests
      .of(sourceThing('uid-vault-prod', 'a'))
      .includes(`${AUTOMATION_HOLDER}${AUTOMATION}`);

  it('are heard of where versions are approved', async () => {
    await approved({ protection: { ...PROTECTED.protection, pin: 'Version' } });
    expect(hears()).toBe(true);
  });

  it('are nobody’s business where access is', async () => {
    await approved();
    expect(hears()).toBe(false);
  });

  it('are asked for again where versions are approved, and the approved one alone is sent', async () => {
    await approved({ protection: { ...PROTECTED.protection, pin: 'Version' } });
    operator.small.posted.length = 0;
    operator.small.source('a', 'three');
    await operator.settle();
    await operator.pass(60);
    await operator.settle();
    expect([operator.bodies.filter(({ token }) => token === 'three'), operator.told()]).toEqual([
      [],
      'False AwaitingApproval',
    ]);
    for (const request of operator.requests) operator.cast('Approve', 'ana', { request });
    await operator.settle();
    await operator.pass(60);
    await operator.settle();
    expect(new Set(operator.bodies.map(({ token }) => token))).toEqual(new Set(['three']));
  });
});

describe('what is tried for as long as it may', () => {
  it('is given up also while nothing may be sent, which is told once', async () => {
    await approved();
    operator.small.source('a', 'three');
    operator.small.answer = () => answered(503);
    await operator.settle();
    const [request] = own();
    operator.cast('Revoke', 'ben', request ? { request } : {});
    await operator.pass(120);
    await operator.lookAt();
    const told = () => operator.small.events.filter(({ reason }) => reason === 'Undelivered');
    expect(told()).toHaveLength(1);
    expect(operator.automationStatus.undelivered?.length).toBeGreaterThan(0);
    await operator.settle();
    await operator.lookAt();
    expect(told()).toEqual([]);
  });
});

describe('values', () => {
  beforeEach(async () => {
    operator = new AutomationOperator(OPEN);
    await operator.automate(BOTH).lookAt();
    await operator.reconcile();
  });

  it('if one of two cannot be read, nothing is sent, and its own trouble is told', async () => {
    const failed = { kind: 'failed', reason: 'BackendUnavailable', message: 'the provider is away' } as const;
    operator.small.sources.failures.set('b', failed);
    await operator.lookAt();
    expect([operator.events, operator.told()]).toEqual([[], 'False BackendUnavailable']);
  });

  it('if one is refused for good, it is looked for again all the same: nobody hears that it may be had', async () => {
    const failed = { kind: 'failed', reason: 'SourceRefused', message: 'not for you' } as const;
    operator.small.sources.failures.set('b', failed);
    await operator.lookAt();
    expect([operator.told(), operator.result]).toEqual([
      'False SourceRefused',
      { kind: 'requeueAfter', ms: 60_000 },
    ]);
  });

  it('of two levels may be used together', async () => {
    operator.edit({ secrets: [entry('A', 'other'), entry('B')] });
    await operator.settle();
    expect(operator.bodies.at(0)).toEqual({ a: 'three', b: 'two' });
  });
});

describe('a clock that ran ahead', () => {
  it('does not keep what waits for longer than a receiver may ask for', async () => {
    operator = new AutomationOperator(OPEN);
    operator.small.answer = () => answered(503);
    await operator.automate().settle();
    const [head] = operator.automationStatus.waiting ?? [];
    const status = {
      ...operator.automationStatus,
      waiting: [{ ...head, nextAttempt: '2099-01-01T00:00:00Z' }],
    };
    operator.api.put(AUTOMATIONS, { metadata: { name: 'notify', namespace: 'prod' }, status });
    operator.small.answer = () => answered(200);
    await operator.lookAt();
    expect(operator.automationStatus.counts).toMatchObject({ waiting: 0, delivered: 1 });
  });
});
