/** Claims that get nothing: from whom, why, what they are told; and that all of it stands still when nothing changes. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { CI, type ClaimWorld, claimThing, claimWorld, toCI } from '../scenarios-support/claim-world.ts';
import { untilReconciled } from '../scenarios-support/fleet.ts';
import { roleBinding } from '../scenarios-support/guarded-cluster.ts';
import {
  enrolmentOf,
  LOCAL,
  READER,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { PROD, TEAM } from '../scenarios-support/protected-world.ts';
import { lines, writesOf } from '../scenarios-support/requests.ts';

const FORK = 'ci-fork';
const LATER = 'ci-later';
const IDLE_MS = 5_000;
const SETTLED_MS = 3_000;
const PREVIEW = { 'team-web/preview': 'yes' };

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-refusals');
  const { cluster } = claims.world;
  await cluster.team(FORK, PREVIEW);
  await cluster.have({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: LATER } });
  await cluster.have(...[FORK, LATER].map((namespace) => roleBinding('builder', 'edit', namespace)));
}, 120_000);

afterAll(() => claims?.stop());

async function claimFrom(namespace: string, name: string, scope: string, spec: object = {}): Promise<void> {
  const { status, message } = await claims.builder.apply(claimThing(name, scope, spec, namespace));
  if (status >= 400) throw new Error(`the claim ${namespace}/${name}: ${status} ${message}`);
}

const refused = async (name: string) => {
  await claims.untilState(name, 'Waiting NotAvailable');
  return claims.message(name);
};

describe('THREATS 25: one answer for what is not there and what is kept', () => {
  it('no such scope, one of no such namespace, one that admits others: the same words', async () => {
    const others = { consumers: [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': TEAM } } }] };
    await claims.claimable('kept', undefined, others);
    await claims.claim('no-scope', 'no-such-scope');
    await claims.claim('not-admitted', 'kept');
    const told = (await refused('no-scope')).replaceAll('no-such-scope', 'kept');
    expect(await refused('not-admitted')).toBe(told);
    const [nowhere, kept] = [await claims.seen('no-scope'), await claims.seen('not-admitted')];
    expect(Object.keys(nowhere?.status ?? {})).toEqual(Object.keys(kept?.status ?? {}));
    expect(await claims.secret('not-admitted')).toBeUndefined();
  });

  it('a name that nobody has, one that is not granted, one that cannot be read: the same words', async () => {
    // TOKEN is one of the repository, which admits nobody; GONE has no source
    const secrets = [{ name: 'GONE', from: { key: 'no-such-source', property: 'x' } }];
    await claims.claimable('open', undefined, { secrets });
    for (const name of ['NOBODY', 'TOKEN', 'GONE'])
      await claims.claim(`wants-${name.toLowerCase()}`, 'open', { include: [name] });
    const told = (await refused('wants-nobody')).replaceAll('NOBODY', 'X');
    expect((await refused('wants-token')).replaceAll('TOKEN', 'X')).toBe(told);
    expect((await refused('wants-gone')).replaceAll('GONE', 'X')).toBe(told);
    for (const name of ['NOBODY', 'TOKEN', 'GONE'])
      expect((await claims.seen(`wants-${name.toLowerCase()}`))?.status?.missing).toEqual([
        `${name}: NotAvailable`,
      ]);
  });

  it('THREATS 22: nothing is read for whoever is refused', async () => {
    expect(await claims.world.readsOf('kept-source')).toEqual([]);
    expect(await claims.world.readsOf('shared-source')).toEqual([]);
  });

  it('the reader of the events of the claim learns nothing else either', async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${CI}/events`;
    const { body } = await claims.world.cluster.platform.call('GET', path);
    const notes = JSON.stringify(body);
    for (const hidden of ['no-such-source', 'shared-source', 'local']) expect(notes).not.toContain(hidden);
  });
});

describe('who gets nothing, whatever consumers say', () => {
  it('G47: the preview of a fork, although consumers select it, when its repository does not trust it', async () => {
    const everybody = { consumers: [{ namespaces: {} }] };
    await claims.claimable('wide', undefined, everybody);
    await claims.claim('trusted', 'wide');
    await claims.untilHas('trusted', { PASSWORD: 'value of wide' });
    const { body } = await claims.world.cluster.platform.get(scopeThing('web', TEAM, {}));
    const { children } = (body as { spec: { children: object[] } }).spec;
    const distrust = { namespaces: { matchLabels: PREVIEW }, trusted: false };
    await web({ children: [...children, distrust] });
    await claimFrom(FORK, 'preview', 'wide');
    await until(async () => {
      const { body: seen } = await claims.world.cluster.platform.get(claimThing('preview', 'wide', {}, FORK));
      expect(JSON.stringify((seen as { status?: object }).status)).toContain('NotAvailable');
    }, 30_000);
    expect(await claims.secret('preview', FORK)).toBeUndefined();
    expect(await claims.state('trusted')).toBe('Delivered Materialized');
  });

  it('API-REVIEW 3: whoever claims from an Organization, which would meet no access policy', async () => {
    const secrets = [{ name: 'TOKEN', from: { key: 'shared-source', property: 'TOKEN' } }];
    const spec = { level: 'Organization', backendRef: LOCAL, ...toCI, secrets };
    await claims.world.cluster.have(scopeThing('acme', TEAM, spec));
    await claims.claim('above', 'acme', {
      scopeRef: { namespace: TEAM, name: 'acme' },
      include: ['TOKEN'],
    });
    expect(await refused('above')).toContain('make a claim on one of its repositories or environments');
    expect(await claims.secret('above')).toBeUndefined();
  });

  it('G48, GX33, GX34, GX35: the namespace of a claim cannot pass on what it got', async () => {
    await claims.claimable('handed');
    await claims.claim('handed', 'handed');
    await claims.untilHas('handed', { PASSWORD: 'value of handed' });
    // by a claim of the next one: only who is admitted by the scope itself gets anything
    await claimFrom(FORK, 'next', 'handed');
    // by a scope of its own that reads the Secret it got, or calls the environment its parent
    const from = { key: 'handed', property: 'PASSWORD' };
    const next = { consumers: [{ namespaces: { matchLabels: PREVIEW } }] };
    await claims.world.cluster.have(
      scopeThing('relay', CI, {
        level: 'Repository',
        backendRef: LOCAL,
        ...next,
        secrets: [{ name: 'PASSWORD', from }],
        targets: [{ secretName: 'relayed', include: ['PASSWORD'] }],
      }),
      scopeThing('heir', CI, {
        level: 'Environment',
        parentRef: { namespace: PROD, name: 'handed' },
        targets: [{ secretName: 'inherited', include: ['PASSWORD'] }],
      }),
    );
    const scopeRef = { namespace: CI, name: 'relay' };
    await claims.world.cluster.have(claimThing('second-hand', 'relay', { scopeRef }, FORK));
    await claims.world.cluster.untilReady(CI, 'relay', 'False', 'SourceRefused', 30_000);
    await claims.world.cluster.untilReady(CI, 'heir', 'False', 'NotAvailable', 30_000);
    await pause(1_000);
    for (const [name, namespace] of [
      ['next', FORK],
      ['second-hand', FORK],
      ['relayed', CI],
      ['inherited', CI],
    ] as const)
      expect((await claims.secret(name, namespace))?.data ?? {}).toEqual({});
  });
});

async function web(spec: object): Promise<void> {
  const { status, message } = await claims.world.cluster.platform.merge(scopeThing('web', TEAM, {}), {
    spec,
  });
  if (status >= 400) throw new Error(`${status} ${message}`);
}

const conflict = async (name: string) => {
  await claims.untilState(name, 'Waiting TargetConflict');
  return claims.message(name);
};

async function lookNow(name: string): Promise<void> {
  const annotations = { 'reconcile.secretscope.dev/requestedAt': new Date().toISOString() };
  await claims.builder.merge(claimThing(name, 'any'), { metadata: { annotations } });
}

describe('a Secret name that is taken', () => {
  it('by a Secret of somebody else: it stays untouched, until it is handed over by the command told', async () => {
    await claims.claimable('names');
    await claims.world.cluster.have(secretThing(CI, 'foreign', { mine: 'x' }));
    await claims.claim('foreign', 'names');
    const told = await conflict('foreign');
    const command =
      /kubectl annotate secret foreign -n ci (secretscope\.dev\/adopt)=(SecretClaim\/ci\/foreign)$/;
    const [, key = '', value] = command.exec(told) ?? [];
    expect(value, told).toBeDefined();
    await claims.untilHas('foreign', { mine: 'x' });
    await claims.builder.merge(secretThing(CI, 'foreign'), { metadata: { annotations: { [key]: value } } });
    await lookNow('foreign');
    await claims.untilHas('foreign', { mine: 'x', PASSWORD: 'value of names' });
    await claims.untilState('foreign', 'Delivered Materialized');
  });

  it('by a target: who holds it is said, and it goes on', async () => {
    const secrets = [{ name: 'OWN', from: { key: 'own-source', property: 'OWN' } }];
    const targets = [{ secretName: 'of-target', includeAll: true }];
    await claims.world.cluster.have(
      secretThing(CI, 'own-source', { OWN: 'own' }),
      scopeThing('own', CI, { level: 'Repository', backendRef: LOCAL, secrets, targets }),
    );
    await claims.untilHas('of-target', { OWN: 'own' });
    await claims.claim('of-target', 'names');
    expect(await conflict('of-target')).toContain('is held by SecretScope ci/own');
    await claims.untilHas('of-target', { OWN: 'own' });
  });

  it('by another claim: the first keeps it until it goes, and then the second has it', async () => {
    await claims.claimable('names-too', undefined, {}, 'the other value');
    await claims.claim('first', 'names', { secretName: 'wanted' });
    await claims.untilHas('wanted', { PASSWORD: 'value of names' });
    await claims.claim('second', 'names-too', { secretName: 'wanted' });
    expect(await conflict('second')).toContain('is held by SecretClaim ci/first');
    await claims.untilHas('wanted', { PASSWORD: 'value of names' });
    await claims.remove('first');
    await claims.untilHas('wanted', { PASSWORD: 'the other value' });
    await claims.untilState('second', 'Delivered Materialized');
  });

  it('a Snapshot waits for it too, and neither replaces nor owns what is not its own', async () => {
    await claims.world.cluster.have(secretThing(CI, 'not-mine', { mine: 'x' }));
    await claims.claim('not-mine', 'names', { mode: 'Snapshot' });
    await conflict('not-mine');
    expect((await claims.secret('not-mine'))?.metadata.ownerReferences).toBeUndefined();
    await claims.world.cluster.gone(secretThing(CI, 'not-mine'));
    await lookNow('not-mine');
    await claims.untilHas('not-mine', { PASSWORD: 'value of names' });
  });
});

describe('a namespace that is not enrolled', () => {
  it('gets nothing and is told the command; once it is enrolled it has its Secret', async () => {
    const everybody = { consumers: [{ namespaces: {} }] };
    const { cluster } = claims.world;
    await claims.claimable('reachable', undefined, everybody);
    await claimFrom(LATER, 'patient', 'reachable');
    const thing = claimThing('patient', 'reachable', {}, LATER);
    const untilSays = (words: string) =>
      until(async () => {
        const { body } = await cluster.platform.get(thing);
        expect(JSON.stringify((body as { status?: object }).status)).toContain(words);
      }, 30_000);
    await untilSays('NamespaceNotEnrolled');
    await untilSays(`secretscope enroll ${LATER}`);
    await cluster.have(...enrolmentOf(LATER));
    await cluster.untilData(LATER, 'patient', { PASSWORD: 'value of reachable' }, 60_000);
    await untilSays('Materialized');
  });
});

const BINDING: Thing = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'claim-rights.secretscope.dev' },
};
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

describe('API-REVIEW 18: while nobody proves who may claim', () => {
  it('new claims wait, old ones go on, and what is taken away goes', async () => {
    const { platform } = claims.world.cluster;
    await claims.claimable('proven');
    await claims.claimable('taken');
    for (const name of ['proven', 'taken']) await claims.claim(name, name);
    await claims.untilHas('taken', { PASSWORD: 'value of taken' });
    await claims.untilState('proven', 'Delivered Materialized');
    const at = `${BINDINGS}/${BINDING.metadata.name}`;
    const { body } = await platform.call('GET', at);
    const { spec, metadata } = body as { spec: object; metadata: { labels: object } };
    expect((await platform.call('DELETE', at)).status).toBe(200);
    await pause(SETTLED_MS);
    await claims.claim('unproven', 'proven');
    await claims.untilState('unproven', 'Waiting PolicyNotInForce');
    expect(await claims.message('unproven')).toContain('apply again what you installed with');
    await claims.claimable('taken', undefined, { secrets: [] });
    await until(async () => expect((await claims.secret('taken'))?.data ?? {}).toEqual({}));
    await claims.untilHas('proven', { PASSWORD: 'value of proven' });
    expect(await claims.secret('unproven')).toBeUndefined();
    // times of objects are whole seconds
    await pause(2_000);
    const { name } = BINDING.metadata;
    const again = { ...BINDING, metadata: { name, labels: metadata.labels }, spec };
    expect((await platform.call('POST', BINDINGS, again)).status).toBe(201);
    // nobody proved it when it was made; made again, it is proven
    await until(async () => expect(await claims.message('unproven')).toContain('made before the policy'));
    await claims.claim('later', 'proven');
    await claims.untilHas('later', { PASSWORD: 'value of proven' });
    expect(await claims.secret('unproven')).toBeUndefined();
    // set before or after the policy: the annotation does not tell
    await claims.askAgain('unproven', 'proven');
    await claims.remove('unproven');
    await claims.claim('unproven', 'proven');
    await claims.untilHas('unproven', { PASSWORD: 'value of proven' });
    await claims.untilState('proven', 'Delivered Materialized');
  });
});

/** Every Secret that the account that reads sources got: what is looked for and not there is no value. */
async function readsSince(mark: Awaited<ReturnType<ClaimWorld['world']['cluster']['audit']['mark']>>) {
  return (await claims.world.cluster.audit.since(mark)).filter(
    ({ resource, verb, user, code }) =>
      resource === 'secrets' && verb === 'get' && code === 200 && user.endsWith(`:${READER}`),
  );
}

describe('when nothing changes', () => {
  it('a restart writes nothing but the Lease and reads no value, whatever state claims are in', async () => {
    const { cluster } = claims.world;
    await claims.claimable('stale');
    await claims.claim('stale', 'stale', { mode: 'Snapshot' });
    await claims.untilState('stale', 'Delivered Materialized');
    await claims.builder.remove(secretThing(CI, 'stale'));
    await claims.untilState('stale', 'Ended SnapshotStale');
    await pause(SETTLED_MS);
    const states = await everyState();
    expect(new Set(states.values())).toEqual(
      new Set([
        'Delivered Materialized',
        'Waiting NotAvailable',
        // those that waited for somebody else's Secret, and were made before the policy was made anew
        'Waiting PolicyNotInForce',
        'Ended SnapshotStale',
      ]),
    );
    await cluster.operator.stop();
    const mark = await cluster.audit.mark();
    await claims.world.restart();
    await untilReconciled(cluster.operator, 1);
    await pause(IDLE_MS);
    // an Event that is there already is refused by its name
    const written = writesOf(await cluster.audit.since(mark)).filter(({ code }) => code < 400);
    expect(lines(written)).toEqual([]);
    expect(lines(await readsSince(mark))).toEqual([]);
    expect(await everyState()).toEqual(states);
  });
});

async function everyState(): Promise<Map<string, string>> {
  const path = `/apis/${API_VERSION}/namespaces/${CI}/secretclaims`;
  const { body } = await claims.world.cluster.platform.call('GET', path);
  const { items } = body as { items: { metadata: { name: string } }[] };
  const states = new Map<string, string>();
  for (const { metadata } of items) states.set(metadata.name, await claims.state(metadata.name));
  return states;
}

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});
