/**
 * What is in Git stays what is in Git: ten teams and the whole deployment are applied once more after the operator
 * has worked, by server-side apply, as Argo CD and Flux do it, and by kubectl, and nothing differs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectl, NO_KUBECTL } from '../scenarios-support/kubectl.ts';
import {
  type OperatedCluster,
  operatedCluster,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';

const TEN = 'deploy/samples/ten-teams';
const TEAMS = readdirSync(`${TEN}/teams`).filter((name) => name !== 'base');
const PATIENT_MS = 60_000;
const SETTLED_MS = 2_000;

/** Every kind that is in Git, of everybody: what belongs to others does not change either. */
const KINDS = [
  'customresourcedefinitions,validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingadmissionpolicies',
  'namespaces,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,deployments,poddisruptionbudgets',
  'secretscopes,secretbackends',
].join();
const COLUMNS =
  'custom-columns=K:.kind,NS:.metadata.namespace,N:.metadata.name,V:.metadata.resourceVersion,G:.metadata.generation';

describe.skipIf(NO_KUBECTL)('everything that is in Git', { timeout: 120_000 }, () => {
  let cluster: OperatedCluster;
  let platform: string;
  let folder: string;
  let all: string;
  let few: string;
  let flux: string[];

  beforeAll(async () => {
    cluster = await operatedCluster('gitops-drift');
    platform = await cluster.guarded.control.userKubeconfig('platform');
    folder = await mkdtemp(join(tmpdir(), 'gitops-'));
    all = join(folder, 'all.yaml');
    few = join(folder, 'few.yaml');
    flux = ['apply', '--server-side', '--force-conflicts', '--field-manager=kustomize-controller', '-f', all];
  }, 120_000);

  afterAll(async () => {
    await cluster?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  /** A line for each object, with its version and generation. */
  const versions = async (): Promise<string[]> =>
    (await kubectl(platform, 'get', KINDS, '-A', '--no-headers', '-o', COLUMNS)).split('\n').sort();

  /** The operator has looked at everything, and nobody writes any more. */
  const atRest = (): Promise<string[]> =>
    until(async () => {
      const before = await versions();
      await pause(SETTLED_MS);
      expect(await versions()).toEqual(before);
      return before;
    }, PATIENT_MS);

  it('the platform applies its folder, and a team its own, as an account that can do nothing elsewhere', async () => {
    await kubectl(platform, 'apply', '--server-side', '-k', `${TEN}/platform`);
    const account = await cluster.guarded.control.serviceAccountKubeconfig('team-atlas', 'gitops');
    const apply = (team: string) => kubectl(account, 'apply', '--server-side', '-k', `${TEN}/teams/${team}`);
    // rights take a moment to arrive
    await until(() => apply('atlas'), PATIENT_MS);
    await expect(apply('birch')).rejects.toThrow(/forbidden/);
  });

  it('every team gets its secrets, and production waits for its leads', async () => {
    const rendered = (path: string) => kubectl(platform, 'kustomize', path);
    const teams = await Promise.all(TEAMS.map((team) => rendered(`${TEN}/teams/${team}`)));
    await writeFile(few, [await rendered('deploy/default'), ...teams].join('\n---\n'));
    await writeFile(all, [await rendered(`${TEN}/platform`), readFileSync(few, 'utf8')].join('\n---\n'));
    await kubectl(platform, ...flux);
    for (const team of TEAMS)
      await cluster.have(
        secretThing(`team-${team}`, 'staging-database', { url: `staging of ${team}` }),
        secretThing(`team-${team}`, 'production-database', { url: `production of ${team}` }),
        secretThing(`team-${team}`, 'sentry', { dsn: `dsn of ${team}` }),
      );
    await cluster.have(secretThing('globex-org', 'npm-token', { token: 'shared' }));
    for (const team of TEAMS) {
      const own = team === 'atlas' ? { SENTRY_DSN: `dsn of ${team}` } : {};
      const data = { NPM_TOKEN: 'shared', DATABASE_URL: `staging of ${team}`, ...own };
      await cluster.untilData(`team-${team}`, 'app', data, PATIENT_MS);
    }
    await until(async () => {
      const guarded = TEAMS.filter((team) => team !== 'juniper');
      const ready = guarded.map((team) => cluster.condition(`team-${team}`, 'app-production'));
      const reasons = (await Promise.all(ready)).map((one) => one?.reason);
      expect(new Set(reasons)).toEqual(new Set(['AwaitingApproval']));
    }, PATIENT_MS);
  });

  it('server-side apply changes nothing, as Argo CD and Flux do it', async () => {
    const before = await atRest();
    expect(before.length).toBeGreaterThan(250);
    await kubectl(platform, ...flux);
    expect(await versions()).toEqual(before);
  });

  it('nor does kubectl apply, which compares lists as a whole with what it applied last', async () => {
    await kubectl(platform, 'apply', '-f', few);
    const before = await atRest();
    const said = await kubectl(platform, 'apply', '-f', few);
    // of policies it sends lists that lack what the API server has filled in, to which that says that nothing changed
    const ours = said.split('\n').filter((line) => line.includes('.secretscope.dev/app'));
    expect(ours.length).toBeGreaterThan(TEAMS.length);
    expect(ours.filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    expect(await versions()).toEqual(before);
    await kubectl(platform, 'diff', '-f', few);
  });
});
