/**
 * `npm run demo`: the main job on a real control plane of its own, in one command. With `-- --once` it ends by itself,
 * a good minute after a job got its secrets, and leaves nothing behind; otherwise it stays up until Ctrl-C. With `-- --backend aws` (or gcp, azure)
 * the secrets lie at a stand-in for that cloud, which runs in this process.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { applyManifests } from '../test/cluster/apply-manifests.ts';
import { type ControlPlane, startControlPlane } from '../test/cluster/control-plane.ts';
import { loadManifests } from '../test/cluster/manifests.ts';
import { CLOUD_NAMES, cloudSource } from './demo/cloud-source.ts';
import { DemoClient } from './demo/demo-client.ts';
import { type DemoOperator, startOperator } from './demo/demo-operator.ts';
import type { DemoSource } from './demo/demo-source.ts';
import { kubernetesSource } from './demo/kubernetes-source.ts';
import { ProductionStory } from './demo/production-story.ts';
import { provenanceTable } from './demo/provenance.ts';

const PRODUCTION = { namespace: 'team-web-prod', name: 'web-production' };
const OTHERS = [
  { namespace: 'team-web', name: 'web' },
  { namespace: 'team-web-staging', name: 'web-staging' },
];
const SCOPES = [...OTHERS, PRODUCTION];
const RECENT_MS = 60_000;

const say = (text: string) => console.log(text);
const step = (text: string) => console.log(`\n▸ ${text}`);

async function main(args: string[]): Promise<void> {
  const options = { once: { type: 'boolean' }, backend: { type: 'string', default: 'kubernetes' } } as const;
  const { values } = parseArgs({ args, options });
  const source = await sourceNamed(values.backend);
  try {
    await demonstrate(source, values.once === true);
  } finally {
    await source.close();
  }
}

async function sourceNamed(name: string): Promise<DemoSource> {
  if (name === 'kubernetes') return kubernetesSource();
  const cloud = CLOUD_NAMES.find((each) => each === name);
  if (cloud) return cloudSource(cloud);
  throw new Error(`unknown backend ${name}; the demo has kubernetes, ${CLOUD_NAMES.join(', ')}`);
}

async function demonstrate(source: DemoSource, ends: boolean): Promise<void> {
  const [opening, ...more] = source.opening;
  if (opening) step(opening);
  for (const line of more) say(line);
  step(
    'starting etcd, kube-apiserver and kube-controller-manager on loopback (built once, then from a cache)',
  );
  await using cluster = await startControlPlane();
  say(`  Kubernetes ${cluster.version} at ${cluster.url}`);
  step(
    `applying CRDs, admission policies and RBAC (deploy/default), then the sample organization (${source.samples})`,
  );
  await applyManifests(cluster, await loadManifests('deploy/default'));
  await applyManifests(cluster, source.adapted(await loadManifests(source.samples)));
  await source.fill(cluster);
  step('starting the operator under its own service account, with the shipped rights and nothing else');
  const account = await cluster.serviceAccountKubeconfig('secretscope-system', 'secretscope');
  const operator = await startOperator(account, source.flags);
  try {
    await show(cluster, operator, source, ends);
  } finally {
    await operator.stop();
  }
}

async function show(
  cluster: ControlPlane,
  operator: DemoOperator,
  source: DemoSource,
  ends: boolean,
): Promise<void> {
  const client = await DemoClient.connect(cluster.adminKubeconfig);
  try {
    const started = performance.now();
    for (const scope of source.chat ? OTHERS : SCOPES)
      await operator.race(client.untilReady(scope, RECENT_MS));
    say(`  ${source.chat ? 'two' : 'three'} scopes delivered after ${seconds(performance.now() - started)}`);
    const story = source.chat && new ProductionStory(cluster, client, operator, source.chat, { step, say });
    await story?.begin();
    step('what was delivered where, from which level, and why');
    say(await provenanceTable(client, SCOPES));
    step(`rotating the production database URL ${source.place}`);
    const took = await operator.race(client.rotate(source));
    say(`  the new value was in Secret team-web-prod/web after ${Math.round(took)} ms`);
    for (const line of source.closing()) say(line);
    if (ends) {
      await story?.end();
      return say('\ndone; everything is stopped and removed');
    }
    nextSteps(cluster.adminKubeconfig, source.tries);
    const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    await operator.race(Promise.race([stopped, (story?.end() ?? Promise.resolve()).then(() => stopped)]));
  } finally {
    await client.close();
  }
}

function nextSteps(kubeconfig: string, more: readonly string[]): void {
  step('it stays up until Ctrl-C; in another terminal, from this folder:');
  say(`  export KUBECONFIG=${kubeconfig}
  kubectl get secretscopes -A
  npm run -s secretscope -- explain team-web-prod/web-production
  npm run -s secretscope -- explain team-web/web PAYMENTS_KEY      # why it is not there
  kubectl edit secret -n team-web-prod web                         # a hand edit is undone at once
  kubectl label namespace team-web org-                            # the organization no longer admits the team
  kubectl get secretrequests -A                                    # what reviewers decided, and what waits for them
  kubectl describe secretclaim -n ci                               # what a job asked for, and how it ended`);
  for (const line of more) say(line);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`\nerror: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
