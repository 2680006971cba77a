/**
 * The job of the demo: what CI would run in a container, as a process of its own with nothing but its own account.
 * It claims two secrets of production, waits for their Secret, and says that it got them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../src/kube/clock.ts';
import { loadKubeConfig } from '../../src/kube/kube-config.ts';
import { type KubeObject, SECRETS } from '../../src/kube/kube-objects.ts';
import { openClient } from '../../src/kube/open-client.ts';

const NAMESPACE = 'ci';
const CLAIM = [
  'claim',
  'team-web-prod/web-production',
  ...['--include', 'DATABASE_URL,NPM_TOKEN'],
  ...['--secret', 'deploy-42'],
  ...['--ttl', '1m'],
  ...['-n', NAMESPACE],
];

/** The name of the Secret, once it is there; what is waited for is told on the way. */
async function claim(): Promise<string> {
  console.log(`$ secretscope ${CLAIM.join(' ')}`);
  const child = spawn(process.execPath, ['src/main.ts', ...CLAIM], { stdio: ['ignore', 'pipe', 'inherit'] });
  let name = '';
  child.stdout.on('data', (chunk: Buffer) => (name += chunk.toString()));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`secretscope claim ended with exit code ${code}`);
  return name.trim();
}

/** With the job's own rights: a Pod would have it in its environment, and need none. */
async function readSecret(name: string): Promise<Readonly<Record<string, string>>> {
  const { client, close } = openClient({
    endpoint: await loadKubeConfig({}, systemClock),
    clock: systemClock,
    random: Math.random,
    userAgent: 'demo-job',
  });
  try {
    const secret: KubeObject & { readonly data?: Record<string, string> } = await client.get(SECRETS, {
      namespace: NAMESPACE,
      name,
    });
    return secret.data ?? {};
  } finally {
    await close();
  }
}

// logs of GitHub mask by themselves; here whoever prints has to
const masked = (base64: string) => (Buffer.from(base64, 'base64').length > 0 ? '***' : '(empty)');

try {
  const name = await claim();
  console.log(`Secret ${NAMESPACE}/${name} is there:`);
  for (const [key, value] of Object.entries(await readSecret(name))) console.log(`  ${key}=${masked(value)}`);
  console.log('deployed');
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
