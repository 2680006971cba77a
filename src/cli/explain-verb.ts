/** Owns: the command line of `secretscope explain`. What it says is in explain-answer.ts. */
import type { Command } from 'commander';
import type { KubeClient } from '../kube/kube-client.ts';
import type { NamespaceFacts } from '../model/facts.ts';
import { NAMESPACE_PATTERN } from '../model/kinds/common.ts';
import { canonicalName } from '../model/names.ts';
import { scopeView } from '../watch/views.ts';
import { CallerWorld } from './caller-world.ts';
import { type ConnectionFlags, connected, withConnectionFlags, withNamespaceFlag } from './connection.ts';
import { type Explanation, explanationOf, type Known } from './explain-answer.ts';
import { seeTargets } from './explain-delivered.ts';
import { seeRequests } from './explain-gate.ts';
import { knownFromFiles } from './explain-offline.ts';
import { factsFor, scopeRef } from './explain-scope.ts';
import { asTree } from './explain-tree.ts';
import { backendName } from './offline-facts.ts';
import type { Stdin } from './offline-read.ts';
import { collected } from './repeated-flag.ts';
import { escapeText, formatFrom, printData, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface ExplainFlags extends ConnectionFlags {
  readonly output?: string;
  readonly filename?: string[];
  readonly for?: string;
  readonly namespaceLabels?: string[];
}

/** `secretscope explain SCOPE [NAME]`: which level supplies a name and why, with the caller's own rights. */
export function addExplain(program: Command, version: string, terminal: Terminal, stdin?: Stdin): void {
  const command = program
    .command('explain')
    .description('show which level supplies each name of a scope, what it hides, and why others do not')
    .argument('<scope>', 'name of the SecretScope, or namespace/name')
    .argument('[name]', 'only this secret')
    .option(
      '-f, --filename <path>',
      'explain manifests of files or folders, - is stdin; asks no cluster',
      collected,
    )
    .option('--for <namespace>', 'what a claim of this namespace would get')
    .option('--namespace-labels <labels>', 'with -f: labels of a Namespace, NAME=key=value,…', collected)
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (scope: string, name: string | undefined, flags: ExplainFlags) => {
      const format = formatFrom(flags.output);
      const explanation = await explain(scope, name && canonicalName(name), flags, version, stdin);
      if (format === 'table') terminal.out(asTree(explanation));
      else printData(terminal, format, explanation);
    });
  withConnectionFlags(withNamespaceFlag(command));
}

async function explain(
  scope: string,
  name: string | undefined,
  flags: ExplainFlags,
  version: string,
  stdin: Stdin | undefined,
): Promise<Explanation> {
  if (flags.for !== undefined && !NAMESPACE_PATTERN.test(flags.for))
    throw new UsageError(`--for takes the name of a namespace; got "${escapeText(flags.for)}"`);
  if (flags.filename) {
    const { known, other } = await knownFromFiles({ ...flags, filename: flags.filename }, scope, stdin);
    return explanationOf(known, name, other);
  }
  if (flags.namespaceLabels) throw new UsageError('--namespace-labels goes with -f: a cluster tells its own');
  return connected(flags, version, async ({ kube, namespace }) => {
    const { known, other } = await knownFromCluster(kube, scopeRef(scope, namespace), flags.for);
    return explanationOf(known, name, other);
  });
}

async function knownFromCluster(
  kube: KubeClient,
  ref: { namespace: string; name: string },
  consumer: string | undefined,
): Promise<{ known: Known; other: NamespaceFacts | undefined }> {
  const world = new CallerWorld(kube);
  const view = scopeView(await world.mustRead(ref));
  const isOwn = consumer === undefined;
  const isProtected = view.spec.kind === 'ok' && view.spec.value.protection !== undefined;
  const [other, targets, gate] = await Promise.all([
    isOwn ? undefined : world.readNamespace(consumer),
    isOwn ? seeTargets(kube, view) : { targets: [], notes: [] },
    isProtected ? seeRequests(kube, view) : { requests: [], notes: [] },
    world.readChain(ref),
  ]);
  const facts = factsFor(world, view, (backend, namespace) =>
    world.isHidden(backendName(backend.refKind, backend.name, namespace)),
  );
  const known: Known = {
    source: 'cluster',
    view,
    facts,
    world,
    targets: targets.targets,
    requests: gate.requests,
    notes: [...world.viewEnds, ...targets.notes, ...gate.notes],
    isPartial: world.viewEnds.length > 0,
  };
  return { known, other };
}
