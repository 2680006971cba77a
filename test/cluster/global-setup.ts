/**
 * Owns: having the server programs before the first test, since a build takes longer than any test may.
 * Called by: vitest, once per run of the cluster project. Must not: start a cluster; each file has its own.
 */
import { findServerBinaries } from './server-binaries.ts';

export default async function setup(): Promise<void> {
  await findServerBinaries();
}
