/**
 * Owns: starting the operator as its Deployment does: environment, arguments, and its account's files in place of a
 * kubeconfig.
 * Called by: bench-cluster.ts.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parse, parseAllDocuments } from 'yaml';
import { addRun } from '../../src/cli/run-verb.ts';
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';
import { INSPECTABLE } from './collected-heap.ts';

const PRELOAD = join(import.meta.dirname, 'pod-account.ts');

export class OperatorPod {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** The kubeconfig holds a token of the operator's service account. */
  static async of(kubeconfig: string): Promise<OperatorPod> {
    const config = parse(await readFile(kubeconfig, 'utf8'));
    const [{ cluster }] = config.clusters;
    const [{ user }] = config.users;
    const folder = await mkdtemp(join(tmpdir(), 'secretscope-bench-account-'));
    const ca = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
    const mounted = { token: user.token, namespace: OPERATOR_NAMESPACE, 'ca.crt': ca };
    for (const [name, text] of Object.entries(mounted))
      await writeFile(join(folder, name), text, { mode: 0o600 });
    const { hostname, port } = new URL(cluster.server);
    return new OperatorPod(folder, {
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      BENCH_SERVICE_ACCOUNT: folder,
      KUBECONFIG: '',
      // of our own: --cpu-prof, or options that are to be compared
      NODE_OPTIONS: [
        await deployedOptions(),
        INSPECTABLE,
        `--import=${PRELOAD}`,
        process.env['BENCH_NODE_OPTIONS'] ?? '',
      ].join(' '),
    });
  }

  launch(under: readonly string[] = []): OperatorProcess {
    const flags = { workers: defaultWorkers(), logLevel: 'info', env: this.#env, under };
    return OperatorProcess.launch('', flags);
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What `secretscope run` takes without a flag. */
function defaultWorkers(): number {
  const program = new Command();
  addRun(program, '');
  const flag = program.commands[0]?.options.find(({ long }) => long === '--workers');
  return Number(flag?.defaultValue);
}

/** NODE_OPTIONS of the Deployment, if it sets them. */
async function deployedOptions(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../deploy/default/operator.yaml'), 'utf8');
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const { env = [] } = deployment.spec.template.spec.containers[0];
  return env.find(({ name }: { name: string }) => name === 'NODE_OPTIONS')?.value ?? '';
}
