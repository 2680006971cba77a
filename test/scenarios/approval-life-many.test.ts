/** Many requests at once: sixty environments of one namespace, approved in one go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../scenarios-support/operated-cluster.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';
import { getsOf, lines, writesOf } from '../scenarios-support/requests.ts';

const ENVIRONMENTS = 60;
// seconds on a machine of its own; how long it takes is printed
const PATIENT_MS = 120_000;
const NAMES = Array.from({ length: ENVIRONMENTS }, (_, index) => `many-${index}`);

let world: ProtectedWorld;

beforeAll(async () => {
  world = await protectedWorld('approval-life-many');
}, 120_000);

afterAll(() => world?.stop());

async function inState(state: string): Promise<SeenRequest[]> {
  return until(async () => {
    const all = (await world.allRequests()).filter(({ status }) => status?.state === state);
    if (all.length !== ENVIRONMENTS) throw new Error(`${all.length} of ${ENVIRONMENTS} are ${state}`);
    return all;
  }, PATIENT_MS);
}

const delivered = async () =>
  (await Promise.all(NAMES.map((name) => world.cluster.secret(PROD, `${name}-target`)))).filter(Boolean);

describe(`${ENVIRONMENTS} environments that wait`, { timeout: 480_000 }, () => {
  it('approved in one go, each is released once, delivered once, and right', async () => {
    const started = performance.now();
    for (const name of NAMES) await world.environment(name, reviewedBy('ana', 'bob'));
    const requests = await inState('Waiting');
    console.log(
      `${ENVIRONMENTS} requests: ${Math.round(performance.now() - started)} ms after the first scope`,
    );
    expect(await delivered()).toEqual([]);
    const mark = await world.cluster.audit.mark();
    const voting = performance.now();
    await Promise.all(requests.map((request) => world.cast('ana', 'Approve', request)));
    const voted = performance.now();
    await until(async () => expect(await delivered()).toHaveLength(ENVIRONMENTS), PATIENT_MS);
    console.log(
      `${ENVIRONMENTS} votes took ${Math.round(voted - voting)} ms; the last Secret was there ${Math.round(performance.now() - voted)} ms after the last vote`,
    );
    await inState('Released');
    for (const name of NAMES) await world.untilSecret(`${name}-target`, `value of ${name}`);
    const entries = await world.cluster.audit.since(mark);
    const written = writesOf(entries).filter(({ resource, code }) => resource === 'secrets' && code < 400);
    expect(written).toHaveLength(ENVIRONMENTS);
    const reads = getsOf(entries, PROD, ...NAMES.map((name) => `${name}-source`));
    expect(reads).toHaveLength(ENVIRONMENTS);
    expect(await world.allRequests()).toHaveLength(ENVIRONMENTS);
  });

  // the list of authors is emptied after the scope was read, so that the status planned before meets a conflict, each time
  it('a release meets no conflict of its own making', async () => {
    const refused = writesOf(await world.cluster.audit.since(world.cluster.ready)).filter(
      ({ resource, code }) => resource === 'secretscopes' && code === 409,
    );
    expect(lines(refused)).toEqual([]);
  });

  it('revoked in one go, every Secret goes', async () => {
    const requests = await inState('Released');
    await Promise.all(requests.map((request) => world.cast('bob', 'Revoke', request)));
    const voted = performance.now();
    await until(async () => expect(await delivered()).toEqual([]), PATIENT_MS);
    console.log(`the last Secret was gone ${Math.round(performance.now() - voted)} ms after the last vote`);
    await inState('Revoked');
  });
});
