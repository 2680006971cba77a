import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { SECRETS, type Secret } from '../kube/kube-objects.ts';
import type { Reason } from '../model/reasons.ts';
import type { Keyring } from './keyring.ts';
import { type ObservedTarget, observeTarget } from './observed-target.ts';
import { noteBody, type ObservedPatch, releaseBody, type SecretDraft } from './target-body.ts';

/** What became of a write. `stale`: the world moved on, plan again; nothing was written. */
export type PatchOutcome =
  | { readonly kind: 'written'; readonly observed: ObservedTarget }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string };
export type WriteOutcome = PatchOutcome | { readonly kind: 'taken' };
/** `denied`: the operator lacks the right, so a person has to act. */
export type DeleteOutcome = 'deleted' | 'stale' | 'denied';

type Refused = Extract<PatchOutcome, { kind: 'refused' }>;

interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A name under which nothing is ever stored: what would replace a Secret is tried out under it. */
const REHEARSAL_NAME = 'secretscope-rehearsal';

/** The one place that writes Secrets. The first write is a create; every later one names the UID it was planned for. */
export class TargetWriter {
  readonly #kube: KubeClient;
  readonly #keyring: Keyring;
  readonly #fence: () => void;

  /** `fence` throws when this process may no longer write: it lost the Lease. Asked right before every write. */
  constructor(kube: KubeClient, keyring: Keyring, fence: () => void) {
    this.#kube = kube;
    this.#keyring = keyring;
    this.#fence = fence;
  }

  async create(body: SecretDraft, signal: AbortSignal): Promise<WriteOutcome> {
    try {
      this.#fence();
      const secret = await this.#kube.create(SECRETS, body, { signal });
      return { kind: 'written', observed: observeTarget(secret, this.#keyring) };
    } catch (error) {
      if (isKubeError(error, 'alreadyExists')) return { kind: 'taken' };
      return refusedOrThrow(error, body.metadata, body.type);
    }
  }

  /** `body` names the UID and version of what was observed. */
  async patch(body: ObservedPatch, observed: ObservedTarget, signal: AbortSignal): Promise<PatchOutcome> {
    try {
      this.#fence();
      const secret = await this.#kube.mergePatch(SECRETS, observed, body, { signal });
      return { kind: 'written', observed: observeTarget(secret, this.#keyring) };
    } catch (error) {
      if (isKubeError(error, 'conflict', 'notFound')) return { kind: 'stale' };
      return refusedOrThrow(error, observed, observed.type);
    }
  }

  /**
   * Deletes what is there and makes another Secret under its name, since type and immutable Secrets cannot be
   * edited. The API server is asked before whether it would take the new one: a refusal must not cost the old.
   */
  async replace(body: SecretDraft, observed: ObservedTarget, signal: AbortSignal): Promise<WriteOutcome> {
    const refused = await this.#rehearse(body, signal);
    if (refused) return refused;
    const deleted = await this.delete(observed, signal);
    if (deleted === 'denied') return noRights(body.metadata);
    return deleted === 'stale' ? { kind: 'stale' } : this.create(body, signal);
  }

  /** Deletes exactly the object that was observed. `stale` when it is gone or another one by now. */
  async delete(observed: ObservedTarget, signal: AbortSignal): Promise<DeleteOutcome> {
    try {
      const { uid, resourceVersion } = observed;
      this.#fence();
      await this.#kube.delete(SECRETS, observed, { uid, resourceVersion, signal });
      return 'deleted';
    } catch (error) {
      return staleOrDenied(error);
    }
  }

  /** Leaves the Secret where it is and takes our marks off it. */
  async release(observed: ObservedTarget, signal: AbortSignal): Promise<'released' | 'stale' | 'denied'> {
    return this.#mark(observed, releaseBody(observed), signal);
  }

  /** Sets one annotation of ours, for a note that has to survive a restart. */
  async annotate(observed: ObservedTarget, key: string, text: string, signal: AbortSignal): Promise<void> {
    await this.#mark(observed, noteBody(observed, key, text), signal);
  }

  /** Takes one annotation of ours off. `stale`: somebody wrote in between, so it may mean something new by now. */
  async clear(
    observed: ObservedTarget,
    key: string,
    signal: AbortSignal,
  ): Promise<'released' | 'stale' | 'denied'> {
    return this.#mark(observed, noteBody(observed, key, null), signal);
  }

  /** Whether the Secret has exactly these data already, base64; for where no record of ours can tell. */
  async holds(place: Place, data: Readonly<Record<string, string>>, signal: AbortSignal): Promise<boolean> {
    try {
      const { data: there = {} } = await this.#kube.get(SECRETS, place, { signal });
      return Object.entries(data).every(([key, text]) => Object.hasOwn(there, key) && there[key] === text);
    } catch (error) {
      if (isKubeError(error, 'notFound')) return false;
      throw error;
    }
  }

  /** What is there now, by its metadata alone: for a Secret that the label-filtered watch does not show. */
  async look(place: Place, signal: AbortSignal): Promise<ObservedTarget | undefined> {
    return this.#observe(() => this.#kube.getMetadata(SECRETS, place, { signal }));
  }

  /** The same with its type and data keys: only for a Secret that is ours, or was handed over. */
  async lookInto(place: Place, signal: AbortSignal): Promise<ObservedTarget | undefined> {
    return this.#observe(() => this.#kube.get(SECRETS, place, { signal }));
  }

  async #observe(read: () => Promise<Secret>): Promise<ObservedTarget | undefined> {
    try {
      return observeTarget(await read(), this.#keyring);
    } catch (error) {
      if (isKubeError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  async #rehearse(body: SecretDraft, signal: AbortSignal): Promise<Refused | undefined> {
    const draft = { ...body, metadata: { ...body.metadata, name: REHEARSAL_NAME } };
    try {
      this.#fence();
      await this.#kube.create(SECRETS, draft, { signal, dryRun: true });
      return undefined;
    } catch (error) {
      if (isKubeError(error, 'alreadyExists')) return undefined;
      return refusedOrThrow(error, body.metadata, body.type);
    }
  }

  async #mark(observed: ObservedTarget, body: ObservedPatch, signal: AbortSignal) {
    try {
      this.#fence();
      await this.#kube.mergePatch(SECRETS, observed, body, { signal });
      return 'released' as const;
    } catch (error) {
      return staleOrDenied(error);
    }
  }
}

function staleOrDenied(error: unknown): 'stale' | 'denied' {
  if (isKubeError(error, 'conflict', 'notFound')) return 'stale';
  if (isKubeError(error, 'forbidden')) return 'denied';
  throw error;
}

/** The API server's own words about a Secret may quote its data: the message is ours alone. */
function refusedOrThrow(error: unknown, place: Place, type: string): Refused {
  const where = `Secret ${place.namespace}/${place.name}`;
  if (isKubeError(error, 'invalid'))
    return refused(
      'TargetRefused',
      `${where} was refused by the API server as invalid for type ${type}; check type, keys, labels and annotations of the target`,
    );
  if (isKubeError(error, 'tooLarge'))
    return refused('TargetTooLarge', `${where} would be too large; deliver fewer names, or split the target`);
  if (isKubeError(error, 'forbidden'))
    return error.causes.includes('NamespaceTerminating')
      ? refused('NamespaceTerminating', `${where}: its namespace is being deleted`)
      : noRights(place);
  if (isKubeError(error, 'notFound'))
    return refused('NamespaceTerminating', `namespace ${place.namespace} is gone`);
  throw error;
}

function noRights({ namespace, name }: Place): Refused {
  return refused(
    'TargetRefused',
    `Secret ${namespace}/${name} may not be written: the namespace is not enrolled, or an admission policy refuses it; run: secretscope enroll ${namespace}`,
  );
}

function refused(reason: Reason, message: string): Refused {
  return { kind: 'refused', reason, message };
}
