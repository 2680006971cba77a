/**
 * Owns: which files the image has beside those of its base, and as which bytes. Called by: image.ts and its tests.
 * Must not: write.
 */
import { bundleFiles } from '../bundle/files.ts';
import { imageSbom } from './image-sbom.ts';

export interface RootFile {
  /** relative to the root of the image */
  readonly path: string;
  readonly text: string;
}

/** Where the program lies in the image; the ENTRYPOINT of the Dockerfile names it. */
export const APP = 'app';

/**
 * The bundle without what is there for people's shells: the launchers begin with `#!/usr/bin/env`, which the image has
 * not. CRDs and policies are applied by people; what the operator knows of them is compiled in.
 * `node` is the version of the Node that the image has, `epoch` the time of all its files, in seconds since 1970.
 */
export async function rootFiles(node: string, epoch: number): Promise<RootFile[]> {
  const bundle = (await bundleFiles()).filter(({ path }) => !path.startsWith('bin/'));
  const thirdParty = bundle.find(({ path }) => path === 'THIRD-PARTY')?.text;
  if (thirdParty === undefined) throw new Error('the bundle has no THIRD-PARTY, which the SBOM is made of');
  const sbom = await imageSbom({ thirdParty, node, epoch });
  return [...bundle, { path: 'sbom.cdx.json', text: sbom }]
    .map(({ path, text }) => ({ path: `${APP}/${path}`, text }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
