/**
 * Uninstalled by the commands of the guide, then emptied and restored from a backup as Velero does it: without UIDs, without
 * status, without owners. What is restored is new to everybody, the Secrets as well.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { CI } from '../scenarios-support/claim-world.ts';
import {
  DELIVERED,
  type DisasterWorld,
  disasterWorld,
  SNAPSHOT,
} from '../scenarios-support/disaster-world.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { NO_KUBECTL, shell } from '../scenarios-support/kubectl.ts';
import { type SecretSeen, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { PROD, TEAM } from '../scenarios-support/protected-world.ts';

const PATIENT_MS = 30_000;
const NAMESPACES = [TEAM, PROD, CI];
/** Requests, votes and ledgers are the operator's: nobody may make them, a restore neither. */
const WISHES = ['secretbackends', 'secretscopes', 'secretclaims', 'sealedvalues'];
const DECISIONS = ['secretrequests', 'requestreviews', 'scopeledgers'];

let world: DisasterWorld;
let kubeconfig: string;
let folder: string;
let backup: Thing[];
let decisions: Thing[];
let before: Map<string, SecretSeen>;

beforeAll(async () => {
  if (NO_KUBECTL) return;
  world = await disasterWorld('restore');
  kubeconfig = await world.cluster.guarded.control.userKubeconfig('platform');
  folder = await mkdtemp(join(tmpdir(), 'uninstall-'));
  backup = [...(await saved(WISHES)), ...(await secrets())];
  for (const command of pasted('docs/guides/operations.md', '> keys.yaml')) await sh(command);
  decisions = await saved(DECISIONS);
  before = await world.delivered();
}, 120_000);

afterAll(async () => {
  await world?.stop();
  if (folder) await rm(folder, { recursive: true });
});

async function list(path: string): Promise<Thing[]> {
  const { body } = await world.cluster.platform.call('GET', path);
  const { items, apiVersion, kind } = body as { items: Thing[]; apiVersion: string; kind: string };
  return items.map((item) => ({ ...item, apiVersion, kind: kind.replace(/List$/, '') }));
}

async function saved(plurals: readonly string[]): Promise<Thing[]> {
  const lists = await Promise.all(plurals.map((plural) => list(`/apis/${API_VERSION}/${plural}`)));
  return lists.flat().map(asRestored);
}

/** Those of the teams. The keys are saved and restored by the commands of the guides. */
async function secrets(): Promise<Thing[]> {
  const lists = await Promise.all(
    NAMESPACES.map((namespace) => list(`/api/v1/namespaces/${namespace}/secrets`)),
  );
  return lists.flat().map(asRestored);
}

/** As Velero creates it: of metadata name, namespace, labels and annotations are kept, and the status is not. */
function asRestored({ status: _, ...thing }: Thing): Thing {
  const { name, namespace = '', labels, annotations } = thing.metadata;
  return { ...thing, metadata: { name, namespace, labels, annotations } };
}

/** The first `sh` blocks of the guide, up to what is left. */
function commands(): string[] {
  const guide = readFileSync('docs/guides/uninstall.md', 'utf8').split('## What is left')[0] ?? '';
  return [...guide.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line !== ''),
  );
}

/** The lines of the guide's first block that has these words. */
function pasted(guide: string, words: string): string[] {
  const blocks = [...readFileSync(guide, 'utf8').matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)];
  const found = blocks.map(([, block = '']) => block).find((block) => block.includes(words)) ?? '';
  return found.split('\n').filter((line) => line.trim() !== '');
}

const sh = (line: string) => shell(kubeconfig, folder, line.replaceAll('deploy/', `${resolve('deploy')}/`));

describe.skipIf(NO_KUBECTL)('uninstalled as the guide says', () => {
  it('every Secret stays as it is, and nothing of the product is left', async () => {
    expect(commands().length).toBeGreaterThan(3);
    for (const command of commands()) {
      await sh(command);
      // no kubelet runs here that would end it
      if (command.startsWith('kubectl delete deployment')) await world.cluster.operator.stop();
    }
    const after = await everyNow();
    // what belongs to a claim goes with its kind
    expect(after.get(SNAPSHOT)).toBeUndefined();
    expect([...after].filter(([place]) => place !== SNAPSHOT)).toEqual(
      [...before].filter(([place]) => place !== SNAPSHOT),
    );
    const left = await sh(
      'kubectl get crds,clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings -o name',
    );
    expect(left.split('\n').filter((name) => name.includes('secretscope'))).toEqual([]);
    for (const file of ['scopes.yaml', 'shared-backends.yaml'])
      expect(readFileSync(join(folder, file), 'utf8')).toContain('kind: List');
  }, 120_000);
});

async function everyNow(): Promise<Map<string, SecretSeen | undefined>> {
  const seen = [...before.keys()].map(async (place) => [place, await now(place)] as const);
  return new Map(await Promise.all(seen));
}

const now = (place: string): Promise<SecretSeen | undefined> => {
  const [namespace = '', name = ''] = place.split('/');
  return world.cluster.secret(namespace, name);
};

describe.skipIf(NO_KUBECTL)('restored from a backup, with other UIDs', { timeout: 60_000 }, () => {
  it('the keys come first, as the guide has it: into a cluster where nothing is installed yet', async () => {
    const commands = pasted('docs/guides/disaster.md', 'keys.yaml');
    expect(commands.length).toBe(2);
    for (const command of commands) await sh(command);
    expect(await world.cluster.secret(OPERATOR_NAMESPACE, 'secretscope-keys')).toBeDefined();
  });

  it('nobody restores decisions: they would be anybody’s word', async () => {
    for (const place of Object.keys(DELIVERED)) {
      const [namespace = '', name = ''] = place.split('/');
      await world.cluster.gone(secretThing(namespace, name));
    }
    await world.install();
    await until(async () => {
      for (const thing of decisions) expect((await world.cluster.platform.create(thing)).status).toBe(403);
    }, PATIENT_MS);
    expect(decisions.length).toBeGreaterThan(3);
  });

  it('scopes and claims take their Secrets up, and nothing is deleted or changed', async () => {
    // Secrets first, as Velero does it: whose holder is not there yet
    for (const thing of backup.toSorted((a, b) => Number(b.kind === 'Secret') - Number(a.kind === 'Secret')))
      await until(async () => {
        const { status, message } = await world.cluster.platform.create(thing);
        if (status >= 400 && status !== 409)
          throw new Error(`${thing.kind} ${thing.metadata.name}: ${message}`);
      }, PATIENT_MS);
    await world.start();
    await world.cluster.untilReady(TEAM, 'app', 'True', 'Materialized', PATIENT_MS);
    await world.claims.untilState('live', 'Delivered Materialized');
    const after = await until(async () => {
      const seen = await world.delivered();
      for (const { annotations } of seen.values())
        expect(annotations['secretscope.dev/orphaned-since']).toBeUndefined();
      return seen;
    }, PATIENT_MS);
    for (const [place, { uid }] of after) expect(uid).not.toBe(before.get(place)?.uid);
  });

  it('what is protected keeps its last value and asks again', async () => {
    await world.untilAskedAgain({ prod: undefined, asked: undefined });
    await world.delivered();
    await world.approveBoth();
    await world.delivered();
  });

  it('a sealed value of before says that it has to be sealed again, and what it stored is there', async () => {
    await world.sealed.untilState(TEAM, 'sealed', 'Refused SealKeyUnknown');
    expect(await world.sealed.message(TEAM, 'sealed')).toContain('for one that was deleted and made again');
    expect(await world.sealed.message(TEAM, 'sealed')).toContain('secretscope secret set');
    await world.sealed.set({ namespace: TEAM, scope: 'app' }, 'SPARE', 'sealed anew');
    await world.sealed.untilState(TEAM, 'spare', 'Stored Stored');
  });

  it('the keys that were restored before the operator started are those of every record', async () => {
    const kid = (place: string) =>
      (JSON.parse(before.get(place)?.annotations['secretscope.dev/delivery'] ?? '{}') as { kid?: unknown })
        .kid;
    expect(await world.keysOfRecords()).toEqual(new Set([kid(`${TEAM}/app`)]));
  });
});
