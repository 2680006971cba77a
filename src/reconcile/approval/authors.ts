/**
 * Owns: who asked. Everybody whose change of a covered scope nobody has approved yet is an author; where somebody may
 * be missing, it is said (THREATS 12, API-REVIEW 5).
 */

import { compareLines } from '../../gate/coverage.ts';
import type { WrittenPlan } from '../../gate/gated-plan.ts';
import { type Authors, MAX_AUTHORS, type Subject } from '../../model/approval.ts';
import type { LedgerSpec } from '../../model/kinds/scope-ledger.ts';
import type { RequestSpec } from '../../model/kinds/secret-request.ts';
import type { RequestPlan } from '../../model/request-subject.ts';
import type { ClaimView, ScopeView } from '../../watch/views.ts';

/** Since when everybody who changes a scope is written down; undefined: they are not. */
export type StampedSince = number | undefined;

/** API servers load a policy one after another; what was made before all of them had may lack its author. */
function isStamped(createdAt: string, stampedSince: StampedSince, settleMs: number): boolean {
  return stampedSince !== undefined && stampedSince + settleMs <= Date.parse(createdAt);
}

/** Those of the scope itself: what its stamp says, and what was seen of it before and not yet decided on. */
export function scopeAuthors(
  view: ScopeView,
  ledger: LedgerSpec,
  stamps: { readonly since: StampedSince; readonly unchanged: boolean; readonly settleMs: number },
): Authors {
  const names = union(ledger.authors ?? [], view.authors);
  const complete =
    ledger.authorsComplete === undefined
      ? isStamped(view.createdAt, stamps.since, stamps.settleMs)
      : ledger.authorsComplete && stamps.unchanged;
  return { names, complete };
}

/** With whoever made or changed the claim or the automation: it asks as much as the scope does. */
export function withAskerAuthors(
  own: Authors,
  { authors, createdAt }: Pick<ClaimView, 'authors' | 'createdAt'>,
  stamps: { readonly since: StampedSince; readonly settleMs: number },
): Authors {
  const complete = own.complete && isStamped(createdAt, stamps.since, stamps.settleMs);
  return { names: union(own.names, authors), complete };
}

/** Those of one plan: whoever changed a level above counts where one of its lines is new. */
export function planAuthors(
  own: Authors,
  wanted: WrittenPlan,
  released: WrittenPlan | undefined,
  above: readonly ScopeView[],
  stamps: { readonly since: StampedSince; readonly settleMs: number },
): Authors {
  const fresh = freshSecrets(wanted, released);
  const inherited = fresh.some(({ scope }) => scope.uid !== wanted.subject.scopeUID);
  const ancestors = inherited ? above : [];
  const stamped = ancestors.every(({ createdAt }) => isStamped(createdAt, stamps.since, stamps.settleMs));
  return {
    names: ancestors.reduce((names, { authors }) => union(names, authors), own.names),
    complete: own.complete && stamped && !fresh.some((line) => released && backendMoved(line, released.plan)),
  };
}

/** A request that was decided before, as it is remembered; `plan` is undefined where it is gone. */
export interface EarlierRequest {
  readonly digest: string;
  readonly plan: RequestSpec | undefined;
  readonly subject: Subject | undefined;
}

/**
 * With those who asked for the same lines before: a line that was revoked, has expired or was rejected has the authors
 * that it had, whoever asks for it again (THREATS 12).
 */
export function withEarlierAuthors(
  authors: Authors,
  wanted: WrittenPlan,
  released: WrittenPlan | undefined,
  earlier: readonly EarlierRequest[],
): Authors {
  const fresh = freshLines(wanted, released);
  let { names, complete } = authors;
  for (const { digest, plan, subject } of earlier) {
    if (!plan || !subject) {
      complete &&= digest !== wanted.subject.digest;
      continue;
    }
    complete &&= !wanted.plan.secrets.some(
      (line) => fresh.has(`name ${line.name}`) && backendMoved(line, plan),
    );
    if (subject.lines.some((line) => fresh.get(line.id) === line.digest)) {
      names = union(names, plan.authors);
      complete &&= plan.authorsComplete;
    }
  }
  return { names, complete };
}

/** Digests of the lines that were not released, by id. */
function freshLines(wanted: WrittenPlan, released: WrittenPlan | undefined): Map<string, string> {
  return new Map(
    compareLines(released?.subject, wanted.subject).flatMap(({ id, change, wanted: line }) =>
      line && (change === 'added' || change === 'changed') ? [[id, line.digest] as const] : [],
    ),
  );
}

type SecretLine = RequestPlan['secrets'][number];

function freshSecrets(wanted: WrittenPlan, released: WrittenPlan | undefined): SecretLine[] {
  const fresh = freshLines(wanted, released);
  return wanted.plan.secrets.filter(({ name }) => fresh.has(`name ${name}`));
}

/** A backend of the same name is another one, or means something else: nobody stamps who did that. */
function backendMoved({ backend }: SecretLine, { secrets }: RequestPlan): boolean {
  const before = secrets.filter(
    ({ backend: old }) =>
      old.kind === backend.kind && old.namespace === backend.namespace && old.name === backend.name,
  );
  return before.some(({ backend: old }) => old.uid !== backend.uid || old.identity !== backend.identity);
}

/** At most as many as fit; a full list is taken to lack somebody. */
function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].slice(0, MAX_AUTHORS);
}
