/**
 * Owns: which rule stands in the way of an entry, in the words of its field. Used by: explain, render and diff. Pure.
 * Whoever asks can read the levels themselves, so nothing is told here that the operator would keep from them.
 */
import type { Facts, NamespaceFacts, ScopeFacts } from '../model/facts.ts';
import type { Access, Level } from '../model/kinds/secret-scope.ts';
import { matchesLabels } from '../model/label-selector.ts';
import type { Candidate } from '../model/plan.ts';
import { admitChild, admitsConsumer, childrenJudgeable } from '../resolve/admission.ts';
import { buildChain, type Link } from '../resolve/chain.ts';
import { USABLE_ORGANIZATION_SECRETS } from '../resolve/organization-limit.ts';
import { backendName, isUnseen, levelsOf } from './offline-facts.ts';

/** `rule` is one word for programs; `why` a sentence's end for people. */
export interface Judged {
  readonly rule:
    | 'access'
    | 'limit'
    | 'grants'
    | 'protectedBy'
    | 'backendRef'
    | 'consumers'
    | 'locked'
    | 'precedence'
    | 'children'
    | 'trusted'
    | 'level';
  readonly why: string;
}

export const placeOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`;

/** What keeps a candidate from supplying; undefined: nothing, as far as the levels tell. */
export function ruleAgainst(
  candidate: Candidate,
  winner: Candidate | undefined,
  links: readonly Link[],
  destination: NamespaceFacts,
): Judged | undefined {
  const depth = links.findIndex(({ scope }) => placeOf(scope.id) === placeOf(candidate.scope));
  const link = links[depth];
  if (!link) return undefined;
  switch (candidate.verdict) {
    case 'notGranted':
      return accessRule(candidate, link);
    case 'beyondLimit':
      return {
        rule: 'limit',
        why: `it is beyond the first ${USABLE_ORGANIZATION_SECRETS} names that ${placeOf(link.scope.id)} grants here`,
      };
    case 'overruled':
      return {
        rule: 'locked',
        why: winner ? `${placeOf(winner.scope)} has locked it` : 'it is locked above',
      };
    case 'shadowed':
      return { rule: 'precedence', why: winner ? `${placeOf(winner.scope)} is more specific` : '' };
    case 'supplies':
      return consumersRule(links.slice(0, depth + 1), destination) ?? keyRule(link, candidate.key);
    default:
      return candidate.verdict satisfies never;
  }
}

function accessRule({ explicit }: Candidate, { repository }: Link): Judged {
  const who = placeOf(repository.id);
  if (!explicit) return { rule: 'access', why: `spec.discover[].access does not let ${who} use it` };
  return { rule: 'access', why: `its access policy does not let ${who} use it` };
}

/** The same with the policy that an entry has. */
export function accessText(access: Access | undefined, { repository }: Link): string {
  const { visibility, repositories, namespaces, groups } = access ?? {};
  const policy = visibility ?? (repositories || namespaces || groups ? 'Selected' : 'Private');
  if (policy === 'Private')
    return 'its access is Private, and spec.children takes this repository for Public';
  const named = [
    repositories && 'repositories',
    namespaces && 'namespaces',
    groups && `groups ${groups.join(', ')}`,
  ].filter((text) => text !== undefined);
  const lists =
    named.length === 0 ? 'names nobody' : `does not name ${placeOf(repository.id)} (${named.join('; ')})`;
  return `its access is ${policy}, and ${lists}`;
}

function keyRule({ scope, keys }: Link, key: string): Judged | undefined {
  const { backend } = scope;
  const ref = scope.spec.backendRef;
  if (!ref) return { rule: 'backendRef', why: `${placeOf(scope.id)} has no spec.backendRef` };
  const name = backendName(ref.kind, ref.name, scope.id.namespace);
  if (backend.kind !== 'found') return { rule: 'backendRef', why: `${name} does not exist` };
  if (isUnseen({ backend: { ...backend, identity: null } })) return undefined;
  const grant = keys(key);
  switch (grant.kind) {
    case 'granted':
      return undefined;
    case 'notGranted':
      return {
        rule: 'grants',
        why: `no grant of ${name} gives this key to namespace ${scope.namespace.name}`,
      };
    case 'protected':
      return { rule: 'protectedBy', why: `a grant of ${name} reserves this key for ${grant.by}` };
    default:
      return grant satisfies never;
  }
}

function consumersRule(way: readonly Link[], destination: NamespaceFacts): Judged | undefined {
  if (way[0]?.scope.namespace.name === destination.name) return undefined;
  const closed = way.find(({ scope }) => !admitsConsumer(scope, destination));
  return (
    closed && {
      rule: 'consumers',
      why: `spec.consumers of ${placeOf(closed.scope.id)} does not admit namespace ${destination.name}`,
    }
  );
}

/** A level that is known and all the same supplies nothing to the scope asked, with all that is above it. */
export interface RefusedLevel extends Judged {
  readonly levels: readonly ScopeFacts[];
}

const PARENT_LEVEL: Readonly<Record<Level, Level | undefined>> = {
  Environment: 'Repository',
  Repository: 'Organization',
  Organization: undefined,
};

export function refusedAbove(facts: Facts): RefusedLevel | undefined {
  const levels = levelsOf(facts);
  const reached = buildChain(facts).links.length;
  const [asked, child, parent] = [levels[0], levels[reached - 1], levels[reached]];
  if (!asked || !child || !parent) return undefined;
  return { ...whyRefused(asked, child, parent), levels: levels.slice(reached) };
}

function whyRefused(asked: ScopeFacts, child: ScopeFacts, parent: ScopeFacts): Judged {
  const above = placeOf(parent.id);
  if (PARENT_LEVEL[child.spec.level] !== parent.spec.level) {
    const wanted = PARENT_LEVEL[child.spec.level] ?? 'no parent';
    return {
      rule: 'level',
      why: `${above} is of level ${parent.spec.level}, and ${placeOf(child.id)} needs ${wanted}`,
    };
  }
  if (!childrenJudgeable(parent))
    return { rule: 'children', why: `spec.children of ${above} has a malformed label selector` };
  for (const { namespace } of [child, asked]) {
    const admission = admitChild(parent, namespace);
    if (admission.kind === 'refused')
      return {
        rule: 'children',
        why: `spec.children of ${above} admits no namespace like ${labelsText(namespace)}`,
      };
    if (!admission.trusted)
      return {
        rule: 'trusted',
        why: `spec.children of ${above} does not trust ${distrusting(parent, namespace)}`,
      };
  }
  return { rule: 'children', why: `spec.children of ${above} does not admit ${placeOf(child.id)}` };
}

function distrusting({ spec }: ScopeFacts, namespace: NamespaceFacts): string {
  const at = (spec.children ?? []).findIndex(
    (rule) => rule.trusted !== true && matchesLabels(rule.namespaces, namespace.labels),
  );
  return `namespace ${namespace.name}${at < 0 ? '' : ` (rule ${at + 1})`}`;
}

function labelsText({ name, labels }: NamespaceFacts): string {
  const own = Object.entries(labels).filter(([key]) => key !== 'kubernetes.io/metadata.name');
  if (own.length === 0) return `${name}, which has no labels of its own`;
  const shown = own.slice(0, 5).map(([key, value]) => `${key}=${value}`);
  return `${name} (${shown.join(', ')}${own.length > shown.length ? ', …' : ''})`;
}
