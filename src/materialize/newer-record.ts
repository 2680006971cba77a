/** Owns: telling that a Secret was written from a newer world than the one that is shown. Used by: deliver-target.ts, behind.ts. */
import type { DeliveryRecord, SeenGenerations } from './delivery-record.ts';

/** Whether a record was decided on a newer world than `now`. */
export function isNewer(record: DeliveryRecord | undefined, now: SeenGenerations): boolean {
  return Object.entries(record?.seen ?? {}).some(
    ([uid, generation]) => (now[uid] ?? generation) < generation,
  );
}
