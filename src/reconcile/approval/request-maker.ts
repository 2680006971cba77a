/** Owns: making SecretRequests, and finding one that was made and not written down. Used by: pass-gate.ts. */

import { compareLines } from '../../gate/coverage.ts';
import type { WrittenPlan } from '../../gate/gated-plan.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import type { Authors, Instant, LedgerEntry, RequestId } from '../../model/approval.ts';
import { canonicalJson, type Json } from '../../model/canonical-json.ts';
import { API_VERSION } from '../../model/kinds/common.ts';
import type { RequestSpec } from '../../model/kinds/secret-request.ts';
import { type RequestView, requestView } from '../../watch/approval-views.ts';
import { BY_VOTED_REQUEST } from '../../watch/approval-world.ts';
import { REQUESTS } from '../../watch/resources.ts';
import type { ScopeView } from '../../watch/views.ts';
import type { Deps } from '../deps.ts';

/** A request to be made: what is wanted, compared with what is released, and who asks. */
export interface Asking {
  readonly view: ScopeView;
  readonly wanted: WrittenPlan;
  readonly released: WrittenPlan | undefined;
  readonly replaces: RequestId | undefined;
  readonly authors: Authors;
  /** The value of the annotation that asks for it; empty without one. */
  readonly askedAgain: string;
  readonly entries: readonly LedgerEntry[];
  /** Every request in the scope's namespace that names it. */
  readonly requests: readonly RequestView[];
  readonly now: Instant;
}

export interface Asked {
  readonly id: RequestId;
  readonly createdAt: Instant;
  /** As it is now; the watch shows it a moment later. */
  readonly request: RequestView;
}

// from the answer to a POST to the write of the ledger; the operator may have been killed in between
const CRASH_WINDOW_MS = 60_000;

/** `undefined`: its name was taken meanwhile; look again. */
export async function makeRequest(
  asking: Asking,
  deps: Deps,
  signal: AbortSignal,
): Promise<Asked | undefined> {
  const left = leftOver(asking, deps);
  if (left) return askedWith(left);
  const { view } = asking;
  const metadata = {
    name: nextName(asking, deps),
    namespace: view.metadata.namespace,
    ownerReferences: [
      { apiVersion: API_VERSION, kind: 'SecretScope', name: view.metadata.name, uid: view.metadata.uid },
    ],
  };
  try {
    deps.fence();
    const draft = { apiVersion: API_VERSION, kind: REQUESTS.kind, metadata, spec: specOf(asking) };
    const made = requestView(await deps.kube.create(REQUESTS, draft, { signal }));
    if (made.subject?.digest !== asking.wanted.subject.digest)
      throw new Error(`SecretRequest ${made.metadata.name} says something else than was asked`);
    return askedWith(made);
  } catch (error) {
    if (isKubeError(error, 'alreadyExists', 'conflict')) return undefined;
    throw error;
  }
}

function askedWith(request: RequestView): Asked {
  const { name, uid } = request.metadata;
  return { id: { name, uid }, createdAt: Date.parse(request.createdAt), request };
}

/**
 * One that this operator made just before it ended. An older one is somebody else's, or from before the ledger was
 * lost; its timer, and votes on it, must not count (THREATS 8).
 */
function leftOver(asking: Asking, deps: Deps): RequestView | undefined {
  const { entries, requests, now } = asking;
  const wanted = textOf(specOf(asking));
  return requests.find(
    ({ metadata: { uid }, spec, createdAt, deleting }) =>
      // what reviewers read has to be this operator's, too: who asked, and what changes
      spec.kind === 'ok' &&
      textOf(spec.value) === wanted &&
      !deleting &&
      now - Date.parse(createdAt) < CRASH_WINDOW_MS &&
      entries.every(({ request }) => request.uid !== uid) &&
      deps.world.reviews.by(BY_VOTED_REQUEST, uid).length === 0,
  );
}

function textOf(spec: RequestSpec): string {
  return canonicalJson(JSON.parse(JSON.stringify(spec)) as Json);
}

function specOf({ wanted, released, replaces, authors, askedAgain }: Asking): RequestSpec {
  return {
    ...withChanges(wanted, released),
    subject: wanted.subject.digest,
    ...(replaces && { replaces }),
    authors: [...authors.names],
    authorsComplete: authors.complete,
    ...(askedAgain !== '' && { askedAgain }),
  };
}

const WORDS = { added: 'Added', changed: 'Changed', unchanged: 'Unchanged', removed: 'Removed' } as const;

/** What changes, line by line, for whoever reads it; what leaves is listed as long as there is room. */
function withChanges({ plan, subject }: WrittenPlan, released: WrittenPlan | undefined): WrittenPlan['plan'] {
  const changes = new Map(
    compareLines(released?.subject, subject).map(({ id, change }) => [id, WORDS[change]] as const),
  );
  const before = released?.plan;
  return {
    ...plan,
    ...(plan.webhook && { webhook: { ...plan.webhook, change: changes.get('webhook') ?? 'Added' } }),
    secrets: withRemoved(plan.secrets, before?.secrets, ({ name }) => `name ${name}`, changes, SHOWN_SECRETS),
    ...(plan.keys && {
      keys: withRemoved(plan.keys, before?.keys, ({ key }) => `key ${key}`, changes, SHOWN_SECRETS),
    }),
    ...(plan.namespaces && {
      namespaces: withRemoved(
        plan.namespaces,
        before?.namespaces,
        ({ name }) => `namespace ${name}`,
        changes,
        SHOWN_NAMESPACES,
      ),
    }),
  };
}

type Change = 'Added' | 'Changed' | 'Unchanged' | 'Removed';

function withRemoved<Line extends { readonly change: Change }>(
  now: readonly Line[],
  before: readonly Line[] = [],
  idOf: (line: Line) => string,
  changes: ReadonlyMap<string, Change>,
  shown: number,
): Line[] {
  const gone = before.filter((line) => changes.get(idOf(line)) === 'Removed');
  return [
    ...now.map((line) => ({ ...line, change: changes.get(idOf(line)) ?? 'Added' })),
    ...gone.map((line) => ({ ...line, change: 'Removed' as const })),
  ].slice(0, Math.max(now.length, shown));
}

const SHOWN_SECRETS = 300;
const SHOWN_NAMESPACES = 256;
const MAX_BASE = 240;

/** `<scope>-<target>-<n>`, never the digest: people type it. Requests of other scopes may have such a name, too. */
function nextName({ view, wanted, entries, requests }: Asking, { world }: Deps): string {
  const { namespace, name } = view.metadata;
  // what is cut off must not leave a dot or a dash in front of the number
  const base = `${name}-${wanted.plan.consumer.name}`.slice(0, MAX_BASE).replace(/[^a-z0-9]+$/, '');
  const names = [
    ...entries.map(({ request }) => request.name),
    ...requests.map(({ metadata }) => metadata.name),
  ];
  let next = Math.max(0, ...names.map((one) => numberAfter(`${base}-`, one))) + 1;
  while (world.requests.get(`${namespace}/${base}-${next}`)) next += 1;
  return `${base}-${next}`;
}

function numberAfter(base: string, name: string): number {
  const number = name.startsWith(base) ? name.slice(base.length) : '';
  return /^[0-9]{1,9}$/.test(number) ? Number(number) : 0;
}
