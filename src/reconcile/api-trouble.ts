import { isKubeError } from '../kube/kube-error.ts';
import type { Finding } from '../report/conditions.ts';

/**
 * What the API server would not do for one Secret, as a finding, so that the other Secrets of the scope do not wait
 * for it. What stops everything alike (no connection, no credentials, no time) is thrown on.
 */
export function apiTrouble(error: unknown, place: string): Finding {
  if (!isKubeError(error, 'server', 'badAnswer', 'tooLarge', 'gone', 'invalid', 'forbidden')) throw error;
  const message = `Secret ${place} could not be brought up to date: ${error.message}; it is tried again by itself`;
  return { reason: 'TargetRefused', message };
}
