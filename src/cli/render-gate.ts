/** Owns: what the gate of an environment is worth. Used by: render-problems.ts. Pure. */
import type { ScopeFacts } from '../model/facts.ts';
import { isUnguardedProduction, UNGUARDED_PRODUCTION } from '../model/unguarded-production.ts';
import type { Problem, Tell } from './offline-problem.ts';

export function gateProblems({ id, spec }: ScopeFacts, tell: Tell): Problem[] {
  if (isUnguardedProduction(spec, id.name))
    return [tell('warning', 'spec.protection', 'UnguardedProduction', UNGUARDED_PRODUCTION)];
  return spec.protection && spec.backendRef?.kind === 'SecretBackend'
    ? [tell('warning', 'spec.backendRef', 'GateBypassable', BYPASSABLE)]
    : [];
}

/** THREATS 5: a gate is worth as much as what stands beside it. */
const BYPASSABLE =
  'the backend lies in the namespace that is protected: whoever may make Pods or tokens there reads it without asking reviewers; use a ClusterSecretBackend whose grant is protectedBy this scope';
