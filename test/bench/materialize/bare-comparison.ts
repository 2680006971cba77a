/**
 * Owns: the figures of the bare client, and the operator's as multiples of them.
 * Called by: real-run.ts, after the operator has ended.
 */
import { progress } from '../bench-module.ts';
import { type FigureGroup, quantile } from '../figures.ts';
import { cpuSeconds } from '../process-usage.ts';
import { IN_FLIGHT } from '../raw-client.ts';
import { BareClient } from './bare-client.ts';
import { type BenchCluster, teams } from './bench-cluster.ts';

/** What the operator took. */
export interface Materialized {
  readonly seconds: number;
  readonly rotationMs: readonly number[];
}

export async function compareWithBareClient(
  cluster: BenchCluster,
  scopes: number,
  operator: Materialized,
  figures: FigureGroup,
): Promise<void> {
  progress(`sending the same requests with a bare client, ${IN_FLIGHT} in flight`);
  const bare = await BareClient.like(cluster, teams(scopes));
  const before = await cpuSeconds(cluster.apiServerPid);
  const seconds = await bare.materialize();
  const server = (await cpuSeconds(cluster.apiServerPid)) - before;
  const after = await bare.rotate();
  const posts = await bare.plainPosts();
  figures.add('bare client: token, read, target and status of all', seconds, 's');
  figures.add('bare client: requests a second', (4 * scopes) / seconds, '/s');
  figures.add('bare client: CPU of the API server per scope', (1000 * server) / scopes, 'ms');
  figures.add('time of the operator, bare client = 1', operator.seconds / seconds, 'times', { atMost: 1.3 });
  figures.add('plain POSTs of as many Secrets', posts, 's');
  figures.add('time of the operator, plain POSTs = 1', operator.seconds / posts, 'times');
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const bareMs = quantile(after, share);
    figures.add(`bare client: rotation ${name}`, bareMs, 'ms');
    figures.add(`rotation ${name}, bare client = 1`, quantile(operator.rotationMs, share) / bareMs, 'times', {
      atMost: 1.5,
    });
  }
}
