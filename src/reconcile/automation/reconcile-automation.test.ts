import { beforeEach, describe, expect, it } from 'vitest';
import { SCOPES } from '../../watch/resources.ts';
import { group, SCOPE } from '../approval/approval-fixture.ts';
import { AutomationOperator, HOST, OPEN, PROTECTED } from './automation-fixture.ts';

let operator: AutomationOperator;

describe('an automation of an unprotected scope', () => {
  beforeEach(() => {
    operator = new AutomationOperator(OPEN);
  });

  it('is told once that a target was materialized, with the secret in its payload', async () => {
    await operator.automate().settle();
    expect(operator.bodies).toEqual([{ text: 'Materialized', token: 'one' }]);
    expect(operator.told()).toBe('True Listening');
    expect(operator.automationStatus.counts).toEqual({ waiting: 0, delivered: 1, undelivered: 0 });
  });

  it('tells nothing of what was there before it', async () => {
    await operator.settle();
    await operator.pass(60);
    await operator.automate().settle();
    expect(operator.events).toEqual([]);
  });

  it('is told of a new version once every Secret has it', async () => {
    await operator.automate().settle();
    operator.small.source('a', 'three');
    await operator.settle();
    expect(operator.events).toEqual(['Materialized', 'Rotated']);
    expect(operator.bodies.at(-1)).toEqual({ text: 'Rotated', token: 'three' });
  });

  it('stands in the status before it is sent, under the id that it is sent with', async () => {
    operator.small.answer = () => {
      const [head] = operator.automationStatus.waiting ?? [];
      expect(head?.id).toBe(operator.ids.at(-1));
      return { kind: 'answered', code: 204, retryAfterMs: undefined, milliseconds: 1 };
    };
    await operator.automate().settle();
    expect(operator.ids).toHaveLength(1);
  });

  it('if the operator ends between the request and the status, it is sent again under the same id', async () => {
    operator.small.answer = () => {
      throw new Error('killed');
    };
    operator.automate();
    await expect(operator.settle()).rejects.toThrow('killed');
    operator.small.answer = () => ({ kind: 'answered', code: 200, retryAfterMs: undefined, milliseconds: 1 });
    await operator.restart().settle();
    expect(operator.ids).toHaveLength(2);
    expect(new Set(operator.ids).size).toBe(1);
    expect(operator.told()).toBe('True Listening');
  });

  it('what failed is tried again later, and what came later waits for it', async () => {
    operator.small.answer = () => ({ kind: 'answered', code: 503, retryAfterMs: undefined, milliseconds: 1 });
    await operator.automate().settle();
    operator.small.source('a', 'three');
    await operator.settle();
    expect(operator.events).toEqual(['Materialized']);
    expect(operator.told()).toBe('False DeliveryFailing');
    expect(operator.message).toContain('HTTP 503');
    operator.small.answer = () => ({ kind: 'answered', code: 200, retryAfterMs: undefined, milliseconds: 1 });
    await operator.pass(600);
    await operator.settle();
    expect(operator.events).toEqual(['Materialized', 'Materialized', 'Rotated']);
  });

  it('is tried again also where the API server has told no time since: the clock goes on without it', async () => {
    operator.small.answer = () => ({ kind: 'answered', code: 503, retryAfterMs: undefined, milliseconds: 1 });
    await operator.automate().settle();
    const before = operator.events.length;
    operator.api.answered(600_000);
    await operator.settle();
    expect(operator.events.length).toBeGreaterThan(before);
  });

  it('while others of its namespace are tried again it waits, and holds up nothing that was never tried', async () => {
    operator.small.answer = () => ({ kind: 'answered', code: 503, retryAfterMs: undefined, milliseconds: 1 });
    await operator.automate().settle();
    await operator.pass(600);
    const { retries } = operator.deps.webhooks;
    const others = [retries.enter('prod'), retries.enter('prod')];
    await operator.lookAt();
    expect(operator.events).toHaveLength(1);
    expect(operator.result).toEqual({ kind: 'requeueAfter', ms: 5_000 });
    for (const other of others) other?.leave();
    await operator.lookAt();
    expect(operator.events).toHaveLength(2);
    expect(retries.enter('prod')).toBeDefined();
  });

  it('what was tried for as long as it may is given up and kept, and the next one follows', async () => {
    operator.small.answer = () => ({ kind: 'failed', outcome: 'TimedOut', milliseconds: 10_000 });
    await operator.automate({ retryFor: '1m' }).settle();
    await operator.pass(120);
    await operator.settle();
    expect(operator.automationStatus.undelivered?.map(({ event }) => event)).toEqual(['Materialized']);
    expect(operator.told('Undelivered')).toBe('True Undelivered');
    expect(operator.told()).toBe('True Listening');
  });

  it('what was given up is sent again, under its id, when it is asked for by hand', async () => {
    operator.small.answer = () => ({ kind: 'failed', outcome: 'TimedOut', milliseconds: 10_000 });
    await operator.automate({ retryFor: '1m' }).settle();
    await operator.pass(120);
    await operator.settle();
    operator.small.answer = () => ({ kind: 'answered', code: 200, retryAfterMs: undefined, milliseconds: 1 });
    operator.automate({}, { 'secretscope.dev/replay': 'n1:all' });
    await operator.settle();
    expect(new Set(operator.ids).size).toBe(1);
    expect(operator.automationStatus.undelivered).toBeUndefined();
    expect(operator.automationStatus.lastHandledReplay).toBe('n1:all');
    expect(operator.automationStatus.counts?.delivered).toBe(1);
  });

  it('if its host is not on the list of the organization, nothing is sent and it says whom to ask', async () => {
    await operator.automate({ url: 'https://evil.dev/x' }).settle();
    expect(operator.events).toEqual([]);
    expect(operator.told()).toBe('False HostNotAllowed');
    expect(operator.message).toContain('acme/acme');
  });

  it('if the repository no longer lets the environment in, the list of the organization does not count', async () => {
    operator.automate();
    operator.api.put((await import('../../watch/resources.ts')).SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: {
        level: 'Repository',
        parentRef: { namespace: 'acme', name: 'acme' },
        backendRef: { kind: 'SecretBackend', name: 'vault' },
        children: [{ namespaces: { matchLabels: { no: 'body' } } }],
      },
    });
    await operator.lookAt();
    expect(operator.told()).toBe('False HostNotAllowed');
    expect(operator.events).toEqual([]);
  });

  it('if a name is gone, nothing is sent, and it says which', async () => {
    await operator.automate({ secrets: ['A', 'GONE'], payload: { x: '${GONE}' } }).settle();
    expect(operator.events).toEqual([]);
    expect(operator.told()).toBe('False DanglingReference');
    expect(operator.told('DanglingReference')).toBe('True DanglingReference');
    expect(operator.message).toContain('GONE');
  });

  it('if a value cannot be read, nothing is sent, and it is tried again', async () => {
    await operator.automate().lookAt();
    await operator.reconcile();
    operator.small.sources.failures.set('a', {
      kind: 'failed',
      reason: 'BackendUnavailable',
      message: 'the provider is away',
    });
    await operator.lookAt();
    expect(operator.events).toEqual([]);
    expect(operator.told()).toBe('False BackendUnavailable');
    expect(operator.result).toEqual({ kind: 'retry' });
  });

  it('a value with a line end is refused in a header, and is not shown', async () => {
    operator.small.source('b', 'line\r\nX-Evil: 1');
    const headers = [{ name: 'X-Key', value: '${B}' }];
    await operator.automate({ headers, secrets: ['B'], payload: {} }).settle();
    expect(operator.events).toEqual([]);
    expect(operator.told()).toBe('False HeaderInvalid');
    expect(JSON.stringify(operator.automationStatus)).not.toContain('X-Evil');
  });

  it('an unknown variable is refused at once', async () => {
    await operator.automate({ payload: { x: '${nope}' } }).settle();
    expect(operator.told()).toBe('False TemplateInvalid');
  });

  it('what found no room is told once there is some, though nothing else happens', async () => {
    const targets = Array.from({ length: 60 }, (_, index) => ({
      secretName: `app-${index}`,
      include: ['A'],
    }));
    operator = new AutomationOperator({ ...OPEN, targets });
    await operator.automate({ events: ['Materialized'] }).lookAt();
    for (let round = 0; round < 3; round++) await operator.reconcile(SCOPE);
    expect(operator.events).toEqual([]);
    await operator.lookAt();
    expect(operator.events).toHaveLength(50);
    expect(operator.result).toMatchObject({ kind: 'requeueAfter' });
    await operator.lookAt();
    expect(operator.events).toHaveLength(60);
    expect(operator.result).toEqual({ kind: 'done' });
  });

  it('a test is sent once, with its code and time in the status and nothing else', async () => {
    await operator.automate({ events: ['ReviewRejected'] }).settle();
    operator.small.answer = () => ({ kind: 'answered', code: 202, retryAfterMs: undefined, milliseconds: 7 });
    operator.automate({}, { 'secretscope.dev/test': '{"id":"t1","event":"ReviewRejected"}' });
    await operator.settle();
    expect(operator.bodies).toEqual([{ text: 'ReviewRejected', token: 'one' }]);
    expect(operator.automationStatus.test).toMatchObject({
      id: 't1',
      outcome: 'Answered',
      code: 202,
      milliseconds: 7,
      placeholders: false,
    });
    expect(operator.automationStatus.counts).toEqual({ waiting: 0, delivered: 0, undelivered: 0 });
  });

  it('a test with a payload of its own gets placeholders', async () => {
    await operator.automate({ events: ['ReviewRejected'] }).settle();
    const wish = { id: 't2', event: 'ReviewRejected', payload: { stolen: '${A}' } };
    operator.automate({}, { 'secretscope.dev/test': JSON.stringify(wish) });
    await operator.settle();
    expect(operator.bodies).toEqual([{ stolen: 'placeholder-for-A' }]);
    expect(operator.automationStatus.test?.placeholders).toBe(true);
  });

  it('a test goes nowhere while no organization says which hosts are allowed', async () => {
    await operator.automate({ events: ['ReviewRejected'] }).settle();
    operator.api.remove(SCOPES, 'acme/acme');
    operator.automate(
      { url: 'https://elsewhere.example.com/hook' },
      { 'secretscope.dev/test': '{"id":"t1","event":"Rotated"}' },
    );
    await operator.lookAt();
    expect(operator.told()).toBe('False ParentUnknown');
    expect(operator.small.posted).toEqual([]);
    expect(operator.automationStatus.test).toMatchObject({ id: 't1', placeholders: true });
    expect(operator.automationStatus.test?.message).toContain('which hosts may be sent to');
  });

  it('tests follow each other no quicker than ten seconds', async () => {
    await operator.automate({ events: ['ReviewRejected'] }).settle();
    operator.automate({}, { 'secretscope.dev/test': '{"id":"t1","event":"Rotated"}' });
    await operator.settle();
    operator.automate({}, { 'secretscope.dev/test': '{"id":"t2","event":"Rotated"}' });
    await operator.lookAt();
    expect(operator.events).toHaveLength(1);
    expect(operator.result?.kind).toBe('requeueAfter');
    await operator.pass(11);
    await operator.settle();
    expect(operator.events).toHaveLength(2);
  });

  it('when nothing changed, nothing is read and nothing is written', async () => {
    await operator.automate().settle();
    await operator.lookAt();
    expect(operator.done).toEqual([]);
    expect(operator.small.sources.asked).toEqual([]);
    expect(operator.result).toEqual({ kind: 'done' });
  });

  it('a failure of the scope is told with its reason', async () => {
    await operator.automate({ payload: { text: '${reason}' } }).settle();
    operator.edit({ targets: [{ secretName: 'app', include: ['A', 'MISSING'] }] });
    await operator.settle();
    expect(operator.bodies.at(-1)).toEqual({ text: 'NotAvailable' });
  });
});

describe('an automation of a protected scope', () => {
  beforeEach(() => {
    operator = new AutomationOperator(PROTECTED);
  });

  it('asks for a request of its own, and sends nothing and reads nothing before it is approved', async () => {
    operator.automate();
    for (let round = 0; round < 4; round++) {
      await operator.lookAt();
      expect(operator.small.sources.asked.filter((asked) => asked.startsWith('values'))).toEqual([]);
    }
    const { consumer, webhook, secrets, secret, keys } = operator.plan;
    expect(consumer).toMatchObject({ kind: 'WebhookAutomation', namespace: 'prod', name: 'notify' });
    expect(webhook?.url).toBe(`https://${HOST}/hook`);
    expect(webhook?.text).toContain('${A}');
    expect(secrets.map(({ name }) => name)).toEqual(['A']);
    expect(secret).toBeUndefined();
    expect(keys).toBeUndefined();
    expect(operator.told()).toBe('False AwaitingApproval');
    expect(operator.automationStatus.request).toBe('web-prod-notify-1');
  });

  async function bothApproved(): Promise<void> {
    await operator.settle();
    for (const request of operator.requests) operator.cast('Approve', 'ana', { request });
    await operator.settle();
    await operator.pass(60);
    await operator.settle();
  }

  it('once both are approved, it tells what happened meanwhile, and the approval of the target', async () => {
    operator.automate();
    await bothApproved();
    expect(operator.told()).toBe('True Listening');
    expect(operator.events.toSorted()).toEqual(['Materialized', 'ReviewApproved', 'ReviewRequested']);
    expect(operator.bodies.every(({ token }) => token === 'one')).toBe(true);
  });

  it('the approval of the target is none for the automation', async () => {
    operator.automate();
    await operator.settle();
    const request = operator.requests.find(({ metadata }) => metadata.name === 'web-prod-app-1');
    operator.cast('Approve', 'ana', request ? { request } : {});
    await operator.settle();
    expect(operator.data).toEqual({ A: 'one' });
    expect(operator.events).toEqual([]);
    expect(operator.told()).toBe('False AwaitingApproval');
  });

  it.each([
    ['URL', { url: `https://${HOST}/elsewhere` }],
    ['payload', { payload: { stolen: '${A}' } }],
    ['header', { headers: [{ name: 'X-A', value: '${A}' }] }],
    ['name', { secrets: ['A', 'B'], payload: { a: '${A}', b: '${B}' } }],
    ['access token', { accessToken: { secret: 'A' } }],
  ])('another %s is asked for again, and nothing is sent by it before', async (_what, change) => {
    operator.automate();
    await bothApproved();
    const before = operator.events.length;
    operator.automate(change);
    await operator.settle();
    operator.small.source('a', 'three');
    await operator.settle();
    expect(operator.events).toHaveLength(before);
    expect(operator.told()).toBe('False AwaitingApproval');
    expect(operator.requests).toHaveLength(3);
  });

  it('a revoked approval ends its deliveries', async () => {
    operator.automate();
    await bothApproved();
    const before = operator.events.length;
    const request = operator.requests.find(({ metadata }) => metadata.name === 'web-prod-notify-1');
    operator.cast('Revoke', 'ben', request ? { request } : {});
    operator.small.source('a', 'three');
    await operator.settle();
    expect(operator.events).toHaveLength(before);
    expect(operator.told()).toBe('False Revoked');
  });

  it('whoever wrote the automation does not approve it', async () => {
    operator = new AutomationOperator({
      ...PROTECTED,
      protection: { ...PROTECTED.protection, preventSelfReview: true },
    });
    operator.automate();
    operator.api.put((await import('../../watch/resources.ts')).AUTOMATIONS, {
      metadata: { name: 'notify', namespace: 'prod' },
      authors: ['ana'],
    });
    await operator.settle();
    const request = operator.requests.find(({ metadata }) => metadata.name === 'web-prod-notify-1');
    operator.cast('Approve', 'ana', request ? { request } : {});
    await operator.settle();
    expect(operator.events).toEqual([]);
    expect(operator.told()).toBe('False AwaitingApproval');
  });

  it('without any secret it needs no approval, and tells at once that production waits', async () => {
    await operator.automate({ payload: { text: '${request_name}' }, secrets: [] }).settle();
    expect(operator.bodies).toEqual([{ text: 'web-prod-app-1' }]);
    expect(operator.requests).toHaveLength(1);
  });

  it('is not told of its own request', async () => {
    operator.automate();
    await bothApproved();
    expect(operator.bodies.map(({ text }) => text)).not.toContain('web-prod-notify-1');
    expect(operator.events.filter((event) => event === 'ReviewRequested')).toHaveLength(1);
  });

  it('when it is deleted, what was released to it is over', async () => {
    operator.automate();
    await bothApproved();
    operator.api.remove((await import('../../watch/resources.ts')).AUTOMATIONS, 'prod/notify');
    await operator.settle();
    expect(operator.states.find((state) => state.startsWith('web-prod-notify-1'))).not.toContain('Released');
  });

  it('before it is released a test sends placeholders', async () => {
    operator.automate({}, { 'secretscope.dev/test': '{"id":"t1","event":"Rotated"}' });
    await operator.settle();
    expect(operator.bodies).toEqual([{ text: 'Rotated', token: 'placeholder-for-A' }]);
    expect(operator.automationStatus.test?.placeholders).toBe(true);
  });

  it('reviewers of a group may approve it as they may approve anything', async () => {
    operator = new AutomationOperator({
      ...PROTECTED,
      protection: { requiredReviewers: [group('leads'), { kind: 'User', name: 'ana' }] },
    });
    operator.automate();
    await bothApproved();
    expect(operator.told()).toBe('True Listening');
  });
});
