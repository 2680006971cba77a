/** Owns: what an automation needs of its scope's secrets, and what reviewers let through. Used by: reconcile-automation.ts. */
import type { ParsedWebhook } from '../../automate/parse-webhook.ts';
import type { RequestRecord } from '../../model/kinds/scope-ledger.ts';
import type { PlanLine, TargetPlan } from '../../model/plan.ts';
import type { Finding } from '../../report/conditions.ts';
import { resolve } from '../../resolve/resolve.ts';
import { planTarget } from '../../resolve/target-plan.ts';
import { AUTOMATION_HOLDER } from '../../watch/wake-up.ts';
import { keyOf } from '../../watch/world.ts';
import { isGated, isGuarded } from '../approval/pass-gate.ts';
import { type Through, throughGate } from '../approval/through-gate.ts';
import type { Deps } from '../deps.ts';
import { withDiscoveries } from '../discover.ts';
import { interestsOf, versionsOf } from '../plan-lines.ts';
import { ToldFailures } from '../told-failure.ts';
import type { Automated, Sendable } from './automated-scope.ts';

/** What the gate and the levels say of one automation. */
export interface Passage {
  /** Where each value is read; undefined: nothing may be sent. */
  readonly lines: readonly PlanLine[] | undefined;
  readonly findings: readonly Finding[];
  /** Names that nobody supplies. */
  readonly dangling: readonly string[];
  readonly request: string | undefined;
  readonly againMs: number | undefined;
  report(signal: AbortSignal): Promise<boolean>;
}

export async function passageFor(
  automated: Automated,
  sendable: Sendable,
  deps: Deps,
  signal: AbortSignal,
): Promise<Passage | 'again'> {
  const webhook = sendable.kind === 'refused' ? undefined : sendable.webhook;
  const plan =
    webhook && webhook.names.length > 0 ? await planned(automated, webhook, deps, signal) : undefined;
  const gate = await gated(automated, webhook, plan, deps, signal);
  if (gate === 'again') return 'again';
  const { name } = automated.automation.metadata;
  const pending = gate?.targets.get(name)?.pending;
  const findings = [
    ...(sendable.kind === 'sendable' ? [] : [sendable.finding]),
    ...(plan && plan !== 'unplanned' ? missingFindings(plan, automated) : []),
    ...(plan === 'unplanned' ? [UNPLANNED] : []),
    ...(pending ? [pending] : []),
    ...(gate?.findings ?? []),
    ...(plan && automated.spec.suspend === true ? [suspended(automated)] : []),
  ];
  const isOpen = sendable.kind === 'sendable' && findings.length === 0;
  const lines = isOpen ? linesOf(gate?.plans[0] ?? plan) : [];
  // half of what it needs is never sent
  const isWhole = isOpen && lines.length === sendable.webhook.names.length;
  return {
    lines: isWhole ? lines : undefined,
    findings: isOpen && !isWhole ? [NOT_WHOLE] : findings,
    dangling: plan && plan !== 'unplanned' ? danglingIn(plan) : [],
    request: openRequest(automated, deps)?.name,
    againMs: gate?.againMs,
    report: (until) => gate?.report(until) ?? Promise.resolve(true),
  };
}

const UNPLANNED: Finding = {
  reason: 'NotAvailable',
  message: 'the scope breaks a rule of its own and supplies nothing; its status says which',
};

const NOT_WHOLE: Finding = {
  reason: 'ApprovalUnknown',
  message:
    'not every name that it uses was let through; nothing is sent, and it is looked at again by itself',
};

function suspended({ scope }: Automated): Finding {
  const message = `spec.suspend of SecretScope ${keyOf(scope.metadata)} is true: nothing that holds a secret is sent until it goes on`;
  return { reason: 'Suspended', message };
}

/** One key for each name, of the same name; nobody is asked to approve half of it. */
async function planned(
  { automation, facts }: Automated,
  { names }: ParsedWebhook,
  deps: Deps,
  signal: AbortSignal,
): Promise<TargetPlan | 'unplanned'> {
  const found = await withDiscoveries(facts, deps, signal);
  const resolution = resolve(found);
  if (resolution.kind !== 'resolved') return 'unplanned';
  const target = { secretName: automation.metadata.name, include: [...names], atomic: true };
  const plan = planTarget(resolution, target, facts.scope.namespace);
  const [first] = plan.missing;
  if (!first || plan.violation) return plan;
  return { ...plan, violation: { path: 'spec', reason: first.reason, message: first.message } };
}

/** Undefined where nobody has to let anything through. */
async function gated(
  automated: Automated,
  webhook: ParsedWebhook | undefined,
  plan: TargetPlan | 'unplanned' | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<Through | 'again' | undefined> {
  const { automation, scope: view, spec, facts, basis, wish } = automated;
  const asks = plan !== undefined && isGuarded(spec);
  const holder = `${AUTOMATION_HOLDER}${keyOf(automation.metadata)}`;
  const plans = plan === undefined || plan === 'unplanned' ? [] : [plan];
  // only whoever approves versions has to hear of new ones; values are read when they are sent
  const hears = asks && spec.protection?.pin === 'Version';
  deps.interests.replace(holder, hears ? interestsOf(facts, plans) : []);
  if (!isGated(view, spec, deps) || (!asks && !openRequest(automated, deps))) return undefined;
  const told = new ToldFailures(automation, facts.scope.id.uid, deps);
  const context = { tenant: automation.metadata.namespace, signal };
  const input = {
    view,
    spec,
    party: {
      kind: 'automation',
      automation,
      webhook: asks && webhook ? { url: wish.url, text: webhook.text } : undefined,
    } as const,
    facts,
    basis,
    plans: plan === 'unplanned' ? undefined : plans,
    describe: () => versionsOf(plans, 'mayNotRead', told, deps, context),
  };
  return throughGate(input, deps, signal);
}

/** The newest that waits or is released. What the ledger does not know was made by somebody else. */
export function openRequest({ automation, scope }: Automated, deps: Deps): RequestRecord | undefined {
  const { name, namespace, uid } = scope.metadata;
  const { requests = [] } = deps.ledgers.read({ name, namespace, uid }, deps.world.ledgers.get(uid)).spec;
  return requests.findLast(
    ({ consumer, state }) =>
      consumer.uid === automation.metadata.uid && (state === 'Waiting' || state === 'Released'),
  );
}

function linesOf(plan: TargetPlan | 'unplanned' | undefined): PlanLine[] {
  if (plan === undefined || plan === 'unplanned') return [];
  return plan.keys.flatMap((key) => (key.kind === 'deliver' ? key.lines : []));
}

/** A name that nobody supplies; what cannot be told now is none. */
function danglingIn({ keys }: TargetPlan): string[] {
  return keys.flatMap((key) => (key.kind === 'withdraw' ? [key.dataKey] : []));
}

function missingFindings(plan: TargetPlan, { scope }: Automated): Finding[] {
  const dangling = new Set(danglingIn(plan));
  return plan.missing.map(({ name, reason, message }) =>
    dangling.has(name)
      ? {
          reason: 'DanglingReference',
          message: `nothing is sent: this automation uses ${name}, which neither SecretScope ${keyOf(scope.metadata)} nor a level above supplies to it; add it to spec.secrets of one of these scopes, or take it out of this automation`,
        }
      : { reason, message },
  );
}
