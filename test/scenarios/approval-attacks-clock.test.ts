/**
 * Attack 32: the operator's own clock is a day off, in either direction. Time is the API server's, so that nothing
 * opens early, nothing ends early, and nothing lasts longer.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import {
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  type SeenRequest,
} from '../scenarios-support/protected-world.ts';

const DAY_MS = 24 * 3_600_000;
const PATIENT_MS = 60_000;
// the bound for clocks that differ: what closes does so up to this much early
const SKEW_MS = 2_000;

let world: ProtectedWorld;
let folder: string;

beforeAll(async () => {
  world = await protectedWorld('attacks-clock');
  folder = await mkdtemp(join(tmpdir(), 'attacks-clock-'));
}, 120_000);

afterAll(async () => {
  await world?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Every way to ask a process for the time of day answers this much more; durations stay what they are. */
async function clockOff(byMs: number): Promise<string> {
  const path = join(folder, `clock-${byMs}.mjs`);
  const code = `const True = Date, off = ${byMs}, now = () => True.now() + off;
globalThis.Date = new Proxy(True, {
  construct: (_, args, as) => Reflect.construct(True, args.length === 0 ? [now()] : args, as),
  get: (_, key) => (key === 'now' ? now : Reflect.get(True, key)),
});
`;
  await writeFile(path, code);
  return `--import=${pathToFileURL(path).href}`;
}

async function startOff(byMs: number): Promise<void> {
  await world.cluster.operator.stop();
  const env = { NODE_OPTIONS: await clockOff(byMs) };
  const flags = { extra: ['--policy-settle', '1s'], env };
  world.cluster.operator = await OperatorProcess.start(world.cluster.operatorKubeconfig, flags);
  // it really believes so
  const [{ time }] = world.cluster.operator.logs as [{ time: string }];
  expect(Math.abs(Date.parse(time) - Date.now() - byMs)).toBeLessThan(60_000);
}

async function waiting(name: string, protection: object): Promise<SeenRequest> {
  await world.environment(name, protection);
  return world.untilRequest(name, 'Waiting', PATIENT_MS);
}

const since = ({ metadata }: SeenRequest) => Date.now() - Date.parse(metadata.creationTimestamp);

describe.each([
  ['ahead', DAY_MS],
  ['behind', -DAY_MS],
])('attack 32: an operator whose clock is a day %s', (way, byMs) => {
  beforeAll(() => startOff(byMs), 120_000);

  it.concurrent('waits for approval as long as pendingTTL says, and no longer', async () => {
    const name = `pending-${way}`;
    const request = await waiting(name, { ...reviewedBy('ana', 'bob'), minApprovals: 2, pendingTTL: '12s' });
    await world.cast('ana', 'Approve', request);
    await until(async () => {
      const [{ status } = {}] = await world.requests(name);
      if (status?.state === 'Expired')
        expect(since(request)).toBeGreaterThanOrEqual(12_000 - SKEW_MS - 1_000);
      expect(status?.state).toBe('Expired');
    }, PATIENT_MS);
    expect(since(request)).toBeLessThan(30_000);
    await world.cast('bob', 'Approve', request);
    await pause(2_000);
    expect(await world.writesOf(`${name}-target`)).toEqual([]);
  });

  it.concurrent('approves what was approved in time, and ends the release when grantTTL is over', async () => {
    const name = `grant-${way}`;
    const request = await waiting(name, { ...reviewedBy('ana'), grantTTL: '12s', onExpiry: 'Delete' });
    await world.cast('ana', 'Approve', request);
    await world.untilSecret(`${name}-target`, `value of ${name}`);
    const { status } = await world.untilRequest(name, 'Released');
    const at = Date.parse(status?.release?.at ?? '');
    expect(Math.abs(at - Date.now())).toBeLessThan(10_000);
    await pause(at + 12_000 - SKEW_MS - 1_500 - Date.now());
    expect(await world.cluster.secret(PROD, `${name}-target`)).toBeDefined();
    await world.untilGone(`${name}-target`, 20_000);
    await world.untilRequest(name, 'Expired');
  });

  it.concurrent('keeps the wait timer shut until it is over, and opens it then', async () => {
    const name = `timer-${way}`;
    const request = await waiting(name, { ...reviewedBy('ana'), waitTimerMinutes: 1 });
    await world.cast('ana', 'Approve', request);
    await pause(60_000 - since(request) - 500);
    expect(await world.writesOf(`${name}-target`)).toEqual([]);
    await world.untilSecret(`${name}-target`, `value of ${name}`, 20_000);
    expect(since(request)).toBeGreaterThanOrEqual(60_000);
  });

  it.concurrent('counts a group for a day and a certificate’s vote at once', async () => {
    const name = `group-${way}`;
    const leads = { kind: 'Group', name: 'web-leads' };
    await world.cluster.have({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'web-leads', namespace: PROD },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'secretscope-reviewer' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'web-leads' }],
    });
    const request = await waiting(name, { requiredReviewers: [leads] });
    const gina = await world.person('gina', ['web-leads']);
    await until(async () => {
      expect((await world.vote(gina, 'gina', 'Approve', request, { as: leads })).message).toBe('');
    }, PATIENT_MS);
    await world.untilSecret(`${name}-target`, `value of ${name}`);
  });
});

it('nothing of this was done by system:masters', async () => {
  expect(await world.cluster.requestsByMasters()).toEqual([]);
});
