/** The story of a value that is set: may it be written → is it newer → written down → stored → confirmed. */
import { isDecodable } from '../../fetch/extract/extract.ts';
import type { WriteRecord } from '../../model/kinds/scope-ledger.ts';
import { MAX_VALUE_BYTES } from '../../model/names.ts';
import type { PlanLine } from '../../model/plan.ts';
import { writableEntry } from '../../resolve/writable-entry.ts';
import type { Envelope } from '../../seal/envelope.ts';
import type { ScopeView } from '../../watch/views.ts';
import { scopeFacts } from '../../watch/world.ts';
import type { SealedView } from '../../watch/writing-views.ts';
import { nowOf } from '../approval/what-is-unknown.ts';
import type { Deps } from '../deps.ts';
import { isStillIt } from './live-scope.ts';
import { openSeal } from './open-seal.ts';
import { refused, type SealOutcome, type Stored, waits } from './seal-outcome.ts';
import { confirm, isStillLast, lastWrite, remember } from './write-ledger.ts';

export async function storeValue(
  seal: SealedView,
  scope: ScopeView,
  deps: Deps,
  signal: AbortSignal,
): Promise<SealOutcome> {
  const name = nameOf(seal);
  const last = lastWrite(scope, name, deps);
  const earlier = await storedEarlier(seal, scope, deps, signal);
  if (earlier) return earlier;
  const facts = scopeFacts(deps.world, scope, () => new Map());
  if (!facts) return waits('Progressing', 'its scope or its Namespace is not known yet');
  const entry = writableEntry(facts, name);
  if (entry.kind === 'refused') return waits(entry.reason, entry.message);
  const opened = await openSeal(seal, scope, deps, signal);
  if (opened.kind !== 'opened') return opened;
  try {
    const { envelope } = opened;
    return (
      outdated(envelope, seal, scope, deps) ??
      unusable(envelope, entry.line) ??
      (await store({ seal, scope, line: entry.line, last }, envelope, deps, signal))
    );
  } finally {
    opened.envelope.value.wipe();
  }
}

/** A box is used once. A status counts against storing it again, too: a lost ledger must not bring back what was stored long ago. */
async function storedEarlier(
  seal: SealedView,
  scope: ScopeView,
  deps: Deps,
  signal: AbortSignal,
): Promise<SealOutcome | undefined> {
  const { digest } = seal;
  if (digest === undefined) return refused('SpecInvalid', 'there is no box in spec.sealed');
  const last = lastWrite(scope, nameOf(seal), deps);
  const said = (seal.status as { readonly stored?: Stored } | undefined)?.stored;
  const isSaid = said?.digest === digest;
  const isLast = last?.digest === digest;
  // its value was deleted before: that it is there again is believed of the ledger alone
  if (isLast && last.action === 'Delete') return undefined;
  const isPending = isLast && last.done !== true;
  if (!isSaid && (!isLast || isPending)) return undefined;
  const unconfirmed = isPending && !(await confirm(scope, last, deps, signal));
  const stored = isSaid ? said : { digest, ...keyIDOf(seal), ...versionOf(last), at: last?.at ?? '' };
  const message = (isSaid ? toldBefore(seal) : undefined) ?? storedMessage(nameOf(seal), stored);
  return { kind: 'done', state: 'Stored', message, stored, unconfirmed };
}

/** In the words of then, so that nothing is told twice. */
function toldBefore({ status }: SealedView): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: SealedView['conditions'] };
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready?.reason === 'Stored' ? ready.message : undefined;
}

function outdated(
  { created, name }: Envelope,
  { digest }: SealedView,
  scope: ScopeView,
  deps: Deps,
): SealOutcome | undefined {
  const last = lastWrite(scope, name, deps);
  if (!last || Date.parse(last.created) < created || last.digest === digest) return undefined;
  const what = last.digest !== undefined ? 'a newer value' : 'a newer deletion';
  return refused(
    'Outdated',
    `it was sealed at ${new Date(created).toISOString()}, and ${what} is from ${last.created}; an older value never replaces a newer one: seal it again if it is wanted`,
  );
}

/** What nobody could be given is not stored. */
function unusable({ value, name }: Envelope, { encoding }: PlanLine): SealOutcome | undefined {
  if (value.byteLength > MAX_VALUE_BYTES)
    return refused(
      'ValueTooLarge',
      `${name}: the value has ${value.byteLength} bytes, and ${MAX_VALUE_BYTES} is the most; store something shorter`,
    );
  if (value.byteLength === 0)
    return refused('ValueEmpty', `${name}: the value is empty; to take it away, use action: Delete`);
  if (isDecodable(value, encoding)) return undefined;
  return refused(
    'ValueNotDecodable',
    `${name}: the entry says encoding: ${encoding}, and the value is not that; encode it first (secretscope secret set --encode base64)`,
  );
}

// what the ledger takes; no provider's is longer than 64
const MAX_VERSION = 128;

interface Decided {
  readonly seal: SealedView;
  readonly scope: ScopeView;
  readonly line: PlanLine;
  /** The last write that this was decided on. */
  readonly last: WriteRecord | undefined;
}

async function store(
  { seal, scope, line, last }: Decided,
  { name, created, value }: Envelope,
  deps: Deps,
  signal: AbortSignal,
): Promise<SealOutcome> {
  const digest = seal.digest ?? '';
  const record = {
    name,
    action: 'Set',
    digest,
    created: instantOf(created),
    // tried again it is the same write: a ledger that changed with each try would wake it each time
    at: last?.digest === digest && last.done !== true ? last.at : instantOf(nowOf(deps)),
  } as const;
  // what was deleted stays withdrawn until the new value is there: the backend may still have the old one
  const action = last?.action ?? 'Set';
  const isStill = (await isStillIt(scope, deps, signal)) && isStillLast(scope, name, last, deps);
  if (!isStill) return { kind: 'stale' };
  if (!(await remember(scope, { ...record, action }, deps, signal))) return { kind: 'stale' };
  deps.fence();
  const answer = await deps.fetch.store(line, value, { tenant: scope.metadata.namespace, signal });
  if (answer.kind === 'failed') return waits(answer.reason, answer.message);
  const stored = {
    digest,
    ...keyIDOf(seal),
    version: answer.version.slice(0, MAX_VERSION),
    at: instantOf(nowOf(deps)),
  };
  const rest = answer.earlier === 'usable' ? '; earlier versions can still be read at the backend' : '';
  const { at, version } = stored;
  const unconfirmed = !(await confirm(scope, { ...record, at, version }, deps, signal));
  return { kind: 'done', state: 'Stored', message: storedMessage(name, stored) + rest, stored, unconfirmed };
}

function versionOf(write: WriteRecord | undefined): { readonly version?: string } {
  return write?.version === undefined ? {} : { version: write.version };
}

function storedMessage(name: string, { version, at }: Stored): string {
  return `${name} is stored${version === undefined ? '' : ` as version ${version}`} since ${at}`;
}

export const instantOf = (ms: number): string => new Date(ms).toISOString();

export function nameOf({ spec }: SealedView): string {
  return spec.kind === 'ok' ? spec.value.name : '';
}

function keyIDOf({ spec }: SealedView): { readonly keyID?: string } {
  return spec.kind === 'ok' && spec.value.keyID !== undefined ? { keyID: spec.value.keyID } : {};
}
