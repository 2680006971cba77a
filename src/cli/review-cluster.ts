/** Owns: what the review verbs read of the cluster, always with the caller's own rights. */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError, KubeError } from '../kube/kube-error.ts';
import { type KubeObject, type ResourceType, resource } from '../kube/kube-objects.ts';
import { listPages } from '../kube/list-pages.ts';
import type { RequestReview } from '../model/kinds/request-review.ts';
import type { SecretRequest } from '../model/kinds/secret-request.ts';
import { type Parsed, parseRequest, parseReview } from '../model/validate.ts';
import { REQUESTS, REVIEWS } from '../watch/resources.ts';
import { inWords } from './review-refusal.ts';

const SELF = resource({
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
});

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export async function readRequest(kube: KubeClient, place: Place): Promise<SecretRequest> {
  const { namespace, name } = place;
  const raw = await kube.get(REQUESTS, place).catch((error: unknown) => {
    throw inWords(error, {
      forbidden: `you may not read requests in namespace ${namespace}; have somebody bind you the verb get on secretrequests there`,
      notFound: `there is no request ${name} in namespace ${namespace}; those that are there: secretscope review list --all -n ${namespace}`,
    });
  });
  const parsed = parseRequest(raw);
  if (parsed.kind === 'ok') return parsed.value;
  throw new Error(
    `this version cannot read request ${namespace}/${name}; use the secretscope of the operator's version. ${faultsOf(parsed)}`,
  );
}

/** One that may have gone, or that the caller may not see: then nothing. */
export async function findRequest(kube: KubeClient, place: Place): Promise<SecretRequest | undefined> {
  try {
    const parsed = parseRequest(await kube.get(REQUESTS, place));
    return parsed.kind === 'ok' ? parsed.value : undefined;
  } catch (error) {
    if (isKubeError(error, 'notFound', 'forbidden')) return undefined;
    throw error;
  }
}

function faultsOf({ violations }: { violations: readonly { path: string; rule: string }[] }): string {
  return violations.map(({ path, rule }) => `${path}: ${rule}`).join('; ');
}

/** What was found, and what of it this version cannot read. */
export interface Found<T> {
  readonly items: readonly T[];
  readonly notes: readonly string[];
}

/** Of one namespace, or of all of them. */
export function listRequests(kube: KubeClient, namespace: string | undefined): Promise<Found<SecretRequest>> {
  return listed(kube, REQUESTS, { namespace }, parseRequest);
}

/** The votes on one request, or of a whole namespace. Where they may not be listed, a note says so. */
export async function listVotes(
  kube: KubeClient,
  namespace: string | undefined,
  requestUID?: string,
): Promise<Found<RequestReview>> {
  const fieldSelector = requestUID && `spec.requestRef.uid=${requestUID}`;
  try {
    return await listed(kube, REVIEWS, { namespace, fieldSelector }, parseReview);
  } catch (error) {
    // API servers before 1.31 select fields of our kinds only where somebody turned that on
    if (isKubeError(error, 'invalid') && fieldSelector) return listVotes(kube, namespace);
    if (!isKubeError(error, 'forbidden')) throw error;
    const where = namespace === undefined ? 'of all namespaces' : `in namespace ${namespace}`;
    return { items: [], notes: [`you may not list votes ${where}, so none are shown`] };
  }
}

interface Selection {
  readonly namespace: string | undefined;
  readonly fieldSelector?: string | undefined;
}

async function listed<T>(
  kube: KubeClient,
  type: ResourceType<KubeObject>,
  selection: Selection,
  parse: (raw: unknown) => Parsed<T>,
): Promise<Found<T>> {
  const items: T[] = [];
  const notes: string[] = [];
  for await (const page of listPages(kube, type, selection)) {
    for (const raw of page.items) {
      const parsed = parse(raw);
      if (parsed.kind === 'ok') items.push(parsed.value);
      else notes.push(`${type.kind} ${placeText(raw)} cannot be read by this version: ${faultsOf(parsed)}`);
    }
  }
  return { items, notes };
}

function placeText({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Who the API server takes the caller for. */
export interface Caller {
  readonly username: string;
  /** absent where the API server knows none, as for client certificates */
  readonly uid?: string;
  readonly groups: readonly string[];
}

export async function readCaller(kube: KubeClient): Promise<Caller> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: SELF.kind };
  const answer = await kube.review(SELF, body).catch((error: unknown) => {
    throw inWords(error, {
      forbidden:
        'you may not ask who you are; have somebody bind you the ClusterRole system:basic-user, which lets you',
      notFound: 'this API server does not say who you are; votes need Kubernetes 1.28 or later',
    });
  });
  const { status } = answer as { status?: { userInfo?: Partial<Caller> } };
  const { username, uid, groups = [] } = status?.userInfo ?? {};
  if (typeof username === 'string' && username !== '') return { username, groups, ...(uid && { uid }) };
  const call = { verb: 'create', resource: SELF.plural, target: '', sensitive: false };
  throw new KubeError({ kind: 'badAnswer', call, reason: 'NotAReview' });
}
