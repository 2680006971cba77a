/** Live claims on scopes that nobody guards: what is in their Secrets, what follows, and what takes it out again. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORPHANED_ANNOTATION } from '../../src/materialize/delivery-record.ts';
import { CI, type ClaimWorld, claimThing, claimWorld, toCI } from '../scenarios-support/claim-world.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { environmentSpec, PROD, TEAM } from '../scenarios-support/protected-world.ts';

const ORGANIZATION = 'acme-org';
const WITHIN_MS = 5_000;
/** What decides whether `ci` may claim, in tests that take it away. */
const JOBS = { consumers: [{ namespaces: { matchLabels: { jobs: 'yes' } } }] };

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-live');
  await labelled({ jobs: 'yes', org: 'acme' });
  const { cluster } = claims.world;
  await cluster.team(ORGANIZATION);
  await cluster.have(secretThing(ORGANIZATION, 'shared', { token: 'of the organization' }));
}, 120_000);

afterAll(() => claims?.stop());

const entry = (name: string, key: string, property = name) => ({ name, from: { key, property } });

const SHOP = { repositories: [{ namespace: TEAM, name: 'shop' }] };

/** An organization that gives TOKEN to some repositories, and trusts those of TEAM. */
function organization(access: object, rules: object[] = []): Thing {
  const namespaces = { matchLabels: { 'kubernetes.io/metadata.name': TEAM } };
  return scopeThing('acme', ORGANIZATION, {
    level: 'Organization',
    backendRef: LOCAL,
    ...toCI,
    children: [{ namespaces, visibility: 'Private', trusted: true }, ...rules],
    secrets: [{ ...entry('TOKEN', 'shared', 'token'), access: { visibility: 'Selected', ...access } }],
  });
}

const shop = (children: object[] = []): Thing =>
  scopeThing('shop', TEAM, {
    level: 'Repository',
    parentRef: { namespace: ORGANIZATION, name: 'acme' },
    ...toCI,
    children,
  });

/** An environment with PASSWORD and EXTRA, changed as a whole. */
async function pair(name: string, change: object = {}): Promise<void> {
  await claims.world.cluster.have(secretThing(PROD, `${name}-extra`, { EXTRA: 'extra' }));
  const secrets = [entry('PASSWORD', `${name}-source`), entry('EXTRA', `${name}-extra`)];
  await claims.claimable(name, undefined, { secrets, ...change });
}

const change = (name: string, spec: object): Promise<void> =>
  claims.world.cluster.have(
    scopeThing(name, PROD, environmentSpec(name, undefined, { targets: [], ...toCI, ...spec })),
  );

async function labelled(labels: Record<string, string | null>): Promise<void> {
  const ci = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: CI } };
  const { status, message } = await claims.world.cluster.platform.merge(ci, { metadata: { labels } });
  if (status >= 400) throw new Error(`${status} ${message}`);
}

const uidOf = async (name: string) => (await claims.secret(name))?.metadata.uid;

describe('what is asked for', () => {
  it('G4: is the names that it lists, and no other comes with them', async () => {
    await pair('listed');
    await claims.claim('listed', 'listed');
    await claims.untilHas('listed', { PASSWORD: 'value of listed' });
    await claims.untilState('listed', 'Delivered Materialized');
    expect((await claims.seen('listed'))?.status?.keys).toBe(1);
  });

  it('G49: is called as a Pod wants it in its environment', async () => {
    await pair('renamed');
    await claims.claim('renamed', 'renamed', {
      include: ['PASSWORD', 'EXTRA'],
      keys: { PASSWORD: 'DATABASE_PASSWORD' },
    });
    await claims.untilHas('renamed', { DATABASE_PASSWORD: 'value of renamed', EXTRA: 'extra' });
  });

  it('G51: a name that nobody supplies is an empty string where the claim says so, and else reported', async () => {
    await pair('lacking');
    const include = ['PASSWORD', 'NOBODY_HAS_IT'];
    await claims.claim('lacking', 'lacking', { include, onMissing: 'Empty' });
    await claims.untilHas('lacking', { PASSWORD: 'value of lacking', NOBODY_HAS_IT: '' });
    await claims.untilState('lacking', 'Delivered Materialized');
    await claims.claim('lacking', 'lacking', { include, onMissing: 'Report' });
    await claims.untilState('lacking', 'Waiting NotAvailable');
    await claims.untilHas('lacking', { PASSWORD: 'value of lacking' });
    expect((await claims.seen('lacking'))?.status?.missing).toEqual(['NOBODY_HAS_IT: NotAvailable']);
  });

  it('from the namespace of the scope itself needs no consumers, and names no namespace', async () => {
    const { cluster } = claims.world;
    await claims.claimable('at-home', undefined, { consumers: [] });
    await cluster.have(claimThing('at-home', 'at-home', { scopeRef: { name: 'at-home' } }, PROD));
    await cluster.untilData(PROD, 'at-home', { PASSWORD: 'value of at-home' });
  });

  it('API-REVIEW 9: may be edited: names and keys come and go, and the Secret stays the same one', async () => {
    await pair('edited');
    await claims.claim('edited', 'edited');
    await claims.untilHas('edited', { PASSWORD: 'value of edited' });
    const uid = await uidOf('edited');
    await claims.claim('edited', 'edited', { include: ['PASSWORD', 'EXTRA'] });
    await claims.untilHas('edited', { PASSWORD: 'value of edited', EXTRA: 'extra' });
    await claims.claim('edited', 'edited', { include: ['EXTRA'], keys: { EXTRA: 'more' } });
    await claims.untilHas('edited', { more: 'extra' });
    await claims.untilState('edited', 'Delivered Materialized');
    expect(await uidOf('edited')).toBe(uid);
  });
});

describe('what is taken away is out of the Secret within seconds', () => {
  it('an entry that is removed; the other one goes on', async () => {
    await pair('shrunk');
    await claims.claim('shrunk', 'shrunk', { include: ['PASSWORD', 'EXTRA'] });
    await claims.untilHas('shrunk', { PASSWORD: 'value of shrunk', EXTRA: 'extra' });
    await change('shrunk', { secrets: [entry('EXTRA', 'shrunk-extra')] });
    await claims.untilHas('shrunk', { EXTRA: 'extra' }, WITHIN_MS);
    await claims.untilState('shrunk', 'Waiting NotAvailable');
    await claims.world.cluster.have(secretThing(PROD, 'shrunk-extra', { EXTRA: 'rotated' }));
    await claims.untilHas('shrunk', { EXTRA: 'rotated' }, WITHIN_MS);
  });

  it('API-REVIEW 3: what a level above keeps from the namespace; no level below can give it', async () => {
    const web = async (more: object) => {
      const { status, message } = await claims.world.cluster.platform.merge(scopeThing('web', TEAM, {}), {
        spec: more,
      });
      if (status >= 400) throw new Error(message);
    };
    await claims.claimable('inherits');
    await claims.claim('inherits', 'inherits', { include: ['PASSWORD', 'TOKEN'] });
    await claims.untilHas('inherits', { PASSWORD: 'value of inherits' });
    await claims.untilState('inherits', 'Waiting NotAvailable');
    await web(toCI);
    await claims.untilHas('inherits', { PASSWORD: 'value of inherits', TOKEN: 'of the repository' });
    await claims.untilState('inherits', 'Delivered Materialized');
    await web({ consumers: null });
    await claims.untilHas('inherits', { PASSWORD: 'value of inherits' }, WITHIN_MS);
  });

  it('API-REVIEW 3: a claim is on a repository as the organization sees it, and ends with its access', async () => {
    const { cluster } = claims.world;
    await cluster.have(organization(SHOP), shop());
    await claims.claim('shop', 'shop', { scopeRef: { namespace: TEAM, name: 'shop' }, include: ['TOKEN'] });
    await claims.untilHas('shop', { TOKEN: 'of the organization' });
    await cluster.have(organization({ repositories: [] }));
    await until(async () => expect((await claims.secret('shop'))?.data ?? {}).toEqual({}), WITHIN_MS);
    await claims.untilState('shop', 'Waiting NotAvailable');
  });

  it.each<[level: string, trusts: (rules: object[]) => Thing]>([
    ['the repository itself', (rules) => shop(rules)],
    ['its organization', (rules) => organization(SHOP, rules)],
  ])('G47: everything, once %s calls the namespace untrusted', async (_level, trusts) => {
    const { cluster } = claims.world;
    await cluster.have(organization(SHOP), shop());
    const own = [{ name: 'OWN', from: { key: 'shared-source', property: 'TOKEN' } }];
    await cluster.platform.merge(shop(), { spec: { backendRef: LOCAL, secrets: own } });
    await claims.claim('fork', 'shop', { scopeRef: { namespace: TEAM, name: 'shop' }, include: ['OWN'] });
    await claims.untilHas('fork', { OWN: 'of the repository' });
    await cluster.have(trusts([{ namespaces: { matchLabels: { org: 'acme' } }, trusted: false }]));
    await claims.untilGone('fork', WITHIN_MS);
    await claims.untilState('fork', 'Waiting NotAvailable');
    await cluster.have(trusts([]));
    await claims.untilHas('fork', { OWN: 'of the repository' });
    await claims.untilState('fork', 'Delivered Materialized');
  });

  it('everything, when consumers no longer select the namespace; and it is back when they do', async () => {
    await claims.claimable('selected', undefined, JOBS);
    await claims.claim('selected', 'selected');
    await claims.untilHas('selected', { PASSWORD: 'value of selected' });
    await labelled({ jobs: null });
    await claims.untilGone('selected', WITHIN_MS);
    await claims.untilState('selected', 'Waiting NotAvailable');
    await labelled({ jobs: 'yes' });
    await claims.untilHas('selected', { PASSWORD: 'value of selected' }, WITHIN_MS);
    await claims.untilState('selected', 'Delivered Materialized');
  });

  it('also while the scope is suspended, which only stops what is new', async () => {
    await pair('paused');
    await claims.claim('paused', 'paused', { include: ['PASSWORD', 'EXTRA'] });
    await claims.untilHas('paused', { PASSWORD: 'value of paused', EXTRA: 'extra' });
    const secrets = [entry('PASSWORD', 'paused-source'), entry('EXTRA', 'paused-extra')];
    await change('paused', { suspend: true, secrets });
    await claims.world.cluster.untilReady(PROD, 'paused', 'True');
    await claims.world.cluster.have(secretThing(PROD, 'paused-extra', { EXTRA: 'rotated' }));
    await claims.claim('late', 'paused');
    await claims.untilState('late', 'Waiting Progressing');
    expect(await claims.message('late')).toContain('is suspended by its owner');
    await change('paused', { suspend: true, secrets: secrets.slice(1) });
    await claims.untilHas('paused', { EXTRA: 'extra' }, WITHIN_MS);
    expect(await claims.secret('late')).toBeUndefined();
    await change('paused', { secrets });
    await claims.untilHas('paused', { PASSWORD: 'value of paused', EXTRA: 'rotated' });
    await claims.untilHas('late', { PASSWORD: 'value of paused' });
  });
});

/** Since when nobody is there to whom the Secret belongs. */
const orphanedSince = async (name: string) =>
  (await claims.world.cluster.secret(CI, name))?.annotations[ORPHANED_ANNOTATION];

describe('what is gone, and may come back', () => {
  it('a scope that is deleted leaves the Secret, which says since when; made again it takes it up', async () => {
    const { cluster } = claims.world;
    await claims.claimable('reborn');
    await claims.claim('reborn', 'reborn');
    await claims.untilHas('reborn', { PASSWORD: 'value of reborn' });
    const uid = await uidOf('reborn');
    await cluster.gone(scopeThing('reborn', PROD, {}));
    await claims.untilState('reborn', 'Waiting NotAvailable');
    await until(async () => expect(await orphanedSince('reborn')).toBeDefined());
    await claims.untilHas('reborn', { PASSWORD: 'value of reborn' });
    await claims.claimable('reborn', undefined, {}, 'again');
    await claims.untilHas('reborn', { PASSWORD: 'again' });
    await claims.untilState('reborn', 'Delivered Materialized');
    expect(await uidOf('reborn')).toBe(uid);
    expect(await orphanedSince('reborn')).toBeUndefined();
  });

  it('a Secret that is deleted by hand is made again, and one that is edited is mended', async () => {
    await claims.claimable('mended');
    await claims.claim('mended', 'mended');
    await claims.untilHas('mended', { PASSWORD: 'value of mended' });
    await claims.builder.remove(secretThing(CI, 'mended'));
    await claims.untilHas('mended', { PASSWORD: 'value of mended' });
    await claims.builder.merge(secretThing(CI, 'mended'), { stringData: { PASSWORD: 'edited' } });
    await claims.untilHas('mended', { PASSWORD: 'value of mended' });
  });

  it('a claim that is deleted while nobody looks leaves its Secret for the grace period, and no longer', async () => {
    const { cluster } = claims.world;
    await claims.claimable('unseen');
    await claims.claim('unseen', 'unseen');
    await claims.untilHas('unseen', { PASSWORD: 'value of unseen' });
    await claims.untilState('unseen', 'Delivered Materialized');
    await cluster.operator.stop();
    await claims.remove('unseen');
    await claims.world.restart();
    await until(async () => expect(await orphanedSince('unseen')).toBeDefined(), 15_000);
    await pause(2_000);
    await claims.untilHas('unseen', { PASSWORD: 'value of unseen' });
    await cluster.restartOperator({ extra: ['--policy-settle', '1s'], orphanGrace: '1s' });
    await claims.untilGone('unseen');
    // a claim that nobody deleted has its Secret still
    await claims.untilHas('mended', { PASSWORD: 'value of mended' });
  });

  it('a claim that is deleted and made again takes up the Secret that it had', async () => {
    const { cluster } = claims.world;
    await claims.claimable('anew');
    await claims.claim('anew', 'anew');
    await claims.untilHas('anew', { PASSWORD: 'value of anew' });
    const uid = await uidOf('anew');
    await cluster.operator.stop();
    await claims.remove('anew');
    await claims.claim('anew', 'anew');
    await claims.world.restart();
    await claims.untilState('anew', 'Delivered Materialized');
    expect(await uidOf('anew')).toBe(uid);
  });

  it('the namespace of a claim goes, although its Secret is a held one', async () => {
    const doomed = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci-doomed' } };
    const { cluster } = claims.world;
    await cluster.team('ci-doomed');
    const toDoomed = {
      consumers: [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'ci-doomed' } } }],
    };
    await claims.claimable('last', undefined, toDoomed);
    await cluster.have(claimThing('last', 'last', {}, 'ci-doomed'));
    await cluster.untilData('ci-doomed', 'last', { PASSWORD: 'value of last' });
    await cluster.gone(doomed);
    await until(async () => expect((await cluster.platform.get(doomed)).status).toBe(404), 30_000);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
});
