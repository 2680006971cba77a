/** Owns: everything that some files would make, and what is wrong with it. Used by: render-verb.ts. Pure. */

import type { Facts } from '../model/facts.ts';
import { admits } from '../resolve/chain.ts';
import { automatedScopeOf } from '../watch/automations-world.ts';
import type { AutomationView, ClaimView, ScopeView } from '../watch/views.ts';
import { claimedScopeOf, keyOf, namespaceFacts, olderNamesakes, scopeFacts } from '../watch/world.ts';
import { visibleFacts } from './offline-facts.ts';
import { type CompletedWorld, completed } from './offline-namespaces.ts';
import { type Problem, problemAt, toldOnce } from './offline-problem.ts';
import type { FileWorld, Placed } from './offline-world.ts';
import {
  type AutomationVerdict,
  ownProblems,
  type RenderedAutomation,
  renderAutomation,
} from './render-automation.ts';
import { type Planned, type PlannedSecret, planClaim, planScope } from './render-plan.ts';
import { claimProblems, labelsDoubt, type Surroundings, scopeProblems } from './render-problems.ts';

export interface Rendered {
  readonly secrets: readonly PlannedSecret[];
  readonly problems: readonly Problem[];
}

export interface RenderedWorld extends Rendered {
  readonly automations: readonly RenderedAutomation[];
}

/** `labels`: values of --namespace-labels. */
export function renderWorld(files: FileWorld, labels: readonly string[]): RenderedWorld {
  const world = completed(files, labels);
  const scopes = [...files.scopes.values()].map((view) => renderScope(view, world, files));
  const claims = [...files.claims.values()].map((claim) => renderClaim(claim, world, files));
  const all = [...scopes, ...claims];
  const automations = [...files.automations.values()].map((view) => renderOne(view, world, files));
  return {
    automations: automations.flatMap(({ automation }) => (automation ? [automation] : [])),
    secrets: all.flatMap(({ secrets }) => secrets),
    problems: toldOnce([
      ...files.problems,
      ...[...all, ...automations].flatMap(({ problems }) => problems),
      ...twoHolders(
        all.flatMap(({ secrets }) => secrets),
        files,
      ),
      ...files.sealed.flatMap((sealed) => sealedProblems(sealed, files)),
      ...world.unknownNamespaces.map((name) => ({
        severity: 'note' as const,
        reason: 'NotInFiles',
        object: `Namespace ${name}`,
        message: world.labelsNote(name),
      })),
    ]),
  };
}

/** Facts without a cluster: what is not in the files is not known, rather than not there. */
function factsIn(world: CompletedWorld, view: ScopeView): Facts | undefined {
  const facts = visibleFacts(world, view, () => true);
  if (facts?.parent.kind !== 'found') return facts;
  const repository = facts.parent.scope;
  const holder = olderNamesakes(world, view).find((other) => {
    const sibling = scopeFacts(world, other, () => new Map());
    return sibling !== undefined && admits(repository, sibling);
  });
  return holder ? { ...facts, environmentNameHeldBy: holder.metadata } : facts;
}

function renderScope(view: ScopeView, world: CompletedWorld, files: FileWorld): Rendered {
  const facts = factsIn(world, view);
  // its faults are told already
  if (!facts) return { secrets: [], problems: [] };
  const planned = planScope(facts, world.namespaces.values());
  const around = aroundOf('SecretScope', keyOf(view.metadata), facts, world, files);
  return { secrets: doubted(planned, around), problems: scopeProblems(planned, around) };
}

function aroundOf(
  kind: string,
  key: string,
  facts: Facts,
  { unknownNamespaces }: CompletedWorld,
  files: FileWorld,
): Surroundings {
  return { object: `${kind} ${key}`, manifest: files.manifestOf(kind, key), facts, unknownNamespaces };
}

function renderClaim(claim: ClaimView, world: CompletedWorld, files: FileWorld): Rendered {
  const wanted = claimedScopeOf(claim);
  const namespace = namespaceFacts(world, claim.metadata.namespace);
  if (wanted === undefined || !namespace) return { secrets: [], problems: [] };
  const key = keyOf(claim.metadata);
  const scope = world.scopes.get(wanted);
  const facts = scope && factsIn(world, scope);
  if (!facts)
    return { secrets: [], problems: [unknownScope('SecretClaim', key, wanted, scope !== undefined, files)] };
  const planned: Planned = planClaim(claim, facts, namespace);
  const around = { ...aroundOf('SecretClaim', key, facts, world, files), namespace: namespace.name };
  return { secrets: doubted(planned, around), problems: claimProblems(planned, around) };
}

function doubted({ secrets }: Planned, around: Surroundings): PlannedSecret[] {
  const doubtful = labelsDoubt(around) !== '';
  return secrets.map((secret) => ({ ...secret, doubtful }));
}

function renderOne(view: AutomationView, world: CompletedWorld, files: FileWorld): AutomationVerdict {
  const wanted = automatedScopeOf(view);
  // its faults are told already
  if (wanted === undefined || view.spec.kind !== 'ok') return { automation: undefined, problems: [] };
  const key = keyOf(view.metadata);
  const scope = world.scopes.get(wanted);
  const facts = scope && factsIn(world, scope);
  const unknown = unknownScope('WebhookAutomation', key, wanted, scope !== undefined, files);
  if (!facts) {
    const own = ownProblems(view.spec.value, files.manifestOf('WebhookAutomation', key), key);
    return { automation: undefined, problems: [...own, unknown] };
  }
  return renderAutomation(view.spec.value, aroundOf('WebhookAutomation', key, facts, world, files));
}

function unknownScope(
  kind: 'SecretClaim' | 'WebhookAutomation',
  key: string,
  wanted: string,
  isThere: boolean,
  files: FileWorld,
): Problem {
  const what = kind === 'SecretClaim' ? 'what this claim would get' : 'what this automation may send';
  const message = isThere
    ? `SecretScope ${wanted} is not valid, so ${what} is not known`
    : `SecretScope ${wanted} is not in these files, so ${what} is not known; add it with -f`;
  return problemAt(files.manifestOf(kind, key), 'spec.scopeRef', {
    severity: 'warning',
    reason: 'NotInFiles',
    message,
    object: `${kind} ${key}`,
  });
}

/** Whoever comes first has it; the other one is told TargetConflict. */
function twoHolders(secrets: readonly PlannedSecret[], files: FileWorld): Problem[] {
  const holders = new Map<string, string>();
  return secrets.flatMap(({ plan, holder, claim }) => {
    const place = `${plan.namespace}/${plan.secretName}`;
    const first = holders.get(place);
    if (first === undefined) {
      holders.set(place, holder);
      return [];
    }
    const [kind = '', key = ''] = holder.split(' ');
    const message = `Secret ${place} is also wanted by ${first}, and belongs to whoever makes it first; choose another secretName`;
    const path = claim ? 'spec.secretName' : `spec.targets[${plan.secretName}]`;
    return [
      problemAt(files.manifestOf(kind, key), path, {
        severity: 'error',
        reason: 'TargetConflict',
        message,
        object: holder,
      }),
    ];
  });
}

/** A box is opened by the operator alone; that there is an entry to write can be told. */
function sealedProblems({ key, namespace, manifest }: Placed, files: FileWorld): Problem[] {
  const spec = manifest.object['spec'] as { scopeRef?: { name?: unknown }; name?: unknown } | undefined;
  const scope = files.scopes.get(`${namespace}/${String(spec?.scopeRef?.name)}`);
  if (scope?.spec.kind !== 'ok') return [];
  const name = String(spec?.name);
  if (scope.spec.value.secrets?.some((entry) => entry.name === name)) return [];
  const message = `SecretScope ${keyOf(scope.metadata)} has no entry ${name} in spec.secrets; add one that says where the value is kept`;
  return [
    problemAt(manifest, 'spec.name', {
      severity: 'error',
      reason: 'EntryMissing',
      message,
      object: `SealedValue ${key}`,
    }),
  ];
}
