import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { loadManifests } from '../cluster/manifests.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';

const RELEASES = 'test/releases';
const WEB = 'team-web';
const VALUE = { VALUE: 'first' };

const released = readdirSync(RELEASES).sort();

it('every version of the changelog has the manifests that were released', () => {
  const versions = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (\d+\.\d+\.\d+)/gm)].map(
    ([, one]) => one,
  );
  expect(released).toEqual(versions.toSorted());
});

describe.each(released)('an installation of %s', (version) => {
  let cluster: OperatedCluster;

  beforeAll(async () => {
    cluster = await operatedCluster(
      `upgrade-${version.replaceAll('.', '-')}`,
      {},
      `${RELEASES}/${version}/default.yaml`,
    );
    await cluster.team(WEB);
    await cluster.have(
      secretThing(WEB, 'source', { value: 'first' }),
      scopeThing('app', WEB, {
        level: 'Repository',
        backendRef: LOCAL,
        secrets: [{ name: 'VALUE', from: { key: 'source', property: 'value' } }],
        targets: [{ secretName: 'app', include: ['VALUE'] }],
      }),
    );
    await cluster.untilData(WEB, 'app', VALUE, 30_000);
    await cluster.untilReady(WEB, 'app', 'True');
  });

  afterAll(() => cluster?.stop());

  it('takes the manifests of today over its own, and no Secret is touched', async () => {
    const before = await cluster.secret(WEB, 'app');
    await applyManifests(cluster.guarded.control, await loadManifests('deploy/default'));
    await cluster.restartOperator();
    await cluster.untilReady(WEB, 'app', 'True');
    expect(await cluster.secret(WEB, 'app')).toEqual(before);
  });

  it('and goes on delivering', async () => {
    await cluster.have(secretThing(WEB, 'source', { value: 'second' }));
    await cluster.untilData(WEB, 'app', { VALUE: 'second' }, 30_000);
  });
});
