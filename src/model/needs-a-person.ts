import { isTransient, REASONS, type Reason, type ReasonPolicy } from './reasons.ts';

/** Not Ready, and it goes on by itself, or waits for those who decide. */
const GOES_ON: ReadonlySet<Reason> = new Set<Reason>([
  'Progressing',
  'DiscoveryPending',
  'RequestNeeded',
  'WaitTimerRunning',
  'AwaitingApproval',
  'DeliveryFailing',
]);

/** Of what is shown in Ready, as `status`, `doctor` and the alert SecretScopeNeedsAPerson count it. */
export function needsAPerson(shown: string): boolean {
  if (!Object.hasOwn(REASONS, shown)) return true;
  const reason = shown as Reason;
  const { ready, over }: ReasonPolicy = REASONS[reason];
  return ready === 'False' && over !== true && !GOES_ON.has(reason) && !isTransient(reason);
}
