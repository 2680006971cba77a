/** Owns: what is applied to install a version, as one file each. Called by: artifacts.ts, keep-release.ts. */
import { stringify } from 'yaml';
import { loadManifests } from '../../test/cluster/manifests.ts';

/** Folders below deploy/ that are installed by themselves. */
export const BASES = ['default', 'cluster-wide'] as const;

export async function renderedManifests(folder: string): Promise<string> {
  const manifests = await loadManifests(folder);
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n');
}
