/**
 * Owns: having the programs that tests run before the first one, since a build takes longer than any test may.
 * Called by: vitest, once per run of the cluster project. Must not: start a cluster; each file has its own.
 */
import { delimiter, dirname } from 'node:path';
import { bundledOperator } from '../scenarios-support/bundled-operator.ts';
import { BUNDLED_OPERATOR } from '../scenarios-support/operator-process.ts';
import { kubernetesTools } from '../tools/kubernetes-tools.ts';
import { findServerBinaries } from './server-binaries.ts';

export default async function setup(): Promise<() => Promise<void>> {
  await findServerBinaries();
  const tools = await kubernetesTools();
  // the workers inherit it: what follows a guide runs the kubectl that was fetched, whatever the machine has
  if (tools.kind === 'ready')
    process.env['PATH'] = [dirname(tools.kubectl), process.env['PATH']].join(delimiter);
  else console.log(`no kubectl of our own: ${tools.why}`);
  const operator = await bundledOperator();
  process.env[BUNDLED_OPERATOR] = operator.root;
  return () => operator.remove();
}
