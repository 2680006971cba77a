/** Olga writes a secret of the organization, from a terminal and through Git. She can read none of what she writes. */
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { type KubeDraft, SECRETS, type Secret } from '../../src/kube/kube-objects.ts';
import { SEALED_VALUES } from '../../src/watch/resources.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import type { DemoClient } from './demo-client.ts';
import { indented, secretscope, type Voice } from './demo-verb.ts';

const ORGANIZATION = ['--org', 'acme-org/acme'];
const NAME = 'NPM_TOKEN';
const RECEIVERS = ['team-web', 'team-web-staging', 'team-web-prod'];
const ARRIVAL_MS = 30_000;

export async function writeValues(
  cluster: ControlPlane,
  client: DemoClient,
  { step, say }: Voice,
): Promise<void> {
  const olga = await cluster.userKubeconfig('olga');
  const folder = await mkdtemp(join(tmpdir(), 'secretscope-demo-'));
  try {
    const file = join(folder, 'token');
    await writeFile(file, 'npm_from_a_terminal\n', { mode: 0o600 });
    step(`olga stores a new value: secretscope secret set ${NAME} ${ORGANIZATION.join(' ')} < token`);
    const arrived = arrival(client, 'npm_from_a_terminal');
    await withInput(file, (input) => secretscope(olga, input, 'secret', 'set', NAME, ...ORGANIZATION));
    say(await told(arrived, 'the command was started'));

    await writeFile(file, 'npm_from_git\n');
    step(`the same through Git: secretscope secret set ${NAME} ${ORGANIZATION.join(' ')} --manifest < token`);
    const manifest = await withInput(file, (input) =>
      secretscope(olga, input, 'secret', 'set', NAME, ...ORGANIZATION, '--manifest'),
    );
    say(indented(manifest.replace(/^(\s*sealed: .{40}).*$/m, '$1…')));
    const fromGit = arrival(client, 'npm_from_git');
    await client.kube.apply(SEALED_VALUES, parse(manifest) as KubeDraft, { force: true });
    say(await told(fromGit, 'it was applied'));

    step(`what olga sees of it: secretscope secret list ${ORGANIZATION.join(' ')}`);
    say(indented(await secretscope(olga, undefined, 'secret', 'list', ...ORGANIZATION)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withInput<T>(file: string, run: (fd: number) => Promise<T>): Promise<T> {
  const input = await open(file);
  try {
    return await run(input.fd);
  } finally {
    await input.close();
  }
}

/** In which Secrets the value is, each with when it came, from now on. */
async function arrival({ kube }: DemoClient, value: string): Promise<string[]> {
  const started = performance.now();
  const waiting = new Set(RECEIVERS);
  const seen: string[] = [];
  while (waiting.size > 0) {
    for (const namespace of waiting) {
      const secret: Secret = await kube.get(SECRETS, { namespace, name: 'web' });
      if (Buffer.from(secret.data?.[NAME] ?? '', 'base64').toString() !== value) continue;
      waiting.delete(namespace);
      seen.push(`${namespace}/web after ${Math.round(performance.now() - started)} ms`);
    }
    if (performance.now() - started > ARRIVAL_MS)
      throw new Error(`${NAME} did not arrive in ${[...waiting].join(', ')} within ${ARRIVAL_MS / 1000} s`);
    await pause(10);
  }
  return seen;
}

async function told(arrived: Promise<string[]>, since: string): Promise<string> {
  return `  it was in Secret ${(await arrived).join(', in ')}; counted from when ${since}`;
}
