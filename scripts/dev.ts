/**
 * `npm run dev`: a cluster of its own with everything applied and the samples in it, and the operator from the sources,
 * with its own account and rights, started again whenever a source changes; manifests are applied again when they do.
 * Ctrl-C ends the operator, then the cluster, and leaves nothing. `-- --log-level debug` and other flags go to `run`.
 */
import { once } from 'node:events';
import { applyManifests } from '../test/cluster/apply-manifests.ts';
import { startControlPlane } from '../test/cluster/control-plane.ts';
import { loadManifests } from '../test/cluster/manifests.ts';
import { reapplyOnChange } from './dev/reapply.ts';
import { watchOperator } from './dev/watched-operator.ts';

const INSTALLED = 'deploy/default';
const SAMPLES = 'deploy/samples/demo';
// a minute by default, which protects what is upgraded; here the policies were applied a moment ago
const FLAGS = ['--policy-settle', '1s'];

const step = (text: string) => console.log(`▸ ${text}`);

async function develop(flags: readonly string[]): Promise<void> {
  const asked = new AbortController();
  // a second Ctrl-C changes nothing: it is ending
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => asked.abort());
  step(
    'starting etcd, kube-apiserver and kube-controller-manager on loopback (built once, then from a cache)',
  );
  await using cluster = await startControlPlane({ name: 'dev' });
  const apply = async () => {
    for (const path of [INSTALLED, SAMPLES]) await applyManifests(cluster, await loadManifests(path));
  };
  step(`applying ${INSTALLED} and ${SAMPLES}`);
  await apply();
  const account = await cluster.serviceAccountKubeconfig('secretscope-system', 'secretscope');
  if (asked.signal.aborted) return;
  step(`Kubernetes ${cluster.version}; in another terminal:

  export KUBECONFIG=${cluster.adminKubeconfig}
  kubectl get secretscopes -A
  npm run -s secretscope -- explain team-web-prod/web-production

  a change below src/ restarts the operator; one of a kind needs npm run generate; deploy/ and crds/ are applied again`);
  const operator = watchOperator(account, [...FLAGS, ...flags], process.stdout.isTTY);
  const reapplied = reapplyOnChange(['deploy', 'crds'], apply, step, asked.signal);
  if (!asked.signal.aborted) await once(asked.signal, 'abort');
  step('ending');
  await operator.stop();
  await reapplied;
}

await develop(process.argv.slice(2));
step('the operator and the cluster are gone');
