import { setTimeout as pause } from 'node:timers/promises';
import { SECRETS } from '../../src/kube/kube-objects.ts';
import { REQUESTS, REVIEWS } from '../../src/watch/resources.ts';
import { AuditLog } from '../../test/cluster/audit-log.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import type { DemoClient } from './demo-client.ts';
import { indented, secretscope, until, type Voice } from './demo-verb.ts';

const NAMESPACE = 'team-web-prod';
const READER = `system:serviceaccount:${NAMESPACE}:secret-reader`;
/** Where production's values are kept. */
const SOURCES = ['db', 'own-ca'];
// the policies that prove who votes were applied a moment ago; the operator was told to believe them after a second
const POLICIES_MS = 2_000;

/** Production waits; ana looks at what would be delivered and approves; only then is anything read. */
export async function reviewProduction(
  cluster: ControlPlane,
  client: DemoClient,
  { step, say }: Voice,
): Promise<void> {
  step('production is protected: it waits for ana, and nothing of it has been read');
  const request = await until('the request of production', () => waitingRequest(client));
  say(
    `  SecretRequest ${request} waits; ${(await secretIsThere(client)) ? 'the Secret is there!' : 'there is no Secret yet'}`,
  );
  say(
    `  values of production read so far, by the API server's audit log: ${(await readsOf(cluster)).length}`,
  );
  await pause(POLICIES_MS);
  const ana = await cluster.userKubeconfig('ana');
  step(`what ana sees: secretscope review show ${request}`);
  say(indented(await secretscope(ana, undefined, 'review', 'show', request, '-n', NAMESPACE)));
  step(`ana approves: secretscope review approve ${request}`);
  const started = performance.now();
  const comment = ['--comment', 'the new database'];
  await secretscope(ana, undefined, 'review', 'approve', request, '--yes', ...comment, '-n', NAMESPACE);
  await until('the Secret of production', () => secretIsThere(client));
  say(`  the Secret was there ${Math.round(performance.now() - started)} ms after she pressed return`);
  const [first] = await until('the first read of production', async () => {
    const reads = await readsOf(cluster);
    return reads.length > 0 && reads;
  });
  say(`  her vote was stored at ${await voteTime(client)}`);
  say(`  the first value of production was read at ${first?.timestamp.toISOString()}`);
}

async function waitingRequest({ kube }: DemoClient): Promise<string | undefined> {
  const { items } = await kube.list(REQUESTS, { namespace: NAMESPACE });
  return items[0]?.metadata.name;
}

async function secretIsThere({ kube }: DemoClient): Promise<boolean> {
  const { items } = await kube.list(SECRETS, { namespace: NAMESPACE, fieldSelector: 'metadata.name=web' });
  return items.length > 0;
}

async function voteTime({ kube }: DemoClient): Promise<string | undefined> {
  const { items } = await kube.list(REVIEWS, { namespace: NAMESPACE });
  return items[0]?.metadata.creationTimestamp;
}

/** Reads of production's sources by the identity of its backend. */
async function readsOf(cluster: ControlPlane) {
  const entries = await new AuditLog(cluster.auditLogPath).since({ offset: 0 });
  return entries.filter(
    ({ user, verb, resource, namespace, name }) =>
      user === READER &&
      verb === 'get' &&
      resource === 'secrets' &&
      namespace === NAMESPACE &&
      SOURCES.includes(name ?? ''),
  );
}
