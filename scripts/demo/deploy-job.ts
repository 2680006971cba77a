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
import { Masker } from '../../src/mask/masker.ts';

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

const decoded = (data: string) => Buffer.from(data, 'base64').toString();

try {
  const name = await claim();
  console.log(`Secret ${NAMESPACE}/${name} is there:`);
  const values = Object.entries(await readSecret(name)).map(([key, data]) => [key, decoded(data)] as const);
  const masker = new Masker();
  for (const [key, value] of values) masker.addVariable(key, value);
  for (const [key, value] of values) console.log(masker.mask(`  ${key}=${value}`));
  console.log('deployed');
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
