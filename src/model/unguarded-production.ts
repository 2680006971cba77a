/**
 * An environment that is called production and that nobody guards (spec row GX63). Pure. Used by: doctor, render, explain.
 * The policy unguarded-production-warning in deploy/base/policies says the same at admission.
 */
import type { ScopeSpec } from './kinds/secret-scope.ts';

const PRODUCTION = /(^|[^a-z0-9])(prod|production|prd|live)([^a-z0-9]|$)/;
/** `pre-prod` and `non-production` say that they are something else. */
const ANOTHER = /(^|[^a-z0-9])(pre|non|not)[^a-z0-9]+(prod|production|prd|live)([^a-z0-9]|$)/;

export function isUnguardedProduction(spec: Partial<ScopeSpec>, name: string): boolean {
  const { level, environmentName = name, protection } = spec;
  if (level !== 'Environment' || !isCalledProduction(environmentName)) return false;
  return (protection?.requiredReviewers ?? []).length === 0 && (protection?.waitTimerMinutes ?? 0) === 0;
}

export const UNGUARDED_PRODUCTION =
  'it is called production, and has neither reviewers nor a wait timer: whatever changes is delivered at once; consider spec.protection.requiredReviewers, or spec.protection.waitTimerMinutes';

function isCalledProduction(name: string): boolean {
  const lower = name.toLowerCase();
  return PRODUCTION.test(lower) && !ANOTHER.test(lower);
}
