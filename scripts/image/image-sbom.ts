/**
 * Owns: the bill of materials of the image: what npm says of the locked packages, cut down to those that are in the
 * bundle, and Node. What the base image brings lists itself in /var/lib/dpkg/status.d, which scanners read.
 * Called by: root-files.ts. Must not: write.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packagesIn } from '../bundle/third-party.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SELF = 'secretscope';
// 0.3 MB today
const MOST_BYTES = 2 ** 24;

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** CycloneDX 1.5, as far as it is read here. */
export interface Sbom {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
  readonly [field: string]: unknown;
}

export interface SbomInput {
  /** the file THIRD-PARTY of the bundle: what is in it */
  readonly thirdParty: string;
  /** version of the Node that runs it, without a v */
  readonly node: string;
  /** seconds since 1970 */
  readonly epoch: number;
}

/** The same for the same lock file, Node and epoch: nothing random and nothing of the machine stays in it. */
export async function imageSbom(input: SbomInput): Promise<string> {
  return `${JSON.stringify(cutDown(await npmSbom(), input), null, 2)}\n`;
}

/** Of all that is locked: with `--omit dev` npm 11 leaves out what a development tool may use as well, such as yaml. */
async function npmSbom(): Promise<Sbom> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: MOST_BYTES });
  return JSON.parse(stdout) as Sbom;
}

/** Throws where the bundle holds a package that the lock file does not know. */
export function cutDown(whole: Sbom, { thirdParty, node, epoch }: SbomInput): Sbom {
  const bundled = packagesIn(thirdParty).map(({ name, version }) => `${name}@${version}`);
  const known = new Map(whole.components.map((one) => [`${one.name}@${one.version}`, one]));
  const strangers = bundled.filter((title) => !known.has(title));
  if (strangers.length > 0)
    throw new Error(
      `the bundle holds ${strangers.join(', ')}, of which package-lock.json knows nothing: npm ci`,
    );
  const kept = bundled.flatMap((title) => known.get(title) ?? []);
  const self = whole.metadata.component;
  const refs = new Set([self['bom-ref'], ...kept.map((one) => one['bom-ref'])]);
  const runtime = nodeComponent(node);
  const { serialNumber: _random, ...fixed } = whole;
  return {
    ...fixed,
    metadata: {
      ...whole.metadata,
      timestamp: new Date(epoch * 1000).toISOString(),
      // which npm it was changes nothing, and who was the folder of the checkout
      tools: [{ vendor: 'npm', name: 'cli' }],
      component: { ...self, type: 'application', name: SELF },
    },
    components: [...kept, runtime],
    dependencies: [
      ...whole.dependencies
        .filter(({ ref }) => refs.has(ref))
        .map(({ ref, dependsOn }) => ({
          ref,
          dependsOn: [
            ...dependsOn.filter((to) => refs.has(to)),
            ...(ref === self['bom-ref'] ? [runtime['bom-ref']] : []),
          ],
        })),
      { ref: runtime['bom-ref'], dependsOn: [] },
    ],
  };
}

/** By the name under which vulnerabilities of Node are listed. */
function nodeComponent(version: string): Component {
  return {
    'bom-ref': `node@${version}`,
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
}
