/** Owns: what keeps planned Secrets from being delivered, at the line that causes it. Used by: render and diff. Pure. */
import type { Facts, NamespaceFacts } from '../model/facts.ts';
import type { MissingName, NameResult, ResolvedNames, Violation } from '../model/plan.ts';
import { buildChain } from '../resolve/chain.ts';
import { answerOf } from '../resolve/resolve.ts';
import { candidatesOf } from './explain-names.ts';
import { refusedAbove } from './explain-rules.ts';
import { levelsOf, missingParent, unseenBackends } from './offline-facts.ts';
import { type Problem, problemAt, type Tell } from './offline-problem.ts';
import type { Manifest } from './offline-read.ts';
import { gateProblems } from './render-gate.ts';
import type { Planned, PlannedSecret } from './render-plan.ts';

/** Where a thing is written, and of which namespaces only the name is known. */
export interface Surroundings {
  readonly object: string;
  readonly manifest: Manifest | undefined;
  readonly facts: Facts;
  readonly unknownNamespaces: readonly string[];
  /** Of a claim: its own. */
  readonly namespace?: string;
}

export function teller({ object, manifest }: Surroundings): Tell {
  return (severity, path, reason, message) =>
    problemAt(manifest, path, { severity, reason, message, object });
}

/** Of a scope: what its entries, its place among the levels and its targets are worth. */
export function scopeProblems(planned: Planned, around: Surroundings): Problem[] {
  const tell = teller(around);
  const { resolution, refused, secrets } = planned;
  const refusals = refused.map(({ path, reason, message }) => tell('error', path, reason, message));
  if (!resolution) return refusals;
  return [
    ...refusals,
    ...ownEntries(resolution, around, tell),
    ...fromAbove(resolution, around, tell),
    ...resolution.notes.map(({ path, reason, message }) => tell('error', path, reason, message)),
    ...gateProblems(around.facts.scope, tell),
    ...secrets.flatMap((secret) => secretProblems(secret, resolution, around, tell)),
  ];
}

/** Of a claim: why it would get nothing, or less than it names. */
export function claimProblems(planned: Planned, around: Surroundings): Problem[] {
  const tell = teller(around);
  const doubt = labelsDoubt(around);
  const refused = planned.refused.map(({ path, reason, message }: Violation) =>
    tell(
      doubt === '' ? 'error' : 'warning',
      path.startsWith('spec.scopeRef') ? path : 'spec.scopeRef',
      reason,
      `${message}${doubt}`,
    ),
  );
  const { resolution } = planned;
  if (!resolution) return refused;
  return planned.secrets.flatMap((secret) => secretProblems(secret, resolution, around, tell));
}

/** Entries that nobody can be given, and those that a lock above makes useless. */
function ownEntries(resolution: ResolvedNames, around: Surroundings, tell: Tell): Problem[] {
  const { uid } = around.facts.scope.id;
  return [...resolution.names].flatMap(([name, result]) => {
    const own = result.candidates.find(({ scope, explicit }) => scope.uid === uid && explicit);
    const at = `spec.secrets[${name}]`;
    if (own?.verdict === 'overruled') return [tell('warning', at, 'LockedAbove', lockedText(name, result))];
    const { answer } = result;
    if (own?.verdict !== 'supplies' || (answer.kind !== 'broken' && answer.kind !== 'denied')) return [];
    return [grantProblem(answer, around, `${at}.from.key`, tell)];
  });
}

/** A grant is given to a Namespace by its labels. */
function grantProblem(
  { reason, message }: { reason: string; message: string },
  around: Surroundings,
  path: string,
  tell: Tell,
): Problem {
  const own = [around.facts.scope.namespace.name];
  const doubt = reason === 'KeyNotGranted' ? labelsDoubt(around, own) : '';
  return tell(doubt === '' ? 'error' : 'warning', path, reason, `${message}${doubt}`);
}

function lockedText(name: string, { candidates }: NameResult): string {
  const winner = candidates.find(({ verdict }) => verdict === 'supplies');
  const by = winner ? `${winner.level} ${winner.scope.namespace}/${winner.scope.name}` : 'a level above';
  return `${name}: ${by} has locked this name, so this entry has no effect; remove it`;
}

function fromAbove(resolution: ResolvedNames, around: Surroundings, tell: Tell): Problem[] {
  const { facts } = around;
  const parent = missingParent(facts);
  if (parent !== undefined) {
    const message = `SecretScope ${parent} is not in these files: what it supplies, locks and refuses is not known here`;
    return [tell('note', 'spec.parentRef', 'NotInFiles', message)];
  }
  const doubt = labelsDoubt(around);
  const refused = refusedAbove(facts);
  if (refused) {
    const severity = refused.rule === 'trusted' || doubt !== '' ? 'warning' : 'error';
    return [
      tell(severity, 'spec.parentRef', 'NotAvailable', `nothing comes from above: ${refused.why}${doubt}`),
    ];
  }
  if (resolution.uncertain?.reason === 'DiscoveryPending') {
    const message = 'names found by spec.discover cannot be known without the provider; they are not shown';
    return [tell('note', 'spec.discover', 'DiscoveryPending', message)];
  }
  return [];
}

function secretProblems(
  { plan, claim, facts, destination }: PlannedSecret,
  resolution: ResolvedNames,
  around: Surroundings,
  tell: Tell,
): Problem[] {
  const why = whyMissing(resolution, facts, destination);
  const at = claim ? 'spec' : `spec.targets[${plan.secretName}]`;
  const violation =
    plan.violation &&
    tell('error', pathOf(plan.violation, at), plan.violation.reason, plan.violation.message);
  const missing = plan.missing.map((one) =>
    missingProblem(one, resolution, around, why, (severity, reason, message) =>
      tell(
        severity,
        `${at}.${wishPath(one.name, facts, plan.secretName, claim !== undefined)}`,
        reason,
        message,
      ),
    ),
  );
  const backends = unseenBackends(plan, facts).map((name) =>
    tell(
      'note',
      'spec.backendRef',
      'NotInFiles',
      `${name} is not in these files: whether it grants the keys is not known here`,
    ),
  );
  return [...(violation ? [violation] : []), ...missing, ...backends];
}

/** By name: which rule of which level keeps it away, as far as one does. */
export function whyMissing(
  resolution: ResolvedNames,
  facts: Facts,
  destination: NamespaceFacts,
): (name: string) => string | undefined {
  const { links } = buildChain(facts);
  const refused = refusedAbove(facts)?.why;
  return (name) => {
    const against = candidatesOf(resolution, name, links, destination).find(({ why }) => why !== undefined);
    return against ? `${against.level} ${against.scope} has it, and ${against.why}` : refused;
  };
}

/** Where a target or claim asks for a name: in `include`, or in a text that it is put into. */
function wishPath(name: string, { scope }: Facts, secretName: string, isClaim: boolean): string {
  const target = isClaim ? undefined : scope.spec.targets?.find((one) => one.secretName === secretName);
  if (!target || target.include?.includes(name)) return `include[${name}]`;
  const uses = (text: string) => text.includes(name);
  const [key] = Object.entries(target.template ?? {}).find(([, text]) => uses(text)) ?? [];
  return key === undefined ? 'dockerConfig' : `template[${key}]`;
}

/** The rules name a target's field as `spec.targets[].template[x]`. */
function pathOf({ path }: Violation, at: string): string {
  return path.replace(/^spec\.targets\[\]/, at);
}

export function missingProblem(
  { name, reason, message }: MissingName,
  resolution: ResolvedNames,
  around: Surroundings,
  why: (name: string) => string | undefined,
  tell: (severity: Problem['severity'], reason: string, message: string) => Problem,
): Problem {
  const parent = missingParent(around.facts);
  const answer = answerOf(resolution, name);
  if (answer.kind === 'unknown' && parent !== undefined) {
    const above = `${name}: only SecretScope ${parent} or a level above it may supply it, and that is not in these files`;
    return tell(
      'warning',
      'NotInFiles',
      `${above}; add it with -f, or compare with the cluster: secretscope diff`,
    );
  }
  if (answer.kind === 'unknown') return tell('warning', reason, message);
  if (reason === 'KeyNotGranted')
    return grantProblem({ reason, message }, around, '', (severity, _path, ...told) =>
      tell(severity, ...told),
    );
  // an entry of one's own is told in full already
  const cause = answer.kind === 'absent' || reason === 'NotAvailable' ? why(name) : undefined;
  const doubt = answer.kind === 'absent' ? labelsDoubt(around) : '';
  const told = cause === undefined ? message : `${name}: ${cause}`;
  return tell(doubt === '' ? 'error' : 'warning', reason, `${told}${doubt}`);
}

/** Whether a rule about labels may decide otherwise in the cluster; `involved` are those whose labels count. */
export function labelsDoubt(
  { facts, unknownNamespaces, namespace }: Pick<Surroundings, 'facts' | 'unknownNamespaces' | 'namespace'>,
  involved = levelsOf(facts).map((level) => level.namespace.name),
): string {
  const all = namespace === undefined ? involved : [...involved, namespace];
  const unknown = [...new Set(all)].filter((name) => unknownNamespaces.includes(name));
  if (unknown.length === 0) return '';
  return `; the labels of Namespace ${unknown.join(' and ')} are not in these files and may decide otherwise`;
}
