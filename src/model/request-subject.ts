/**
 * Owns: what a request is about, as a digest and as lines. Used by: whoever makes a request, decides on one or shows
 * one; all of them compute it anew from the request's spec and compare.
 */
import { createHash } from 'node:crypto';
import type { CoveredLine, Subject } from './approval.ts';
import { canonicalJson, type Json } from './canonical-json.ts';
import { PRINTABLE } from './kinds/common.ts';
import { MAX_IDENTITY } from './kinds/request-plan.ts';
import type { RequestSpec } from './kinds/secret-request.ts';

/** The fields of a request that say what would be delivered, and to whom. */
export type RequestPlan = Pick<
  RequestSpec,
  'scopeRef' | 'consumer' | 'pin' | 'secret' | 'webhook' | 'secrets' | 'keys' | 'namespaces'
>;

type SecretLine = RequestPlan['secrets'][number];

/**
 * The subject of a plan: `v1:sha256:` over its canonical form, and its lines. Neither says who asked, when, or what
 * changed; a version is part of the digest only where it is what is approved. Later forms have another number in
 * front, so that votes on this one stay valid (THREATS 19).
 */
export function subjectOf(plan: RequestPlan): Subject {
  const { scopeRef, consumer, pin } = plan;
  const versions =
    pin === 'Version'
      ? plan.secrets.filter(isThere).map(({ name, version }) => ({ name, version }))
      : undefined;
  const lines = coveredLines(plan);
  const form: Json = {
    scope: scopeRef.uid,
    consumer: { ...consumer },
    pin,
    lines: lines.map(({ id, digest }) => ({ id, digest })),
    versions: versions?.sort(byName),
  };
  return {
    scopeUID: scopeRef.uid,
    consumer: { ...consumer, uid: consumer.uid ?? '' },
    digest: `v1:${digestOf(form)}`,
    pin,
    lines,
  };
}

/** What a line of a request says of the backend's identity: to be read where it is short, to be compared always. */
export function identityText(identity: Json): string {
  const text = canonicalJson(identity);
  return text.length <= MAX_IDENTITY && PRINTABLE.test(text) ? text : digestOf(identity);
}

/** Everything in a plan that is approved by itself, sorted by id. What is only listed as removed is no part of it. */
export function coveredLines({
  secret,
  webhook,
  secrets,
  keys = [],
  namespaces = [],
}: RequestPlan): CoveredLine[] {
  const lines: CoveredLine[] = [
    ...(webhook && isThere(webhook) ? [webhookLine(webhook)] : []),
    ...(secret ? [{ id: 'secret', digest: digestOf({ ...secret }) }] : []),
    ...secrets.filter(isThere).map(secretLine),
    ...keys.filter(isThere).map(({ change: _, ...key }) => ({ id: `key ${key.key}`, digest: digestOf(key) })),
    ...namespaces.filter(isThere).map(({ change: _, ...namespace }) => ({
      id: `namespace ${namespace.name}`,
      digest: digestOf(namespace),
    })),
  ];
  return lines.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function webhookLine({ change: _, ...webhook }: NonNullable<RequestPlan['webhook']>): CoveredLine {
  return { id: 'webhook', digest: digestOf(webhook) };
}

function secretLine({
  change: _,
  version,
  versionFixed = false,
  locked = false,
  ...rest
}: SecretLine): CoveredLine {
  const fixed = versionFixed ? { version } : {};
  const digest = digestOf({ ...rest, ...(locked && { locked }), ...fixed });
  return { id: `name ${rest.name}`, digest, ...(version !== undefined && { version }) };
}

function isThere({ change }: { readonly change: string }): boolean {
  return change !== 'Removed';
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function digestOf(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}
