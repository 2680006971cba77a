import type { Json } from './canonical-json.ts';
import type { Grant } from './kinds/secret-backend.ts';
import type { ScopeSpec } from './kinds/secret-scope.ts';
import type { Reason } from './reasons.ts';

/**
 * What the pure core knows of the world when it decides about one scope. Everything here was read from
 * objects; nothing of it is a secret value.
 */

/** Identity of an object: the name says which one is meant, the UID that it is still the same one. */
export interface ObjectId {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface NamespaceFacts {
  readonly name: string;
  /** One that was deleted and made again is another one; absent where nobody asks which it is. */
  readonly uid?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type Provider = 'aws' | 'gcp' | 'azure' | 'kubernetes' | 'memory';

/** The backend that a scope names, as far as it is known. */
export type BackendFacts =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'missing';
      readonly refKind: 'SecretBackend' | 'ClusterSecretBackend';
      readonly name: string;
    }
  | {
      readonly kind: 'found';
      /** `namespace` is empty for a ClusterSecretBackend. */
      readonly id: ObjectId;
      readonly refKind: 'SecretBackend' | 'ClusterSecretBackend';
      readonly provider: Provider;
      /** The fields of its spec that decide which secret a key means: part of what reviewers approve. */
      readonly identity: Json;
      /** `own`: a backend of the scope's own namespace, every key; otherwise what its admin granted. */
      readonly grants: 'own' | readonly Grant[];
    };

/** What a `discover` prefix yielded. `unknown` is never an empty list. */
export type Discovery =
  | { readonly kind: 'listed'; readonly keys: readonly string[]; readonly truncated: boolean }
  | {
      readonly kind: 'unknown';
      /** For the owner of the level; absent while nobody has asked. */
      readonly why?: { readonly reason: Reason; readonly message: string };
    };

export interface ScopeFacts {
  readonly id: ObjectId;
  readonly spec: ScopeSpec;
  readonly namespace: NamespaceFacts;
  readonly backend: BackendFacts;
  /** By prefix; a prefix that is missing here has not been listed yet. */
  readonly discovered: ReadonlyMap<string, Discovery>;
  /**
   * Names whose values were deleted through the product: nobody gets them until a new value is stored. `unknown`: which
   * ones cannot be told, so nothing new is handed out and nothing is taken away.
   */
  readonly destroyed?: ReadonlySet<string> | 'unknown';
}

/** The scope above, as far as it is known. `unknown` keeps what is there; it never withdraws. */
export type ParentFacts =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: 'NotFound' | 'Deleting' | 'NotSynced' | 'Invalid' }
  | { readonly kind: 'found'; readonly scope: ScopeFacts; readonly parent: ParentFacts };

export interface Facts {
  readonly scope: ScopeFacts;
  readonly parent: ParentFacts;
  /** An older Environment of the same repository that has the same name, compared without case (GX12). */
  readonly environmentNameHeldBy?: ObjectId;
}
