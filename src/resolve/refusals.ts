import type { Facts, Provider } from '../model/facts.ts';
import { RESTART_API } from '../model/kinds/target.ts';
import type { Violation } from '../model/plan.ts';
import { admits } from './chain.ts';

/**
 * What makes a whole scope undeliverable, all of it at once. A field whose feature is not built yet is refused
 * here, never ignored: whoever asks for protection must not get a Secret without it.
 */
export function refusals(facts: Facts): Violation[] {
  return [...unsupported(facts), ...contradictions(facts), ...unguardable(facts)];
}

function unsupported(facts: Facts): Violation[] {
  const { spec } = facts.scope;
  const found: Violation[] = [];
  for (const target of spec.targets ?? []) {
    const workloads = target.restart?.workloads ?? [];
    if (workloads.some(({ apiVersion = RESTART_API }) => apiVersion !== RESTART_API)) {
      const path = `spec.targets[${target.secretName}].restart.workloads[].apiVersion`;
      found.push(notBuilt(path, `write ${RESTART_API}, or leave it out, to have the Secret delivered`));
    }
  }
  return found;
}

function notBuilt(path: string, consequence: string): Violation {
  return {
    path,
    reason: 'UnsupportedByThisVersion',
    message: `${path} is not supported by this version of the operator; ${consequence}; existing Secrets stay as they are`,
  };
}

function contradictions(facts: Facts): Violation[] {
  const { id, spec } = facts.scope;
  const found: Violation[] = [];
  const ref = spec.parentRef;
  if (ref && ref.name === id.name && (ref.namespace ?? id.namespace) === id.namespace) {
    found.push({
      path: 'spec.parentRef',
      reason: 'SpecInvalid',
      message: 'spec.parentRef names this scope itself; name the scope one level above',
    });
  }
  // the schema says so too; past admission the access policy would have no repository to judge
  if (spec.level === 'Organization' && (spec.targets ?? []).length > 0) {
    found.push({
      path: 'spec.targets',
      reason: 'SpecInvalid',
      message:
        'an Organization delivers nothing itself; put targets into a Repository or an Environment below it',
    });
  }
  return [...found, ...environmentNameTaken(facts)];
}

/** What reviewers could not decide on: a list that changes by itself, a version that cannot be read again. */
function unguardable({ scope }: Facts): Violation[] {
  const { protection, discover = [] } = scope.spec;
  if (protection === undefined) return [];
  const found: Violation[] = [];
  if (discover.length > 0)
    found.push({
      path: 'spec.discover',
      reason: 'SpecInvalid',
      message:
        'spec.discover cannot be used in a protected environment, where reviewers decide on each name; write entries instead',
    });
  if (
    protection.pin === 'Version' &&
    scope.backend.kind === 'found' &&
    !keepsVersions(scope.backend.provider)
  )
    found.push({
      path: 'spec.protection.pin',
      reason: 'SpecInvalid',
      message:
        'spec.protection.pin: Version needs a backend that can read an older version, and Kubernetes keeps none; use pin: Access, or another backend',
    });
  return found;
}

function keepsVersions(provider: Provider): boolean {
  return provider !== 'kubernetes';
}

/** Told to the repository's own environments alone: others must not learn from it which names are in use there. */
function environmentNameTaken({ scope, parent, environmentNameHeldBy: holder }: Facts): Violation[] {
  if (!holder || parent.kind !== 'found' || !admits(parent.scope, scope)) return [];
  const other =
    holder.namespace === scope.id.namespace ? `${holder.namespace}/${holder.name}` : 'another scope';
  return [
    {
      path: 'spec.environmentName',
      reason: 'EnvironmentNameTaken',
      message: `environment name "${scope.spec.environmentName ?? scope.id.name}" is already used in this repository by ${other} (names are compared without case); choose another spec.environmentName`,
    },
  ];
}
