/**
 * Owns: the last look before a release. Everything that it rests on is read anew from the API server, past every cache;
 * where anything is another than what was decided on, nothing is released and it is decided again (THREATS 21).
 */
import type { KubeObject, ResourceType } from '../../kube/kube-objects.ts';
import { NAMESPACES } from '../../kube/kube-objects.ts';
import { whenFound } from '../../kube/when-found.ts';
import type { RequestId } from '../../model/approval.ts';
import type { Facts, ScopeFacts } from '../../model/facts.ts';
import { type PolicyView, VOTE_POLICIES } from '../../model/policies-in-force.ts';
import { type RequestView, type ReviewView, requestView, reviewView } from '../../watch/approval-views.ts';
import {
  AUTOMATIONS,
  BACKENDS,
  CLAIMS,
  CLUSTER_BACKENDS,
  REQUESTS,
  REVIEWS,
  SCOPES,
  VALIDATING_BINDINGS,
  VALIDATING_POLICIES,
} from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';
import { type Basis, levelsOf } from './basis.ts';
import type { ConsumerPlan } from './consumers.ts';
import { askerOf, type Party } from './party.ts';

/** `moved`: look again, at `what`. */
export type LiveCheck =
  | { readonly kind: 'same'; readonly request: RequestView }
  | { readonly kind: 'moved'; readonly what: string };

export interface Releasing {
  readonly view: ScopeView;
  readonly facts: Facts;
  /** What was decided on. */
  readonly basis: Basis;
  readonly consumer: ConsumerPlan;
  readonly party: Party;
  readonly request: { readonly name: string; readonly uid: string };
  readonly policies: readonly PolicyView[];
  /** Those that were weighed. */
  readonly votes: readonly ReviewView[];
}

/** Reads live whatever the release of one request rests on, and compares. The ledger's own write compares itself. */
export async function liveCheck(releasing: Releasing, deps: Deps, signal: AbortSignal): Promise<LiveCheck> {
  const { view, facts, consumer, request } = releasing;
  const look = new LiveLook(releasing.basis, deps, signal);
  const levels = levelsOf(facts);
  for (const level of levels) await look.scope(level);
  for (const level of levels) await look.backend(level);
  await look.asker(releasing.party);
  const namespaces = [...levels.map(({ namespace }) => namespace.name), ...consumer.namespaces];
  for (const name of new Set(namespaces)) await look.namespace(name);
  await look.policies(releasing.policies);
  await look.votes(view, request.uid, releasing.votes);
  // a plan that is carried over rests on the release before: whoever ends that ends this; nothing is from one that is lost
  const from = consumer.released && consumer.releasedEntry;
  if (from?.state === 'Released') await look.votes(view, from.request.uid, releasing.votes);
  const live = await look.request(view, request);
  const [moved] = look.moved;
  if (moved !== undefined) return { kind: 'moved', what: moved };
  if (live?.subject?.digest !== consumer.wanted.subject.digest)
    return { kind: 'moved', what: `SecretRequest ${request.name}` };
  return { kind: 'same', request: live };
}

class LiveLook {
  readonly moved: string[] = [];
  readonly #basis: Basis;
  readonly #deps: Deps;
  readonly #signal: AbortSignal;

  constructor(basis: Basis, deps: Deps, signal: AbortSignal) {
    this.#basis = basis;
    this.#deps = deps;
    this.#signal = signal;
  }

  async scope({ id }: ScopeFacts): Promise<void> {
    this.#same(`SecretScope ${keyOf(id)}`, await this.#metadata(SCOPES, id));
  }

  async asker(party: Party): Promise<void> {
    const view = askerOf(party);
    if (!view) return;
    const type = party.kind === 'automation' ? AUTOMATIONS : CLAIMS;
    this.#same(`${view.kind} ${keyOf(view.metadata)}`, await this.#metadata(type, view.metadata));
  }

  async backend({ backend }: ScopeFacts): Promise<void> {
    if (backend.kind !== 'found') return;
    const { id, refKind } = backend;
    const type = refKind === 'SecretBackend' ? BACKENDS : CLUSTER_BACKENDS;
    this.#same(`${refKind} ${keyOf(id)}`, await this.#metadata(type, id));
  }

  /** The policies that prove who voted, as they were when the votes were weighed (THREATS 9). */
  async policies(then: readonly PolicyView[]): Promise<void> {
    for (const name of VOTE_POLICIES)
      for (const type of [VALIDATING_POLICIES, VALIDATING_BINDINGS]) {
        const live = await this.#metadata(type, { name });
        const known = then.find((one) => one.kind === type.kind && one.name === name);
        const same = live?.metadata.uid === known?.uid && live?.metadata.generation === known?.generation;
        if (!live || !same) this.moved.push(`${type.kind} ${name}`);
      }
  }

  /** Labels decide who is admitted. */
  async namespace(name: string): Promise<void> {
    const live = await this.#metadata(NAMESPACES, { name });
    const known = this.#basis.namespaces.get(name);
    const labels = live?.metadata.labels ?? {};
    const same =
      live !== undefined &&
      known !== undefined &&
      live.metadata.deletionTimestamp === undefined &&
      live.metadata.uid === known.uid &&
      Object.keys({ ...labels, ...known.labels }).every((key) => labels[key] === known.labels[key]);
    if (!same) this.moved.push(`Namespace ${name}`);
  }

  /** No vote more and none less than was decided with: a Reject that the watch has not shown yet comes first. */
  async votes(
    { metadata: { namespace } }: ScopeView,
    uid: string,
    weighed: readonly ReviewView[],
  ): Promise<void> {
    const live: ReviewView[] = [];
    const select = { namespace, fieldSelector: `spec.requestRef.uid=${uid}`, signal: this.#signal };
    let next: string | undefined;
    do {
      const page = await this.#deps.kube.list(REVIEWS, { ...select, continue: next });
      live.push(...page.items.map(reviewView));
      next = page.continue;
    } while (next);
    const now = votesOn(uid, live);
    const then = votesOn(uid, weighed);
    if (now.size !== then.size || ![...now].every((vote) => then.has(vote))) this.moved.push('its votes');
  }

  async request(view: ScopeView, id: RequestId): Promise<RequestView | undefined> {
    const live = await liveRequest(view, id, this.#deps, this.#signal);
    if (!live) this.moved.push(`SecretRequest ${id.name}`);
    return live;
  }

  #same(what: string, live: KubeObject | undefined): void {
    const known = this.#basis.objects.get(what);
    const same =
      live !== undefined &&
      known !== undefined &&
      live.metadata.uid === known.uid &&
      live.metadata.generation === known.generation &&
      live.metadata.deletionTimestamp === undefined;
    if (!same) this.moved.push(what);
  }

  #metadata(type: ResourceType, ref: { readonly namespace?: string; readonly name: string }) {
    const { namespace } = ref;
    const place = { name: ref.name, ...(namespace ? { namespace } : {}) };
    return whenFound(() => this.#deps.kube.getMetadata(type, place, { signal: this.#signal }));
  }
}

/** A request as it is now; undefined where it is gone, is going, or is another one of its name. */
export async function liveRequest(
  { metadata: { namespace } }: ScopeView,
  { name, uid }: RequestId,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<RequestView | undefined> {
  const live = await whenFound(() => kube.get(REQUESTS, { namespace, name }, { signal }));
  const isSame = live?.metadata.uid === uid && live.metadata.deletionTimestamp === undefined;
  return isSame ? requestView(live) : undefined;
}

function votesOn(uid: string, views: readonly ReviewView[]): Set<string> {
  return new Set(
    views.flatMap(({ spec, metadata, deleting }) =>
      spec.kind === 'ok' && spec.value.requestRef.uid === uid ? [`${metadata.uid} ${deleting}`] : [],
    ),
  );
}
