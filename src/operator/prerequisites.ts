import { setTimeout as pause } from 'node:timers/promises';
import { mayI } from '../kube/access-review.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { API_VERSION, GROUP } from '../model/kinds/common.ts';
import type { Logger } from '../report/logger.ts';
import { BACKENDS, CLUSTER_BACKENDS, CRDS, SCOPES } from '../watch/resources.ts';

// what nothing can be done without; the kinds of approval may be missing, as they are in an older installation, and
// then protected scopes alone wait for them
const WATCHED = [SCOPES, BACKENDS, CLUSTER_BACKENDS];
const RETRY_MS = 5_000;
// an API server that just starts, or a connection that was cut
const ANSWER_RETRY_MS = 1_000;

export interface Waiting {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Asks until the API server has answered, and says what it waits for. Undefined when asked to end. */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  { log, signal }: Waiting,
): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (signal.aborted) return undefined;
      log.error({ retryInSeconds: ANSWER_RETRY_MS / 1000 }, `waiting for the API server: ${error.message}`);
    }
    await pause(ANSWER_RETRY_MS, undefined, { signal }).catch(ignoreAbort);
  }
  return undefined;
}

/** Waits until the API server answers and the CRDs are there, and says what is missing. False when asked to end. */
export async function prerequisites({
  kube,
  log,
  signal,
}: Waiting & { readonly kube: KubeClient }): Promise<boolean> {
  while (!signal.aborted) {
    const missing = await missingPrerequisite(kube, signal);
    if (missing === undefined) return true;
    log.error({ retryInSeconds: RETRY_MS / 1000 }, missing);
    await pause(RETRY_MS, undefined, { signal }).catch(ignoreAbort);
  }
  return false;
}

async function missingPrerequisite(kube: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    for (const { plural } of WATCHED)
      await kube.getMetadata(CRDS, { name: `${plural}.${GROUP}` }, { signal });
    return undefined;
  } catch (error) {
    if (isKubeError(error, 'notFound')) {
      return `the CRDs of ${API_VERSION} are not installed; run: kubectl apply --server-side -k crds/`;
    }
    if (isKubeError(error, 'forbidden')) {
      return 'the operator may not even read its CRDs: its rights are missing; apply again what you installed with: kubectl apply --server-side -k deploy/default, your own kustomization, or helm upgrade';
    }
    if (isKubeError(error)) return `waiting for the API server: ${error.message}`;
    throw error;
  }
}

export async function rightsEverywhere(kube: KubeClient, signal: AbortSignal): Promise<boolean> {
  const answer = await mayI(kube, { verb: 'list', group: '', resource: 'secrets' }, { signal });
  return answer.kind === 'allowed';
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}
