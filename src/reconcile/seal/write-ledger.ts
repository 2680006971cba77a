/**
 * Owns: what the ledger of a scope remembers of writes: the last one of each entry. It is written down before the backend
 * is asked, so that whatever happens next nothing older can be stored over it (THREATS 14).
 */
import { isKubeError } from '../../kube/kube-error.ts';
import type { WriteRecord } from '../../model/kinds/scope-ledger.ts';
import { byName } from '../../model/names.ts';
import type { ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import type { Deps } from '../deps.ts';

/** The last write of an entry, where one is known. */
export function lastWrite(view: ScopeView, name: string, deps: Deps): WriteRecord | undefined {
  return readWrites(view, deps).ledger.spec.writes?.find((write) => write.name === name);
}

/** Whether that is still the last write, as far as is known: a watch that was behind may have caught up since. */
export function isStillLast(
  view: ScopeView,
  name: string,
  last: WriteRecord | undefined,
  deps: Deps,
): boolean {
  return JSON.stringify(lastWrite(view, name, deps)) === JSON.stringify(last);
}

/** Puts a record in the place of the one of that name. False: somebody else wrote meanwhile, and nothing was written. */
export async function remember(
  view: ScopeView,
  record: WriteRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const { ledger, shown } = readWrites(view, deps);
  const others = (ledger.spec.writes ?? []).filter(({ name }) => name !== record.name);
  const names = new Set(view.spec.kind === 'ok' ? view.spec.value.secrets?.map(({ name }) => name) : []);
  // in one order, whoever comes first: else two that wait would swap places for ever, and each would wake the other
  const writes = [...forgetOldest(others, names), record].toSorted((a, b) => byName(a.name, b.name));
  const outcome = await deps.ledgers.write(ledger, { ...ledger.spec, writes }, shown, signal);
  return outcome.kind === 'written';
}

/**
 * Notes what the backend has confirmed. False: that is not written down, for whatever reason; what was done stays done.
 */
export async function confirm(
  view: ScopeView,
  record: WriteRecord,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await remember(view, { ...record, done: true }, deps, signal);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    deps.log.warn(
      { err: error, scope: keyOf(view.metadata) },
      'a write is done, and the ledger does not say so yet',
    );
    return false;
  }
}

// as many as the schema takes; names that are no entry any more go first, the oldest of them before others
const MAX_WRITES = 1_000;

function forgetOldest(writes: readonly WriteRecord[], entries: ReadonlySet<string>): readonly WriteRecord[] {
  const excess = writes.length + 1 - MAX_WRITES;
  if (excess <= 0) return writes;
  const byUse = writes.toSorted(
    (a, b) =>
      Number(entries.has(a.name)) - Number(entries.has(b.name)) || Date.parse(a.at) - Date.parse(b.at),
  );
  const forgotten = new Set(byUse.slice(0, excess));
  return writes.filter((write) => !forgotten.has(write));
}

function readWrites({ metadata }: ScopeView, { world, ledgers }: Deps) {
  const { namespace, name, uid } = metadata;
  const shown = world.ledgers.get(uid);
  return { ledger: ledgers.read({ namespace, name, uid }, shown), shown };
}
