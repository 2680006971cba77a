/** A program gets secrets of a scope in its environment and prints them all; whoever reads its output sees none. */
import { SECRETS } from '../../src/kube/kube-objects.ts';
import { CLAIMS } from '../../src/watch/resources.ts';
import type { ControlPlane } from '../../test/cluster/control-plane.ts';
import type { DemoClient } from './demo-client.ts';
import { indented, secretscope, type Voice } from './demo-verb.ts';

const CI = 'ci';
const NAMES = ['DATABASE_PASSWORD', 'DATABASE_URL', 'NPM_TOKEN', 'SENTRY_DSN'];
const EXEC = ['exec', '--scope', 'team-web/web', '--include', NAMES.join(','), '-n', CI];
const ENCODINGS = 6;
const PROGRAM = ['node', 'scripts/demo/talkative-program.ts', ...NAMES];

export async function runMasked(cluster: ControlPlane, client: DemoClient, voice: Voice): Promise<void> {
  const { step, say } = voice;
  step(`a program prints all its secrets, encoded in six ways, each torn into two writes:
  secretscope ${EXEC.join(' ')} -- node talkative-program.ts …`);
  const before = await leftIn(client);
  const printed = await secretscope(
    await cluster.serviceAccountKubeconfig(CI, 'tester'),
    undefined,
    ...EXEC,
    '--',
    ...PROGRAM,
  );
  say(indented(printed));
  mustBeMasked(printed);
  if ((await leftIn(client)) !== before) throw new Error('exec has left something behind in namespace ci');
  say('  that is all it printed, and nothing is left of it in the cluster: no claim, no Secret');
}

/** What there is in the namespace of the job. */
async function leftIn({ kube }: DemoClient): Promise<string> {
  const [secrets, claims] = await Promise.all([
    kube.list(SECRETS, { namespace: CI }),
    kube.list(CLAIMS, { namespace: CI }),
  ]);
  return [...secrets.items, ...claims.items].map(({ metadata }) => metadata.name).join();
}

/** Each line ends with a mask and nothing else, and none is missing. */
function mustBeMasked(printed: string): void {
  const lines = printed.trimEnd().split('\n');
  const shown = lines.filter((line) => !/^[A-Z_]+, [^:]+: \*\*\*$/.test(line));
  if (shown.length > 0 || lines.length !== NAMES.length * ENCODINGS)
    throw new Error(`${lines.length} lines were printed, ${shown.length} of them not masked`);
}
