/** Owns: waiting for what the operator says of a vote. Used by: review-cast.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { Condition } from '../model/kinds/common.ts';
import { parseReview } from '../model/validate.ts';
import { REVIEWS } from '../watch/resources.ts';
import type { Place } from './review-cluster.ts';
import { conditionOf } from './review-wording.ts';

export interface Pace {
  readonly forMs: number;
  readonly everyMs: number;
}

/** What was last heard; `undefined`: nothing. */
export type Heard =
  | { readonly kind: 'heard'; readonly counted: Condition | undefined }
  /** The vote is there all the same: nothing that happens here may look like a vote that failed. */
  | { readonly kind: 'unseen'; readonly why: string };

export async function waitForWorth(kube: KubeClient, vote: Place, { forMs, everyMs }: Pace): Promise<Heard> {
  const end = performance.now() + forMs;
  try {
    for (;;) {
      const parsed = parseReview(await kube.get(REVIEWS, vote, { deadlineMs: Math.max(everyMs, 2_000) }));
      const counted = parsed.kind === 'ok' ? conditionOf(parsed.value, 'Counted') : undefined;
      const settled = counted !== undefined && counted.status !== 'Unknown';
      if (settled || performance.now() + everyMs > end) return { kind: 'heard', counted };
      await sleep(everyMs);
    }
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return { kind: 'unseen', why: error.message };
  }
}
