/** The story of a value that is deleted: may it be → does nobody need it → taken away from everybody → removed at the backend. */
import type { SealedSpec, SealedStatus } from '../../model/kinds/sealed-value.ts';
import { writableEntry } from '../../resolve/writable-entry.ts';
import type { ScopeView } from '../../watch/views.ts';
import { scopeFacts } from '../../watch/world.ts';
import type { SealedView } from '../../watch/writing-views.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import { isStillIt, isStillWished } from './live-scope.ts';
import { fromTheFuture, MAX_SKEW_MS } from './open-seal.ts';
import { refused, type SealOutcome, type Stored, waits } from './seal-outcome.ts';
import { instantOf } from './store-value.ts';
import { usedBy } from './used-by.ts';
import { confirm, isStillLast, lastWrite, remember } from './write-ledger.ts';

type Wish = Omit<SealedSpec, 'sealed'>;
type Done = Extract<SealOutcome, { kind: 'done' }>;
const TOLD_USERS = 5;

export async function deleteValue(
  seal: SealedView,
  wish: Wish,
  scope: ScopeView,
  deps: Deps,
  signal: AbortSignal,
): Promise<SealOutcome> {
  const created = Date.parse(wish.requestedAt ?? '');
  if (Number.isNaN(created))
    return refused('SpecInvalid', 'spec.requestedAt is no time; write it as 2026-01-31T12:00:00Z');
  const last = lastWrite(scope, wish.name, deps);
  // with a box it is a new value on its way
  const isDelete = last?.action === 'Delete' && last.digest === undefined;
  const isSame = isDelete && Date.parse(last.created) === created;
  if (isSame && last.done === true) return done(seal, wish.name, last.at);
  const earlier = isSame ? undefined : doneEarlier(seal, wish.name);
  if (earlier) return earlier;
  if (last && !isSame && Date.parse(last.created) >= created) return outdated(wish, last.created);
  if (Date.parse(scope.createdAt) > created + MAX_SKEW_MS) return outdated(wish, scope.createdAt);
  const early = fromTheFuture(created, deps);
  if (early) return early;
  const facts = scopeFacts(deps.world, scope, () => new Map());
  if (!facts) return waits('Progressing', 'its scope or its Namespace is not known yet');
  const entry = writableEntry(facts, wish.name);
  if (entry.kind === 'refused') return waits(entry.reason, entry.message);
  const users = isSame || wish.force === true ? [] : usedBy(scope, wish.name, deps);
  if (users.length > 0) return inUse(wish.name, users);
  const at = isSame ? last.at : instantOf(nowOf(deps));
  const record = { name: wish.name, action: 'Delete', created: instantOf(created), at } as const;
  // from here on nobody gets it any more, whatever the backend says
  const isStill = (await isStillIt(scope, deps, signal)) && (await isStillWished(seal, deps, signal));
  if (!isStill || !isStillLast(scope, wish.name, last, deps)) return { kind: 'stale' };
  if (!isSame && !(await remember(scope, record, deps, signal))) return { kind: 'stale' };
  deps.fence();
  const answer = await deps.fetch.destroy(entry.line, { tenant: scope.metadata.namespace, signal });
  if (answer.kind === 'failed')
    return waits(
      answer.reason,
      `nobody gets ${wish.name} any more, but the backend has not removed it yet: ${answer.message}`,
    );
  const unconfirmed = !(await confirm(scope, record, deps, signal));
  if (answer.kind === 'absent') return { ...done(seal, wish.name, at), unconfirmed };
  return { ...deleted(wish.name, answer.recoverable ? 'SoftDeleted' : 'Deleted', { at }), unconfirmed };
}

/** A status counts against deleting it again: a lost ledger must not take away what was stored since. */
function doneEarlier({ status, generation }: SealedView, name: string): SealOutcome | undefined {
  const { state, stored, observedGeneration } = (status ?? {}) as Partial<SealedStatus>;
  if (observedGeneration !== generation || !stored) return undefined;
  return state === 'Deleted' || state === 'SoftDeleted' ? deleted(name, state, stored) : undefined;
}

/** Whether the provider still keeps it is not in the ledger; what was said of it then is said again. */
function done(seal: SealedView, name: string, at: string): Done {
  const said = (seal.status as { readonly state?: string } | undefined)?.state;
  return deleted(name, said === 'SoftDeleted' ? 'SoftDeleted' : 'Deleted', { at });
}

function deleted(name: string, state: 'Deleted' | 'SoftDeleted', stored: Stored): Done {
  const rest =
    state === 'SoftDeleted'
      ? '; the provider still keeps it for a while and could restore it there, but nobody is given it'
      : '';
  return { kind: 'done', state, message: `${name} was deleted at ${stored.at}${rest}`, stored };
}

function outdated({ name, requestedAt }: Wish, since: string): SealOutcome {
  return refused(
    'Outdated',
    `${name} was written at ${since}, after this deletion was decided (${requestedAt}): what is newer is not deleted; set spec.requestedAt to now in another SealedValue if it is to go all the same`,
  );
}

function inUse(name: string, users: readonly string[]): SealOutcome {
  const rest = users.length > TOLD_USERS ? ` and ${users.length - TOLD_USERS} more` : '';
  const message = `${name} is still named by ${users.slice(0, TOLD_USERS).join(', ')}${rest}; take it out of their include, or set spec.force: true`;
  return { kind: 'inUse', message, usedBy: users };
}
