import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import { API_VERSION } from '../model/kinds/common.ts';

/** The object whose status is written, as it was last seen. */
export interface StatusSubject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly resourceVersion: string;
  readonly status: unknown;
}

/** `gone`: there is nobody left to report to. `stale`: something was in between; look again, and report that. */
export type StatusOutcome = 'written' | 'unchanged' | 'gone' | 'stale';

// the watch shows a written status within a second; more than this many are never on their way at once
const MAX_REMEMBERED = 4_096;
// an automation writes after each delivery of a run, of which there are 100 at most; 10 bytes each, and few have many
const MAX_OLDER = 128;

/** What the API server holds, as far as is known. */
interface Known {
  readonly version: string;
  readonly status: string;
}

interface Written extends Known {
  /** the versions before it that are known to be older: the one that was seen, and those of own writes since */
  readonly older: readonly string[];
}

/**
 * Writes a status, and only when it differs from what is there: an unchanged world causes no write. What was
 * just written counts as seen, although the watch may still show the status before it.
 *
 * A write names the version that it follows. Without that, one made from an old view would overwrite a newer status,
 * and the events in between would then look as if nothing were left to write.
 */
export class StatusWriter {
  readonly #kube: KubeClient;
  readonly #fence: () => void;
  /** by UID: what was written last */
  readonly #written = new Map<string, Written>();

  constructor(kube: KubeClient, fence: () => void) {
    this.#kube = kube;
    this.#fence = fence;
  }

  async write(
    type: ResourceType<KubeObject>,
    subject: StatusSubject,
    status: Json,
    signal: AbortSignal,
  ): Promise<StatusOutcome> {
    const known = this.#lastKnown(subject);
    if (canonicalJson(status) === known.status) return 'unchanged';
    const told = withKnownTimes(status, known.status);
    const wanted = canonicalJson(told);
    if (wanted === known.status) return 'unchanged';
    const metadata = { ...identityOf(subject), resourceVersion: known.version };
    try {
      this.#fence();
      const body = { apiVersion: API_VERSION, kind: subject.kind, metadata, status: told };
      const after = await this.#kube.apply(type, body, { subresource: 'status', force: true, signal });
      const version = after.metadata.resourceVersion;
      const older = [...(known.older ?? [subject.resourceVersion]), known.version].slice(-MAX_OLDER);
      this.#remember(subject, { older, version, status: wanted });
      return 'written';
    } catch (error) {
      if (isKubeError(error, 'notFound')) return 'gone';
      // another object took its name, or the view is not the newest: the API server does not say which
      if (isKubeError(error, 'conflict')) return 'stale';
      throw error;
    }
  }

  /** The status as it is, also where the watch does not show yet what was written a moment ago. */
  known(subject: StatusSubject): unknown {
    const written = this.#written.get(subject.metadata.uid);
    return written && isOlder(subject, written) ? JSON.parse(written.status) : subject.status;
  }

  #lastKnown(subject: StatusSubject): Known & Partial<Written> {
    const written = this.#written.get(subject.metadata.uid);
    if (written && isOlder(subject, written)) return written;
    this.#written.delete(subject.metadata.uid);
    return { version: subject.resourceVersion, status: canonicalJson((subject.status ?? null) as Json) };
  }

  #remember(subject: StatusSubject, written: Written): void {
    // the newest at the end
    this.#written.delete(subject.metadata.uid);
    this.#written.set(subject.metadata.uid, written);
    if (this.#written.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#written.keys()) {
      this.#written.delete(oldest);
      return;
    }
  }
}

function isOlder({ resourceVersion }: StatusSubject, { older }: Written): boolean {
  return older.includes(resourceVersion);
}

/**
 * A condition that says what it said has not moved, though it was made from a view that does not show it yet: else a
 * second look within one second of the first would write another time and nothing else.
 */
function withKnownTimes(status: Json, known: string): Json {
  if (!hasConditions(status)) return status;
  const before: unknown = JSON.parse(known);
  const times = new Map(
    (hasConditions(before) ? before.conditions : []).map(
      ({ type, status: is, lastTransitionTime }) => [`${type} ${is}`, lastTransitionTime] as const,
    ),
  );
  const conditions = status.conditions.map((condition) => {
    const time = times.get(`${condition.type} ${condition.status}`);
    return time === undefined ? condition : { ...condition, lastTransitionTime: time };
  });
  return { ...status, conditions };
}

type Conditions = { readonly [member: string]: Json } & {
  readonly conditions: readonly (Record<string, Json> & {
    readonly type: string;
    readonly status: string;
    readonly lastTransitionTime: string;
  })[];
};

function hasConditions(status: unknown): status is Conditions {
  return (
    typeof status === 'object' &&
    status !== null &&
    'conditions' in status &&
    Array.isArray(status.conditions)
  );
}

function identityOf({ metadata: { name, namespace, uid } }: StatusSubject) {
  return namespace === '' ? { name, uid } : { name, namespace, uid };
}
