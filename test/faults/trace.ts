/**
 * Owns: names for the writes and watch events of a clean run, so that a plan can point at one of them again.
 * Used by: clean runs (which learn them) and plans (which break them).
 */
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import type { EventSeen } from './proxy/fault-rules.ts';
import type { SeenRequest } from './proxy/seen-request.ts';

/** The nth write of one kind to one object. */
export interface TracedWrite {
  /** `patch-secrets-team-web-app`; unique together with `nth` */
  readonly label: string;
  /** from 1 */
  readonly nth: number;
}

/** The first event of one type about one object in one watch, after the act. */
export interface TracedEvent {
  /** `targets-team-web-app-modified` */
  readonly label: string;
  readonly watch: WatchName;
}

/** The watches whose events decide what is written. */
export const WATCHES = [
  'scopes',
  'claims',
  'targets',
  'sources',
  'backends',
  'namespaces',
  'enrolments',
  'requests',
  'reviews',
  'ledgers',
  'sealed',
  'automations',
] as const;
export type WatchName = (typeof WATCHES)[number];

const BY_RESOURCE: Readonly<Record<string, WatchName>> = {
  secretscopes: 'scopes',
  secretclaims: 'claims',
  secretbackends: 'backends',
  namespaces: 'namespaces',
  rolebindings: 'enrolments',
  secretrequests: 'requests',
  requestreviews: 'reviews',
  scopeledgers: 'ledgers',
  sealedvalues: 'sealed',
  webhookautomations: 'automations',
};

type Watch = Pick<SeenRequest, 'resource' | 'namespace' | 'url'>;

/**
 * Of Secrets there are two kinds of watches: of what was delivered, by label, and of sources, by type. That of the
 * installation's own keys is neither.
 */
export function watchName({ resource, namespace, url }: Watch): WatchName | undefined {
  if (resource === 'secrets' && namespace === OPERATOR_NAMESPACE) return undefined;
  if (resource === 'secrets') return url.includes('labelSelector=') ? 'targets' : 'sources';
  return BY_RESOURCE[resource];
}

// a Lease is renewed at any time, and Events are neither ordered nor counted on
const OF_NO_INTEREST = new Set(['leases', 'events']);

/** Whether it changes something that users see. */
export function isChange({ kind, resource }: SeenRequest): boolean {
  return kind === 'write' && !OF_NO_INTEREST.has(resource);
}

// a ledger is named for the UID of its scope, which is another one in every run
const UID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export function labelOf({ method, resource, subresource, namespace, name }: SeenRequest): string {
  return labelled([method.toLowerCase(), resource, subresource, namespace, name]);
}

const labelled = (parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .join('-')
    .replaceAll(UID, 'UID');

// the public key of a scope is in a place that is named for the first digit of its UID
const IN_A_PLACE_BY_CHANCE = 'configmaps';

/**
 * Without those that are sent by chance: which met a conflict depends on what else the machine is doing, and a status
 * is written once more, with another time in it, when a second ends before the watch has shown the first.
 */
export function tracedWrites(seen: readonly SeenRequest[]): TracedWrite[] {
  const counts = new Map<string, number>();
  const said = new Map<string, string>();
  const made = seen.filter(
    (request) =>
      isChange(request) && request.answered?.code !== 409 && request.resource !== IN_A_PLACE_BY_CHANCE,
  );
  return made.flatMap((request) => {
    const label = labelOf(request);
    const words = request.subresource === 'status' ? statusWords(request) : undefined;
    if (words !== undefined && said.get(label) === words) return [];
    if (words !== undefined) said.set(label, words);
    const nth = (counts.get(label) ?? 0) + 1;
    counts.set(label, nth);
    return [{ label, nth }];
  });
}

/** What a status says, but for since when. */
function statusWords({ body }: SeenRequest): string {
  const { status } = (body ?? {}) as { readonly status?: unknown };
  return JSON.stringify(status, (key, part: unknown) => (key === 'lastTransitionTime' ? undefined : part));
}

/** What happened to which object. */
export function eventLabel(watch: WatchName, { type, object }: EventSeen): string {
  const { namespace = '', name = '' } = object.metadata;
  return labelled([watch, namespace, name, type.toLowerCase()]);
}
