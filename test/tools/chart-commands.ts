/**
 * Owns: helm and kubectl as a user runs them, in an empty home, and what they render as objects by name.
 * Called by: the scenarios of the charts. Must not: read anybody's own configuration.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../cluster/manifests.ts';
import { type KubernetesTools, type Ran, runTool } from './kubernetes-tools.ts';

export const CHARTS = { policies: 'charts/secretscope-policies', operator: 'charts/secretscope' } as const;
export type ChartName = keyof typeof CHARTS;

const RELEASES = { policies: 'secretscope-policies', operator: 'secretscope' } as const;
const NAMESPACE = ['--namespace', 'secretscope-system'];

export class ChartCommands {
  readonly #tools: KubernetesTools;
  readonly #home = mkdtempSync(join(tmpdir(), 'secretscope-helm-'));

  constructor(tools: KubernetesTools) {
    this.#tools = tools;
  }

  /** The folder in which a test may write what commands read. */
  get home(): string {
    return this.#home;
  }

  close(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }

  helm(args: readonly string[], kubeconfig = ''): Promise<Ran> {
    return runTool(this.#tools.helm, args, this.#env(kubeconfig));
  }

  kubectl(args: readonly string[], kubeconfig = ''): Promise<Ran> {
    return runTool(this.#tools.kubectl, args, this.#env(kubeconfig));
  }

  /** `helm upgrade --install` of a chart as a release of its name; nothing is waited for, since no Pod ever runs. */
  install(kubeconfig: string, chart: ChartName, ...more: string[]): Promise<Ran> {
    const args = ['upgrade', '--install', RELEASES[chart], CHARTS[chart], ...NAMESPACE, ...more];
    return this.helm(args, kubeconfig);
  }

  uninstall(kubeconfig: string, chart: ChartName): Promise<Ran> {
    return this.helm(['uninstall', RELEASES[chart], ...NAMESPACE], kubeconfig);
  }

  /** What both charts render without a cluster, with these values of each. */
  async rendered(values: Partial<Record<ChartName, readonly string[]>> = {}): Promise<string> {
    const texts: string[] = [];
    for (const chart of ['policies', 'operator'] as const) {
      const set = (values[chart] ?? []).flatMap((value) => ['--set', value]);
      texts.push(
        successOf(await this.helm(['template', RELEASES[chart], CHARTS[chart], ...NAMESPACE, ...set])),
      );
    }
    return texts.join('---\n');
  }

  async kustomized(folder: string): Promise<string> {
    return successOf(await this.kubectl(['kustomize', folder]));
  }

  #env(kubeconfig: string): NodeJS.ProcessEnv {
    // an empty KUBECONFIG would mean that of the home, which is empty too
    return { PATH: process.env['PATH'], HOME: this.#home, KUBECONFIG: kubeconfig };
  }
}

/** What it printed. Throws with its words when it failed. */
export function successOf({ code, out, err }: Ran): string {
  if (code !== 0) throw new Error(`exit code ${code}: ${err || out}`);
  return out;
}

/** Objects by `Kind namespace/name`. Throws when there is one twice. */
export function objectsIn(text: string): Map<string, Manifest> {
  const objects = parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    const content = document.toJS() as Manifest | null;
    return content === null ? [] : [content];
  });
  const named = objects.map((object) => [keyOf(object), object] as const);
  const byName = new Map(named);
  if (byName.size < named.length) throw new Error('an object is rendered twice');
  return byName;
}

export function keyOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
