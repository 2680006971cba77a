/**
 * Owns: whether a write changes what a Secret delivers, so that workloads have to be restarted. Bytes decide, and nothing
 * else: not a version that moved, not labels, not a key of this installation that was lost (THREATS 19).
 */
import { nextWish, type RestartWish } from '../model/restart-wish.ts';
import type { Delivery, DeliveryDeps } from './delivery.ts';
import { comparedToDelivered, type FreshKey } from './fresh-keys.ts';
import type { Keyring } from './keyring.ts';
import type { ObservedTarget } from './observed-target.ts';
import { encoded } from './target-body.ts';

/** What a write sets and takes away. */
interface Written {
  readonly fresh: readonly FreshKey[];
  readonly remove: readonly string[];
}

/** The wish that goes into the same write; undefined where nobody wants a restart, or no data change. */
export async function restartFor(
  { restartAt }: Pick<Delivery, 'restartAt'>,
  written: Written,
  observed: ObservedTarget,
  deps: DeliveryDeps,
): Promise<RestartWish | undefined> {
  if (restartAt === undefined) return undefined;
  const isChange = await changesData(written, observed, deps);
  return isChange ? changeWish(observed, restartAt, deps.keyring) : undefined;
}

/**
 * The wish for a write over what was observed. Its name is made of what the write replaces, and a write succeeds once
 * over that: repeated after a crash it has the same name, and no other write ever has.
 */
export function changeWish(
  { uid, resourceVersion, restart }: ObservedTarget,
  at: number | undefined,
  keyring: Keyring,
): RestartWish | undefined {
  if (at === undefined) return undefined;
  return nextWish(keyring.mac(['restart', uid, resourceVersion]).slice(0, 10), at, restart);
}

async function changesData(
  { fresh, remove }: Written,
  observed: ObservedTarget,
  { writer, keyring, signal }: DeliveryDeps,
): Promise<boolean> {
  if (remove.some((dataKey) => observed.keys.has(dataKey))) return true;
  const compared = fresh.map((key) => ({ key, answer: comparedToDelivered(key, observed, keyring) }));
  if (compared.some(({ answer }) => answer === 'other')) return true;
  const unknown = compared.flatMap(({ key, answer }) => (answer === 'unknown' ? [key] : []));
  return unknown.length > 0 && !(await writer.holds(observed, encoded(unknown), signal));
}
