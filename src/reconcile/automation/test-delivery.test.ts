import { beforeEach, describe, expect, it } from 'vitest';
import { automationStatusSchema } from '../../model/kinds/automation-status-schema.ts';
import type { PostOutcome } from '../../model/webhook.ts';
import { AUTOMATIONS, SCOPES } from '../../watch/resources.ts';
import { AUTOMATION, AutomationOperator, OPEN } from './automation-fixture.ts';

let operator: AutomationOperator;

const answered = (code: number): PostOutcome => ({
  kind: 'answered',
  code,
  retryAfterMs: undefined,
  milliseconds: 1,
});
const wish = (id: string, more: object = {}) => JSON.stringify({ id, event: 'Rotated', ...more });
const ask = (annotation: string) => operator.automate({}, { 'secretscope.dev/test': annotation });
const result = () => operator.automationStatus.test;

beforeEach(async () => {
  operator = new AutomationOperator(OPEN);
  await operator.automate({ events: ['ReviewRejected'] }).settle();
});

describe('a test', () => {
  it('that is no JSON says so once, and sends nothing', async () => {
    await ask('{').settle();
    expect(result()).toMatchObject({ id: '', placeholders: true });
    expect(result()?.message).toContain('is not a JSON object');
    expect(operator.events).toEqual([]);
  });

  it('of which nothing arrived says how it ended', async () => {
    operator.small.answer = () => ({ kind: 'failed', outcome: 'NameNotResolved', milliseconds: 3 });
    await ask(wish('t1')).settle();
    expect(result()).toMatchObject({ id: 't1', outcome: 'NameNotResolved', milliseconds: 3 });
    expect(result()).not.toHaveProperty('code');
  });

  it('to a host that is not listed is not sent, and says whom to ask', async () => {
    operator.automate({ url: 'https://evil.dev/x' }, { 'secretscope.dev/test': wish('t1') });
    await operator.settle();
    expect(operator.events).toEqual([]);
    expect(result()?.message).toContain('automationHosts');
  });

  it('for which the level above is not there goes nowhere: nobody listed the host', async () => {
    operator.api.remove(SCOPES, 'team/web');
    await ask(wish('t1')).settle();
    expect(operator.events).toEqual([]);
    expect(result()?.message).toContain('is not known');
  });

  it('whose faults are longer than a status holds is told as far as there is room, and hinders nothing', async () => {
    const payload = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`m${at}`, '${nope}']));
    await ask(wish('t1', { payload })).settle();
    expect(result()?.message).toContain('which no event has');
    expect(automationStatusSchema.safeParse(operator.automationStatus).error).toBeUndefined();
  });

  it('counts against what its namespace may send', async () => {
    for (let left = 100; left > 0; left--) operator.deps.webhooks.budget.take('prod');
    await ask(wish('t1')).lookAt();
    expect([operator.events, operator.result]).toEqual([[], { kind: 'requeueAfter', ms: 1_000 }]);
    await operator.pass(1);
    await operator.settle();
    expect(operator.events).toEqual(['Rotated']);
  });

  it('whose last one is dated in the future does not wait for that: a clock ran ahead', async () => {
    await ask(wish('t1')).settle();
    const test = { ...result(), at: '2099-01-01T00:00:00Z' };
    const status = { ...operator.automationStatus, test };
    operator.api.put(AUTOMATIONS, { metadata: { name: 'notify', namespace: 'prod' }, status });
    await ask(wish('t2')).settle();
    expect(operator.ids).toEqual(['t1', 't2']);
  });

  it('is not sent once more because a delivery after it has no outcome', async () => {
    operator = new AutomationOperator(OPEN);
    await operator.automate().lookAt();
    await operator.reconcile();
    operator.small.answer = () =>
      operator.ids.at(-1) === 't1' ? answered(200) : Promise.reject(new Error('aborted'));
    await expect(ask(wish('t1')).lookAt()).rejects.toThrow('aborted');
    await expect(operator.lookAt()).rejects.toThrow('aborted');
    expect(operator.ids.filter((id) => id === 't1')).toHaveLength(1);
    expect(result()).toMatchObject({ id: 't1', code: 200 });
  });

  it('whose result finds no place, since another is asked for meanwhile, makes that one wait all the same', async () => {
    operator.small.answer = () => {
      ask(wish(`t${operator.ids.length + 1}`));
      return answered(200);
    };
    ask(wish('t1'));
    for (let look = 0; look < 5; look++) await operator.lookAt();
    expect(operator.ids).toEqual(['t1']);
    expect(operator.result).toMatchObject({ kind: 'requeueAfter' });
    operator.small.answer = () => answered(200);
    await operator.pass(11);
    await operator.settle();
    expect(operator.ids).toEqual(['t1', 't2']);
    expect(result()).toMatchObject({ id: 't2', code: 200 });
  });

  it('of which an older view shows nothing yet is not sent once more', async () => {
    ask(wish('t1')).look();
    operator.watching = false;
    await operator.lookAt();
    operator.restart();
    await operator.lookAt();
    expect([operator.ids, operator.result]).toEqual([['t1'], { kind: 'retry' }]);
  });

  it('without the values of an automation that waits for nothing else gets them', async () => {
    await ask(wish('t1')).settle();
    expect(operator.bodies).toEqual([{ text: 'Rotated', token: 'one' }]);
    expect(JSON.stringify(operator.api.at(AUTOMATIONS, AUTOMATION)?.status)).not.toContain('"one"');
  });
});

describe('what is asked for by annotations', () => {
  it('a replay that is too long for a status is no wish, and hinders nothing', async () => {
    operator.automate({}, { 'secretscope.dev/replay': `${'n'.repeat(300)}:all` });
    await operator.settle();
    expect(automationStatusSchema.safeParse(operator.automationStatus).error).toBeUndefined();
  });

  it('a replay that was handled is not again, when its annotation is taken off and put back', async () => {
    operator = new AutomationOperator(OPEN);
    operator.small.answer = () => answered(500);
    await operator.automate({ retryFor: '1m' }).settle();
    await operator.pass(120);
    await operator.settle();
    for (const annotations of [{ 'secretscope.dev/replay': 'n1:all' }, {}]) {
      await operator.automate({}, annotations).settle();
      await operator.pass(120);
      await operator.settle();
    }
    const sent = operator.ids.length;
    await operator.automate({}, { 'secretscope.dev/replay': 'n1:all' }).settle();
    expect(operator.ids).toHaveLength(sent);
    expect(operator.automationStatus.lastHandledReplay).toBe('n1:all');
  });
});
