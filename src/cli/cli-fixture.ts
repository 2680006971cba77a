/** For tests: verbs run in this process against a scripted API server, and what they print. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import {
  type Handler,
  json,
  type Received,
  ScriptedServer,
  statusBody,
} from '../kube/testing/scripted-server.ts';
import { failWith, type Terminal } from './terminal.ts';

export class PrintedTerminal implements Terminal {
  readonly lines: string[] = [];
  readonly notes: string[] = [];

  out(text: string): void {
    this.lines.push(text);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  get text(): string {
    return this.lines.join('\n');
  }
}

export type AddVerb = (program: Command, terminal: Terminal) => void;

export interface Ran {
  readonly text: string;
  readonly notes: string;
  /** 0, or what the process would end with. */
  readonly code: number;
}

export async function run(add: AddVerb, ...args: string[]): Promise<Ran> {
  const terminal = new PrintedTerminal();
  const program = new Command('secretscope').exitOverride();
  add(program, terminal);
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  const code = await program.parseAsync(args, { from: 'user' }).then(
    () => 0,
    (error: unknown) => failWith(terminal, error),
  );
  return { text: terminal.text, notes: terminal.notes.join('\n'), code };
}

/** A cluster of a few objects, by the path that they are read from; everything else is not found. */
export class FewObjects implements AsyncDisposable {
  readonly objects = new Map<string, object | 'forbidden'>();
  readonly server: ScriptedServer;
  readonly kubeconfig: string;
  readonly #folder: string;

  private constructor(server: ScriptedServer, folder: string) {
    this.server = server;
    this.#folder = folder;
    this.kubeconfig = join(folder, 'kubeconfig');
    server.handle(this.#answer);
  }

  static async start(): Promise<FewObjects> {
    const server = await ScriptedServer.start();
    const cluster = new FewObjects(server, await mkdtemp(join(tmpdir(), 'secretscope-cli-')));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: server.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'x' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
      'current-context': 'x',
    };
    await writeFile(cluster.kubeconfig, stringify(config));
    return cluster;
  }

  get writes(): Received[] {
    return this.server.received.filter(({ method }) => method !== 'GET');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  readonly #answer: Handler = ({ method, path, body }, response) => {
    if (method !== 'GET') return json(response, 200, body);
    const object = this.objects.get(path);
    if (object === 'forbidden')
      return json(response, 403, statusBody(403, 'Forbidden', 'no\u001b[31m right'));
    if (object) return json(response, 200, object);
    json(response, 404, statusBody(404, 'NotFound', 'not found'));
  };
}
