import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadManifests } from '../cluster/manifests.ts';
import { type GuardedCluster, guardedCluster } from '../scenarios-support/guarded-cluster.ts';
import { until } from '../scenarios-support/until.ts';

let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await guardedCluster('cloud-samples', 'default');
}, 60_000);
afterAll(() => cluster?.stop());

it.each(['aws', 'google', 'azure'])(
  'the sample organization of deploy/samples/%s is taken as it stands, with no warning but that nobody guards its production',
  async (name) => {
    const manifests = await loadManifests(`deploy/samples/${name}`);
    const isNamespace = ({ kind }: { readonly kind: string }) => kind === 'Namespace';
    for (const manifest of manifests) {
      const choice = { force: true, dryRun: !isNamespace(manifest) };
      const what = `${manifest.kind} ${manifest.metadata.name}`;
      // a policy counts some time after it was made
      await until(async () => {
        const { status, message, warnings } = await cluster.admin.apply({ ...manifest }, choice);
        const told = warnings.filter((text) => !text.includes('This environment is called production'));
        expect([what, status < 300, message, told]).toEqual([what, true, '', []]);
        if (what === 'SecretScope web-production') expect(warnings).toHaveLength(1);
      }, 30_000);
    }
  },
);
