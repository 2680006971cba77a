/** Owns: which scope an automation belongs to, and whether it may send where it wants to. Used by: reconcile-automation.ts. */
import { hostOf, isAllowedHost } from '../../automate/allowed-host.ts';
import { type ParsedWebhook, parseWebhook } from '../../automate/parse-webhook.ts';
import type { Facts, ObjectId, ScopeFacts } from '../../model/facts.ts';
import type { ScopeSpec } from '../../model/kinds/secret-scope.ts';
import type { AutomationSpec } from '../../model/kinds/webhook-automation.ts';
import { AUTOMATION_POLICIES, policiesInForce } from '../../model/policies-in-force.ts';
import type { Finding } from '../../report/conditions.ts';
import { automationHosts } from '../../resolve/automation-hosts.ts';
import { BY_VOTED_SCOPE } from '../../watch/approval-world.ts';
import { automatedScopeOf } from '../../watch/automations-world.ts';
import type { AutomationView, ScopeView } from '../../watch/views.ts';
import { keyOf } from '../../watch/world.ts';
import { type Basis, basisOf } from '../approval/basis.ts';
import { isGuarded } from '../approval/pass-gate.ts';
import type { Deps } from '../deps.ts';
import { knownFacts } from '../known-facts.ts';

/** An automation and its scope, both usable. */
export interface Automated {
  readonly automation: AutomationView;
  readonly wish: AutomationSpec;
  readonly scope: ScopeView;
  readonly spec: ScopeSpec;
  readonly facts: Facts;
  /** What the facts were taken from: what the watch shows later is not what was decided on (THREATS 21). */
  readonly basis: Basis;
  /** Votes on the scope, by UID, that were there when it was decided. */
  readonly votes: ReadonlySet<string>;
}

export type FoundScope =
  | { readonly kind: 'found'; readonly automated: Automated }
  /** Nothing can be told of it: nothing is sent, nothing is noted, nothing is closed. */
  | { readonly kind: 'unknown'; readonly finding: Finding };

export function automatedScope(automation: AutomationView, deps: Deps): FoundScope {
  if (automation.spec.kind !== 'ok') return { kind: 'unknown', finding: unreadable(automation.spec.faults) };
  const scope = deps.world.scopes.get(automatedScopeOf(automation) ?? '');
  if (!scope || scope.deleting) return { kind: 'unknown', finding: notThere(automation) };
  const facts = scope.spec.kind === 'ok' ? knownFacts(deps.world, scope) : undefined;
  if (!facts || scope.spec.kind !== 'ok')
    return { kind: 'unknown', finding: { reason: 'Progressing', message: 'its scope cannot be used yet' } };
  const { objects, namespaces } = basisOf(facts, deps);
  const { kind, metadata, generation } = automation;
  const own = { uid: metadata.uid, generation };
  const basis = { objects: new Map([...objects, [`${kind} ${keyOf(metadata)}`, own]]), namespaces };
  const wish = automation.spec.value;
  const seen = deps.world.reviews.by(BY_VOTED_SCOPE, keyOf(scope.metadata));
  const votes = new Set(seen.map((vote) => vote.metadata.uid));
  return {
    kind: 'found',
    automated: { automation, wish, scope, spec: scope.spec.value, facts, basis, votes },
  };
}

/** Whether anything may be sent at all, apart from what reviewers say. */
export type Sendable =
  | { readonly kind: 'sendable'; readonly webhook: ParsedWebhook }
  /** By its own words, or its organization's: nothing is asked for, and what was released is over. */
  | { readonly kind: 'refused'; readonly finding: Finding }
  /** Which hosts are allowed cannot be told now: no request goes anywhere, not even a test. */
  | { readonly kind: 'unknown'; readonly webhook: ParsedWebhook; readonly finding: Finding }
  /** The host is allowed; who wrote it is not proven, so that no value goes there. */
  | { readonly kind: 'unproven'; readonly webhook: ParsedWebhook; readonly finding: Finding };

export function sendable({ automation, wish, spec, facts }: Automated, deps: Deps): Sendable {
  const parsed = parseWebhook(wish);
  if (parsed.kind === 'invalid') return { kind: 'refused', finding: invalid(parsed.faults) };
  if (spec.level === 'Organization') return { kind: 'refused', finding: organization(automation) };
  const { webhook } = parsed;
  const listed = automationHosts(facts);
  if (listed.kind === 'unknown') return { kind: 'unknown', webhook, finding: levelMissing(listed.below) };
  if (!isAllowedHost(wish.url, listed.hosts))
    return { kind: 'refused', finding: notAllowed(wish, listed.organization) };
  const unproven = webhook.names.length > 0 ? unprovenRight(automation, spec, deps) : undefined;
  return unproven ? { kind: 'unproven', webhook, finding: unproven } : { kind: 'sendable', webhook };
}

/**
 * Why it is not proven at admission that whoever made this automation may use secrets of its scope. What is older than the
 * policy was proven by nobody, and no annotation can tell when it was set; under protection reviewers say so instead.
 */
export function unprovenRight(
  { createdAt, metadata: { name, namespace } }: AutomationView,
  scope: ScopeSpec,
  { world }: Deps,
): Finding | undefined {
  const known = world.approvalsKnown();
  const found = policiesInForce(world.policies.values(), AUTOMATION_POLICIES);
  if (known !== 'known') return notInForce(known.missing);
  if (found.kind === 'missing') return notInForce(found.missing.join(', '));
  const since = Math.max(...found.objects.map((one) => one.createdAt));
  if (since <= Date.parse(createdAt) || isGuarded(scope)) return undefined;
  const message = `it was made before the policy that proves who may use secrets in automations; whoever may makes it again: kubectl get webhookautomation ${name} -n ${namespace} -o yaml | kubectl replace --force -f -`;
  return { reason: 'PolicyNotInForce', message };
}

function notInForce(why: string): Finding {
  const message = `nobody proves that whoever makes an automation may use secrets of its scope: ${why}; nothing is sent; apply again what you installed with (secretscope doctor has the command)`;
  return { reason: 'PolicyNotInForce', message };
}

function unreadable(faults: readonly string[]): Finding {
  const message = `the stored spec cannot be used, and nothing is sent: ${faults.slice(0, 5).join('; ')}`;
  return { reason: 'SpecInvalid', message };
}

function invalid(faults: readonly string[]): Finding {
  return { reason: 'TemplateInvalid', message: `nothing is sent: ${faults.slice(0, 5).join('; ')}` };
}

function notThere(automation: AutomationView): Finding {
  const message = `SecretScope ${automatedScopeOf(automation)} is not there; make it, or make an automation with another scopeRef`;
  return { reason: 'NotAvailable', message };
}

function organization(automation: AutomationView): Finding {
  const message = `SecretScope ${automatedScopeOf(automation)} is an Organization, which delivers nothing; make an automation for one of its repositories or environments`;
  return { reason: 'NotAvailable', message };
}

function levelMissing({ id }: ScopeFacts): Finding {
  const message = `the level above SecretScope ${keyOf(id)} is not known, and with it which hosts may be sent to; nothing is sent until it is there`;
  return { reason: 'ParentUnknown', message };
}

function notAllowed({ url }: AutomationSpec, owner: ObjectId | undefined): Finding {
  const host = hostOf(url);
  const message =
    owner === undefined
      ? `host ${host} is in no organization's automationHosts: above the scope of this automation there is no Organization that lets it in; give it one, whose owner lists the host`
      : `host ${host} is not in spec.automationHosts of SecretScope ${keyOf(owner)}; ask its owner to list it: kubectl edit secretscope ${owner.name} -n ${owner.namespace}`;
  return { reason: 'HostNotAllowed', message };
}
