/**
 * Owns: reading what the charts are made of: the bases as kustomize would render them, the components, and what these
 * add to the Deployment. Called by: the charts' files. Must not: know about Helm.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadManifests, type Manifest } from '../../test/cluster/manifests.ts';

export interface Addition {
  /** such as spec, template, spec, priorityClassName; a last `-` means: after what is there */
  readonly path: readonly string[];
  readonly value: unknown;
}

export interface Component {
  readonly manifests: readonly Manifest[];
  readonly additions: readonly Addition[];
}

export interface Sources {
  readonly everything: readonly Manifest[];
  /** of the overlay cluster-wide, without what the default has */
  readonly clusterWide: readonly Manifest[];
  readonly components: Readonly<Record<ComponentName, Component>>;
}

const COMPONENTS = ['network-policy', 'monitoring', 'priority-class'] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** `deploy` is the folder of that name. Throws for a component that patches in a way that is not known here. */
export async function readSources(deploy: string): Promise<Sources> {
  const everything = await loadManifests(join(deploy, 'default'));
  const clusterWide = (await loadManifests(join(deploy, 'cluster-wide'))).slice(everything.length);
  const read = async (name: ComponentName) =>
    [name, await readComponent(join(deploy, 'components', name))] as const;
  const components = Object.fromEntries(await Promise.all(COMPONENTS.map(read))) as Sources['components'];
  return { everything, clusterWide, components };
}

interface Patch {
  readonly target: { readonly kind: string; readonly name: string };
  readonly patch: string;
}

async function readComponent(folder: string): Promise<Component> {
  const text = await readFile(join(folder, 'kustomization.yaml'), 'utf8');
  const { resources = [], patches = [] } = parse(text) as { resources?: string[]; patches?: Patch[] };
  const manifests: Manifest[] = [];
  for (const file of resources) manifests.push(...(await loadManifests(join(folder, file))));
  return { manifests, additions: patches.flatMap((patch) => additionsOf(folder, patch)) };
}

function additionsOf(folder: string, { target, patch }: Patch): Addition[] {
  if (target.kind !== 'Deployment' || target.name !== 'secretscope')
    throw new Error(`${folder} may patch the Deployment secretscope only, not ${target.kind} ${target.name}`);
  const operations = parse(patch) as { op: string; path: string; value: unknown }[];
  return operations.map(({ op, path, value }) => {
    if (op !== 'add') throw new Error(`${folder} may only add to the Deployment, not ${op} ${path}`);
    return { path: path.split('/').slice(1), value };
  });
}
