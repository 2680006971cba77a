/** Owns: collecting what the oracles judge, at the end of a plan. */

import { MANAGED_LABEL } from '../../src/model/marks.ts';
import type { CleanRun } from './clean-run.ts';
import type { Replica } from './lane.ts';
import type { Evidence } from './oracles/oracle.ts';
import type { SeenRequest } from './proxy/fault-proxy.ts';
import type { Stage } from './stage.ts';

interface Labelled {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

/** Every plan breaks something once at least, and one operator may have to take over from another several times. */
export const interruptionsOf = ({ takeovers }: Stage): number => Math.max(1, takeovers);

export async function gather(stage: Stage, clean: CleanRun, interruptions: number): Promise<Evidence> {
  const { scenario, times, seen } = stage;
  return {
    scenario,
    times,
    seen,
    audited: await stage.audited(),
    votes: stage.lane.votes,
    requests: await stage.lane.requests<object>(),
    sealed: await stage.lane.sealed<object>(),
    ledgers: await stage.lane.ledgers<object>(),
    secrets: await stage.lane.secrets<object>(),
    receipts: stage.lane.receiver.receipts,
    spoilt: stage.lane.receiver.spoilt,
    interruptions,
    cleanCounts: clean.counts,
    channels: await channelsOf(stage),
    delayed: {
      // an operator that does not work is told by convergence already
      now: stage.isWorking() ? await stage.delayed() : 0,
      clean: clean.delayed,
    },
  };
}

async function channelsOf(stage: Stage): Promise<Map<string, string>> {
  const { lane } = stage;
  const channels = new Map<string, string>();
  for (const [index, replica] of stage.replicas.entries()) {
    channels.set(`the output of replica ${index + 1}`, outputOf(replica));
    channels.set(`requests of replica ${index + 1} other than for Secrets`, requestsOf(replica.proxy.seen));
  }
  const wishes = [await lane.scopes(), await lane.claims(), await lane.sealed(), await lane.automations()];
  channels.set('scopes, claims, sealed values and automations', JSON.stringify(wishes));
  const approvals = [await lane.requests(), await lane.reviews(), await lane.ledgers()];
  channels.set('requests, votes and ledgers', JSON.stringify(approvals));
  channels.set('events', JSON.stringify(await lane.events()));
  const secrets = await lane.secrets<Labelled>();
  const targets = secrets.filter(({ metadata }) => metadata.labels?.[MANAGED_LABEL] === 'true');
  channels.set('metadata of targets', JSON.stringify(targets.map(({ metadata }) => metadata)));
  return channels;
}

const outputOf = ({ printed, process }: Replica): string => printed + (process?.output ?? '');

function requestsOf(seen: readonly SeenRequest[]): string {
  const others = seen.filter(({ resource, kind }) => kind === 'write' && resource !== 'secrets');
  return [...seen.map(({ url }) => url), ...others.map(({ body }) => JSON.stringify(body))].join('\n');
}
