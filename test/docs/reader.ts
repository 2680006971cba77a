/**
 * Owns: somebody with a checkout and kubectl, and the folder in which they follow the pages.
 * Called by: the scenarios of documents. Must not: touch the checkout, the home or the clusters of who runs the tests.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findServerBinaries } from '../cluster/server-binaries.ts';
import { MAIN, OperatorProcess } from '../scenarios-support/operator-process.ts';
import type { FollowedPage } from './followed-pages.ts';
import { readPage } from './markdown-blocks.ts';
import { PageShell } from './page-shell.ts';
import { runPage } from './run-page.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Every page needs it, and it is no dependency of ours: where it is missing the pages are reported as skipped. */
export const HAS_KUBECTL = spawnSync('kubectl', ['version', '--client']).status === 0;

const INSTALL = [
  'kubectl apply --server-side -k deploy/default',
  'kubectl create clusterrolebinding platform --clusterrole=cluster-admin --user=platform',
].join('\n');

export class Reader {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  // what a page leaves running goes on until the reader has finished the last one
  #operator: OperatorProcess | undefined;
  readonly #terminals: PageShell[] = [];

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = env;
  }

  /** With no cluster yet: `npm run cluster` of the pages starts theirs in the folder. */
  static async withNothing(): Promise<Reader> {
    // a short path: etcd's socket lies below it
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ss-')));
    for (const name of readdirSync(ROOT).filter((each) => !each.startsWith('.')))
      symlinkSync(join(ROOT, name), join(folder, name));
    // a checkout is a repository; the commits of this one are nobody's to change
    execFileSync('git', ['init', '-q', folder]);
    const bin = join(folder, '.bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'secretscope'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(join(bin, 'secretscope'), 0o755);
    const binaries = await findServerBinaries();
    return new Reader(folder, {
      ...process.env,
      HOME: folder,
      // secretscope as install-the-cli.md puts it there, and the Node that runs this
      PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
      KUBECONFIG: undefined,
      SECRETSCOPE_CACHE: join(folder, '.cache'),
      TEST_ASSET_ETCD: binaries.etcd,
      TEST_ASSET_KUBE_APISERVER: binaries['kube-apiserver'],
      TEST_ASSET_KUBE_CONTROLLER_MANAGER: binaries['kube-controller-manager'],
    });
  }

  /** With a cluster and everything installed, as the pages before would have left it; an admin bound by every policy. */
  static async withOperator(): Promise<Reader> {
    const reader = await Reader.withNothing();
    try {
      await reader.#installs();
    } catch (error) {
      await reader.leaves();
      throw error;
    }
    return reader;
  }

  async #installs(): Promise<void> {
    this.#does('export KUBECONFIG=$(npm run -s cluster -- up)', INSTALL);
    const kubeconfig = (user: string) => this.#does(`npm run -s cluster -- user ${user}`).trim();
    this.#env['KUBECONFIG'] = kubeconfig('platform');
    const account = kubeconfig('system:serviceaccount:secretscope-system:secretscope');
    // votes count a minute after the policies came; a page is not made to wait for it
    this.#operator = await OperatorProcess.start(account, { extra: ['--policy-settle', '1s'] });
  }

  get kubeconfig(): string {
    return this.#env['KUBECONFIG'] ?? '';
  }

  /** The page from its first block to its last, in terminals of its own. */
  async follows(path: FollowedPage): Promise<void> {
    const page = readPage(path);
    if (page.given?.startsWith('a reader who ended')) await this.#closeTerminals();
    const open = () => {
      const terminal = new PageShell(this.folder, this.#env);
      this.#terminals.push(terminal);
      return terminal;
    };
    try {
      await runPage(open, this.folder, page);
    } finally {
      // somebody who goes on with the next page is still at the cluster that the first one started
      const started = join(this.#clusters, 'default', 'admin.kubeconfig');
      if (existsSync(started)) this.#env['KUBECONFIG'] ??= started;
    }
  }

  /** Ends what the pages left running, the cluster they started too. */
  async leaves(): Promise<void> {
    await this.#closeTerminals();
    await this.#operator?.stop();
    this.#does('npm run -s cluster -- down');
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #clusters(): string {
    return join(this.folder, '.cache', 'clusters');
  }

  /** Set-up and clearing away, which no page is about. */
  #does(...lines: readonly string[]): string {
    const script = ['set -e', ...lines].join('\n');
    return execFileSync('bash', ['-c', script], { cwd: this.folder, env: this.#env, encoding: 'utf8' });
  }

  async #closeTerminals(): Promise<void> {
    for (const terminal of this.#terminals.splice(0)) await terminal.close();
  }
}
