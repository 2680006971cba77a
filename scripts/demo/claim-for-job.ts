/** A job claims two secrets of production, ana approves, and its Secret is gone when its time is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { table } from '../../src/cli/terminal.ts';
import { type KubeObject, SECRETS } from '../../src/kube/kube-objects.ts';
import type { ClaimStatus } from '../../src/model/kinds/secret-claim.ts';
import { CLAIMS } from '../../src/watch/resources.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import type { DemoClient } from './demo-client.ts';
import { indented, secretscope, until, type Voice } from './demo-verb.ts';

const CI = 'ci';
const PRODUCTION = 'team-web-prod';
const NAME = 'deploy-42';
// a ttl ends on time, and the operator looks a second later
const LATE_MS = 15_000;
const TOLD_EVERY_MS = 15_000;

export async function claimForJob(cluster: ControlPlane, client: DemoClient, voice: Voice): Promise<void> {
  const { step, say } = voice;
  step('a job in namespace ci wants two secrets of production for a minute: one its own, one inherited');
  const job = startJob(await cluster.serviceAccountKubeconfig(CI, 'deployer'), say);
  const request = await Promise.race([job.waitsFor, job.ended]);
  if (request === undefined) throw new Error('the job did not wait for anybody');
  const ana = await cluster.userKubeconfig('ana');
  step('what ana sees: secretscope review list');
  say(indented(await secretscope(ana, undefined, 'review', 'list', '-n', PRODUCTION)));
  step(`ana approves: secretscope review approve ${request}`);
  const comment = ['--comment', 'deploy 42'];
  await secretscope(ana, undefined, 'review', 'approve', request, '--yes', ...comment, '-n', PRODUCTION);
  await job.ended;
  say(`  the Secret stays until ${(await claimStatus(client)).expires}; meanwhile:`);
}

/** After the ttl: the Secret is gone, the claim says so. */
export async function untilExpired(client: DemoClient, { step, say }: Voice): Promise<void> {
  const { expires = '' } = await claimStatus(client);
  const end = Date.parse(expires);
  step(`the job's minute ends at ${expires}, then its Secret goes`);
  for (let told = 0; await secretIsThere(client); await pause(250)) {
    const left = end - Date.now();
    if (left < -LATE_MS) throw new Error(`Secret ${CI}/${NAME} is still there, ${-left} ms after its ttl`);
    if (left <= 0 || performance.now() - told < TOLD_EVERY_MS) continue;
    say(`  ${Math.ceil(left / 1000)} s left`);
    told = performance.now();
  }
  await until('the end of the claim', async () => (await claimStatus(client)).state === 'Expired');
  const { items } = await client.kube.list(SECRETS, { namespace: CI });
  say(
    `  it is gone; Secrets in namespace ci: ${items.length}. The claim stays, so that nobody is asked again:`,
  );
  const { state = '', conditions = [] } = await claimStatus(client);
  const reason = conditions.find(({ type }) => type === 'Ready')?.reason ?? '';
  say(
    indented(table(['NAMESPACE', 'CLAIM', 'SECRET', 'STATE', 'REASON'], [[CI, NAME, NAME, state, reason]])),
  );
}

interface Job {
  /** The request that it says it waits for, by name. */
  readonly waitsFor: Promise<string>;
  /** Rejects where it did not end well. */
  readonly ended: Promise<void>;
}

/** What it prints is told as it comes. */
function startJob(kubeconfig: string, say: Voice['say']): Job {
  const child = spawn(process.execPath, ['scripts/demo/deploy-job.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
  process.once('exit', () => child.kill());
  const { promise: waitsFor, resolve } = Promise.withResolvers<string>();
  for (const output of [child.stdout, child.stderr]) {
    createInterface(output).on('line', (line) => {
      say(`  job │ ${line}`);
      const request = /waiting for approval of SecretRequest [^/]+\/([^:]+):/.exec(line)?.[1];
      if (request !== undefined) resolve(request);
    });
  }
  return { waitsFor, ended: endOf(child) };
}

async function endOf(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the job ended with exit code ${code}; its last lines are above`);
}

async function claimStatus({ kube }: DemoClient): Promise<ClaimStatus> {
  const claim: KubeObject & { readonly status?: ClaimStatus } = await kube.get(CLAIMS, {
    namespace: CI,
    name: NAME,
  });
  return claim.status ?? {};
}

async function secretIsThere({ kube }: DemoClient): Promise<boolean> {
  const { items } = await kube.list(SECRETS, { namespace: CI, fieldSelector: `metadata.name=${NAME}` });
  return items.length > 0;
}
