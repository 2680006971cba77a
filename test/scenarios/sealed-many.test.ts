/** Many sealed values at once: all stored, each told once, in bounded memory; and whoever floods slows nobody else. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../cluster/audit-log.ts';
import { LOCAL, scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import { writesOf } from '../scenarios-support/requests.ts';
import {
  entry,
  LAB,
  type SealedWorld,
  sealedWorld,
  sealThing,
  WEB,
} from '../scenarios-support/sealed-world.ts';

// one after the other, each of seven requests
const IN_ONE = 60;
const MANY = 200;
const SCOPES = 50;
const FLOOD = 200;
const PATIENT_MS = 120_000;
const LANES = 8;
// a tenth of that is usual for one value on an idle machine
const BESIDE_A_FLOOD_MS = 15_000;
// rubbish that has yet to be collected among it
const MAX_GROWTH_MB = 250;

let world: SealedWorld;

beforeAll(async () => {
  world = await sealedWorld('sealed-many');
}, 180_000);

afterAll(() => world?.stop());

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const lane = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Resident memory of the operator, in MB. */
async function residentMB(): Promise<number> {
  const status = await readFile(`/proc/${world.cluster.operator.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}

interface Listed {
  readonly items: readonly { metadata: { name: string }; status?: { state?: string } }[];
}

async function untilAll(namespace: string, prefix: string, count: number, state = 'Stored'): Promise<void> {
  await until(
    async () => {
      const path = `/apis/secretscope.dev/v1alpha1/namespaces/${namespace}/sealedvalues`;
      const { items } = (await world.cluster.platform.call('GET', path)).body as Listed;
      const states = items
        .filter(({ metadata }) => metadata.name.startsWith(prefix))
        .map(({ status }) => status?.state);
      expect(states.filter((one) => one === state)).toHaveLength(count);
    },
    { timeout: PATIENT_MS, interval: 250 },
  );
}

const statusWrites = (entries: readonly AuditEntry[], prefix: string) =>
  writesOf(entries).filter(
    ({ resource, subresource, name = '', code }) =>
      resource === 'sealedvalues' && subresource === 'status' && name.startsWith(prefix) && code < 400,
  );
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('values that come from Git together', { timeout: 300_000 }, () => {
  it(`${IN_ONE} for one scope: each is stored and told once`, async () => {
    const names = range(IN_ONE).map((index) => `MANY_${index}`);
    const organization = {
      level: 'Organization',
      backendRef: LOCAL,
      secrets: names.map((name) => entry(name)),
    };
    await world.cluster.have(scopeThing('many', WEB, organization));
    const specs = await Promise.all(names.map((name) => world.sealed(WEB, 'many', name, `value of ${name}`)));
    const mark = await world.cluster.audit.mark();
    const before = await residentMB();
    const started = performance.now();
    await inLanes(specs, (spec) => world.cluster.have(sealThing(`many-${spec.name.slice(5)}`, WEB, spec)));
    const applied = performance.now() - started;
    await untilAll(WEB, 'many-', IN_ONE);
    const ms = Math.round(performance.now() - started);
    const growth = (await residentMB()) - before;
    console.log(
      `${IN_ONE} in one scope: stored after ${ms} ms, of which ${Math.round(applied)} ms to apply; +${growth} MB`,
    );
    const entries = await world.cluster.audit.since(mark);
    expect(statusWrites(entries, 'many-')).toHaveLength(IN_ONE);
    expect(growth).toBeLessThan(MAX_GROWTH_MB);
    expect((await world.ledger(WEB, 'many'))?.writes?.every(({ done }) => done)).toBe(true);
    expect((await world.cluster.secret(WEB, 'source-many-7'))?.data['value']).toBe('value of MANY_7');
  });

  it(`${MANY} for ${SCOPES} scopes: each is stored and told once`, async () => {
    const scopes = range(SCOPES).map((index) => `spread-${index}`);
    const names = range(MANY / SCOPES).map((index) => `S${index}`);
    await inLanes(scopes, (scope) => {
      const secrets = names.map((name) => ({
        name,
        from: { key: `${scope}-${name.toLowerCase()}`, property: 'value' },
      }));
      return world.cluster.have(scopeThing(scope, LAB, { level: 'Repository', backendRef: LOCAL, secrets }));
    });
    const sealed: { as: string; spec: object }[] = [];
    await inLanes(scopes, async (scope) => {
      for (const name of names)
        sealed.push({
          as: `${scope}-${name.toLowerCase()}`,
          spec: await world.sealed(LAB, scope, name, `${scope} ${name}`),
        });
    });
    const mark = await world.cluster.audit.mark();
    const started = performance.now();
    await inLanes(sealed, ({ as, spec }) => world.cluster.have(sealThing(as, LAB, spec)));
    await untilAll(LAB, 'spread-', MANY);
    console.log(`${MANY} in ${SCOPES} scopes: stored after ${Math.round(performance.now() - started)} ms`);
    expect(statusWrites(await world.cluster.audit.since(mark), 'spread-')).toHaveLength(MANY);
  });
});

describe('a tenant that floods boxes', { timeout: 300_000 }, () => {
  it('does not slow another', async () => {
    const spec = await world.sealed(WEB, 'web', 'SPARE', 'x'.repeat(20_000));
    const flood = inLanes(range(FLOOD), (index) =>
      world.cluster.have(sealThing(`flood-${index}`, WEB, { ...spec, name: 'DATABASE_URL' })),
    );
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      const started = performance.now();
      await world.set({ namespace: LAB, scope: 'lab', as: `calm-${round}` }, 'SPARE', `round ${round}`);
      await world.untilState(LAB, `calm-${round}`, 'Stored Stored', PATIENT_MS);
      took.push(Math.round(performance.now() - started));
    }
    await flood;
    console.log(`beside a flood: ${took.join(', ')} ms`);
    expect(Math.max(...took)).toBeLessThan(BESIDE_A_FLOOD_MS);
    await untilAll(WEB, 'flood-', FLOOD, 'Refused');
  });
});
