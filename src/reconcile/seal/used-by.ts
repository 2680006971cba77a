/** Owns: who names a secret and would lose it. Used by: delete-value.ts, told-uses.ts. */
import type { TargetSpec } from '../../model/kinds/target.ts';
import { answerOf, resolve } from '../../resolve/resolve.ts';
import { BY_AUTOMATED_SCOPE } from '../../watch/automations-world.ts';
import type { AutomationView, ClaimView, ScopeView } from '../../watch/views.ts';
import { BY_CLAIMED_SCOPE, BY_PARENT, keyOf, namespaceFacts } from '../../watch/world.ts';
import { endedBefore } from '../claim/claim-ending.ts';
import type { Deps } from '../deps.ts';
import { knownFacts } from '../known-facts.ts';

/**
 * Targets, claims and automations that name the secret and are supplied by this scope, here and on the levels below (spec
 * row W25). Those that take all there is name nothing, and do not count.
 */
export function usedBy(owner: ScopeView, name: string, deps: Deps): string[] {
  const automated = automationsBelow(owner, deps).filter(
    ({ automation, scope }) =>
      usedNames(automation).includes(name) && supplies(owner, scope, scope.metadata.namespace, name, deps),
  );
  const named = levelsBelow(owner, deps).flatMap((scope) => [
    ...targetsNaming(scope, name)
      .filter(() => supplies(owner, scope, scope.metadata.namespace, name, deps))
      .map(({ secretName }) => `target ${secretName} of SecretScope ${keyOf(scope.metadata)}`),
    ...deps.world.claims
      .by(BY_CLAIMED_SCOPE, keyOf(scope.metadata))
      .filter((claim) => namesIt(claim, name))
      .filter(({ metadata }) => supplies(owner, scope, metadata.namespace, name, deps))
      .map(({ metadata }) => `SecretClaim ${keyOf(metadata)}`),
  ]);
  const telling = automated.map(({ automation }) => `WebhookAutomation ${keyOf(automation.metadata)}`);
  return [...named, ...telling, ...perhaps(deps)];
}

/** What cannot be seen may use it: nothing is deleted blindly. Of a kind that is not installed there is nothing. */
function perhaps({ world }: Deps): string[] {
  const kinds = { SecretClaim: world.claimsKnown(), WebhookAutomation: world.automationsKnown() };
  return Object.entries(kinds).flatMap(([kind, known]) =>
    known === 'known' || known.absent ? [] : [`perhaps a ${kind}, which cannot be told (${known.missing})`],
  );
}

/** Those of this scope and of the levels below, each with the scope that it belongs to. */
export function automationsBelow(
  owner: ScopeView,
  deps: Deps,
): { readonly automation: AutomationView; readonly scope: ScopeView }[] {
  const { automations } = deps.world;
  if (automations.size === 0) return [];
  return levelsBelow(owner, deps).flatMap((scope) =>
    automations.by(BY_AUTOMATED_SCOPE, keyOf(scope.metadata)).map((automation) => ({ automation, scope })),
  );
}

function levelsBelow(owner: ScopeView, { world }: Deps): ScopeView[] {
  const children = world.scopes.by(BY_PARENT, keyOf(owner.metadata));
  const grandchildren = children.flatMap(({ metadata }) => world.scopes.by(BY_PARENT, keyOf(metadata)));
  return [owner, ...children, ...grandchildren];
}

function targetsNaming({ spec }: ScopeView, name: string): readonly TargetSpec[] {
  const targets = spec.kind === 'ok' ? (spec.value.targets ?? []) : [];
  return targets.filter((target) => target.include?.includes(name) || textsOf(target).includes(`\${${name}`));
}

/** Everything in a target that may hold `${NAME}`; a name that another one begins with is counted once too often. */
function textsOf({ template, dockerConfig }: TargetSpec): string {
  return JSON.stringify([template, dockerConfig]);
}

/** One that is over has nothing any more that it could lose. */
function namesIt(claim: ClaimView, name: string): boolean {
  const { spec, deleting } = claim;
  if (deleting || endedBefore(claim)) return false;
  return spec.kind === 'ok' && spec.value.include.includes(name);
}

/** What an automation may use: in texts, as access token or as the key of its signature. */
export function usedNames({ spec, deleting }: AutomationView): string[] {
  if (deleting || spec.kind !== 'ok') return [];
  const { secrets = [], accessToken, signature } = spec.value;
  const names = [...secrets, accessToken?.secret, signature?.secret].filter((name) => name !== undefined);
  return [...new Set(names)];
}

/** Whether a more specific level does not stand in front. What cannot be told counts as supplied: nothing is deleted blindly. */
export function supplies(
  owner: ScopeView,
  scope: ScopeView,
  destination: string,
  name: string,
  deps: Deps,
): boolean {
  const facts = knownFacts(deps.world, scope);
  const namespace = namespaceFacts(deps.world, destination);
  if (!facts || !namespace) return true;
  const resolution = resolve(facts, namespace);
  if (resolution.kind === 'refused') return true;
  const answer = answerOf(resolution, name);
  if (answer.kind === 'line') return answer.line.scope.uid === owner.metadata.uid;
  return answer.kind === 'unknown' || answer.kind === 'broken';
}
