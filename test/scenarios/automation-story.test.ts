/** DESIGN 8: webhook automations, from an event to a receiver that checks what it got. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AutomationWorld,
  automationOf,
  automationWorld,
  ORG,
} from '../scenarios-support/automation-world.ts';
import { startCli } from '../scenarios-support/cli-process.ts';
import { clusterRole, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/operated-cluster.ts';
import { PROD, reviewedBy, TEAM } from '../scenarios-support/protected-world.ts';
import { reset, retryAfter, stall, status } from '../scenarios-support/webhook-answers.ts';
import { hasBearer, isSigned } from '../scenarios-support/webhook-receiver.ts';

let automations: AutomationWorld;
/** Of uma, who has the rights that docs/guides/webhooks.md gives. */
let kubeconfig: string;

beforeAll(async () => {
  automations = await automationWorld('automation-story');
  const { cluster } = automations.world;
  const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete'];
  await cluster.have(
    clusterRole('automations', [
      { apiGroups: ['secretscope.dev'], resources: ['webhookautomations'], verbs },
    ]),
    roleBinding('uma', 'automations', PROD),
    roleBinding('uma', 'secretscope-automator', PROD),
  );
  kubeconfig = await cluster.guarded.control.userKubeconfig('uma');
}, 120_000);

afterAll(() => automations?.stop());

/** `secretscope automation …` as uma, as a process of its own. */
const asUma = (...args: string[]) =>
  startCli('automation', ...args, '-n', PROD, '--kubeconfig', kubeconfig).ended;

describe('an automation of an environment that nobody guards', () => {
  it('tells what was delivered and what was rotated, with a token of the organization, signed', async () => {
    await automations.automate('deployed', 'open', {
      events: ['Materialized', 'Rotated'],
      accessToken: { secret: 'HOOK_TOKEN' },
      signature: { secret: 'HOOK_KEY' },
      secrets: ['PASSWORD'],
      headers: [{ name: 'X-About', value: '${scope_namespace}/${scope_name}' }],
      payload: { event: '${event_type}', to: '${entity_name}/${project_name}', password: '${PASSWORD}' },
    });
    await automations.environment('open');
    await automations.untilArrived('deployed', 'Materialized');
    await automations.rotate('open', 'p"w\\2');
    await automations.untilArrived('deployed', 'Materialized', 'Rotated');
    const last = automations.receiver.receipts.at(-1);
    if (!last) throw new Error('nothing arrived');
    expect(last.method).toBe('POST');
    expect(hasBearer(last, 'xoxb-of-acme')).toBe(true);
    expect(isSigned(last, { key: 'signing-key' })).toBe(true);
    expect(JSON.parse(last.body.toString())).toEqual({
      event: 'Rotated',
      to: 'acme/hooked',
      password: 'p"w\\2',
    });
    expect(last.headers).toMatchObject({
      'content-type': 'application/json',
      'x-about': `${PROD}/open`,
      'x-secretscope-event': 'Rotated',
    });
  });

  it('then rests: nothing more is sent and nothing is written', async () => {
    const { receipts } = automations.receiver;
    const { conditions } = await automations.untilStatus('deployed', ({ counts }) => counts?.delivered === 2);
    const before = receipts.length;
    expect(conditions?.map(({ type }) => type)).toEqual(['Ready']);
    await automations.restart();
    await automations.untilReady('deployed', 'Listening');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(receipts).toHaveLength(before);
  });

  it('W25: the scopes that supply what it uses say so', async () => {
    const usedBy = async (namespace: string, name: string) =>
      (await automations.world.cluster.status(namespace, name)) as { usedBy?: string[] };
    await until(async () => {
      expect((await usedBy(PROD, 'open')).usedBy).toEqual([`PASSWORD: WebhookAutomation ${PROD}/deployed`]);
      expect((await usedBy(ORG, 'acme')).usedBy).toEqual([
        `HOOK_KEY: WebhookAutomation ${PROD}/deployed`,
        `HOOK_TOKEN: WebhookAutomation ${PROD}/deployed`,
      ]);
    }, 20_000);
  });

  it('a version that goes to many namespaces is told once, and nothing else is', async () => {
    const there = { matchLabels: { 'kubernetes.io/metadata.name': TEAM } };
    await automations.environment('wide', undefined, {
      consumers: [{ namespaces: there }],
      targets: [{ secretName: 'wide-target', include: ['PASSWORD'], namespaces: there }],
    });
    const { cluster } = automations.world;
    for (const namespace of [PROD, TEAM])
      await cluster.untilData(namespace, 'wide-target', { PASSWORD: 'value of wide' });
    // of the same second nobody could tell what was there first, and it would be told
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await automations.automate('wide', 'wide', { events: ['Materialized', 'Rotated'] });
    await automations.untilReady('wide', 'Listening');
    await automations.rotate('wide', 'second');
    for (const namespace of [PROD, TEAM])
      await cluster.untilData(namespace, 'wide-target', { PASSWORD: 'second' });
    await automations.untilArrived('wide', 'Rotated');
    await automations.untilStatus('wide', ({ counts }) => counts?.delivered === 1 && counts.waiting === 0);
  });

  it('a failure of its scope is told once', async () => {
    await automations.environment('broken', undefined, {
      secrets: [{ name: 'PASSWORD', from: { key: 'not-there', property: 'PASSWORD' } }],
    });
    await automations.automate('alarm', 'broken', {
      events: ['SyncFailed'],
      payload: { reason: '${reason}' },
    });
    await automations.untilArrived('alarm', 'SyncFailed');
    const body = automations.receiver.receipts.findLast(({ path }) => path === '/alarm')?.body.toString();
    expect(JSON.parse(body ?? '')).toEqual({ reason: 'SecretMissing' });
  });
});

describe('a receiver that does not answer as it should', () => {
  it('gets the same delivery again, under the same id, until it says yes; what came later comes after', async () => {
    await automations.environment('flaky');
    await automations.world.cluster.untilReady(PROD, 'flaky', 'True');
    await automations.automate('flaky', 'flaky', { events: ['Rotated'] });
    await automations.untilReady('flaky', 'Listening');
    automations.receiver.script(status(500), reset, retryAfter(429, '1'), status(302, { location: '/x' }));
    await automations.rotate('flaky', 'second');
    await until(() => {
      const codes = automations.receiver.receipts.filter(({ path }) => path === '/flaky');
      if (codes.length < 5) throw new Error(`${codes.length} attempts`);
    }, 60_000);
    await automations.untilReady('flaky', 'Listening');
    const tried = automations.receiver.receipts.filter(({ path }) => path === '/flaky');
    expect(new Set(tried.map(({ headers }) => headers['x-secretscope-delivery'])).size).toBe(1);
    expect(automations.receiver.receipts.some(({ path }) => path === '/x')).toBe(false);
  }, 90_000);

  it('is given up after a bounded time, says so, and gets it when somebody asks for it', async () => {
    await automations.environment('dead');
    await automations.world.cluster.untilReady(PROD, 'dead', 'True');
    await automations.automate('dead', 'dead', { events: ['Rotated'], retryFor: '1m' });
    await automations.untilReady('dead', 'Listening');
    await automations.receiver.down();
    await automations.rotate('dead', 'second');
    const failing = await automations.untilReady('dead', 'DeliveryFailing');
    expect(failing.waiting?.[0]?.last?.outcome).toBe('ConnectionFailed');
    const gaveUp = await automations.untilStatus(
      'dead',
      ({ undelivered = [] }) => undelivered.length === 1,
      240_000,
    );
    expect(gaveUp.conditions?.find(({ type }) => type === 'Undelivered')?.message).toContain(
      'secretscope automation replay dead',
    );
    await automations.receiver.up();
    expect(await asUma('replay', 'dead', '--all')).toMatchObject({ code: 0 });
    await automations.untilArrived('dead', 'Rotated');
    await automations.untilStatus('dead', ({ undelivered }) => undelivered === undefined);
  }, 300_000);

  it('does not slow what is delivered to clusters, or to others', async () => {
    await automations.environment('slow');
    await automations.world.cluster.untilReady(PROD, 'slow', 'True');
    await automations.automate('slow', 'slow', { events: ['Rotated'] });
    await automations.untilReady('slow', 'Listening');
    automations.receiver.script(stall);
    await automations.rotate('slow', 'second');
    await until(() => {
      if (!automations.receiver.receipts.some(({ path }) => path === '/slow'))
        throw new Error('not sent yet');
    }, 20_000);
    await automations.rotate('open', 'while it hangs');
    await automations.world.cluster.untilData(PROD, 'open-target', { PASSWORD: 'while it hangs' }, 8_000);
    await automations.untilArrived('deployed', 'Materialized', 'Rotated', 'Rotated');
    await automations.untilArrived('slow', 'Rotated');
  }, 60_000);
});

describe('an operator that is killed while it delivers', () => {
  it.each(['before the answer', 'before the next', 'after the answer'])(
    '%s: the receiver sees each delivery at least once, and one effect',
    async (moment) => {
      const name = `killed-${moment.split(' ').join('-')}`;
      await automations.environment(name);
      await automations.world.cluster.untilReady(PROD, name, 'True');
      await automations.automate(name, name, { events: ['Rotated'] });
      await automations.untilReady(name, 'Listening');
      if (moment === 'before the answer') automations.receiver.script(stall);
      if (moment === 'before the next') automations.receiver.script(status(503));
      await automations.rotate(name, 'second');
      await until(() => {
        if (!automations.receiver.receipts.some(({ path }) => path === `/${name}`))
          throw new Error('not yet');
      }, 20_000);
      await automations.killOperator();
      await automations.restart();
      await automations.untilStatus(name, ({ counts }) => counts?.delivered === 1 && counts.waiting === 0);
      expect(automations.arrived(name)).toEqual(['Rotated']);
    },
    60_000,
  );
});

describe('an automation that tells reviewers', () => {
  it('without a secret says at once that production waits, and what was decided', async () => {
    await automations.automate('inbox', 'guarded', {
      events: ['ReviewRequested', 'ReviewApproved', 'ReviewRejected'],
      payload: { event: '${event_type}', request: '${request_name}', who: '${event_author}' },
    });
    await automations.environment('guarded', reviewedBy('ana'));
    await automations.untilArrived('inbox', 'ReviewRequested');
    await automations.world.cast('ana', 'Approve', await automations.world.untilRequest('guarded'));
    await automations.untilArrived('inbox', 'ReviewRequested', 'ReviewApproved');
    const body = automations.receiver.receipts.findLast(({ path }) => path === '/inbox')?.body.toString();
    expect(JSON.parse(body ?? '')).toEqual({
      event: 'ReviewApproved',
      request: 'guarded-guarded-target-1',
      who: 'ana',
    });
  });

  it('with a secret waits for its own approval, and sends nothing before it', async () => {
    await automations.automate('signed', 'guarded', {
      events: ['Rotated'],
      accessToken: { secret: 'HOOK_TOKEN' },
      signature: { secret: 'HOOK_KEY', encoding: 'Hex', prefix: 'sha256=', header: 'X-Hub-Signature-256' },
    });
    await automations.untilReady('signed', 'AwaitingApproval');
    await automations.rotate('guarded', 'second');
    await automations.world.untilSecret('guarded-target', 'second');
    const request = await automations.untilRequest('guarded', 'signed');
    expect(automations.arrived('signed')).toEqual([]);
    await automations.world.cast('ana', 'Approve', request);
    await automations.untilArrived('signed', 'Rotated');
    const last = automations.receiver.receipts.findLast(({ path }) => path === '/signed');
    const signing = {
      key: 'signing-key',
      header: 'x-hub-signature-256',
      encoding: 'hex',
      prefix: 'sha256=',
    } as const;
    expect(last && isSigned(last, signing)).toBe(true);
  });

  it('another URL is another automation to its reviewers', async () => {
    await automations.automate('signed', 'guarded', {
      events: ['Rotated'],
      url: `${automations.receiver.endpoint}/stolen`,
      accessToken: { secret: 'HOOK_TOKEN' },
    });
    await automations.untilReady('signed', 'AwaitingApproval');
    await automations.rotate('guarded', 'third');
    await automations.world.untilSecret('guarded-target', 'third');
    await automations.untilStatus('signed', ({ counts }) => counts?.waiting === 1);
    expect(automations.receiver.receipts.some(({ path }) => path === '/stolen')).toBe(false);
  });

  it('a test before that sends placeholders, and tells the code and the time', async () => {
    const { out, err } = await asUma('test', 'signed');
    expect(`${out}${err}`).toMatch(/HTTP 200 in \d+ ms, with placeholders in the place of secrets/);
    const { test } = await automations.status('signed');
    expect(test).toMatchObject({ outcome: 'Answered', code: 200, placeholders: true });
    const { body } = await automations.world.cluster.platform.get(automationOf('signed'));
    expect(JSON.stringify(body)).not.toContain('secretscope.dev/test":');
    const last = automations.receiver.receipts.findLast(({ path }) => path === '/stolen');
    expect(last?.headers['authorization']).toBe('Bearer placeholder-for-HOOK_TOKEN');
  });
});

describe('the command line, with the rights of the guide', () => {
  it('shows what would be sent, and sends nothing', async () => {
    const before = automations.receiver.receipts.length;
    const { code, out } = await asUma('test', 'deployed', '--dry-run');
    expect([code, automations.receiver.receipts.length]).toEqual([0, before]);
    expect(out).toContain('placeholder-for-PASSWORD');
  });

  it('lists, and deletes', async () => {
    await automations.automate('gone-soon', 'open', { events: ['SyncFailed'] });
    const names = async () => (await asUma('list')).out;
    expect(await names()).toContain('gone-soon');
    expect(await asUma('delete', 'gone-soon', '--yes')).toMatchObject({ code: 0 });
    expect(await names()).not.toContain('gone-soon');
  });
});

describe('what may not be', () => {
  it('a host that the organization does not list gets no connection', async () => {
    await automations.automate('stranger', 'open', {
      url: automations.receiver.endpoint.replace('127.0.0.1', 'localhost'),
    });
    const { conditions } = await automations.untilReady('stranger', 'HostNotAllowed');
    expect(conditions?.[0]?.message).toContain('automationHosts');
  });

  it('no value is in a status, an event or a log', async () => {
    const { operator, audit, ready } = automations.world.cluster;
    const texts = [operator.output, JSON.stringify(await automations.status('deployed'))];
    for (const text of texts)
      for (const value of ['xoxb-of-acme', 'signing-key', 'while it hangs'])
        expect(text).not.toContain(value);
    expect(await audit.since(ready)).not.toEqual([]);
  });
});

describe('an installation that lacks the kind', () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'webhookautomations.secretscope.dev' },
  };

  // the last: whatever there was of the kind is gone with it
  it('delivers to clusters as ever, and asks reviewers', async () => {
    const { world } = automations;
    await automations.environment('later', reviewedBy('ana'));
    await world.untilRequest('later');
    await world.cluster.gone(crd);
    await automations.restart();
    await automations.rotate('open', 'without the kind');
    await world.cluster.untilData(PROD, 'open-target', { PASSWORD: 'without the kind' }, 20_000);
    await world.cast('ana', 'Approve', await world.untilRequest('later'));
    await world.untilSecret('later-target', 'value of later');
  }, 60_000);
});
