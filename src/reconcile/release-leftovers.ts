import { whenFound } from '../kube/when-found.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import { type Leaving, type Released, releaseTarget } from '../materialize/release-target.ts';
import type { Finding } from '../report/conditions.ts';
import { CRDS, NAMESPACES, SCOPES } from '../watch/resources.ts';
import type { ScopeView } from '../watch/views.ts';
import { BY_HOLDER } from '../watch/world.ts';
import { apiTrouble } from './api-trouble.ts';
import type { Deps } from './deps.ts';

export interface ReleaseReport {
  readonly findings: readonly Finding[];
  /** When to look again at what waits for its grace period, in milliseconds. */
  readonly againMs: number | undefined;
}

// uninstalling is under way, or a namespace: nothing is decided from what is missing then
const LATER_MS = 30_000;

/**
 * Lets go of the Secrets that a scope holds and no longer wants: because the scope is gone, the target is, or
 * its namespace is no longer admitted. Absence is confirmed by a live read; it is believed neither while the
 * CRD nor while the scope's namespace is going away.
 */
export async function releaseLeftovers(
  key: string,
  view: ScopeView | undefined,
  isWanted: (held: ObservedTarget) => boolean,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReleaseReport> {
  const leftovers = deps.targets.by(BY_HOLDER, key).filter((held) => !held.deleting && !isWanted(held));
  if (leftovers.length === 0) return { findings: [], againMs: undefined };
  if (!(await confirmed(key, view, deps, signal))) return { findings: [], againMs: LATER_MS };
  const waits: number[] = [];
  const findings: Finding[] = [];
  const released: ObservedTarget[] = [];
  for (const observed of leftovers) {
    const { waitMs, finding } = await releaseOne(key, view, observed, deps, signal).catch(
      (error: unknown): ReleasedOne => ({
        waitMs: LATER_MS,
        finding: apiTrouble(error, `${observed.namespace}/${observed.name}`),
      }),
    );
    if (waitMs === undefined) released.push(observed);
    else waits.push(waitMs);
    if (finding) findings.push(finding);
  }
  forgetDepartures(released, leftovers, deps);
  return { findings, againMs: waits.length > 0 ? Math.min(...waits) : undefined };
}

/** A target may have Secrets in many namespaces: that it was seen to go counts for the last of them, too. */
function forgetDepartures(
  released: readonly ObservedTarget[],
  leftovers: readonly ObservedTarget[],
  deps: Deps,
): void {
  const departure = ({ record }: ObservedTarget) => `${record?.holder.uid}/${record?.target}`;
  const open = new Set(leftovers.filter((one) => !released.includes(one)).map(departure));
  for (const observed of released) {
    const { record } = observed;
    if (record && !open.has(departure(observed))) deps.witness.forget(record.holder.uid, record.target);
  }
}

/** Live reads: is the scope (or this generation of it) really what the watch says, and is nothing else going away? */
async function confirmed(
  key: string,
  view: ScopeView | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const [namespace = '', name = ''] = key.split('/');
  const live = await whenFound(() => deps.kube.getMetadata(SCOPES, { namespace, name }, { signal }));
  if (view) return live?.metadata.uid === view.metadata.uid && live.metadata.generation === view.generation;
  if (live) return false;
  const crd = await whenFound(() =>
    deps.kube.getMetadata(CRDS, { name: 'secretscopes.secretscope.dev' }, { signal }),
  );
  const kindUid = crd?.metadata.deletionTimestamp === undefined ? crd?.metadata.uid : undefined;
  deps.witness.kindIs(kindUid);
  if (kindUid === undefined) return false;
  const home = await whenFound(() => deps.kube.getMetadata(NAMESPACES, { name: namespace }, { signal }));
  return home?.metadata.deletionTimestamp === undefined;
}

interface ReleasedOne {
  readonly waitMs?: number;
  readonly finding?: Finding;
}

async function releaseOne(
  key: string,
  view: ScopeView | undefined,
  observed: ObservedTarget,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReleasedOne> {
  const nowMs = deps.kube.serverTime()?.at ?? deps.clock.now();
  const leaving = leavingOf(view, observed, deps);
  const released = await releaseTarget(
    { observed, leaving, nowMs, graceMs: deps.orphanGraceMs },
    deps.writer,
    signal,
  );
  tell(key, view, observed, released, deps);
  if (released.kind === 'orphaned') return { waitMs: Math.max(1_000, released.untilMs - nowMs) };
  if (released.kind === 'stale') return { waitMs: 1_000 };
  if (released.kind === 'denied') return { waitMs: LATER_MS, finding: pendingWithdrawal(observed) };
  if (released.kind === 'deleted') deps.metrics.targetWrite('delete');
  return {};
}

function pendingWithdrawal({ namespace, name }: ObservedTarget): Finding {
  const message = `Secret ${namespace}/${name} has to go and the operator may not delete it: enroll the namespace again (secretscope enroll ${namespace}), delete it by hand, and rotate what it holds`;
  return { reason: 'WithdrawalPending', message };
}

function leavingOf(view: ScopeView | undefined, observed: ObservedTarget, deps: Deps): Leaving {
  const record = observed.record;
  const targets = view?.spec.kind === 'ok' ? (view.spec.value.targets ?? []) : [];
  if (record && targets.some((target) => target.secretName === record.target)) return 'notAdmitted';
  return record && deps.witness.sawLeave(record.holder.uid, record.target) ? 'witnessed' : 'found';
}

function tell(
  key: string,
  view: ScopeView | undefined,
  observed: ObservedTarget,
  released: Released,
  deps: Deps,
): void {
  const secret = `Secret ${observed.namespace}/${observed.name}`;
  const fields = { scope: key, secret: `${observed.namespace}/${observed.name}`, outcome: released.kind };
  deps.log.info(fields, `${secret} is no longer wanted by SecretScope ${key}: ${released.kind}`);
  if (
    released.kind === 'stale' ||
    released.kind === 'denied' ||
    (released.kind === 'orphaned' && !released.isNew)
  )
    return;
  const regarding = view ?? {
    kind: 'Secret',
    metadata: { name: observed.name, namespace: observed.namespace, uid: observed.uid },
  };
  if (released.kind === 'orphaned') {
    const until = new Date(released.untilMs).toISOString();
    const note = `${secret}: its SecretScope ${key} or target is gone and was not seen to go; the Secret stays until ${until}, unless the target comes back`;
    deps.emit({ regarding, type: 'Warning', reason: 'Orphaned', action: 'Release', note });
    return;
  }
  const reason = released.kind === 'deleted' ? 'Deleted' : 'Retained';
  deps.emit({
    regarding,
    type: 'Normal',
    reason,
    action: 'Release',
    note: `${secret} was ${released.kind}: no target of SecretScope ${key} wants it any more`,
  });
}
