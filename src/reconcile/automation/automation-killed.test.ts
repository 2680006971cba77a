/** The process dies before and after every write and every request of each step; another one goes on in its place. */
import { describe, expect, it } from 'vitest';
import type { PostOutcome } from '../../model/webhook.ts';
import { Killed } from '../approval/memory-api.fixture.ts';
import { AutomationOperator, OPEN, PROTECTED } from './automation-fixture.ts';

const WRITES = ['create ', 'replace ', 'status ', 'patch ', 'delete '];
const TEST_ID = 't1';

type When = 'before' | 'after';

const answered = (code: number): PostOutcome => ({
  kind: 'answered',
  code,
  retryAfterMs: undefined,
  milliseconds: 1,
});

/** What is asked of each step: from where it starts, and what happens then. */
interface Step {
  readonly from: () => Promise<AutomationOperator>;
  readonly happens: (operator: AutomationOperator) => void;
  readonly code?: number;
}

const made = async (spec: object = OPEN) => new AutomationOperator({ ...spec }).automate();
const told = async () => (await made()).settle();

async function failing(): Promise<AutomationOperator> {
  const operator = await made();
  operator.small.answer = () => answered(503);
  await operator.automate({ retryFor: '1m' }).settle();
  return operator;
}

async function givenUp(): Promise<AutomationOperator> {
  const operator = await failing();
  await operator.pass(120);
  await operator.settle();
  return operator;
}

const STEPS: Readonly<Record<string, Step>> = {
  'the first event': { from: made, happens: () => undefined },
  'a rotation': { from: told, happens: ({ small }) => void small.source('a', 'three') },
  'the approval of the automation': {
    from: async () => {
      const operator = await (await made(PROTECTED)).settle();
      for (const request of operator.requests) operator.cast('Approve', 'ana', { request });
      return operator;
    },
    happens: () => undefined,
  },
  'a revocation': {
    from: async () => {
      const operator = await (await made(PROTECTED)).settle();
      for (const request of operator.requests) operator.cast('Approve', 'ana', { request });
      await operator.settle();
      await operator.pass(60);
      return operator.settle();
    },
    happens: (operator) => {
      const request = operator.requests.find(({ metadata }) => metadata.name === 'web-prod-notify-1');
      operator.cast('Revoke', 'ben', request ? { request } : {});
      operator.small.source('a', 'three');
    },
  },
  'a failure': { from: made, happens: () => undefined, code: 503 },
  'another try': {
    from: async () => {
      const operator = await failing();
      await operator.pass(30);
      return operator;
    },
    happens: () => undefined,
  },
  'giving up': {
    from: async () => {
      const operator = await failing();
      operator.small.source('a', 'three');
      await operator.settle();
      await operator.pass(120);
      return operator;
    },
    happens: () => undefined,
    code: 503,
  },
  'a replay': {
    from: givenUp,
    happens: (operator) => void operator.automate({}, { 'secretscope.dev/replay': 'n1:all' }),
  },
  'a test': {
    from: told,
    happens: (operator) =>
      void operator.automate({}, { 'secretscope.dev/test': `{"id":"${TEST_ID}","event":"Rotated"}` }),
  },
};

/** Dies at the `nth` write or request from now on; says whether it came that far. */
async function diesAt(operator: AutomationOperator, nth: number, when: When): Promise<boolean> {
  let left = nth;
  const die = () => {
    if (left-- === 0) throw new Killed('killed');
  };
  for (const write of WRITES) operator.api[when].set(write, die);
  const { webhooks } = operator.deps;
  const post: typeof webhooks.post = async (...sent) => {
    if (when === 'before') die();
    const outcome = await webhooks.post(...sent);
    if (when === 'after') die();
    return outcome;
  };
  operator.deps = { ...operator.deps, webhooks: { ...webhooks, post } };
  try {
    await operator.settle();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return true;
  }
  return false;
}

/** Every request stands in the status when it is sent, and is the same however often it is sent. */
function watched(operator: AutomationOperator, code: number): Map<string, string> {
  const effects = new Map<string, string>();
  operator.small.posted.length = 0;
  operator.small.answer = () => {
    const id = operator.ids.at(-1) ?? '';
    const { url, headers, body } = operator.small.posted.at(-1) ?? { url: '', headers: {}, body: '' };
    const said = JSON.stringify({ url, headers, body });
    if (id !== TEST_ID) expect(operator.automationStatus.waiting?.[0]?.id).toBe(id);
    expect(effects.get(id) ?? said).toBe(said);
    effects.set(id, said);
    return answered(code);
  };
  return effects;
}

/** Where it ends; how often what failed was tried is no part of it, nor which of two came first that were found apart. */
function ending(operator: AutomationOperator, effects: ReadonlyMap<string, string>) {
  const { conditions, waiting, undelivered, counts, told: marks, test, ...rest } = operator.automationStatus;
  const { lastDelivery, request, lastHandledReplay } = rest;
  const ids = (list: readonly { id: string }[] = []) => list.map(({ id }) => id);
  return {
    conditions: conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    waiting: ids(waiting),
    undelivered: ids(undelivered),
    counts,
    marks,
    test: test && { id: test.id, code: test.code },
    lastDelivery: lastDelivery && effects.has(lastDelivery.id),
    request,
    lastHandledReplay,
    states: operator.api.all({ plural: 'scopeledgers' } as never).length > 0 ? operator.states : [],
    effects: [...effects].sort(),
  };
}

async function afterwards(operator: AutomationOperator): Promise<void> {
  await operator.settle();
  await operator.pass(20);
  await operator.settle();
}

async function unharmed({ from, happens, code = 200 }: Step) {
  const operator = await from();
  const effects = watched(operator, code);
  happens(operator);
  await operator.settle();
  const once = [...operator.ids];
  await afterwards(operator);
  return { end: ending(operator, effects), once };
}

describe.each(Object.entries(STEPS))('an operator that is killed at %s', (_name, step) => {
  it.each<When>(['before', 'after'])('%s any write or request ends as if it had lived', async (when) => {
    const { end } = await unharmed(step);
    let deaths = 0;
    for (let nth = 0; ; nth++) {
      const operator = await step.from();
      const effects = watched(operator, step.code ?? 200);
      step.happens(operator);
      if (!(await diesAt(operator, nth, when))) break;
      deaths += 1;
      operator.restart();
      await afterwards(operator);
      expect({ nth, ...ending(operator, effects) }).toEqual({ nth, ...end });
    }
    expect(deaths).toBeGreaterThan(0);
  });

  it('that is not, sends each delivery once', async () => {
    const { once } = await unharmed(step);
    if (step.code === undefined) expect(new Set(once).size).toBe(once.length);
  });
});
