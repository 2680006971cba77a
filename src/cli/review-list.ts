/** Owns: `secretscope review list`: the requests that wait, and the caller's own votes on them. */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { RequestReview } from '../model/kinds/request-review.ts';
import type { SecretRequest } from '../model/kinds/secret-request.ts';
import { type Found, listRequests, listVotes, readCaller } from './review-cluster.ts';
import { inWords } from './review-refusal.ts';
import { operatorSays } from './review-request.ts';
import { ageText, authorsText, conditionOf, consumerText } from './review-wording.ts';
import { escapeText, type Format, printData, type Terminal, table } from './terminal.ts';

interface ListTools {
  readonly terminal: Terminal;
  readonly format: Format;
  /** Of every namespace. */
  readonly everywhere: boolean;
  /** Also what is decided. */
  readonly all: boolean;
  readonly now: number;
}

interface OwnVote {
  readonly vote: string;
  readonly decision: string;
  /** As the operator says: True, False, Unknown; absent: nothing yet. */
  readonly counted?: string;
}

interface ListedRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt?: string;
  readonly scope: string;
  readonly consumer: SecretRequest['spec']['consumer'];
  readonly authors: readonly string[];
  readonly authorsComplete: boolean;
  readonly operatorSays: ReturnType<typeof operatorSays>;
  readonly ownVotes: readonly OwnVote[];
}

export async function listWaiting(kube: KubeClient, namespace: string, tools: ListTools): Promise<void> {
  const { terminal, format, everywhere, all } = tools;
  const found = await requestsOf(kube, namespace, everywhere);
  const votes = found.items.length === 0 ? NOTHING : await ownVotes(kube, found.namespace);
  const requests = found.items
    .map((request) => listedRequest(request, votes.items))
    .filter(({ operatorSays: { state = 'Waiting' } }) => all || state === 'Waiting');
  const notes = [...found.notes, ...votes.notes];
  if (format !== 'table') return printData(terminal, format, { notes, requests });
  if (requests.length > 0) terminal.out(asTable(requests, tools.now));
  else terminal.note(`${all ? 'there are no requests' : 'nothing waits'} ${whereText(found.namespace)}`);
  if (requests.length > 0) terminal.note('STATE, APPROVALS and EXPIRES are what the operator says');
  for (const note of notes) terminal.note(escapeText(`note: ${note}`));
}

const NOTHING: Found<RequestReview> = { items: [], notes: [] };

interface FoundRequests extends Found<SecretRequest> {
  readonly namespace: string | undefined;
}

/** Whoever may not see every namespace sees their own, and is told so. */
async function requestsOf(kube: KubeClient, namespace: string, everywhere: boolean): Promise<FoundRequests> {
  if (!everywhere) return { ...(await requestsIn(kube, namespace)), namespace };
  try {
    return { ...(await listRequests(kube, undefined)), namespace: undefined };
  } catch (error) {
    if (!isKubeError(error, 'forbidden')) throw inWords(error, { notFound: NO_KINDS });
    const found = await requestsIn(kube, namespace);
    const note = `you may not list requests of all namespaces; these are those of namespace ${namespace}, for another one: secretscope review list -n NAME`;
    return { ...found, namespace, notes: [note, ...found.notes] };
  }
}

const NO_KINDS = 'this cluster knows no requests; have its admin install SecretScope, with its CRDs';

function requestsIn(kube: KubeClient, namespace: string): Promise<Found<SecretRequest>> {
  return listRequests(kube, namespace).catch((error: unknown) => {
    throw inWords(error, {
      forbidden: `you may not list requests in namespace ${namespace}; name one of yours with -n, look at a single request with: secretscope review show REQUEST -n ${namespace}, or have somebody bind you the verb list on secretrequests there`,
      notFound: NO_KINDS,
    });
  });
}

/** The list is of use without them, so what is not known here is a note. */
async function ownVotes(kube: KubeClient, namespace: string | undefined): Promise<Found<RequestReview>> {
  const { items, notes } = await listVotes(kube, namespace);
  if (items.length === 0) return { items, notes };
  try {
    const { username } = await readCaller(kube);
    return { items: items.filter(({ spec }) => spec.reviewer.username === username), notes };
  } catch (error) {
    if (!isKubeError(error, 'forbidden', 'notFound')) throw error;
    return { items: [], notes: [...notes, `your own votes are not marked: ${error.message}`] };
  }
}

function listedRequest(request: SecretRequest, votes: readonly RequestReview[]): ListedRequest {
  const { metadata, spec } = request;
  const { namespace = '', name, uid, creationTimestamp } = metadata;
  return {
    namespace,
    name,
    uid,
    ...(creationTimestamp && { createdAt: creationTimestamp }),
    scope: spec.scopeRef.name,
    consumer: spec.consumer,
    authors: spec.authors,
    authorsComplete: spec.authorsComplete,
    operatorSays: operatorSays(request),
    ownVotes: votes.filter((vote) => vote.spec.requestRef.uid === uid).map(ownVote),
  };
}

function ownVote(vote: RequestReview): OwnVote {
  const counted = conditionOf(vote, 'Counted')?.status;
  return { vote: vote.metadata.name, decision: vote.spec.decision, ...(counted && { counted }) };
}

const COLUMNS = [
  'NAMESPACE',
  'NAME',
  'SCOPE',
  'FOR',
  'STATE',
  'APPROVALS',
  'AUTHORS',
  'EXPIRES',
  'AGE',
  'MY VOTE',
] as const;

function asTable(requests: readonly ListedRequest[], now: number): string {
  const rows = requests.map((one) => [
    one.namespace,
    one.name,
    one.scope,
    consumerText(one.consumer),
    one.operatorSays.state ?? '',
    one.operatorSays.approvals ?? '',
    authorsText(one),
    one.operatorSays.expires ?? '',
    ageText(one.createdAt, now),
    one.ownVotes.map(ownVoteText).join(', '),
  ]);
  return table(COLUMNS, rows);
}

function ownVoteText({ decision, counted }: OwnVote): string {
  return counted === 'False' ? `${decision} (not counted)` : decision;
}

function whereText(namespace: string | undefined): string {
  return namespace === undefined ? 'in any namespace' : `in namespace ${escapeText(namespace)}`;
}
