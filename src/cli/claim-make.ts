/**
 * Owns: the claim that is waited for: made, or taken up again where it was made before. Used by: claim-verb.ts, exec-scope.ts.
 * A step of CI that is run once more says the same again, so that is no error; saying something else is.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError, type KubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { durationMs } from '../model/duration.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import type { ClaimSpec } from '../model/kinds/secret-claim.ts';
import { parseClaim } from '../model/validate.ts';
import { CLAIMS } from '../watch/resources.ts';
import type { Place } from './review-cluster.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface Made {
  readonly claim: KubeObject;
  /** It was there already, with the same spec. */
  readonly again: boolean;
}

export async function makeClaim(
  kube: KubeClient,
  place: Place,
  spec: ClaimSpec,
  signal: AbortSignal,
): Promise<Made> {
  try {
    return { claim: await createClaim(kube, place, spec, signal), again: false };
  } catch (error) {
    if (!isKubeError(error)) throw error;
    if (error.kind !== 'alreadyExists')
      throw refusal(error, place, 'run this again, which takes it up if it was');
  }
  return { claim: await takeUp(kube, place, spec, signal), again: true };
}

export function createClaim(
  kube: KubeClient,
  place: Place,
  spec: ClaimSpec,
  signal: AbortSignal,
): Promise<KubeObject> {
  const draft = { apiVersion: API_VERSION, kind: CLAIMS.kind, metadata: { ...place }, spec };
  return kube.create(CLAIMS, draft, { fieldManager: 'secretscope-cli', signal });
}

async function takeUp(
  kube: KubeClient,
  place: Place,
  spec: ClaimSpec,
  signal: AbortSignal,
): Promise<KubeObject> {
  const found = await kube.get(CLAIMS, place, { signal }).catch((error: unknown) => {
    throw isKubeError(error) ? unreadable(error, place) : error;
  });
  if (found.metadata.deletionTimestamp !== undefined)
    throw new Error(`claim ${placeText(place)} is being deleted; run this again once it is gone`);
  const differing = differences(specOf(found), spec, place.namespace);
  if (differing.length === 0) return found;
  throw new Error(
    `there is a claim ${placeText(place)} that asks for something else (${differing.join(', ')}); use another --name and --secret, or delete it: ${deleteText(place)}`,
  );
}

export function placeText({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}

export function deleteText({ namespace, name }: Place): string {
  return `kubectl delete secretclaim ${name} -n ${namespace}`;
}

/** `undefined`: this version cannot read it. */
function specOf(found: KubeObject & { readonly authors?: unknown }): ClaimSpec | undefined {
  // the stamp of admission is no part of what a claim asks for
  const { authors: _, ...object } = found;
  const parsed = parseClaim(object);
  return parsed.kind === 'ok' ? parsed.value.spec : undefined;
}

/** The fields that mean something else; what is left out means its default. */
function differences(there: ClaimSpec | undefined, wanted: ClaimSpec, namespace: string): string[] {
  if (!there) return ['it cannot be read by this version'];
  const [old, now] = [meaningOf(there, namespace), meaningOf(wanted, namespace)];
  return Object.keys(now).filter((field) => old[field] !== now[field]);
}

function meaningOf(spec: ClaimSpec, namespace: string): Record<string, string> {
  const { scopeRef, include, keys = {}, onMissing = 'Report', secretName, mode = 'Live', ttl } = spec;
  return {
    scopeRef: `${scopeRef.namespace ?? namespace}/${scopeRef.name}`,
    include: include.toSorted().join(),
    keys: JSON.stringify(Object.entries(keys).sort()),
    onMissing,
    secretName,
    mode,
    ttl: ttl === undefined ? '' : String(durationMs(ttl)),
  };
}

/** Why no claim was made, or that nobody can say whether one was, and what to do then. */
export function refusal(error: KubeError, place: Place, whenUnknown: string): Error {
  const { namespace } = place;
  const said = error.serverMessage === undefined ? '' : `: ${error.serverMessage}`;
  switch (error.kind) {
    case 'forbidden':
      return new ExitError(EXIT.denied, `${forbiddenText(error, namespace)}${said}`);
    case 'invalid':
      return new ExitError(
        EXIT.denied,
        `the API server refuses this claim, and nothing was made; change what it says here${said}`,
      );
    case 'notFound':
      return new ExitError(
        EXIT.notFound,
        `there is no namespace ${namespace}, or this cluster knows no claims; name a namespace with -n, or have the cluster's admin install SecretScope, with its CRDs${said}`,
      );
    case 'timeout':
    case 'network':
    case 'server':
      return new ExitError(
        error.kind === 'server' ? EXIT.failed : EXIT.unreachable,
        `whether claim ${placeText(place)} was made is not known; ${whenUnknown}: ${error.message}`,
      );
    case 'aborted':
    case 'alreadyExists':
    case 'badAnswer':
    case 'conflict':
    case 'credentials':
    case 'gone':
    case 'throttled':
    case 'tooLarge':
    case 'unauthorized':
      return error;
    default:
      return error.kind satisfies never;
  }
}

/** RBAC and admission both say 403, but only for one of them a right in the own namespace is the answer. */
function forbiddenText(error: KubeError, namespace: string): string {
  return /admission/i.test(error.serverMessage ?? '')
    ? 'the claim was refused by an admission policy, and nothing was made; it says itself what is missing'
    : `you may not make claims in namespace ${namespace}; have somebody who may give it bind you the verbs create and get on secretclaims there`;
}

/** What to say where a claim that is there cannot be read. */
export function unreadable(error: KubeError, place: Place): Error {
  if (error.kind === 'notFound')
    return new ExitError(
      EXIT.notFound,
      `claim ${placeText(place)} was deleted meanwhile; run this again for another one`,
    );
  if (error.kind !== 'forbidden') return error;
  return new ExitError(
    EXIT.denied,
    `claim ${placeText(place)} is there, and you may not read what becomes of it; have somebody bind you the verb get on secretclaims in namespace ${place.namespace}`,
  );
}
