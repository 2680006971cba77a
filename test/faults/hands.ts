/** Owns: what scenarios do to the cluster, done by `platform`, whom every policy binds. Used by: lane.ts. */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { OperatedCluster } from '../scenarios-support/operated-cluster.ts';
import type { Answer, Thing } from '../scenarios-support/person.ts';
import type { CastVote, Decision, Hands } from './fault-scenario.ts';
import { atReceiver } from './receiver-place.ts';

interface Request {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly scopeRef: object; readonly subject: string };
}

const VOTER = 'platform';

/** `votes` gets every vote that is cast; `receiver` is where the webhooks of scenarios go. */
export function handsOf(cluster: OperatedCluster, votes: CastVote[], receiver: string): Hands {
  const hands: Hands = {
    have: (...things) => cluster.have(...things.map((thing) => atReceiver(thing, receiver))),
    tryOn: (thing) => cluster.platform.apply(atReceiver(thing, receiver), { force: true }),
    gone: (...things) => cluster.gone(...things),
    merge: async (thing, patch) => {
      required(thing, await cluster.platform.merge(thing, patch));
    },
    find: async <T>(thing: Thing) => {
      const answer = await cluster.platform.get(thing);
      return answer.status === 404 ? undefined : (required(thing, answer) as T);
    },
    vote: async (request, decision) => {
      const asked = await hands.find<Request>(request);
      if (!asked) throw new Error(`there is no SecretRequest ${request.metadata.name} to vote on`);
      const sentAt = performance.now();
      await hands.have(voteOn(request, asked, decision));
      votes.push({ decision, sentAt, storedAt: performance.now() });
    },
  };
  return hands;
}

/** One vote of each kind on each request: its name is the same in every run. */
function voteOn({ metadata: { name, namespace = '' } }: Thing, asked: Request, decision: Decision): Thing {
  return {
    apiVersion: API_VERSION,
    kind: 'RequestReview',
    metadata: { name: `${name}-${decision.toLowerCase()}`, namespace },
    spec: {
      scopeRef: asked.spec.scopeRef,
      requestRef: { name, uid: asked.metadata.uid },
      subject: asked.spec.subject,
      decision,
      as: { kind: 'User', name: VOTER },
      reviewer: { username: VOTER },
    },
  };
}

function required(thing: Thing, { status, message, body }: Answer): unknown {
  if (status >= 400) throw new Error(`${thing.kind} ${thing.metadata.name}: ${status} ${message}`);
  return body;
}
