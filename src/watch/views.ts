import type { KubeObject } from '../kube/kube-objects.ts';
import type { Condition } from '../model/kinds/common.ts';
import type { BackendSpec, ClusterBackendSpec } from '../model/kinds/secret-backend.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import { parseBackend, parseClusterBackend, parseScope } from '../model/validate.ts';

/** Asks for one reconcile; the value is echoed in `status.lastHandledReconcileAt`. */
export const RECONCILE_ANNOTATION = 'reconcile.secretscope.dev/requestedAt';

/** A projection of an object of ours: what reconciling needs, and nothing else of it. */
export interface View<Spec> {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly deleting: boolean;
  readonly requestedAt: string | undefined;
  /** `invalid` where the stored object breaks its schema: admission was bypassed, or a newer version wrote it. */
  readonly spec:
    | { readonly kind: 'ok'; readonly value: Spec }
    | { readonly kind: 'invalid'; readonly faults: readonly string[] };
  readonly status: unknown;
  readonly conditions: readonly Condition[];
}

export type ScopeView = View<ScopeSpec>;
export type BackendView = View<BackendSpec>;
export type ClusterBackendView = View<ClusterBackendSpec>;

export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

type Parse<Spec> = (raw: unknown) =>
  | { readonly kind: 'ok'; readonly value: { readonly spec: Spec } }
  | {
      readonly kind: 'invalid';
      readonly violations: readonly { readonly path: string; readonly rule: string }[];
    };

export const scopeView = (raw: KubeObject): ScopeView => view('SecretScope', raw, parseScope);
export const backendView = (raw: KubeObject): BackendView => view('SecretBackend', raw, parseBackend);
export const clusterBackendView = (raw: KubeObject): ClusterBackendView =>
  view('ClusterSecretBackend', raw, parseClusterBackend);

function view<Spec>(kind: string, raw: KubeObject, parse: Parse<Spec>): View<Spec> {
  const { metadata } = raw;
  const parsed = parse(raw);
  const status = 'status' in raw ? raw.status : undefined;
  return {
    kind,
    metadata: { name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid },
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp ?? '',
    deleting: metadata.deletionTimestamp !== undefined,
    requestedAt: metadata.annotations?.[RECONCILE_ANNOTATION],
    spec:
      parsed.kind === 'ok'
        ? { kind: 'ok', value: parsed.value.spec }
        : { kind: 'invalid', faults: parsed.violations.map(({ path, rule }) => `${path}: ${rule}`) },
    status,
    conditions: conditionsOf(status),
  };
}

function conditionsOf(status: unknown): readonly Condition[] {
  if (typeof status !== 'object' || status === null || !('conditions' in status)) return [];
  return Array.isArray(status.conditions) ? (status.conditions as readonly Condition[]) : [];
}

export function namespaceView(raw: KubeObject): NamespaceView {
  const { name, labels, deletionTimestamp } = raw.metadata;
  return { name, labels: labels ?? {}, terminating: deletionTimestamp !== undefined };
}
