/** What a run rests on: where that moved, is old or is gone, nothing is sent. */
import { beforeEach, describe, expect, it } from 'vitest';
import { AUTOMATION_POLICIES } from '../../model/policies-in-force.ts';
import type { PostOutcome } from '../../model/webhook.ts';
import { AUTOMATIONS, SCOPES } from '../../watch/resources.ts';
import { entry } from '../approval/approval-fixture.ts';
import { apiError } from '../approval/memory-api.fixture.ts';
import { AUTOMATION, AutomationOperator, OPEN, PROTECTED } from './automation-fixture.ts';

let operator: AutomationOperator;

const answered = (code: number): PostOutcome => ({
  kind: 'answered',
  code,
  retryAfterMs: undefined,
  milliseconds: 1,
});

/** Happens while the provider is asked for values, and is seen before it answers. */
function whileRead(happen: () => void): void {
  const { fetch } = operator.deps;
  const values: typeof fetch.values = async (...asked) => {
    happen();
    operator.look();
    return fetch.values(...asked);
  };
  operator.deps = { ...operator.deps, fetch: { ...fetch, values } };
}

const goneFor = (store: typeof operator.small.world.policies) => {
  for (const key of [...store.keys()]) store.delete(key);
};
const web = () => operator.api.at(SCOPES, 'team/web')?.spec ?? {};
const request = () => operator.requests.find(({ metadata }) => metadata.name === 'web-prod-notify-1');

async function released(protection: object = {}): Promise<void> {
  operator = new AutomationOperator({
    ...PROTECTED,
    protection: { ...PROTECTED.protection, ...protection },
  });
  operator.automate();
  await operator.settle();
  for (const one of operator.requests) operator.cast('Approve', 'ana', { request: one });
  await operator.settle();
  await operator.pass(60);
  await operator.settle();
  operator.small.posted.length = 0;
  operator.small.source('a', 'three');
  await operator.reconcile();
}

describe('while a value is read', () => {
  beforeEach(async () => {
    operator = new AutomationOperator(OPEN);
    await operator.automate().settle();
    operator.small.posted.length = 0;
    operator.small.source('a', 'three');
    await operator.reconcile();
  });

  it.each<[string, () => void]>([
    ['nothing happens', () => undefined],
    ['only its status changes', () => operator.small.world.automations.get(AUTOMATION)],
  ])('if %s, it is sent', async (_what, happen) => {
    whileRead(happen);
    await operator.lookAt();
    expect(operator.events).toEqual(['Rotated']);
  });

  it.each<[string, () => void]>([
    ['the automation is changed', () => operator.automate({ payload: { other: '${A}' } })],
    ['the automation is deleted', () => operator.api.remove(AUTOMATIONS, AUTOMATION)],
    [
      'the automation is being deleted',
      () =>
        operator.api.put(AUTOMATIONS, {
          metadata: { name: 'notify', namespace: 'prod', deletionTimestamp: '2026-01-01T00:00:00Z' },
        }),
    ],
    [
      'the automation is made again',
      () => {
        const { spec = {} } = operator.api.at(AUTOMATIONS, AUTOMATION) ?? {};
        operator.api.remove(AUTOMATIONS, AUTOMATION);
        operator.api.put(AUTOMATIONS, { metadata: { name: 'notify', namespace: 'prod' }, spec });
      },
    ],
    ['the scope is changed', () => operator.edit({ secrets: [entry('A', 'other')] })],
    ['the scope is gone', () => operator.api.remove(SCOPES, 'prod/web-prod')],
    ['its host is taken off the list', () => operator.organization({ automationHosts: [] })],
    [
      'the repository lets nobody in any more',
      () =>
        operator.api.put(SCOPES, {
          metadata: { name: 'web', namespace: 'team' },
          spec: { ...web(), children: [] },
        }),
    ],
    ['the labels of its namespace change', () => operator.namespace('prod', { team: 'other' })],
    ['the policy that proves its author goes', () => goneFor(operator.small.world.policies)],
  ])('if %s, nothing is sent, and it is looked at again', async (_what, happen) => {
    whileRead(happen);
    await operator.lookAt();
    expect(operator.events).toEqual([]);
    expect(operator.result).toEqual({ kind: 'retry' });
  });
});

describe('while a value of a protected scope is read', () => {
  beforeEach(() => released());

  it('if nothing happens, it is sent', async () => {
    whileRead(() => undefined);
    await operator.lookAt();
    expect(operator.events).toEqual(['Rotated']);
  });

  it('if somebody revokes its release, nothing is sent, and its test gets placeholders', async () => {
    whileRead(() => operator.cast('Revoke', 'ben', { ...(request() && { request: request() as never }) }));
    await operator.lookAt();
    expect([operator.events, operator.result]).toEqual([[], { kind: 'retry' }]);
    operator.automate({}, { 'secretscope.dev/test': '{"id":"t1","event":"Rotated"}' });
    await operator.settle();
    expect(operator.bodies).toEqual([{ text: 'Rotated', token: 'placeholder-for-A' }]);
  });

  it('if its release comes to its end, nothing is sent', async () => {
    await released({ grantTTL: '2h' });
    whileRead(() => {
      operator.api.time = { at: operator.small.clock.now() + 3 * 3_600_000, ageMs: 0 };
    });
    await operator.lookAt();
    expect(operator.events).toEqual([]);
  });
});

describe('an older view', () => {
  beforeEach(async () => {
    operator = new AutomationOperator(OPEN);
    await operator.automate().lookAt();
    await operator.reconcile();
  });

  it('of what was sent meanwhile sends nothing once more, by this process or another', async () => {
    let before: unknown;
    operator.small.answer = () => {
      before = operator.api.at(AUTOMATIONS, AUTOMATION);
      return answered(200);
    };
    await operator.lookAt();
    expect(operator.events).toEqual(['Materialized']);
    const now = operator.api.at(AUTOMATIONS, AUTOMATION);
    operator.api.objects.set(`webhookautomations ${AUTOMATION}`, before as never);
    operator.look();
    operator.api.objects.set(`webhookautomations ${AUTOMATION}`, now as never);
    operator.watching = false;
    await operator.lookAt();
    operator.restart();
    await operator.lookAt();
    expect(operator.result).toEqual({ kind: 'retry' });
    expect(operator.events).toEqual(['Materialized']);
  });

  it('of an automation that is gone sends nothing', async () => {
    operator.look();
    operator.watching = false;
    operator.api.remove(AUTOMATIONS, AUTOMATION);
    await operator.lookAt();
    expect([operator.events, operator.result]).toEqual([[], { kind: 'done' }]);
  });

  it('if the automation goes while its deliveries are sent, what follows is not', async () => {
    operator.small.answer = () => answered(503);
    await operator.lookAt();
    operator.small.source('a', 'three');
    await operator.settle();
    await operator.pass(600);
    operator.small.posted.length = 0;
    operator.small.answer = () => {
      operator.api.remove(AUTOMATIONS, AUTOMATION);
      return answered(200);
    };
    await operator.lookAt();
    expect(operator.events).toEqual(['Materialized']);
  });
});

describe('a suspended scope', () => {
  beforeEach(async () => {
    operator = new AutomationOperator(OPEN);
    await operator.automate().lookAt();
    await operator.reconcile();
    operator.edit({ suspend: true });
  });

  it('holds back what has a secret, says so, and goes on afterwards', async () => {
    await operator.settle();
    expect([operator.events, operator.told()]).toEqual([[], 'True Suspended']);
    expect(operator.automationStatus.waiting).toHaveLength(1);
    operator.edit({ suspend: false });
    await operator.settle();
    expect([operator.events, operator.told()]).toEqual([['Materialized'], 'True Listening']);
  });

  it('gives up nothing meanwhile', async () => {
    operator.edit({ suspend: false });
    operator.small.answer = () => answered(503);
    await operator.automate({ retryFor: '1m' }).settle();
    operator.edit({ suspend: true });
    await operator.pass(3_600);
    await operator.settle();
    expect(operator.automationStatus.waiting).toHaveLength(1);
    expect(operator.automationStatus.undelivered).toBeUndefined();
  });

  it('sends a test with placeholders, and what has no secret as it is', async () => {
    operator.automate({}, { 'secretscope.dev/test': '{"id":"t1","event":"Rotated"}' });
    await operator.settle();
    expect(operator.bodies).toEqual([{ text: 'Rotated', token: 'placeholder-for-A' }]);
    operator.automate({ payload: { text: '${event_type}' }, secrets: [] });
    await operator.settle();
    expect(operator.bodies.at(-1)).toEqual({ text: 'Materialized' });
  });
});

describe('a request without an outcome', () => {
  beforeEach(async () => {
    operator = new AutomationOperator(OPEN);
    operator.small.answer = () =>
      Promise.reject(new DOMException('no answer within 120000 ms', 'TimeoutError'));
    await operator.automate().lookAt();
    await operator.reconcile();
  });

  it('if its run is over before, is no attempt, and waits on', async () => {
    await expect(operator.lookAt()).rejects.toThrow('no answer');
    const [head] = operator.automationStatus.waiting ?? [];
    expect(head).toMatchObject({ event: 'Materialized', attempts: 0 });
    expect(head?.firstAttempt).toBeUndefined();
    operator.small.answer = () => answered(200);
    await operator.settle();
    expect(operator.automationStatus.counts?.delivered).toBe(1);
  });

  it('of which the status is refused for a while, is sent again under its id', async () => {
    operator.small.answer = () => {
      operator.api.before.set('status webhookautomations', () => {
        throw apiError('server', AUTOMATIONS);
      });
      return answered(200);
    };
    await expect(operator.lookAt()).rejects.toThrow();
    operator.api.before.clear();
    operator.small.answer = () => answered(200);
    await operator.settle();
    expect(new Set(operator.ids).size).toBe(1);
    expect(operator.automationStatus.counts?.delivered).toBe(1);
  });
});

describe('policies', () => {
  const policiesComeLater = () => {
    for (const name of AUTOMATION_POLICIES)
      operator.small.world.policy('ValidatingAdmissionPolicy', name, { createdAt: Date.now() + 3_600_000 });
  };

  it('if they were made after the automation, it sends no secret before it is made again', async () => {
    operator = new AutomationOperator(OPEN);
    operator.automate();
    policiesComeLater();
    await operator.settle();
    expect([operator.events, operator.told()]).toEqual([[], 'False PolicyNotInForce']);
    // nobody can tell whether the annotation was there before them
    operator.automate({}, { 'secretscope.dev/request': '1' });
    await operator.settle();
    expect([operator.events, operator.told()]).toEqual([[], 'False PolicyNotInForce']);
  });

  it('under protection it asks reviewers all the same', async () => {
    operator = new AutomationOperator(PROTECTED);
    operator.automate();
    policiesComeLater();
    await operator.settle();
    expect(operator.told()).toBe('False AwaitingApproval');
  });
});
