/**
 * Owns: everything of a cluster that somebody without the right to read a Secret may see.
 * Used by: scenarios of the clouds, which look for values and tokens in it.
 */
import { readFile } from 'node:fs/promises';
import type { OperatedCluster } from './operated-cluster.ts';

const KINDS = '/apis/secretscope.dev/v1alpha1';
const OURS = 'labelSelector=secretscope.dev%2Fmanaged%3Dtrue';

/** By name, as a person would read it: without the escapes of JSON. */
export async function channelsOf(cluster: OperatedCluster): Promise<Map<string, string>> {
  const { platform, operator, audit, ready } = cluster;
  const read = async (path: string) => JSON.stringify((await platform.call('GET', path)).body);
  const proc = (file: string) => readFile(`/proc/${operator.pid}/${file}`, 'utf8');
  const requests = (await audit.since(ready)).map(({ uri }) => decodeURIComponent(uri));
  const shown: [string, string][] = [
    ['logs', operator.output],
    ['events', await read('/apis/events.k8s.io/v1/events')],
    ['scopes', await read(`${KINDS}/secretscopes`)],
    ['backends', await read(`${KINDS}/secretbackends`)],
    ['shared backends', await read(`${KINDS}/clustersecretbackends`)],
    ['target metadata', withoutData(await read(`/api/v1/secrets?${OURS}`))],
    ['metrics', await operator.metrics()],
    ['argv', await proc('cmdline')],
    ['environment', await proc('environ')],
    ['audit log', requests.join('\n')],
  ];
  return new Map(shown.map(([name, text]) => [name, unescaped(text)]));
}

function withoutData(text: string): string {
  const { items } = JSON.parse(text) as { readonly items: readonly { readonly metadata: object }[] };
  return JSON.stringify(items.map(({ metadata }) => metadata));
}

function unescaped(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}
