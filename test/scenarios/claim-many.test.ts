/** G4: a whole night of jobs at once, on one environment that nobody guards. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import {
  CI,
  type ClaimWorld,
  claimThing,
  claimWorld,
  type SeenClaim,
} from '../scenarios-support/claim-world.ts';
import { secretThing, until } from '../scenarios-support/operated-cluster.ts';
import { PROD } from '../scenarios-support/protected-world.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

const CLAIMS = 500;
const WITHIN_MS = 60_000;
const AT_ONCE = 16;
// src/fetch/value-cache.ts: how long a value is kept at most
const VALUE_LIFE_MS = 30_000;
const NAMES = Array.from({ length: CLAIMS }, (_, index) => `job-${index}`);
/** Every second one is a Snapshot. */
const SNAPSHOTS = NAMES.filter((_, index) => index % 2 === 1);

let claims: ClaimWorld;

beforeAll(async () => {
  claims = await claimWorld('claim-many');
  await claims.claimable('busy');
}, 120_000);

afterAll(() => claims?.stop());

async function each(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const rest = [...names];
  const worker = async () => {
    for (let name = rest.shift(); name !== undefined; name = rest.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** By the value that they have. */
async function delivered(): Promise<Map<string, string[]>> {
  const path = `/api/v1/namespaces/${CI}/secrets?labelSelector=secretscope.dev/managed%3Dtrue`;
  const { body } = await claims.world.cluster.platform.call('GET', path);
  const byValue = new Map<string, string[]>();
  for (const { metadata, data } of (body as { items: Managed[] }).items) {
    const value = Buffer.from(data?.['PASSWORD'] ?? '', 'base64').toString();
    byValue.set(value, [...(byValue.get(value) ?? []), metadata.name]);
  }
  return byValue;
}

interface Managed {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

const untilDelivered = (value: string, count: number): Promise<void> =>
  until(async () => {
    const found = (await delivered()).get(value)?.length ?? 0;
    if (found !== count) throw new Error(`${found} of ${count} have ${value}`);
  }, WITHIN_MS);

async function allOf(): Promise<SeenClaim[]> {
  const path = `/apis/${API_VERSION}/namespaces/${CI}/secretclaims`;
  const { body } = await claims.world.cluster.platform.call('GET', path);
  return (body as { items: SeenClaim[] }).items;
}

const untilAllSay = (state: string): Promise<void> =>
  until(async () => {
    const others = (await allOf()).filter(({ status }) => status?.state !== state);
    if (others.length > 0) throw new Error(`${others.length} are ${others[0]?.status?.state}, not ${state}`);
  }, WITHIN_MS);

const reads = async () => (await claims.world.readsOf('busy-source')).length;

describe(`${CLAIMS} claims at once`, () => {
  it('are delivered within a minute, with one read of the value for all of them', async () => {
    const started = performance.now();
    await each(NAMES, async (name) => {
      const mode = SNAPSHOTS.includes(name) ? 'Snapshot' : 'Live';
      const { status, message } = await claims.builder.create(claimThing(name, 'busy', { mode }));
      if (status >= 400) throw new Error(`${name}: ${status} ${message}`);
    });
    await untilDelivered('value of busy', CLAIMS);
    await untilAllSay('Delivered');
    const took = performance.now() - started;
    expect(took).toBeLessThan(WITHIN_MS);
    // one, unless a busy machine takes longer than a value lives
    expect(await reads()).toBeLessThanOrEqual(1 + Math.floor(took / VALUE_LIFE_MS));
  });

  it('cost three writes each: the Secret, the status, and the Event', async () => {
    const { audit, ready } = claims.world.cluster;
    const writes = (await audit.since(ready)).filter(
      ({ user, verb, namespace, code }) =>
        user === OPERATOR && namespace === CI && code < 400 && !['get', 'list', 'watch'].includes(verb),
    );
    const of = (resource: string) => writes.filter((one) => one.resource === resource).length;
    expect(of('secrets')).toBe(CLAIMS);
    // where the machine is so busy that one waits for long, that is told first
    expect(of('secretclaims')).toBeGreaterThanOrEqual(CLAIMS);
    expect(of('secretclaims')).toBeLessThanOrEqual(CLAIMS * 1.1);
    expect(of('events')).toBeLessThanOrEqual(CLAIMS);
  });

  it('a rotation reaches each that is Live with one more read, and none that is a Snapshot', async () => {
    const before = await reads();
    await claims.world.cluster.have(secretThing(PROD, 'busy-source', { PASSWORD: 'rotated' }));
    await untilDelivered('rotated', CLAIMS - SNAPSHOTS.length);
    expect((await delivered()).get('value of busy')?.toSorted()).toEqual(SNAPSHOTS.toSorted());
    expect(await reads()).toBe(before + 1);
  });

  it('leave nothing behind when they go', async () => {
    await each(NAMES, (name) => claims.remove(name));
    await until(async () => expect([...(await delivered()).values()].flat()).toEqual([]), WITHIN_MS);
  });
});
