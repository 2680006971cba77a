/** Snapshots of scopes that nobody guards, and what a ttl does, to them and to Live claims. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { CI, type ClaimWorld, claimThing, claimWorld, toCI } from '../scenarios-support/claim-world.ts';
import { scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { environmentSpec, PROD } from '../scenarios-support/protected-world.ts';
import { lines, writesOf } from '../scenarios-support/requests.ts';

const SNAPSHOT = { mode: 'Snapshot' };
const TTL_MS = 60_000;
const IDLE_MS = 5_000;

let claims: ClaimWorld;
/** When the claims were made that end with their ttl, at the earliest. */
let madeAt: number;

beforeAll(async () => {
  claims = await claimWorld('claim-snapshot');
  await claims.claimable('brief');
  madeAt = Date.now();
  await claims.claim('brief-live', 'brief', { ttl: '1m' });
  await claims.claim('brief-snapshot', 'brief', { ...SNAPSHOT, ttl: '60s' });
  await claims.claim('longer', 'brief', { ttl: '1m' });
  for (const name of ['brief-live', 'brief-snapshot', 'longer'])
    await claims.untilState(name, 'Delivered Materialized');
}, 120_000);

afterAll(() => claims?.stop());

async function taken(name: string, change: object = {}): Promise<void> {
  await claims.claimable(name, undefined, change);
  await claims.claim(name, name, SNAPSHOT);
  await claims.untilHas(name, { PASSWORD: `value of ${name}` });
  await claims.untilState(name, 'Delivered Materialized');
}

const rotate = (name: string): Promise<void> =>
  claims.world.cluster.have(secretThing(PROD, `${name}-source`, { PASSWORD: 'rotated' }));

const versionOf = async (name: string) => (await claims.secret(name))?.metadata.resourceVersion;

/** It stays away, and the claim as it is. */
async function staysEnded(name: string, state: string): Promise<void> {
  await pause(2_000);
  expect(await claims.secret(name)).toBeUndefined();
  expect(await claims.state(name)).toBe(state);
}

describe('a Snapshot', () => {
  it('is immutable, and is owned by its claim, which holds up nobody', async () => {
    await taken('owned');
    const { metadata, immutable } = (await claims.secret('owned')) ?? {};
    expect(immutable).toBe(true);
    const uid = (await claims.seen('owned'))?.metadata.uid;
    expect(metadata?.ownerReferences).toEqual([
      { apiVersion: API_VERSION, kind: 'SecretClaim', name: 'owned', uid },
    ]);
  });

  it('G21: has the values of the moment it was made, whatever is rotated afterwards', async () => {
    await taken('fixed');
    const before = await versionOf('fixed');
    await rotate('fixed');
    await claims.claim('fixed-live', 'fixed');
    await claims.untilHas('fixed-live', { PASSWORD: 'rotated' });
    await claims.world.cluster.have(
      scopeThing('fixed', PROD, environmentSpec('fixed', undefined, { targets: [], ...toCI, suspend: true })),
    );
    await pause(1_000);
    expect(await versionOf('fixed')).toBe(before);
    await claims.untilHas('fixed', { PASSWORD: 'value of fixed' });
    expect(await claims.state('fixed')).toBe('Delivered Materialized');
  });

  it('is whole or it is not there: it waits for every name', async () => {
    await claims.claimable('partly');
    await claims.claim('partly', 'partly', { ...SNAPSHOT, include: ['PASSWORD', 'LATER'] });
    await claims.untilState('partly', 'Waiting NotAvailable');
    expect(await claims.secret('partly')).toBeUndefined();
    const from = { key: 'partly-source', property: 'PASSWORD' };
    const secrets = ['PASSWORD', 'LATER'].map((name) => ({ name, from }));
    await claims.claimable('partly', undefined, { secrets });
    await claims.untilHas('partly', { PASSWORD: 'value of partly', LATER: 'value of partly' });
  });

  it('goes as a whole when access to any of it is taken away, and ends as SnapshotStale', async () => {
    await taken('lost');
    await claims.claimable('lost', undefined, { secrets: [] });
    await claims.untilGone('lost', 5_000);
    await claims.untilState('lost', 'Ended SnapshotStale');
    await claims.claimable('lost');
    await staysEnded('lost', 'Ended SnapshotStale');
  });

  it('goes when its namespace is no longer admitted', async () => {
    await taken('banned');
    await claims.claimable('banned', undefined, { consumers: [] });
    await claims.untilGone('banned', 5_000);
    await claims.untilState('banned', 'Waiting NotAvailable');
  });

  it('that somebody deletes is stale, and is not made again', async () => {
    await taken('deleted');
    await claims.builder.remove(secretThing(CI, 'deleted'));
    await claims.untilState('deleted', 'Ended SnapshotStale');
    await staysEnded('deleted', 'Ended SnapshotStale');
  });

  it('API-REVIEW 11: that is stale is taken anew when it is asked for again, and only then', async () => {
    await rotate('deleted');
    await claims.askAgain('deleted', 'please');
    await claims.untilHas('deleted', { PASSWORD: 'rotated' });
    await claims.untilState('deleted', 'Delivered Materialized');
    await claims.builder.remove(secretThing(CI, 'deleted'));
    await claims.untilState('deleted', 'Ended SnapshotStale');
    await staysEnded('deleted', 'Ended SnapshotStale');
  });

  it('cannot be changed, with the way out in the refusal', async () => {
    await taken('firm');
    const { status, message } = await claims.builder.apply(
      claimThing('firm', 'firm', { ...SNAPSHOT, ttl: '2h' }),
    );
    expect([status, message]).toEqual([422, expect.stringContaining('make another claim')]);
  });

  it('of a deleted claim is collected although the operator is down', async () => {
    await taken('collected');
    await claims.world.cluster.operator.stop();
    await claims.remove('collected');
    await claims.untilGone('collected');
    await claims.world.restart();
  });

  it('survives the scope; that it is gone is said, and nothing else happens', async () => {
    await taken('outlives');
    await claims.world.cluster.gone(scopeThing('outlives', PROD, {}));
    await claims.untilState('outlives', 'Waiting NotAvailable');
    await claims.untilHas('outlives', { PASSWORD: 'value of outlives' });
    await claims.claimable('outlives');
    await claims.untilState('outlives', 'Delivered Materialized');
    await claims.untilHas('outlives', { PASSWORD: 'value of outlives' });
  });
});

const inGit = claimThing('brief-live', 'brief', { ttl: '1m' });
const writesSince = async (mark: Awaited<ReturnType<ClaimWorld['world']['cluster']['audit']['mark']>>) =>
  lines(writesOf(await claims.world.cluster.audit.since(mark)));

describe('API-REVIEW 11: when the ttl is over', () => {
  it('the Secret goes and the claim stays, Live or Snapshot; one whose ttl was edited stays', async () => {
    await claims.claim('longer', 'brief', { ttl: '1h' });
    for (const name of ['brief-live', 'brief-snapshot'])
      expect((await claims.seen(name))?.status?.expires).toBeDefined();
    for (const name of ['brief-live', 'brief-snapshot']) {
      await claims.untilGone(name, 90_000);
      expect(Date.now() - madeAt).toBeGreaterThan(TTL_MS - 1_000);
      await claims.untilState(name, 'Expired Expired');
    }
    await claims.untilHas('longer', { PASSWORD: 'value of brief' });
    await claims.untilState('longer', 'Delivered Materialized');
  });

  it('a claim in Git is applied again and again, and costs nothing: no Secret, no write', async () => {
    const before = await claims.seen('brief-live');
    const mark = await claims.world.cluster.audit.mark();
    for (let round = 0; round < 3; round += 1) {
      const { status } = await claims.builder.apply(inGit);
      expect(status).toBe(200);
      await pause(500);
    }
    await pause(IDLE_MS);
    expect(await writesSince(mark)).toEqual([]);
    expect(await claims.seen('brief-live')).toEqual(before);
    expect(await claims.secret('brief-live')).toBeUndefined();
  });

  it('a restart makes nothing of what is over', async () => {
    await claims.world.cluster.operator.stop();
    const mark = await claims.world.cluster.audit.mark();
    await claims.world.restart();
    await pause(IDLE_MS);
    expect(await writesSince(mark)).toEqual([]);
    expect(await claims.state('brief-live')).toBe('Expired Expired');
  });

  it('a ttl that is made shorter than the claim is old ends it at once', async () => {
    await claims.claim('longer', 'brief', { ttl: '1m' });
    await claims.untilGone('longer');
    await claims.untilState('longer', 'Expired Expired');
  });

  it('another ttl asks again, and so does the annotation, for a ttl from then on', async () => {
    await claims.claim('brief-live', 'brief', { ttl: '1h' });
    await claims.untilHas('brief-live', { PASSWORD: 'value of brief' });
    await claims.untilState('brief-live', 'Delivered Materialized');
    await claims.askAgain('brief-snapshot', 'again');
    await claims.untilHas('brief-snapshot', { PASSWORD: 'value of brief' });
    await claims.untilState('brief-snapshot', 'Delivered Materialized');
    const { expires = '' } = (await claims.seen('brief-snapshot'))?.status ?? {};
    expect(Date.parse(expires)).toBeGreaterThan(madeAt + 2 * TTL_MS);
  });
});

it('nothing of this was done by system:masters', async () => {
  await until(async () => expect(await claims.world.cluster.requestsByMasters()).toEqual([]));
});
