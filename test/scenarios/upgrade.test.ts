/** From each version that was released to that of today, and back: what its own operator made is taken over as it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  type SecretSeen,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { releasedSources } from '../scenarios-support/released-sources.ts';
import { getsOf, lines, writesOf } from '../scenarios-support/requests.ts';

const RELEASES = 'test/releases';
const ORG = 'acme-org';
const WEB = 'team-web';
const PROD = 'team-web-prod';
const PATIENT_MS = 30_000;
const ORG_LABEL = { org: 'acme' };
const TRUSTED = [{ namespaces: { matchLabels: ORG_LABEL }, visibility: 'Private', trusted: true }];

const released = readdirSync(RELEASES).sort();
const sources = new Map(
  await Promise.all(released.map(async (version) => [version, await releasedSources(version)] as const)),
);

it('every version of the changelog has the manifests that were released', () => {
  const versions = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (\d+\.\d+\.\d+)/gm)].map(
    ([, one]) => one,
  );
  expect(released).toEqual(versions.toSorted());
});

const own = (name: string, key: string) => ({ name, from: { key, property: 'value' } });
const parentRef = (namespace: string, name: string) => ({ namespace, name });
const environment = (name: string, more: object = {}) =>
  scopeThing(name, PROD, {
    level: 'Environment',
    parentRef: parentRef(WEB, 'app'),
    backendRef: LOCAL,
    secrets: [own('VALUE', 'source')],
    targets: [{ secretName: name, includeAll: true }],
    ...more,
  });

/** What users of any version have in Git. */
const WISHES: readonly Thing[] = [
  scopeThing('acme', ORG, {
    level: 'Organization',
    backendRef: LOCAL,
    children: TRUSTED,
    secrets: [{ ...own('SHARED', 'source'), access: { visibility: 'All' } }],
  }),
  scopeThing('app', WEB, {
    level: 'Repository',
    parentRef: parentRef(ORG, 'acme'),
    backendRef: LOCAL,
    children: TRUSTED,
    secrets: [own('VALUE', 'source')],
    targets: [{ secretName: 'app', include: ['VALUE', 'SHARED'] }],
  }),
  environment('prod'),
  // 0.1.0 had no gate and delivered nothing: it asks from now on
  environment('guarded', { protection: { requiredReviewers: [{ kind: 'User', name: 'ana' }] } }),
];

describe.each(released)('an installation of %s', (version) => {
  const root = sources.get(version);
  const old = root === undefined ? {} : { root };
  let cluster: OperatedCluster;

  beforeAll(async () => {
    cluster = await operatedCluster(
      `upgrade-${version.replaceAll('.', '-')}`,
      old,
      `${RELEASES}/${version}/default.yaml`,
    );
    for (const namespace of [ORG, WEB, PROD]) {
      await cluster.team(namespace, ORG_LABEL);
      await cluster.have(secretThing(namespace, 'source', { value: `of ${namespace}` }));
    }
    await cluster.have(...WISHES);
    await untilDelivered('of team-web');
  }, 90_000);

  afterAll(async () => {
    await cluster?.stop();
    if (root !== undefined) await rm(root, { recursive: true });
  });

  async function untilDelivered(value: string): Promise<SecretSeen[]> {
    const app = await cluster.untilData(WEB, 'app', { VALUE: value, SHARED: 'of acme-org' }, PATIENT_MS);
    const prod = await until(async () => {
      const secret = await cluster.secret(PROD, 'prod');
      expect(secret?.data).toMatchObject({ VALUE: 'of team-web-prod' });
      return secret;
    }, PATIENT_MS);
    if (!prod) throw new Error('it was there');
    await cluster.untilReady(WEB, 'app', 'True', undefined, PATIENT_MS);
    await cluster.untilReady(PROD, 'prod', 'True', undefined, PATIENT_MS);
    return [app, prod];
  }

  it('takes the manifests and the operator of today: no value is read and no Secret is touched', async () => {
    const before = await untilDelivered('of team-web');
    const mark = await cluster.audit.mark();
    await applyManifests(cluster.guarded.control, await loadManifests('deploy/default'));
    await cluster.restartOperator();
    await cluster.untilReady(PROD, 'guarded', 'False', 'AwaitingApproval', PATIENT_MS);
    expect(await untilDelivered('of team-web')).toEqual(before);
    const entries = await cluster.audit.since(mark);
    const touched = writesOf(entries).filter(
      ({ resource, namespace }) => resource === 'secrets' && namespace !== OPERATOR_NAMESPACE,
    );
    expect(lines(touched)).toEqual([]);
    for (const namespace of [ORG, WEB, PROD]) expect(lines(getsOf(entries, namespace, 'source'))).toEqual([]);
  });

  it('what users wrote is as they wrote it, and still valid', async () => {
    for (const wish of WISHES) {
      const { body } = await cluster.platform.get(wish);
      const kept = body as { spec: object; metadata: { generation: number } };
      expect(kept).toMatchObject({ spec: wish['spec'], metadata: { generation: 1 } });
      const { status, warnings } = await cluster.platform.apply(wish, { dryRun: true });
      expect([status, warnings.filter((warning) => !warning.includes('production'))]).toEqual([200, []]);
    }
  });

  it('and goes on delivering', async () => {
    await cluster.have(secretThing(WEB, 'source', { value: 'second' }));
    await untilDelivered('second');
  });

  it.skipIf(root === undefined)(
    'taken back, the operator of then touches nothing that was written since, and says so; forward again all is well',
    async () => {
      const [app] = await untilDelivered('second');
      await cluster.restartOperator(old);
      await cluster.have(secretThing(WEB, 'source', { value: 'third' }));
      await cluster.untilReady(WEB, 'app', 'False', 'TargetConflict', PATIENT_MS);
      expect(await cluster.secret(WEB, 'app')).toEqual(app);
      await cluster.restartOperator();
      const [after] = await untilDelivered('third');
      expect(after?.uid).toBe(app?.uid);
    },
  );
});
