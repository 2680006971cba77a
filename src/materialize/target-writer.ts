import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError, type KubeError } from '../kube/kube-error.ts';
import { type ResourceType, resource } from '../kube/kube-objects.ts';
import type { Reason } from '../model/reasons.ts';
import type { Keyring } from './keyring.ts';
import { type ObservedTarget, observeTarget, type SecretObject } from './observed-target.ts';
import { createBody, patchBody, releaseBody, type TargetChange } from './target-body.ts';

export const SECRETS: ResourceType<SecretObject> = resource<SecretObject>({
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
  namespaced: true,
});

/** What became of a write. `stale`: the world moved on, plan again; nothing was written. */
export type WriteOutcome =
  | { readonly kind: 'written'; readonly observed: ObservedTarget }
  | { readonly kind: 'taken' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string };

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

  async create(change: TargetChange, signal: AbortSignal): Promise<WriteOutcome> {
    try {
      this.#fence();
      const secret = await this.#kube.create(SECRETS, createBody(change, this.#keyring), { signal });
      return { kind: 'written', observed: observeTarget(secret, this.#keyring) };
    } catch (error) {
      if (isKubeError(error, 'alreadyExists')) return { kind: 'taken' };
      return refusedOrThrow(error, change);
    }
  }

  async patch(change: TargetChange, observed: ObservedTarget, signal: AbortSignal): Promise<WriteOutcome> {
    try {
      const body = patchBody(change, observed, this.#keyring);
      this.#fence();
      const secret = await this.#kube.mergePatch(SECRETS, observed, body, { signal });
      return { kind: 'written', observed: observeTarget(secret, this.#keyring) };
    } catch (error) {
      if (isKubeError(error, 'conflict', 'notFound')) return { kind: 'stale' };
      return refusedOrThrow(error, change);
    }
  }

  /** Deletes exactly the object that was observed. `stale` when it is gone or another one by now. */
  async delete(observed: ObservedTarget, signal: AbortSignal): Promise<'deleted' | 'stale'> {
    try {
      const { uid, resourceVersion } = observed;
      this.#fence();
      await this.#kube.delete(SECRETS, observed, { uid, resourceVersion, signal });
      return 'deleted';
    } catch (error) {
      if (isKubeError(error, 'conflict', 'notFound')) return 'stale';
      throw error;
    }
  }

  /** Leaves the Secret where it is and takes our marks off it. */
  async release(observed: ObservedTarget, signal: AbortSignal): Promise<'released' | 'stale'> {
    return (await this.#mark(observed, releaseBody(observed), signal)) ? 'released' : 'stale';
  }

  /** Sets one annotation of ours, for a note that has to survive a restart. */
  async annotate(observed: ObservedTarget, key: string, text: string, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion } = observed;
    await this.#mark(observed, { metadata: { uid, resourceVersion, annotations: { [key]: text } } }, signal);
  }

  /** What is there now, without its values: for a Secret that the label-filtered watch does not show. */
  async look(
    place: { namespace: string; name: string },
    signal: AbortSignal,
  ): Promise<ObservedTarget | undefined> {
    try {
      const secret = await this.#kube.getMetadata(SECRETS, place, { signal });
      return observeTarget(secret, this.#keyring);
    } catch (error) {
      if (isKubeError(error, 'notFound')) return undefined;
      throw error;
    }
  }

  async #mark(
    observed: ObservedTarget,
    body: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      this.#fence();
      await this.#kube.mergePatch(SECRETS, observed, body, { signal });
      return true;
    } catch (error) {
      if (isKubeError(error, 'conflict', 'notFound')) return false;
      throw error;
    }
  }
}

/** The API server's own words about a Secret may quote its data: the message is ours alone. */
function refusedOrThrow(error: unknown, change: TargetChange): WriteOutcome {
  const where = `Secret ${change.plan.namespace}/${change.plan.secretName}`;
  if (isKubeError(error, 'invalid')) {
    const message = `${where} was refused by the API server as invalid for type ${change.plan.type}; check type, keys, labels and annotations of the target`;
    return { kind: 'refused', reason: 'TargetRefused', message };
  }
  if (isKubeError(error, 'tooLarge')) {
    return {
      kind: 'refused',
      reason: 'TargetTooLarge',
      message: `${where} would be too large; deliver fewer names, or split the target`,
    };
  }
  if (isKubeError(error, 'forbidden')) return forbidden(error, where);
  if (isKubeError(error, 'notFound')) {
    return {
      kind: 'refused',
      reason: 'NamespaceTerminating',
      message: `namespace ${change.plan.namespace} is gone`,
    };
  }
  throw error;
}

function forbidden(error: KubeError, where: string): WriteOutcome {
  if (error.causes.includes('NamespaceTerminating')) {
    return {
      kind: 'refused',
      reason: 'NamespaceTerminating',
      message: `${where}: its namespace is being deleted`,
    };
  }
  const message = `${where} may not be written: the namespace is not enrolled, or an admission policy refuses it; run: secretscope enroll NAMESPACE`;
  return { kind: 'refused', reason: 'TargetRefused', message };
}
