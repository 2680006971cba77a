/**
 * Owns: changing spec.secrets of a scope, entry by entry. Used by: secret-set.ts, secret-delete.ts.
 * The whole list is sent with the version that it was read at: the API server then takes only what differs for ours. An
 * apply of one entry would take away those that were applied before.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import type { Entry } from '../model/kinds/secret-scope.ts';
import { SCOPES } from '../watch/resources.ts';
import type { FoundScope } from './secret-found-scope.ts';
import { missingRight } from './secret-rights.ts';

export const FIELD_MANAGER = 'secretscope-cli';
/** Others change the same scope: look again, but do not fight. */
const MAX_ATTEMPTS = 5;

export type EntryChange =
  | { readonly kind: 'put'; readonly entry: Entry }
  | { readonly kind: 'remove'; readonly name: string };

export async function patchScope(
  kube: KubeClient,
  scope: FoundScope,
  changes: readonly EntryChange[],
): Promise<void> {
  const { namespace, name } = scope.view.metadata;
  for (let attempt = 1, raw = scope.raw; ; attempt += 1) {
    const { resourceVersion, uid } = raw.metadata;
    const patch = { metadata: { resourceVersion, uid }, spec: { secrets: changed(entriesOf(raw), changes) } };
    try {
      await kube.mergePatch(SCOPES, { namespace, name }, patch, { fieldManager: FIELD_MANAGER });
      return;
    } catch (error) {
      if (isKubeError(error, 'forbidden')) {
        const right = {
          verb: 'patch',
          resource: 'secretscopes',
          namespace,
          role: 'secretscope-edit',
        } as const;
        throw await missingRight(
          kube,
          error,
          `spec.secrets of scope ${namespace}/${name} cannot be changed`,
          right,
        );
      }
      if (!isKubeError(error, 'conflict') || attempt >= MAX_ATTEMPTS) throw error;
    }
    raw = await kube.get(SCOPES, { namespace, name });
  }
}

type StoredEntry = Readonly<Record<string, unknown>>;

/** As they are stored: what this version does not know stays. */
function entriesOf(raw: KubeObject): readonly StoredEntry[] {
  const spec = 'spec' in raw ? (raw.spec as { readonly secrets?: readonly StoredEntry[] }) : {};
  return spec.secrets ?? [];
}

function changed(entries: readonly StoredEntry[], changes: readonly EntryChange[]): readonly StoredEntry[] {
  const list = [...entries];
  for (const change of changes) {
    const name = change.kind === 'put' ? change.entry.name : change.name;
    const at = list.findIndex((one) => one.name === name);
    if (change.kind === 'put') list.splice(at < 0 ? list.length : at, 1, { ...list[at], ...change.entry });
    else if (at >= 0) list.splice(at, 1);
  }
  return list;
}

/** What a person commits where Git has the last word. */
export function patchManifest(scope: FoundScope, entries: readonly Entry[]): object {
  const { namespace, name } = scope.view.metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'SecretScope',
    metadata: { namespace, name },
    spec: { secrets: entries },
  };
}

const LABELS: Readonly<Record<string, string>> = {
  'argocd.argoproj.io/instance': 'Argo CD',
  'kustomize.toolkit.fluxcd.io/name': 'Flux',
  'helm.toolkit.fluxcd.io/name': 'Flux',
};
const ANNOTATIONS: Readonly<Record<string, string>> = {
  'argocd.argoproj.io/tracking-id': 'Argo CD',
  'meta.helm.sh/release-name': 'Helm',
  'configmanagement.gke.io/managed': 'Config Sync',
};
const MANAGERS: readonly (readonly [manager: RegExp, who: string])[] = [
  [/^argocd-/, 'Argo CD'],
  [/^(kustomize-controller|helm-controller|flux|gotk-)/i, 'Flux'],
  [/^helm$/i, 'Helm'],
  [/^configsync/, 'Config Sync'],
];

/** Who would undo what somebody else changes here, if anybody. */
export function ownedByGit({ metadata }: KubeObject): string | undefined {
  const { labels = {}, annotations = {}, managedFields = [] } = metadata;
  const marked = [
    ...Object.keys(labels).map((key) => LABELS[key]),
    ...Object.keys(annotations).map((key) => ANNOTATIONS[key]),
    labels['app.kubernetes.io/managed-by'] === 'Helm' ? 'Helm' : undefined,
    ...managedFields.map((field) => MANAGERS.find(([manager]) => manager.test(managerOf(field)))?.[1]),
  ];
  return marked.find((who) => who !== undefined);
}

function managerOf(field: unknown): string {
  if (typeof field !== 'object' || field === null || !('manager' in field)) return '';
  return typeof field.manager === 'string' ? field.manager : '';
}
