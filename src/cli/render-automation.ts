/** Owns: what a WebhookAutomation in files would send, and what keeps it from that. Used by: render-world.ts. Pure. */
import { hostOf, isAllowedHost } from '../automate/allowed-host.ts';
import { parseWebhook } from '../automate/parse-webhook.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import type { NameAnswer, ResolvedNames } from '../model/plan.ts';
import { automationHosts } from '../resolve/automation-hosts.ts';
import { answerOf, resolve } from '../resolve/resolve.ts';
import { type GateRules, gateRules, gateText } from './explain-gate.ts';
import { type Supplier, supplierOf } from './explain-names.ts';
import { placeOf } from './explain-rules.ts';
import { isUnseen, missingParent } from './offline-facts.ts';
import { type Problem, problemAt, type Tell } from './offline-problem.ts';
import type { Manifest } from './offline-read.ts';
import { credentialProblems } from './render-credentials.ts';
import { labelsDoubt, missingProblem, type Surroundings, teller, whyMissing } from './render-problems.ts';
import { escapeText } from './terminal.ts';

interface RenderedName {
  readonly name: string;
  /** `used`, `missing`: nothing is sent without it, `unknown`: these files do not tell. */
  readonly state: 'used' | 'missing' | 'unknown';
  readonly suppliedBy?: Supplier;
  readonly reason?: string;
  readonly message?: string;
}

/** As `-o json` prints it. */
export interface RenderedAutomation {
  readonly automation: string;
  readonly scope: string;
  readonly events: readonly string[];
  /** Without the path, which may be a credential. */
  readonly host: string;
  /** Reviewers decide before anything is sent. */
  readonly gate?: GateRules;
  readonly names: readonly RenderedName[];
}

export interface AutomationVerdict {
  readonly automation: RenderedAutomation | undefined;
  readonly problems: readonly Problem[];
}

/** `around.facts` are those of the scope that it names. */
export function renderAutomation(spec: AutomationSpec, around: Surroundings): AutomationVerdict {
  const tell = teller(around);
  const { scope } = around.facts;
  const { names, problems } = ownVerdict(spec, tell);
  const resolution = resolve(around.facts);
  const refused = [
    ...(scope.spec.level === 'Organization'
      ? [tell('error', 'spec.scopeRef', 'NotAvailable', OF_ORGANIZATION)]
      : []),
    ...(resolution.kind === 'refused'
      ? resolution.violations.map(({ reason, message }) => tell('error', 'spec.scopeRef', reason, message))
      : []),
  ];
  const missing =
    resolution.kind === 'resolved'
      ? names.flatMap((name) => nameProblems(name, spec, resolution, around))
      : [];
  const { protection } = scope.spec;
  const automation: RenderedAutomation = {
    automation: around.object.replace('WebhookAutomation ', ''),
    scope: placeOf(scope.id),
    events: spec.events,
    host: hostOf(spec.url),
    ...(protection && names.length > 0 && { gate: gateRules(protection) }),
    names: names.map((name) =>
      renderedName(name, resolution.kind === 'resolved' ? answerOf(resolution, name) : undefined),
    ),
  };
  return { automation, problems: [...problems, ...refused, ...hostProblems(spec, around, tell), ...missing] };
}

const OF_ORGANIZATION =
  'an automation belongs to a Repository or an Environment; name one of the scopes below';

/** What can be said of it without its scope. */
export function ownProblems(spec: AutomationSpec, manifest: Manifest | undefined, key: string): Problem[] {
  const object = `WebhookAutomation ${key}`;
  const tell: Tell = (severity, path, reason, message) =>
    problemAt(manifest, path, { severity, reason, message, object });
  return ownVerdict(spec, tell).problems;
}

function ownVerdict(spec: AutomationSpec, tell: Tell): { names: readonly string[]; problems: Problem[] } {
  const credentials = credentialProblems(spec, tell);
  const parsed = parseWebhook(spec);
  if (parsed.kind === 'ok') return { names: parsed.webhook.names, problems: credentials };
  const faults = parsed.faults.map((fault) => tell('error', faultPath(fault), 'TemplateInvalid', fault));
  return { names: [], problems: [...faults, ...credentials] };
}

/** A fault begins with its place, such as `payload.text.0`. */
function faultPath(fault: string): string {
  return `spec.${fault.split(' ', 1)[0] ?? ''}`;
}

/** The operator's own rule: an organization lists the hosts for whomever every level lets in. */
function hostProblems({ url }: AutomationSpec, around: Surroundings, tell: Tell): Problem[] {
  const { facts } = around;
  const host = hostOf(url);
  const listed = automationHosts(facts);
  if (listed.kind === 'unknown') {
    const parent = missingParent(facts) ?? `above ${placeOf(listed.below.id)}`;
    const message = `SecretScope ${parent} is not in these files: whether ${host} may be sent to is not known here`;
    return [tell('note', 'spec.url', 'NotInFiles', message)];
  }
  if (isAllowedHost(url, listed.hosts)) return [];
  if (listed.organization) {
    const message = `${host} is none of spec.automationHosts of Organization ${placeOf(listed.organization)}; ask its owner to add it`;
    return [tell('error', 'spec.url', 'HostNotAllowed', message)];
  }
  const doubt = labelsDoubt(around);
  const message = `above this scope there is no Organization that lets it in and lists ${host} in spec.automationHosts; give it one${doubt}`;
  return [tell(doubt === '' ? 'error' : 'warning', 'spec.url', 'HostNotAllowed', message)];
}

function nameProblems(
  name: string,
  spec: AutomationSpec,
  resolution: ResolvedNames,
  around: Surroundings,
): Problem[] {
  const answer = answerOf(resolution, name);
  const { facts } = around;
  const path = pathOf(name, spec);
  const tell = teller(around);
  if (answer.kind === 'line') {
    if (!isUnseen(answer.line)) return [];
    const { backend } = supplierOf(answer.line);
    return [
      tell(
        'note',
        path,
        'NotInFiles',
        `${backend} is not in these files: whether it grants ${name} is not known here`,
      ),
    ];
  }
  const { reason, message } = answer;
  const why = whyMissing(resolution, facts, facts.scope.namespace);
  return [
    missingProblem({ name, reason, message }, resolution, around, why, (severity, found, told) =>
      tell(severity, path, found === reason ? reasonOf(answer) : found, told),
    ),
  ];
}

type Missing = Exclude<NameAnswer, { kind: 'line' }>;

/** As the operator says it of a name that is not to be had. */
function reasonOf({ kind, reason }: Missing): Missing['reason'] {
  return kind === 'absent' || kind === 'denied' ? 'DanglingReference' : reason;
}

/** Where it asks for a name. */
function pathOf(name: string, { secrets = [], accessToken }: AutomationSpec): string {
  if (secrets.includes(name)) return `spec.secrets[${name}]`;
  return accessToken?.secret === name ? 'spec.accessToken.secret' : 'spec.signature.secret';
}

function renderedName(name: string, answer: NameAnswer | undefined): RenderedName {
  if (!answer) return { name, state: 'missing' };
  if (answer.kind === 'line')
    return { name, state: isUnseen(answer.line) ? 'unknown' : 'used', suppliedBy: supplierOf(answer.line) };
  const { message } = answer;
  return {
    name,
    state: answer.kind === 'unknown' ? 'unknown' : 'missing',
    reason: reasonOf(answer),
    message,
  };
}

export function automationText({ automation, scope, events, host, gate, names }: RenderedAutomation): string {
  const width = Math.max(0, ...names.map(({ name }) => name.length));
  return [
    `WebhookAutomation ${automation} of SecretScope ${scope}: POST to ${host}`,
    `  events ${events.join(', ')}`,
    ...(gate ? [`  waits for reviewers: ${gateText(gate)}`] : []),
    ...names.map((one) => `  ${one.name.padEnd(width)}  ${nameText(one)}`),
    ...(names.length === 0 ? ['  no secrets, so nobody has to approve it'] : []),
  ]
    .map(escapeText)
    .join('\n');
}

function nameText({ state, suppliedBy, reason = '', message = '' }: RenderedName): string {
  const mark = { used: '***', missing: '-  ', unknown: '?  ' }[state];
  if (!suppliedBy) return `${mark}  ${[reason, message].filter((text) => text !== '').join(': ')}`.trimEnd();
  const { level, scope, key, backend } = suppliedBy;
  return `${mark}  ${level} ${scope}: key ${key} in ${backend}`;
}
