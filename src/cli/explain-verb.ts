import type { Command } from 'commander';
import type { Facts } from '../model/facts.ts';
import { canonicalName } from '../model/names.ts';
import type { Candidate, NameAnswer, Resolution, ResolvedNames } from '../model/plan.ts';
import { answerOf, resolve } from '../resolve/resolve.ts';
import { factsOf } from '../watch/world.ts';
import { readCallerWorld } from './caller-world.ts';
import { type ConnectionFlags, connected, withConnectionFlags, withNamespaceFlag } from './connection.ts';
import { escapeText, formatFrom, printData, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface ExplainFlags extends ConnectionFlags {
  readonly output?: string;
}

/** `secretscope explain SCOPE [NAME]`: which level supplies a name and why, with the caller's own rights. */
export function addExplain(program: Command, version: string, terminal: Terminal): void {
  const command = program
    .command('explain')
    .description('show which level supplies each name of a scope, what it hides, and why others do not')
    .argument('<scope>', 'name of the SecretScope, or namespace/name')
    .argument('[name]', 'only this secret')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (scope: string, name: string | undefined, flags: ExplainFlags) =>
      explain(scope, name, flags, version, terminal),
    );
  withConnectionFlags(withNamespaceFlag(command));
}

async function explain(
  scope: string,
  name: string | undefined,
  flags: ExplainFlags,
  version: string,
  terminal: Terminal,
): Promise<void> {
  const format = formatFrom(flags.output);
  const explanation = await connected(flags, version, async ({ kube, namespace }) => {
    const start = scopeRef(scope, namespace);
    const { world, viewEnds } = await readCallerWorld(kube, start);
    const view = world.scopes.get(`${start.namespace}/${start.name}`);
    const facts = view && factsOf(world, view, () => new Map());
    if (!facts)
      throw new Error(
        `scope ${scope} has a spec that this version cannot read: ${view?.spec.kind === 'invalid' ? view.spec.faults.join('; ') : 'unknown'}`,
      );
    return explanationOf(facts, resolve(facts), name && canonicalName(name), viewEnds);
  });
  if (format === 'table') terminal.out(asTree(explanation));
  else printData(terminal, format, explanation);
}

function scopeRef(text: string, namespace: string): { namespace: string; name: string } {
  const parts = text.split('/');
  if (parts.length > 2 || parts.some((part) => part === ''))
    throw new UsageError(`"${escapeText(text)}" is not a scope; use NAME or NAMESPACE/NAME`);
  return parts.length === 2 ? { namespace: parts[0] ?? '', name: parts[1] ?? '' } : { namespace, name: text };
}

interface ExplainedName {
  readonly name: string;
  readonly answer: NameAnswer['kind'];
  readonly reason?: string;
  readonly message?: string;
  readonly suppliedBy?: {
    readonly level: string;
    readonly scope: string;
    readonly key: string;
    readonly property?: string;
    readonly backend: string;
  };
  readonly candidates: readonly {
    readonly level: string;
    readonly scope: string;
    readonly key: string;
    readonly verdict: Candidate['verdict'];
    readonly locked: boolean;
  }[];
}

interface Explanation {
  readonly scope: string;
  readonly level: string;
  readonly refused?: readonly { readonly path: string; readonly reason: string; readonly message: string }[];
  readonly notes: readonly string[];
  readonly names: readonly ExplainedName[];
}

function explanationOf(
  facts: Facts,
  resolution: Resolution,
  only: string | undefined,
  viewEnds: readonly string[],
): Explanation {
  const about = {
    scope: `${facts.scope.id.namespace}/${facts.scope.id.name}`,
    level: facts.scope.spec.level,
  };
  if (resolution.kind === 'refused')
    return { ...about, refused: resolution.violations, notes: viewEnds, names: [] };
  const names = only === undefined ? [...resolution.names.keys()] : [only];
  return {
    ...about,
    notes: [...viewEnds, ...doubts(resolution, viewEnds)],
    names: names.map((name) => explainName(resolution, name)),
  };
}

/** What else keeps the answer from being final. Where the caller's view ends, a missing parent proves nothing. */
function doubts({ parentRefused, uncertain }: ResolvedNames, viewEnds: readonly string[]): string[] {
  if (uncertain?.reason === 'DiscoveryPending') {
    return [
      'names found by spec.discover are not shown here: only the operator lists them; see status.supplied',
    ];
  }
  if (viewEnds.length > 0) return ['names of the levels above may be missing here'];
  return [parentRefused?.message, uncertain?.message].filter((text) => text !== undefined);
}

function explainName(resolution: Extract<Resolution, { kind: 'resolved' }>, name: string): ExplainedName {
  const answer = answerOf(resolution, name);
  const candidates = (resolution.names.get(name)?.candidates ?? []).map(
    ({ level, scope, key, verdict, locked }) => ({
      level,
      scope: `${scope.namespace}/${scope.name}`,
      key,
      verdict,
      locked,
    }),
  );
  if (answer.kind !== 'line')
    return { name, answer: answer.kind, reason: answer.reason, message: answer.message, candidates };
  const { level, scope, key, property, backend } = answer.line;
  const suppliedBy = {
    level,
    scope: `${scope.namespace}/${scope.name}`,
    key,
    ...(property === undefined ? {} : { property }),
    backend: `${backend.refKind} ${backend.id.name}`,
  };
  return { name, answer: 'line', suppliedBy, candidates };
}

const VERDICTS: Record<Candidate['verdict'], string> = {
  supplies: 'supplies the value',
  shadowed: 'hidden by a more specific level',
  overruled: 'overruled by a locked entry above',
  notGranted: 'not granted to this repository',
  beyondLimit: 'granted, but beyond the first 100 names',
};

function asTree(explanation: Explanation): string {
  const lines = [`${explanation.level} ${explanation.scope}`];
  for (const violation of explanation.refused ?? [])
    lines.push(`└─ nothing is delivered: ${violation.message}`);
  for (const [index, name] of explanation.names.entries())
    lines.push(...nameBranch(name, index === explanation.names.length - 1));
  if (explanation.names.length === 0 && !explanation.refused) lines.push('└─ no names');
  for (const note of explanation.notes) lines.push(`note: ${note}`);
  return lines.map(escapeText).join('\n');
}

function nameBranch(name: ExplainedName, last: boolean): string[] {
  const head = `${last ? '└─' : '├─'} ${name.name}: ${name.suppliedBy ? `from ${name.suppliedBy.level} ${name.suppliedBy.scope}` : `${name.reason ?? ''}: ${name.message ?? ''}`}`;
  const indent = last ? '   ' : '│  ';
  return [
    head,
    ...name.candidates.map((candidate, index) => {
      const branch = index === name.candidates.length - 1 ? '└─' : '├─';
      return `${indent}${branch} ${candidate.level} ${candidate.scope} (key ${candidate.key}${candidate.locked ? ', locked' : ''}): ${VERDICTS[candidate.verdict]}`;
    }),
  ];
}
