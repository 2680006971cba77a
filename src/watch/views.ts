import type { KubeObject } from '../kube/kube-objects.ts';
import type { Condition } from '../model/kinds/common.ts';
import { askedAgain, authorList } from '../model/kinds/request-parts.ts';
import type { BackendSpec, ClusterBackendSpec } from '../model/kinds/secret-backend.ts';
import type { ClaimSpec } from '../model/kinds/secret-claim.ts';
import type { ScopeSpec } from '../model/kinds/secret-scope.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import {
  parseAutomation,
  parseBackend,
  parseClaim,
  parseClusterBackend,
  parseScope,
} from '../model/validate.ts';

/** Asks for one reconcile; the value is echoed in `status.lastHandledReconcileAt`. */
export const RECONCILE_ANNOTATION = 'reconcile.secretscope.dev/requestedAt';
/** Asks for a new request, where an earlier one was decided. */
export const REQUEST_ANNOTATION = 'secretscope.dev/request';
/** Asks an automation for one delivery that tests it: JSON with `id`, `event` and maybe `payload`. */
export const TEST_ANNOTATION = 'secretscope.dev/test';
/** Puts deliveries of an automation that were given up back: `<nonce>:<id>` or `<nonce>:all`. */
export const REPLAY_ANNOTATION = 'secretscope.dev/replay';

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

/** What stands beside the spec of an object that somebody may have to approve. */
export interface Asks {
  /** Whom admission stamped as those who changed it; empty where nobody was stamped, which proves nothing. */
  readonly authors: readonly string[];
  /** Value of the annotation `secretscope.dev/request`; empty without a valid one. */
  readonly askedAgain: string;
}
export interface ScopeView extends View<ScopeSpec>, Asks {}
export interface ClaimView extends View<ClaimSpec>, Asks {}
/** With what is asked of an automation by annotations; undefined: nothing. */
export interface AutomationView extends View<AutomationSpec>, Asks {
  readonly test: string | undefined;
  readonly replay: string | undefined;
}
export type BackendView = View<BackendSpec>;
export type ClusterBackendView = View<ClusterBackendSpec>;

export interface NamespaceView {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

export type Parse<Spec> = (raw: unknown) =>
  | { readonly kind: 'ok'; readonly value: { readonly spec: Spec } }
  | {
      readonly kind: 'invalid';
      readonly violations: readonly { readonly path: string; readonly rule: string }[];
    };

type Stamped = KubeObject & { readonly authors?: unknown };

export const scopeView = (raw: Stamped): ScopeView => stampedView('SecretScope', raw, parseScope);
export const claimView = (raw: Stamped): ClaimView => stampedView('SecretClaim', raw, parseClaim);

export function automationView(raw: Stamped): AutomationView {
  const { annotations = {} } = raw.metadata;
  return {
    ...stampedView('WebhookAutomation', raw, parseAutomation),
    test: annotations[TEST_ANNOTATION],
    replay: annotations[REPLAY_ANNOTATION],
  };
}

function stampedView<Spec>(kind: string, raw: Stamped, parse: Parse<Spec>): View<Spec> & Asks {
  // the stamp is no part of what an object says, so one that cannot be read must not stop the work
  const { authors, ...object } = raw;
  return {
    ...viewOf(kind, object, parse),
    authors: authorList.safeParse(authors).data ?? [],
    askedAgain: askedAgain.safeParse(raw.metadata.annotations?.[REQUEST_ANNOTATION]).data ?? '',
  };
}

export const backendView = (raw: KubeObject): BackendView => viewOf('SecretBackend', raw, parseBackend);
export const clusterBackendView = (raw: KubeObject): ClusterBackendView =>
  viewOf('ClusterSecretBackend', raw, parseClusterBackend);

/** The part that every kind of ours has. */
export function viewOf<Spec>(kind: string, raw: KubeObject, parse: Parse<Spec>): View<Spec> {
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
  const { name, uid, labels, deletionTimestamp } = raw.metadata;
  return { name, uid, labels: labels ?? {}, terminating: deletionTimestamp !== undefined };
}
