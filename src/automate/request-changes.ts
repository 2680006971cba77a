/** Owns: what of a request is news. */
import type { Instant, RequestState } from '../model/approval.ts';
import { byName } from '../model/names.ts';
import type { Change, Listener, News, SeenRequest } from './scope-look.ts';
import { fitting, MAX_REQUESTS, type Told } from './told-marks.ts';

/** A request only goes forward: an older view of it is no news. */
const PROGRESS: Readonly<Record<string, number>> = {
  Waiting: 0,
  Released: 1,
  Rejected: 1,
  Withdrawn: 2,
  Revoked: 2,
  Expired: 2,
  Superseded: 2,
} satisfies Record<RequestState, number>;

/** Who asks for approval and what was decided, but for the automation's own requests. */
export function requestChanges(
  requests: readonly SeenRequest[],
  told: Told,
  listener: Listener,
): readonly Change[] {
  const others = requests.filter(
    ({ consumer }) => !(consumer.kind === 'WebhookAutomation' && consumer.uid === listener.uid),
  );
  const changes = others.sort(openFirst).map((request): Change => {
    const was = told.requests?.get(request.uid);
    const isForward = was === undefined || progress(request.state) > progress(was);
    const news = isForward ? requestNews(request, was, listener) : undefined;
    return { section: 'requests', key: request.uid, news, was, is: isForward ? request.state : was };
  });
  return fitting(changes, MAX_REQUESTS);
}

function progress(state: string): number {
  // a state of a newer version: nothing that could be told follows it
  return PROGRESS[state] ?? Number.POSITIVE_INFINITY;
}

function openFirst(a: SeenRequest, b: SeenRequest): number {
  const open = Number(b.state === 'Waiting') - Number(a.state === 'Waiting');
  return open || b.createdAt - a.createdAt || byName(a.uid, b.uid);
}

function requestNews(request: SeenRequest, was: string | undefined, listener: Listener): News | undefined {
  const { state, createdAt, decidedAt } = request;
  switch (state) {
    case 'Waiting':
      return reviewNews('ReviewRequested', request, createdAt);
    case 'Released':
    case 'Rejected': {
      const isSince = was !== undefined || (decidedAt !== undefined && decidedAt >= listener.createdAt);
      const event = state === 'Released' ? 'ReviewApproved' : 'ReviewRejected';
      return isSince ? reviewNews(event, request, decidedAt) : undefined;
    }
    case 'Withdrawn':
    case 'Revoked':
    case 'Expired':
    case 'Superseded':
      return undefined;
    default:
      return unreachable(state);
  }
}

function reviewNews(event: News['event'], request: SeenRequest, at: Instant | undefined): News {
  const { uid, state, name, consumer, by, people } = request;
  return {
    event,
    at,
    identity: [uid, state],
    people,
    variables: {
      request_name: name,
      consumer_kind: consumer.kind,
      consumer_namespace: consumer.namespace,
      consumer_name: consumer.name,
      decision: event === 'ReviewApproved' ? (by ?? '') : '',
    },
  };
}

function unreachable(value: never): never {
  throw new Error(`no rule for a request that is ${String(value)}`);
}
