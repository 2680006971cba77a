/** Owns: the labels of Namespaces where no cluster tells them. Used by: render, diff and explain -f. */
import { Store } from '../kube/store.ts';
import { NAMESPACE_PATTERN } from '../model/kinds/common.ts';
import { isWellFormed } from '../model/label-selector.ts';
import type { NamespaceView } from '../watch/views.ts';
import type { LevelsWorld } from '../watch/world.ts';
import { unseenNamespace } from './caller-world.ts';
import { type FileWorld, labelled } from './offline-world.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** A file world in which every namespace that something lies in has a view. */
export interface CompletedWorld extends LevelsWorld {
  readonly namespaces: Store<NamespaceView>;
  /** Of these only the name is known. */
  readonly unknownNamespaces: readonly string[];
  readonly labelsNote: (namespace: string) => string;
}

/** `labels`: values of --namespace-labels, which count besides those of the files. */
export function completed(files: FileWorld, labels: readonly string[]): CompletedWorld {
  const namespaces = new Store<NamespaceView>();
  for (const view of files.namespaces.values()) namespaces.set(view.name, view);
  for (const { namespace, added } of labels.map(labelsFlag)) {
    const before = namespaces.get(namespace) ?? unseenNamespace(namespace);
    namespaces.set(namespace, labelled({ ...before, labels: { ...before.labels, ...added } }));
  }
  const used = [...files.scopes.values(), ...files.claims.values()].map(({ metadata }) => metadata.namespace);
  const unknownNamespaces = [...new Set(used)].filter((name) => !namespaces.has(name)).sort();
  for (const name of unknownNamespaces) namespaces.set(name, unseenNamespace(name));
  const { scopes, backends, clusterBackends } = files;
  return { scopes, backends, clusterBackends, namespaces, unknownNamespaces, labelsNote };
}

function labelsNote(name: string): string {
  return `Namespace ${name} is not in these files: of its labels only kubernetes.io/metadata.name is known; add its manifest, or --namespace-labels ${name}=key=value`;
}

/** `team-web=org=acme,tier=prod`. */
export function labelsFlag(text: string): { namespace: string; added: Record<string, string> } {
  const at = text.indexOf('=');
  const namespace = text.slice(0, Math.max(at, 0));
  const pairs = text
    .slice(at + 1)
    .split(',')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, Math.max(equals, 0)), equals < 0 ? '' : pair.slice(equals + 1)] as const;
    });
  const added = Object.fromEntries(pairs);
  if (at < 1 || !NAMESPACE_PATTERN.test(namespace) || !isWellFormed({ matchLabels: added }))
    throw new UsageError(
      `--namespace-labels takes NAMESPACE=key=value,key=value, as in team-web=org=acme; got "${escapeText(text)}"`,
    );
  return { namespace, added };
}
