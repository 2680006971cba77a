/**
 * THREATS 7 and FAULTS 46 to 54: webhook automations under attack, on the real API server, with receivers that keep every
 * byte. Each attack has its own scope, path and automation, so that they run side by side.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AutomationStatus } from '../../src/model/kinds/webhook-automation.ts';
import { AttackWorld, CALM, CLOUD, FLOOD } from '../scenarios-support/automation-attack-world.ts';
import { automationOf, ORG } from '../scenarios-support/automation-world.ts';
import { findLeaks } from '../scenarios-support/canaries.ts';
import { clusterRole, clusterRoleBinding, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import { environmentSpec, PROD, reviewedBy, TEAM } from '../scenarios-support/protected-world.ts';
import { drip, flood, gzip, raw, redirect, stall, status } from '../scenarios-support/webhook-answers.ts';

let world: AttackWorld;

/** Longer than it takes the operator to notice a change and to send. */
const QUIET_MS = 2_000;
const usesPassword = { secrets: ['PASSWORD'], payload: { event: '${event_type}', v: '${PASSWORD}' } };
const silent = { secrets: [], payload: { event: '${event_type}', about: '${request_name}' } };
const bodyOf = (receipt: { body: Buffer }) => JSON.parse(receipt.body.toString()) as Record<string, unknown>;

beforeAll(async () => {
  world = await AttackWorld.start('automation-attacks');
}, 120_000);

afterAll(() => world?.stop());

describe.concurrent('THREATS 7: riding on what was approved for somebody else', () => {
  it('an automation that comes after the approval asks for one of its own, and nothing is sent before it', async () => {
    await world.approved('ridden');
    await world.automate('rider', 'ridden', usesPassword);
    await world.untilReady('rider', 'AwaitingApproval');
    await world.rotate('ridden', 'rotated');
    await world.world.untilSecret('ridden-target', 'rotated', 30_000);
    await world.untilStatus('rider', ({ waiting = [] }) => waiting.length > 0);
    await pause(QUIET_MS);
    expect(world.receipts('rider')).toEqual([]);
    const { spec } = await world.untilRequest('ridden', 'rider');
    expect(spec).toMatchObject({
      webhook: { url: `${world.receiver.endpoint}/rider`, text: expect.stringContaining('${PASSWORD}') },
    });
  });

  it('one that is called like the target that was approved gets nothing of it', async () => {
    await world.approved('named');
    await world.automate('named-target', 'named', usesPassword);
    await world.untilReady('named-target', 'AwaitingApproval');
    await world.rotate('named', 'rotated');
    await world.world.untilSecret('named-target', 'rotated', 30_000);
    await pause(QUIET_MS);
    expect(world.receipts('named-target')).toEqual([]);
    expect(await world.requestsOf('named', 'named-target')).toEqual(['Waiting']);
  });

  it('whoever lacks the verb use makes none, and turns no harmless one into one', async () => {
    await world.approved('edited');
    const eve = await world.editor();
    const made = await eve.create(automationOf('loot', { ...harmless('edited', 'loot'), ...usesPassword }));
    expect([made.status, made.message]).toEqual([403, expect.stringContaining('eve may not use secrets')]);
    expect((await eve.create(automationOf('lamb', harmless('edited', 'lamb')))).message).toBe('');
    await world.untilReady('lamb', 'Listening');
    for (const spec of [
      usesPassword,
      { accessToken: { secret: 'PASSWORD' } },
      { signature: { secret: 'PASSWORD' } },
    ])
      expect((await eve.merge(automationOf('lamb'), { spec })).status).toBe(403);
    // the name alone, which nobody listed
    expect((await eve.merge(automationOf('lamb'), { spec: { payload: { v: '${PASSWORD}' } } })).message).toBe(
      '',
    );
    await world.untilReady('lamb', 'TemplateInvalid');
    await world.rotate('edited', 'rotated');
    await world.world.untilSecret('edited-target', 'rotated', 30_000);
    await pause(QUIET_MS);
    expect(world.receipts('lamb')).toEqual([]);
  });

  it('an approval covers where it goes, its headers and its text: each change asks again', async () => {
    await world.approved('covered');
    await world.automate('covered', 'covered', { events: ['Rotated'], ...usesPassword });
    await world.world.cast('ana', 'Approve', await world.untilRequest('covered', 'covered'));
    await world.untilReady('covered', 'Listening');
    await world.rotate('covered', 'second');
    expect(bodyOf(await world.untilReceipts('covered', 1))).toEqual({ event: 'Rotated', v: 'second' });
    const changes = [
      { headers: [{ name: 'X-Copy', value: '${PASSWORD}' }] },
      { payload: { ...usesPassword.payload, w: '${PASSWORD | base64}' } },
      { signature: { secret: 'PASSWORD' } },
    ];
    for (const change of changes) {
      await world.automate('covered', 'covered', { events: ['Rotated'], ...usesPassword, ...change });
      await world.untilReady('covered', 'AwaitingApproval');
    }
    await world.rotate('covered', 'third');
    await world.untilStatus('covered', ({ waiting = [] }) => waiting.length === 1);
    await pause(QUIET_MS);
    expect(world.receipts('covered')).toHaveLength(1);
    // whoever takes all of it back is where the approval is
    await world.automate('covered', 'covered', { events: ['Rotated'], ...usesPassword });
    await world.untilArrived('covered', 'Rotated', 'Rotated');
    expect(bodyOf(await world.untilReceipts('covered', 2))).toEqual({ event: 'Rotated', v: 'third' });
  });

  it('a revocation ends what waits, and what happens later', async () => {
    await world.approved('revoked');
    await world.automate('revoked', 'revoked', { events: ['Rotated'], ...usesPassword });
    const request = await world.untilRequest('revoked', 'revoked');
    await world.world.cast('ana', 'Approve', request);
    await world.untilReady('revoked', 'Listening');
    world.answers('revoked', status(503));
    await world.rotate('revoked', 'second');
    await world.untilReceipts('revoked', 1);
    await world.world.cast('ana', 'Revoke', request);
    await world.untilReady('revoked', 'Revoked');
    const before = world.receipts('revoked').length;
    world.answers('revoked', undefined);
    await world.rotate('revoked', 'third');
    await world.untilStatus('revoked', ({ waiting = [] }) => waiting.length === 2);
    await pause(2 * QUIET_MS);
    expect(world.receipts('revoked')).toHaveLength(before);
  });

  it('what waits when its environment becomes a guarded one waits for its reviewers', async () => {
    await world.environment('turned');
    await world.world.cluster.untilReady(PROD, 'turned', 'True', undefined, 30_000);
    await world.automate('turned', 'turned', { events: ['Rotated'], ...usesPassword });
    await world.untilReady('turned', 'Listening');
    world.answers('turned', status(503));
    await world.rotate('turned', 'second');
    await world.untilReceipts('turned', 1);
    await world.environment('turned', reviewedBy('ana'));
    await world.untilReady('turned', 'AwaitingApproval');
    const before = world.receipts('turned').length;
    world.answers('turned', undefined);
    await pause(2 * QUIET_MS);
    expect(world.receipts('turned')).toHaveLength(before);
    await world.world.cast('ana', 'Approve', await world.untilRequest('turned', 'turned'));
    await until(() => expect(world.receipts('turned').length).toBeGreaterThan(before), 60_000);
  });

  it('tests are no way around it: placeholders, own payloads too, and one in ten seconds', async () => {
    await world.approved('tested');
    await world.automate('tested', 'tested', { ...usesPassword, accessToken: { secret: 'HOOK_TOKEN' } });
    await world.untilReady('tested', 'AwaitingApproval');
    const payload = { mine: '${PASSWORD}', token: '${ACCESS_TOKEN}' };
    const wishes = Array.from({ length: 20 }, (_, i) => ({ id: `try-${i}`, event: 'Rotated', payload }));
    for (const wish of wishes)
      await world.annotate('tested', { 'secretscope.dev/test': JSON.stringify(wish) });
    await world.untilStatus('tested', ({ test }) => test?.id === 'try-19');
    const seen = world.receipts('tested');
    expect(seen.length).toBeLessThanOrEqual(3);
    for (const receipt of seen) {
      expect(bodyOf(receipt)).toEqual({
        mine: 'placeholder-for-PASSWORD',
        token: 'placeholder-for-HOOK_TOKEN',
      });
      expect(receipt.headers['authorization']).toBe('Bearer placeholder-for-HOOK_TOKEN');
    }
  });
});

describe.concurrent('THREATS 24: a status that somebody wrote', () => {
  const forged = (id: string, variables: Record<string, string>) => ({
    id,
    event: 'SyncFailed' as const,
    at: new Date().toISOString(),
    variables,
    attempts: 0,
  });

  it('nobody but the operator writes it, whatever RBAC gives them', async () => {
    await world.environment('written');
    await world.automate('written', 'written');
    await world.untilReady('written', 'Listening');
    const answer = await world.world.cluster.platform.merge(
      automationOf('written'),
      { status: { waiting: [forged('x', {})] } },
      '/status',
    );
    expect([answer.status, answer.message]).toEqual([
      403,
      expect.stringContaining('may not write the status'),
    ]);
  });

  it('before an approval it makes the operator send nothing, whatever it says', async () => {
    await world.approved('unforced');
    await world.automate('unforced', 'unforced', usesPassword);
    await world.untilReady('unforced', 'AwaitingApproval');
    await world.forge('unforced', {
      conditions: [],
      waiting: [forged('0', { message: '${PASSWORD}' })],
      undelivered: [forged('1', {})],
      told: { versions: ['PASSWORD@older'], targets: [], requests: [] },
      test: { id: 'old', at: '2020-01-01T00:00:00Z', milliseconds: 1, placeholders: false },
    });
    await world.annotate('unforced', { 'secretscope.dev/replay': 'x:all' });
    await world.afterLook('unforced');
    await pause(QUIET_MS);
    expect(world.receipts('unforced')).toEqual([]);
    await world.untilReady('unforced', 'AwaitingApproval');
  });

  it('afterwards it puts in what it likes, and values only where the approved text has them', async () => {
    await world.approved('forced');
    await world.automate('forced', 'forced', {
      events: ['Rotated'],
      secrets: ['PASSWORD'],
      headers: [{ name: 'X-Note', value: '${message}' }],
      payload: { event: '${event_type}', note: '${message}', v: '${PASSWORD}' },
      signature: { secret: 'HOOK_KEY' },
    });
    await world.world.cast('ana', 'Approve', await world.untilRequest('forced', 'forced'));
    await world.untilReady('forced', 'Listening');
    const note = '${PASSWORD}${HOOK_KEY | base64}", "admin": "yes';
    await world.forge('forced', {
      waiting: [
        forged('a\r\nX-Injected: 1', { message: 'x' }),
        forged('forged', {
          event_type: 'SyncFailed',
          message: note,
          PASSWORD: 'mine',
          HOOK_KEY: 'mine',
          v: 'mine',
        }),
      ],
    });
    await world.afterLook('forced');
    const { headers, body } = await world.untilReceipts('forced', 1);
    expect(JSON.parse(body.toString())).toEqual({ event: 'SyncFailed', note, v: 'value of forced' });
    expect(headers).toMatchObject({ 'x-note': note, 'x-secretscope-delivery': 'forged' });
    await world.rotate('forced', 'rotated');
    await until(() => expect(world.arrived('forced')).toContain('Rotated'), 20_000);
    for (const receipt of world.receipts('forced')) {
      expect(receipt.headers['x-injected']).toBeUndefined();
      expect(receipt.headers['x-secretscope-delivery']).not.toContain('Injected');
    }
  });
});

const harmless = (scope: string, name: string) => ({
  scopeRef: { name: scope },
  events: ['Rotated'],
  url: `${world.receiver.endpoint}/${name}`,
  payload: { event: '${event_type}' },
});

describe.concurrent('FAULTS 46, 47: where it goes', () => {
  it('a host that nobody listed gets no connection, neither for an event nor for a test', async () => {
    await world.environment('unlisted');
    const url = world.stranger.endpoint.replace('127.0.0.1', 'localhost');
    await world.automate('unlisted', 'unlisted', { url });
    await world.untilReady('unlisted', 'HostNotAllowed');
    await world.rotate('unlisted', 'rotated');
    const test = await world.test('unlisted', 'try-1');
    expect(test).toMatchObject({ placeholders: true, message: expect.stringContaining('automationHosts') });
    expect(test.outcome).toBeUndefined();
    expect(world.stranger.connections).toBe(0);
  });

  it('nor while it is not known who lists hosts: a scope that names a level which is not there', async () => {
    await world.environment('orphan', undefined, { parentRef: { namespace: TEAM, name: 'nowhere' } });
    await world.automate('orphan', 'orphan', { url: world.stranger.endpoint });
    await world.untilReady('orphan', 'ParentUnknown');
    expect((await world.test('orphan', 'try-1')).message).toContain('which hosts may be sent to');
    expect(world.stranger.connections).toBe(0);
  });

  it('another way to write a listed host is another host', async () => {
    await world.environment('dressed');
    for (const host of ['2130706433', '0x7f.1', '127.1', '127.0.0.1.nip.io', 'a.127.0.0.1']) {
      const name = `dressed-${host.replaceAll('.', '-')}z`;
      await world.automate(name, 'dressed', { url: `https://${host}:${world.stranger.port}/` });
      const test = await world.test(name, 'try-1');
      expect([host, test.code, test.message === undefined]).toEqual([
        host,
        undefined,
        test.outcome === 'HostRefused',
      ]);
    }
    expect(world.stranger.connections).toBe(0);
  });

  it('if the host is taken off the list while deliveries wait, nothing more goes there until it is back', async () => {
    const organization = (hosts: readonly string[]) =>
      scopeThing('fickle', ORG, {
        level: 'Organization',
        children: [{ namespaces: {}, visibility: 'Private', trusted: true }],
        automationHosts: hosts,
      });
    const { cluster } = world.world;
    await cluster.have(
      organization(['127.0.0.1']),
      scopeThing('fickle', TEAM, world.repositorySpec({ parentRef: { namespace: ORG, name: 'fickle' } })),
    );
    await world.environment('fickle', undefined, { parentRef: { namespace: TEAM, name: 'fickle' } });
    await cluster.untilReady(PROD, 'fickle', 'True', undefined, 30_000);
    await world.automate('fickle', 'fickle', { events: ['Rotated'] });
    await world.untilReady('fickle', 'Listening');
    world.answers('fickle', status(503));
    await world.rotate('fickle', 'second');
    await world.untilReceipts('fickle', 1);
    await cluster.have(organization(['hooks.example.com']));
    await world.untilReady('fickle', 'HostNotAllowed');
    const before = world.receipts('fickle').length;
    await world.rotate('fickle', 'third');
    await world.untilStatus('fickle', ({ waiting = [] }) => waiting.length === 2);
    await pause(3 * QUIET_MS);
    expect(world.receipts('fickle')).toHaveLength(before);
    world.answers('fickle', undefined);
    await cluster.have(organization(['127.0.0.1']));
    await world.untilArrived('fickle', 'Rotated', 'Rotated');
    // and so where the organization lets the repository in no longer
    world.answers('fickle', status(503));
    await world.rotate('fickle', 'fourth');
    await world.untilReceipts('fickle', world.receipts('fickle').length + 1);
    const { metadata, kind, apiVersion, spec } = organization(['127.0.0.1']);
    await cluster.have({ apiVersion, kind, metadata, spec: { ...(spec as object), children: [] } });
    await world.untilReady('fickle', 'HostNotAllowed');
    const last = world.receipts('fickle').length;
    await pause(3 * QUIET_MS);
    expect(world.receipts('fickle')).toHaveLength(last);
  });

  it('a namespace that is no longer its repository’s sends no longer', async () => {
    const { cluster } = world.world;
    const namespace = (labels: object) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: CALM, labels },
    });
    const children = [
      { namespaces: { matchLabels: { stage: 'prod' } }, visibility: 'Private', trusted: true },
    ];
    await cluster.have(scopeThing('staged', TEAM, world.repositorySpec({ children })));
    await cluster.have(
      secretThing(CALM, 'staged-source', { PASSWORD: 'first' }),
      scopeThing(
        'staged',
        CALM,
        environmentSpec('staged', undefined, { parentRef: { namespace: TEAM, name: 'staged' } }),
      ),
      world.automationIn(CALM, 'staged', { ...harmless('staged', 'staged'), ...usesPassword }),
    );
    await cluster.untilReady(CALM, 'staged', 'True', undefined, 30_000);
    await world.untilSays(CALM, 'staged', 'Listening');
    await cluster.have(namespace({ stage: 'none' }));
    await world.untilSays(CALM, 'staged', 'HostNotAllowed');
    await cluster.have(secretThing(CALM, 'staged-source', { PASSWORD: 'second' }));
    await pause(2 * QUIET_MS);
    expect(world.receipts('staged')).toEqual([]);
    await cluster.have(namespace({ stage: 'prod' }));
    expect(bodyOf(await world.untilReceipts('staged', 1))).toEqual({ event: 'Rotated', v: 'second' });
  });

  it('a redirect is an answer like any other: where it points to counts no connection', async () => {
    await world.environment('moved');
    await world.automate('moved', 'moved', {
      ...usesPassword,
      accessToken: { secret: 'HOOK_TOKEN' },
    });
    for (const code of [302, 307, 308]) {
      world.answers('moved', redirect(`${world.stranger.endpoint}/stolen`, code));
      const seen = world.receipts('moved').length;
      await world.rotate('moved', `value ${code}`);
      await world.untilReceipts('moved', seen + 1);
    }
    await world.untilReady('moved', 'DeliveryFailing');
    expect(world.stranger.connections).toBe(0);
  });
});

describe.concurrent('FAULTS 52: answers and values that are made to hurt', () => {
  const answers = {
    bomb: gzip(50_000_000),
    endless: flood('x', 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n'),
    head: flood('a: b\r\n', 'HTTP/1.1 200 OK\r\n'),
    drip: raw('HTTP/1.1 200 OK\r\na: ', drip('b')),
    noise: raw('\u0000\u0001SSH-2.0-OpenSSH\r\n', ({ secure }) => void secure.end()),
  };

  it.each<[keyof typeof answers, string]>([
    ['bomb', 'Answered'],
    ['endless', 'Answered'],
    ['head', 'AnswerRefused'],
    ['drip', 'TimedOut'],
    ['noise', 'AnswerRefused'],
  ])('%s: it costs one attempt and nothing else', async (name, outcome) => {
    const scope = `answer-${name}`;
    await world.environment(scope);
    await world.world.cluster.untilReady(PROD, scope, 'True', undefined, 30_000);
    await world.automate(scope, scope, { events: ['Rotated'] });
    world.answers(scope, answers[name]);
    await world.untilReady(scope, 'Listening');
    await world.rotate(scope, 'second');
    if (outcome === 'Answered') await world.untilStatus(scope, ({ counts }) => counts?.delivered === 1);
    else await world.untilStatus(scope, ({ waiting = [] }) => waiting[0]?.last?.outcome === outcome);
    world.answers(scope, undefined);
    await world.untilStatus(scope, ({ counts }) => counts?.delivered === 1, 60_000);
  });

  const hurtful =
    '","admin":true,"__proto__":{"x":1},"y":"\\u0022${HOOK_KEY}$${x}${event_type}\r\n\u0000\u2028</script>';

  it('a value stays the value of its member, whatever is in it', async () => {
    const payload = {
      v: '<${PASSWORD}>',
      twice: '${PASSWORD | json}',
      constructor: { prototype: '${PASSWORD}' },
      '${PASSWORD}': '${entity_name}',
    };
    await world.automate('quoted', 'quoted', { events: ['Rotated'], secrets: ['PASSWORD'], payload });
    await world.environment('quoted');
    await world.untilReady('quoted', 'Listening');
    await world.world.cluster.untilReady(PROD, 'quoted', 'True', undefined, 30_000);
    await world.rotate('quoted', hurtful);
    expect(bodyOf(await world.untilReceipts('quoted', 1))).toEqual({
      v: `<${hurtful}>`,
      twice: JSON.stringify(hurtful),
      constructor: { prototype: hurtful },
      '${PASSWORD}': 'acme',
    });
  });

  it('a member __proto__ is a member like any other inside, and is never anybody’s prototype', async () => {
    const payload = JSON.parse(
      '{"__proto__":{"admin":"${PASSWORD}"},"a":{"__proto__":{"b":"${PASSWORD}"}},"toString":"x"}',
    ) as object;
    await world.automate('proto', 'proto', { secrets: ['PASSWORD'], payload });
    await world.environment('proto');
    const { body } = await world.untilReceipts('proto', 1);
    expect(body.toString()).toContain('"a":{"__proto__":{"b":"value of proto"}},"toString":"x"');
    expect(body.toString()).not.toMatch(/"(admin|b)":[^,]*"(admin|b)":[^,]*\1/);
  });

  it('a line end in a value makes no header, and nothing is sent', async () => {
    await world.environment('smuggled');
    const smuggled = 'x\r\nX-Injected: 1\r\n\r\nGET / HTTP/1.1';
    const ways = {
      'smuggled-header': { secrets: ['PASSWORD'], headers: [{ name: 'X-Key', value: '${PASSWORD}' }] },
      'smuggled-token': { accessToken: { secret: 'PASSWORD' } },
    };
    for (const [name, spec] of Object.entries(ways)) {
      await world.automate(name, 'smuggled', { events: ['Rotated'], ...spec });
      await world.untilReady(name, 'Listening');
    }
    await world.rotate('smuggled', smuggled);
    for (const name of Object.keys(ways)) {
      const { conditions } = await world.untilReady(name, 'HeaderInvalid');
      expect(JSON.stringify(conditions)).not.toContain('X-Injected');
      const test = await world.test(name, 'try-1');
      expect([test.outcome, test.placeholders]).toEqual([undefined, false]);
      expect(world.receipts(name)).toEqual([]);
    }
  });

  it('names of people are text: one who votes under a template adds nothing', async () => {
    const voter = 'x"},"admin":true,"y":"${PASSWORD}$${';
    const { cluster } = world.world;
    await cluster.have({
      ...roleBinding('strange-voter', 'secretscope-reviewer', PROD),
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: voter }],
    });
    await cluster.have(
      clusterRole('act', [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }]),
    );
    await cluster.have(clusterRoleBinding('actor', 'act'));
    await world.automate('voted', 'voted', {
      events: ['ReviewApproved'],
      headers: [{ name: 'X-Who', value: '${event_author}' }],
      payload: { who: '${event_author}', about: '${consumer_name}' },
    });
    await world.environment('voted', reviewedBy(voter));
    const request = await world.untilRequest('voted', 'voted-target');
    const actor = await world.world.impersonating('actor', voter);
    await until(async () => {
      const { status: code, message } = await world.world.vote(actor, voter, 'Approve', request);
      if (code >= 400) throw new Error(message);
    }, 20_000);
    const receipt = await world.untilReceipts('voted', 1);
    expect(bodyOf(receipt)).toEqual({ who: voter, about: 'voted-target' });
    expect(receipt.headers['x-who']).toBe(voter);
  });
});

describe.concurrent('FAULTS 51, 54: a flood', () => {
  it('of rotations, requests and receivers that hang is bounded, and others are told meanwhile', async () => {
    const { cluster } = world.world;
    const rotate = (place: string, name: string, value: string) =>
      cluster.have(secretThing(place, `${name}-source`, { PASSWORD: value }));
    const hanging = ['flooded', 'crowd', ...Array.from({ length: 6 }, (_, i) => `hangs-${i}`)];
    for (const name of hanging) {
      world.answers(name, stall);
      const events = [name === 'crowd' ? 'ReviewRequested' : 'Rotated'];
      const spec = { ...harmless(name === 'crowd' ? 'crowd' : 'flooded', name), ...usesPassword, events };
      await cluster.have(world.automationIn(FLOOD, name, name === 'crowd' ? { ...spec, ...silent } : spec));
    }
    await cluster.have(world.automationIn(CALM, 'quiet', { ...harmless('quiet', 'quiet'), ...usesPassword }));
    await world.elsewhere(FLOOD, 'flooded');
    await world.elsewhere(CALM, 'quiet');
    await world.untilSays(FLOOD, 'flooded', 'Listening');
    await world.untilSays(CALM, 'quiet', 'Listening');
    const targets = Array.from({ length: 60 }, (_, i) => ({
      secretName: `crowd-${i}`,
      include: ['PASSWORD'],
    }));
    await world.elsewhere(FLOOD, 'crowd', { targets, protection: reviewedBy('ana') });
    const waits: number[] = [];
    for (let round = 0; round < 3; round++) {
      const started = Date.now();
      await rotate(CALM, 'quiet', `calm ${round}`);
      for (let i = 0; i < 100; i++) await rotate(FLOOD, 'flooded', `wave ${round}-${i}`);
      waits.push((await world.untilReceipts('quiet', round + 1)).at - started);
    }
    console.log(`others were told within ${waits.join(', ')} ms`);
    expect(Math.max(...waits)).toBeLessThan(5_000);
    await world.untilSays(FLOOD, 'crowd', ({ waiting = [] }) => waiting.length === 50, 60_000);
    for (const name of hanging) {
      const { body } = await cluster.platform.get(world.automationIn(FLOOD, name, {}));
      expect((body as { status?: AutomationStatus }).status?.waiting?.length ?? 0).toBeLessThanOrEqual(50);
      expect(JSON.stringify(body).length).toBeLessThan(200_000);
    }
    for (const name of hanging) world.answers(name, undefined);
    await until(() => expect(world.arrived('crowd')).toHaveLength(60), 90_000);
    await world.untilSays(FLOOD, 'flooded', ({ counts }) => counts?.waiting === 0, 60_000);
    const last = world.receipts('flooded').at(-1);
    expect(last && bodyOf(last)).toEqual({ event: 'Rotated', v: 'wave 2-99' });
  }, 180_000);
});

describe.concurrent('what comes and goes', () => {
  it('W25: a value that only an automation uses is not deleted under it; then nothing is sent in its place', async () => {
    const { cluster } = world.world;
    const secrets = [{ name: 'SPARE', from: { key: 'kept-source', property: 'SPARE' } }];
    await cluster.have(
      secretThing(TEAM, 'kept-source', { SPARE: 'spare value' }),
      scopeThing('kept', TEAM, world.repositorySpec({ secrets })),
    );
    await world.environment('kept', undefined, { parentRef: { namespace: TEAM, name: 'kept' } });
    const uses = { secrets: ['SPARE'], payload: { v: '${SPARE}' }, events: ['Rotated'] };
    await world.automate('keeper', 'kept', uses);
    await world.untilReady('keeper', 'Listening');
    expect((await world.destroy(TEAM, 'kept', 'SPARE', 'spare-gone')).message).toBe('');
    expect(await world.untilSealed(TEAM, 'spare-gone', 'InUse InUse')).toEqual([
      `WebhookAutomation ${PROD}/keeper`,
    ]);
    await world.automate('keeper', 'kept', { events: ['Rotated'], secrets: [] });
    await world.untilSealed(TEAM, 'spare-gone', 'Deleted Destroyed');
    await world.automate('late', 'kept', uses);
    const { conditions } = await world.untilReady('late', 'DanglingReference');
    expect(conditions?.find(({ type }) => type === 'DanglingReference')?.message).toContain('SPARE');
    await world.rotate('kept', 'rotated');
    await world.untilArrived('keeper', 'Rotated');
    await world.untilStatus('late', ({ waiting = [] }) => waiting.length === 1);
    await pause(QUIET_MS);
    expect(world.receipts('late')).toEqual([]);
  });

  it('a scope that was deleted and made again has approved nothing', async () => {
    await world.approved('reborn');
    await world.automate('reborn', 'reborn', { events: ['Rotated'], ...usesPassword });
    await world.world.cast('ana', 'Approve', await world.untilRequest('reborn', 'reborn'));
    await world.untilReady('reborn', 'Listening');
    await world.removed(scopeThing('reborn', PROD, {}));
    await world.untilReady('reborn', 'NotAvailable');
    await world.approved('reborn');
    await world.untilReady('reborn', 'AwaitingApproval');
    await world.rotate('reborn', 'rotated');
    await world.world.untilSecret('reborn-target', 'rotated', 30_000);
    await pause(QUIET_MS);
    expect(world.receipts('reborn')).toEqual([]);
    expect((await world.requestsOf('reborn', 'reborn')).at(-1)).toBe('Waiting');
  });

  it('nor has anybody approved an automation that was deleted and made again', async () => {
    await world.approved('twin');
    const spec = { events: ['Rotated'], ...usesPassword };
    await world.automate('twin', 'twin', spec);
    await world.world.cast('ana', 'Approve', await world.untilRequest('twin', 'twin'));
    await world.untilReady('twin', 'Listening');
    await world.removed(automationOf('twin'));
    await world.automate('twin', 'twin', spec);
    await world.untilReady('twin', 'AwaitingApproval');
    await world.rotate('twin', 'rotated');
    await world.world.untilSecret('twin-target', 'rotated', 30_000);
    await pause(QUIET_MS);
    expect(world.receipts('twin')).toEqual([]);
  });

  it('FAULTS 29: under pin: Version each version is asked for, and exactly the approved one is sent', async () => {
    const key = 'web/pinned';
    world.cloud.store(key, 'one');
    await world.approved(
      'pinned',
      { ...reviewedBy('ana'), pin: 'Version' },
      {
        backendRef: { kind: 'ClusterSecretBackend', name: CLOUD },
        secrets: [{ name: 'PASSWORD', from: { key } }],
      },
    );
    const payload = { v: '${PASSWORD}', version: '${secret_version}' };
    await world.automate('pinned', 'pinned', { events: ['Rotated'], secrets: ['PASSWORD'], payload });
    await world.world.cast('ana', 'Approve', await world.untilRequest('pinned', 'pinned'));
    await world.untilReady('pinned', 'Listening');
    const second = world.cloud.store(key, 'two');
    await world.untilReady('pinned', 'AwaitingApproval');
    const request = await world.untilRequest('pinned', 'pinned');
    await world.world.cast('ana', 'Approve', await world.untilRequest('pinned', 'pinned-target'));
    await world.world.untilSecret('pinned-target', 'two', 30_000);
    await world.untilStatus('pinned', ({ waiting = [] }) => waiting.length === 1);
    await pause(QUIET_MS);
    expect(world.receipts('pinned')).toEqual([]);
    expect((await world.test('pinned', 'try-1')).placeholders).toBe(true);
    // it is rotated again between the vote and the request
    world.answers('pinned', status(503));
    await world.world.cast('ana', 'Approve', request);
    expect(bodyOf(await world.untilReceipts('pinned', 2))).toEqual({ v: 'two', version: second });
    world.cloud.store(key, 'three');
    await world.untilReady('pinned', 'AwaitingApproval');
    world.answers('pinned', undefined);
    await pause(2 * QUIET_MS);
    const sent = new Set(world.receipts('pinned').map((one) => bodyOf(one)['v']));
    expect([...sent].sort()).toEqual(['placeholder-for-PASSWORD', 'two']);
  });
});

const CANARIES = {
  TOKEN: 'cnry-4Tk/7Qz+bearer=token',
  KEY: 'cnry-9Sg"signing key of it',
  BODY: 'cnry-2Bd"in the\nbody/x',
  HEAD: 'cnry-6Hd/in;the header',
};

describe.concurrent('FAULTS 36 to 41: canaries', () => {
  it('are put into every place of a request, and the receiver says all of it again', async () => {
    const entries = Object.keys(CANARIES).map((name) => ({
      name,
      from: { key: 'canary-values', property: name },
    }));
    await world.world.cluster.have(secretThing(PROD, 'canary-values', CANARIES));
    world.answers('canary', world.echo(200));
    await world.automate('canary', 'canary', {
      retryFor: '1m',
      secrets: ['BODY', 'HEAD'],
      accessToken: { secret: 'TOKEN' },
      signature: { secret: 'KEY' },
      headers: [{ name: 'X-Key', value: '${HEAD}' }],
      payload: { b: '${BODY}', c: '${BODY | base64}', d: '${BODY | url}', t: '${ACCESS_TOKEN}' },
    });
    await world.environment('canary', undefined, {
      secrets: [...entries, { name: 'PASSWORD', from: { key: 'canary-source', property: 'PASSWORD' } }],
    });
    const first = await world.untilReceipts('canary', 1);
    expect(bodyOf(first)['b']).toBe(CANARIES.BODY);
    expect(first.headers).toMatchObject({
      'x-key': CANARIES.HEAD,
      authorization: `Bearer ${CANARIES.TOKEN}`,
    });
    await world.untilReady('canary', 'Listening');
    expect(await world.test('canary', 'try-1')).toMatchObject({ code: 200, placeholders: false });
    world.answers('canary', world.echo(500));
    await world.rotate('canary', 'second');
    await world.untilReceipts('canary', 3);
    await world.untilReady('canary', 'DeliveryFailing');
    // it has been tried for long enough
    const { waiting: [head] = [] } = await world.status('canary');
    if (!head) throw new Error('nothing waits');
    const { nextAttempt: _, ...due } = head;
    await world.forge('canary', { waiting: [{ ...due, firstAttempt: '2020-01-01T00:00:00Z' }] });
    await world.afterLook('canary');
    await world.untilStatus('canary', ({ undelivered = [] }) => undelivered.length === 1);
    await world.annotate('canary', { 'secretscope.dev/replay': 'now:all' });
    world.answers('canary', world.echo(200));
    await world.untilStatus('canary', ({ counts }) => counts?.delivered === 2, 60_000);
  });
});

describe('after all of this', () => {
  let sleeper: OperatorProcess | undefined;
  afterAll(() => sleeper?.kill('SIGKILL'));

  it('a leader that slept past its Lease sends nothing more, and no delivery was two', async () => {
    const { cluster } = world.world;
    await world.environment('stale');
    await cluster.untilReady(PROD, 'stale', 'True', undefined, 30_000);
    await world.automate('stale', 'stale', { events: ['Rotated'], ...usesPassword });
    await world.untilReady('stale', 'Listening');
    sleeper = cluster.operator;
    cluster.operator = await OperatorProcess.start(cluster.operatorKubeconfig, world.flags);
    world.answers('stale', stall);
    await world.rotate('stale', 'second');
    await world.untilReceipts('stale', 1);
    sleeper.signal('SIGSTOP');
    await cluster.operator.untilLeading(40_000);
    world.answers('stale', undefined);
    await world.untilStatus('stale', ({ counts }) => counts?.delivered === 1);
    await world.rotate('stale', 'third');
    const before = await world.untilStatus('stale', ({ counts }) => counts?.delivered === 2);
    const sent = world.receipts('stale').length;
    sleeper.signal('SIGCONT');
    expect(await sleeper.untilExit()).toBe(1);
    await pause(QUIET_MS);
    expect(await world.status('stale')).toEqual(before);
    expect(world.receipts('stale')).toHaveLength(sent);
    const bodies = Map.groupBy(world.receipts('stale'), ({ headers }) => headers['x-secretscope-delivery']);
    expect([...bodies.values()].map((list) => new Set(list.map(({ body }) => body.toString())).size)).toEqual(
      [1, 1],
    );
    expect(world.arrived('stale')).toEqual(['Rotated', 'Rotated']);
  });

  it('no canary shows anywhere but at the receiver', async () => {
    const channels = await world.channels();
    const slept = sleeper?.output ?? '';
    channels.set('output of the one that slept', slept);
    const received = world.receipts('canary').map(({ body, rawHeaders }) => `${rawHeaders.join()} ${body}`);
    expect(findLeaks(Object.values(CANARIES), new Map([['receiver', received.join()]]))).not.toEqual([]);
    expect(channels.get('webhookautomations')).toContain('canary');
    expect(slept).toContain('"message":"sent"');
    expect(findLeaks(Object.values(CANARIES), channels)).toEqual([]);
    for (const [name, text] of channels) expect([name, text.includes('x-echo')]).toEqual([name, false]);
  });

  it('FAULTS 48, 49: no token of a service account and no credential of a cloud ever reached a receiver', async () => {
    const texts = [...world.receiver.receipts, ...world.stranger.receipts].map(
      ({ rawHeaders, body, path }) => `${path}\n${rawHeaders.join('\n')}\n${body}`,
    );
    const { token } = await world.operatorToken();
    expect(token).toMatch(/^eyJ/);
    expect(texts.length).toBeGreaterThan(100);
    for (const text of texts) {
      expect(text).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}/);
      for (const secret of [token, ...world.cloud.secrets]) expect(text.includes(secret)).toBe(false);
    }
    expect(world.stranger.receipts).toEqual([]);
    expect(world.stranger.connections).toBe(0);
  });

  it('the operator wrote nothing of an automation but its status, and nobody did anything as system:masters', async () => {
    const { cluster } = world.world;
    const entries = await cluster.audit.since(cluster.ready);
    const own = entries.filter(({ user }) => user === 'system:serviceaccount:secretscope-system:secretscope');
    const writes = own.filter(
      ({ resource, subresource, verb }) =>
        resource === 'webhookautomations' &&
        subresource !== 'status' &&
        !['get', 'list', 'watch'].includes(verb),
    );
    expect(writes).toEqual([]);
    expect(own.length).toBeGreaterThan(100);
    expect(await cluster.requestsByMasters()).toEqual([]);
  });
});
