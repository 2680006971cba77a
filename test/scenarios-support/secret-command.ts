/**
 * Owns: `secretscope secret` as a process of its own, by different people, at a pipe and at a terminal, with what the
 * system shows of it to others. Used by: secret-*.test.ts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { clusterRole, clusterRoleBinding, roleBinding } from './guarded-cluster.ts';
import { LOCAL, scopeThing, until } from './operated-cluster.ts';
import { MAIN } from './operator-process.ts';
import type { Thing } from './person.ts';
import { entry, ORG, type SealedWorld, WEB } from './sealed-world.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class SecretCommand {
  readonly #kubeconfig: string;
  /** What /proc told to everybody of the processes that ran. */
  static readonly seen: string[] = [];

  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  /** At a pipe. */
  async run(args: readonly string[], stdin: string | Buffer = ''): Promise<Ran> {
    const child = spawn(process.execPath, this.#argv(args), { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(stdin);
    return ended(child);
  }

  /** At a terminal, with what is typed once the question is there; stdout and stderr are one. */
  async atTerminal(
    args: readonly string[],
    typed:
      | { readonly after: string; readonly keys: string }
      | { readonly from: string }
      | undefined = undefined,
  ): Promise<Ran> {
    const from = typed && 'from' in typed ? ` < ${quoted(typed.from)}` : '';
    const command = [process.execPath, ...this.#argv(args)].map(quoted).join(' ') + from;
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'pipe'] });
    if (typed && 'keys' in typed) {
      let shown = '';
      child.stdout.on('data', (chunk: Buffer) => {
        if (shown.includes(typed.after)) return;
        shown += chunk;
        if (shown.includes(typed.after)) child.stdin.write(typed.keys);
      });
    }
    const { code, out, err } = await ended(child);
    return { code, out: out.replaceAll('\r\n', '\n'), err };
  }

  #argv(args: readonly string[]): string[] {
    return [MAIN, 'secret', ...args, '--kubeconfig', this.#kubeconfig];
  }
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function ended(child: ChildProcess): Promise<Ran> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const watching = setInterval(() => void watch(child.pid), 40);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watching);
      resolve({ code, out, err });
    });
  });
}

/** Its command line and its environment; also those of its children, of which the last is the program itself. */
async function watch(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  try {
    const [argv, environment, children] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/environ`, 'utf8'),
      readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'),
    ]);
    SecretCommand.seen.push(argv, environment);
    await Promise.all(
      children
        .split(' ')
        .filter(Boolean)
        .map((child) => watch(Number(child))),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // it ended between two looks
    if (code !== 'ENOENT' && code !== 'ESRCH' && code !== 'EACCES') throw error;
  }
}

export interface People {
  /** Admin of the organization's namespace. */
  readonly owner: SecretCommand;
  /** Admin of the namespace of web. */
  readonly admin: SecretCommand;
  /** May write values there, and nothing else. */
  readonly writer: SecretCommand;
  /** May look at the scopes there. */
  readonly viewer: SecretCommand;
  readonly stranger: SecretCommand;
}

export const PROD = 'web-prod';

/** People with the shipped roles, and an environment `Production` of web; ends when all of it is in force. */
export async function peopleOf({ cluster }: SealedWorld): Promise<People> {
  await cluster.have(
    scopeThing(PROD, WEB, {
      level: 'Environment',
      environmentName: 'Production',
      parentRef: { name: 'web' },
      backendRef: LOCAL,
      secrets: [entry('PROD_KEY')],
    }),
    roleBinding('olga', 'admin', ORG),
    roleBinding('olga', 'secretscope-organization-owner', ORG),
    seesEverything,
    clusterRoleBinding('olga', 'sees-scopes'),
    roleBinding('adam', 'admin', WEB),
    roleBinding('wanda', 'secretscope-value-writer', WEB),
    roleBinding('vera', 'secretscope-view', WEB),
  );
  const { control } = cluster.guarded;
  const command = async (name: string) => new SecretCommand(await control.userKubeconfig(name));
  const people = {
    owner: await command('olga'),
    admin: await command('adam'),
    writer: await command('wanda'),
    viewer: await command('vera'),
    stranger: await command('stan'),
  };
  for (const [person, flags] of [
    [people.owner, ['-o', `${ORG}/acme`]],
    [people.admin, ['-R', `${WEB}/web`]],
    [people.writer, ['-R', `${WEB}/web`]],
    [people.viewer, ['-R', `${WEB}/web`]],
  ] as const)
    await until(async () => {
      const { code, err } = await person.run(['list', ...flags]);
      if (code !== 0) throw new Error(err);
    }, 30_000);
  return people;
}

const seesEverything: Thing = clusterRole('sees-scopes', [
  { apiGroups: ['secretscope.dev'], resources: ['secretscopes'], verbs: ['get', 'list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
]);
