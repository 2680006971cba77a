/** Entries that are found under a prefix, scopes that pause or are asked to look, and how little all of it says twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, Family, sourceThing } from '../scenarios-support/family.ts';
import {
  backendIn,
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { lines, OPERATOR, writesOf } from '../scenarios-support/requests.ts';

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('rules-discover');
}, 90_000);
afterAll(() => cluster?.stop());

/** A repository that finds what lies under `shared.`; its organization gives TOKEN. */
async function finding(name: string, keys: string[], change: object = {}): Promise<Family> {
  const family = await Family.settle(cluster, name);
  for (const key of keys) await family.store(family.team, key, { value: key });
  await family.have('app', { secrets: [], discover: [{ prefix: 'shared.' }], ...change });
  return family;
}

describe('THREATS 17: what is discovered', () => {
  it('is named by its key, follows its source, and comes and goes within seconds', async () => {
    const family = await finding('found', ['shared.npm-token', 'sharedlike', 'shared-too']);
    const data = { TOKEN: 'org-token', SHARED_NPM_TOKEN: 'shared.npm-token' };
    await family.untilData('app', data);
    await family.store(family.team, 'shared.new', { value: 'new' });
    await family.untilData('app', { ...data, SHARED_NEW: 'new' }, 3_000);
    await family.store(family.team, 'shared.new', { value: 'newer' });
    await family.untilData('app', { ...data, SHARED_NEW: 'newer' }, 3_000);
    await cluster.gone(secretThing(family.team, 'shared.new'));
    await family.untilData('app', data, 3_000);
    await until(async () => {
      const { counts } = await cluster.status(family.team, 'app');
      expect(counts).toMatchObject({ discovered: 1, delivered: 2 });
    });
  });

  it('stays when the provider lists nothing any more, and says what to do', async () => {
    const family = await finding('emptied', ['shared.only']);
    const data = { TOKEN: 'org-token', SHARED_ONLY: 'shared.only' };
    await family.untilData('app', data);
    await cluster.gone(secretThing(family.team, 'shared.only'));
    const { message } = await family.untilReady('app', 'False', 'DiscoveryEmpty');
    expect(message).toMatch(
      /shared\.: the provider lists nothing, although 1 delivered name \(SHARED_ONLY\)/,
    );
    await family.untilData('app', data);
    // a listing that has other keys is taken at its word
    await family.store(family.team, 'shared.other', { value: 'other' });
    await family.untilData('app', { TOKEN: 'org-token', SHARED_OTHER: 'other' });
    await family.untilReady('app', 'True');
  });

  it('two keys of one name are both broken, until an entry says which is meant', async () => {
    const family = await finding('colliding', ['shared.npm-token', 'shared.db']);
    const data = { TOKEN: 'org-token', SHARED_DB: 'shared.db', SHARED_NPM_TOKEN: 'shared.npm-token' };
    await family.untilData('app', data);
    await family.store(family.team, 'shared.npm.token', { value: 'evil' });
    const { message } = await family.untilReady('app', 'False', 'NameCollision');
    expect(message).toMatch(
      /SHARED_NPM_TOKEN: keys shared\.npm-token and shared\.npm\.token both make this name; write/,
    );
    await family.store(family.team, 'shared.db', { value: 'rotated' });
    await family.untilData('app', { ...data, SHARED_DB: 'rotated' });
    const entry = entryOf('SHARED_NPM_TOKEN', 'shared.npm-token');
    await family.have('app', { secrets: [entry], discover: [{ prefix: 'shared.' }] });
    await family.untilReady('app', 'True');
    await family.untilData('app', { ...data, SHARED_DB: 'rotated' });
  });

  it('a collision never delivers either of two keys', async () => {
    const family = await finding('both', ['shared.a-b', 'shared.a.b']);
    await family.untilReady('app', 'False', 'NameCollision');
    await family.untilData('app', { TOKEN: 'org-token' });
  });

  it('loader names are not taken, neither by includeAll nor by name', async () => {
    const discover = [{ prefix: 'ld.' }, { prefix: 'python.' }];
    const targets = [{ secretName: 'app', includeAll: true, include: ['LD_PRELOAD'] }];
    const family = await finding('loading', ['ld.preload', 'python.path'], { discover, targets });
    await family.untilReady('app', 'False', 'NotAvailable');
    await family.untilData('app', { TOKEN: 'org-token' });
  });

  it('of an organization is for nobody until it says for whom', async () => {
    const family = await Family.settle(cluster, 'granting', ({ org }) =>
      cluster
        .have(sourceThing(org, 'shared.ci', { value: 'ci' }))
        .then(() => ({ discover: [{ prefix: 'shared.' }] })),
    );
    await family.have('app');
    await family.untilData('app', { OTHER: 'other-1', TOKEN: 'org-token' });
    await family.organize({ discover: [{ prefix: 'shared.', access: { visibility: 'All' } }] });
    await family.untilData('app', { OTHER: 'other-1', TOKEN: 'org-token', SHARED_CI: 'ci' });
    await family.organize({ discover: [{ prefix: 'shared.' }] });
    await family.untilData('app', { OTHER: 'other-1', TOKEN: 'org-token' });
  });

  it('says why a prefix cannot be listed, and is there once it can', async () => {
    const family = await finding('unlisted', ['shared.db'], { backendRef: { ...LOCAL, name: 'later' } });
    const { message } = await family.untilReady('app', 'False', 'BackendMissing');
    expect(message).toMatch(
      /spec\.discover shared\.: spec\.backendRef SecretBackend later does not exist; create it/,
    );
    const later = backendIn(family.team, 'nobody');
    const named = { ...later, metadata: { ...later.metadata, name: 'later' } };
    await cluster.have(named);
    const denied = await family.untilReady('app', 'False', 'IdentityUnavailable');
    expect(denied.message).toMatch(
      /spec\.discover shared\. cannot be listed: backend unlisted\/later .*service account/,
    );
    await cluster.have({ ...named, spec: backendIn(family.team)['spec'] });
    await family.untilData('app', { TOKEN: 'org-token', SHARED_DB: 'shared.db' });
    await family.untilReady('app', 'True');
  });

  it('past the limit of a level it stops, and nothing stands in for what is left out', async () => {
    const written = Array.from({ length: 99 }, (_, i) => entryOf(`N_${i}`, 'own'));
    const family = await Family.settle(cluster, 'crowded', () => ({
      secrets: [entryOf('SHARED_Z', 'shared', 'token'), entryOf('TOKEN', 'shared', 'token')],
    }));
    for (const key of ['shared.a', 'shared.z']) await family.store(family.team, key, { value: key });
    await family.have('app', {
      secrets: written,
      discover: [{ prefix: 'shared.' }],
      targets: [{ secretName: 'app', include: ['SHARED_A', 'SHARED_Z', 'TOKEN'] }],
    });
    const { message } = await family.untilReady('app', 'False', 'LimitExceeded');
    expect(message).toMatch(/Repository holds at most 100 secrets; narrow the prefix/);
    await family.untilData('app', { SHARED_A: 'shared.a', TOKEN: 'org-token' });
  });
});

describe('suspend stops new values and nothing else', () => {
  it('a Secret that is there keeps its values, one that is not is not made', async () => {
    const family = await Family.settle(cluster, 'paused');
    await family.have('app');
    await family.untilData('app', { TOKEN: 'org-token', OTHER: 'other-1' });
    await family.have('app', { suspend: true });
    await family.have('new', { suspend: true });
    await family.untilReady('app', 'True');
    await family.rotate('org-2');
    await looked(family.repository('app'), 'rotated');
    expect(await family.data('app')).toEqual({ TOKEN: 'org-token', OTHER: 'other-1' });
    expect(await cluster.condition(family.team, 'app', 'Suspended')).toMatchObject({ status: 'True' });
    expect(await family.data('new')).toBeUndefined();
    await family.have('app');
    await family.have('new');
    for (const name of ['app', 'new']) await family.untilData(name, { TOKEN: 'org-2', OTHER: 'other-1' });
    await family.untilReady('app', 'True', 'Materialized');
    await until(async () => expect(await cluster.condition(family.team, 'app', 'Suspended')).toBeUndefined());
  });
});

/** Asks for a look, and waits until status says that it was taken. */
async function looked(thing: Thing, at: string): Promise<void> {
  const { kind, apiVersion, metadata } = thing;
  const annotations = { 'reconcile.secretscope.dev/requestedAt': at };
  await cluster.platform.merge({ kind, apiVersion, metadata }, { metadata: { annotations } });
  await until(async () => {
    const { body } = await cluster.platform.get(thing);
    expect(body).toMatchObject({ status: { lastHandledReconcileAt: at } });
  });
}

describe('what it says, it says once', () => {
  it('a look on request is echoed, by scopes and by backends', async () => {
    const family = await Family.settle(cluster, 'asked');
    await family.have('app');
    for (const at of ['2026-01-01T00:00:00Z', 'again']) {
      await looked(family.repository('app'), at);
      await looked(backendIn(family.team), at);
    }
  });

  it('a scope that is ready stays so while its values change', async () => {
    const family = await Family.settle(cluster, 'steady');
    await family.have('app');
    const { lastTransitionTime } = (await family.untilReady('app', 'True')) as unknown as {
      lastTransitionTime: string;
    };
    // a transition within the same second would not show
    await sleep(1_100);
    for (let round = 0; round < 15; round++) {
      await family.rotate(`org-${round}`);
      await family.store(family.team, 'other', { other: `other-${round}` });
    }
    await family.untilData('app', { TOKEN: 'org-14', OTHER: 'other-14' });
    expect(await family.untilReady('app', 'True')).toMatchObject({ lastTransitionTime });
  });

  it('trouble that goes on is no news: no status is written and no event repeated', async () => {
    const family = await Family.settle(cluster, 'dull');
    await family.have('app', {
      secrets: [entryOf('OWN', 'nowhere')],
      targets: [{ secretName: 'app', include: ['OWN', 'NOBODY'] }],
    });
    await family.untilReady('app', 'False');
    await cluster.restartOperator();
    await looked(family.repository('app'), 'first');
    const mark = await cluster.audit.mark();
    for (const key of ['a', 'b', 'c']) await family.store(family.team, key, { unrelated: 'x' });
    await looked(family.repository('app'), 'second');
    const written = writesOf(await cluster.audit.since(mark)).filter(
      ({ namespace }) => namespace === family.team,
    );
    // the echo of the request
    expect(lines(written).map((line) => line.replace(OPERATOR, ''))).toEqual([
      expect.stringContaining(
        ' patch /apis/secretscope.dev/v1alpha1/namespaces/dull/secretscopes/app/status',
      ),
    ]);
    const path = `/apis/events.k8s.io/v1/namespaces/${family.team}/events`;
    const { items } = (await cluster.platform.call('GET', path)).body as {
      items: { note: string; series?: object }[];
    };
    const notes = items.map(({ note }) => note);
    expect(new Set(notes).size).toBe(notes.length);
    expect(items.filter(({ series }) => series)).toEqual([]);
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
