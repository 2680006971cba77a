/**
 * Owns: having the peers before their tests, all at once and within a minute, whatever the network is like. A peer that
 * cannot be had is skipped by name; in CI that fails the run, unless it was said to be optional (peer-provision.ts).
 * Called by: vitest, once per run of the peers project.
 */
import type { TestProject } from 'vitest/node';
import { buildLocalgcp, type LocalgcpBuild } from './localgcp.ts';
import { installLowkey, type LowkeyInstall } from './lowkey-vault.ts';
import { installMoto, type MotoInstall } from './moto.ts';
import { type MissingPeer, requiredPeers } from './peer-provision.ts';

export interface Peers {
  readonly moto: MotoInstall | MissingPeer;
  readonly localgcp: LocalgcpBuild | MissingPeer;
  readonly 'lowkey-vault': LowkeyInstall | MissingPeer;
}

declare module 'vitest' {
  interface ProvidedContext {
    peers: Peers;
  }
}

const PATIENCE_MS = 50_000;

export default async function setup(project: TestProject): Promise<void> {
  // a name in the environment that excuses nothing is a mistake, and said before anything is fetched
  requiredPeers();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const [moto, localgcp, lowkey] = await Promise.all([
    installMoto(signal),
    buildLocalgcp(signal),
    installLowkey(signal),
  ]);
  project.provide('peers', { moto, localgcp, 'lowkey-vault': lowkey });
}
