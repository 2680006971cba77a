/** Owns: planned Secrets as they are printed, values masked. Used by: render-verb.ts. Pure. */
import type { KeyPlan, PlanLine } from '../model/plan.ts';
import { type GateRules, gateRules, gateText } from './explain-gate.ts';
import { type Supplier, supplierOf } from './explain-names.ts';
import { isUnseen } from './offline-facts.ts';
import type { PlannedSecret } from './render-plan.ts';
import { escapeText } from './terminal.ts';

/** What stands in the place of a value. There is no value here that could be printed instead. */
const MASK = '***';

export interface RenderedKey {
  readonly key: string;
  /** `delivered`, `missing`: something has to change first, `unknown`: these files do not tell. */
  readonly state: 'delivered' | 'missing' | 'unknown';
  readonly content?: 'value' | 'template' | 'dockerConfig' | 'empty';
  /** `***`, or nothing at all. */
  readonly value?: string;
  readonly names?: readonly (Supplier & { readonly name: string })[];
  readonly reason?: string;
  readonly message?: string;
}

/** One Secret, as `-o json` prints it. */
export interface RenderedSecret {
  readonly namespace: string;
  readonly name: string;
  readonly holder: string;
  readonly type: string;
  readonly immutable?: true;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Reviewers decide before anything of it is delivered. */
  readonly gate?: GateRules;
  /** The whole Secret is not written. */
  readonly refused?: { readonly reason: string; readonly message: string };
  readonly keys: readonly RenderedKey[];
}

export function renderedSecret({ holder, facts, plan, immutable, doubtful }: PlannedSecret): RenderedSecret {
  const { protection } = facts.scope.spec;
  const lost = plan.atomic ? (plan.missing[0] ?? plan.keys.find((key) => key.kind === 'keep')) : undefined;
  const refused =
    plan.violation ?? (lost && { ...lost, message: `${lost.message}; atomic: it is whole or not there` });
  return {
    namespace: plan.namespace,
    name: plan.secretName,
    holder,
    type: plan.type,
    ...(immutable && { immutable: true as const }),
    labels: plan.labels,
    annotations: plan.annotations,
    ...(protection && { gate: gateRules(protection) }),
    ...(refused && { refused: { reason: refused.reason, message: refused.message } }),
    keys: plan.keys.map((key) => renderedKey(key, doubtful === true)),
  };
}

/** Refused for labels, which these files may not tell. */
const BY_LABELS = ['NotAvailable', 'KeyNotGranted'];

function renderedKey(key: KeyPlan, doubtful: boolean): RenderedKey {
  if (key.kind === 'withdraw') {
    const state = doubtful && BY_LABELS.includes(key.reason) ? 'unknown' : 'missing';
    return { key: key.dataKey, state, reason: key.reason, message: key.message };
  }
  if (key.kind === 'keep') {
    const state = key.uncertain ? 'unknown' : 'missing';
    return { key: key.dataKey, state, reason: key.reason, message: key.message };
  }
  const isEmpty = key.recipe.kind === 'empty';
  return {
    key: key.dataKey,
    state: key.lines.some(isUnseen) ? 'unknown' : 'delivered',
    content: key.recipe.kind,
    value: isEmpty ? '' : MASK,
    names: key.lines.map((line) => ({ name: line.name, ...supplierOf(line) })),
    ...unseenBackends(key.lines),
  };
}

function unseenBackends(lines: readonly PlanLine[]): Partial<RenderedKey> {
  const names = [...new Set(lines.filter(isUnseen).map((line) => supplierOf(line).backend))];
  if (names.length === 0) return {};
  return {
    reason: 'NotInFiles',
    message: `${names.join(' and ')} is not in these files, so what it grants is not known`,
  };
}

export function secretText(secret: RenderedSecret): string {
  const { namespace, name, type, immutable, holder, keys, gate, refused } = secret;
  const width = Math.max(0, ...keys.map(({ key }) => key.length));
  return [
    `Secret ${namespace}/${name} (${type}${immutable ? ', immutable' : ''}) of ${holder}`,
    ...(gate ? [`  waits for reviewers: ${gateText(gate)}`] : []),
    ...(refused ? [`  is not written: ${refused.reason}: ${refused.message}`] : []),
    ...metadataLines('label', secret.labels),
    ...metadataLines('annotation', secret.annotations),
    ...keys.map((key) => `  ${key.key.padEnd(width)}  ${keyText(key)}`),
    ...(keys.length === 0 ? ['  no keys'] : []),
  ]
    .map(escapeText)
    .join('\n');
}

function metadataLines(what: string, map: Readonly<Record<string, string>>): string[] {
  return Object.entries(map).map(([key, value]) => `  ${what} ${key}: ${JSON.stringify(value)}`);
}

function keyText({ state, content, value = '', names = [], reason = '', message = '' }: RenderedKey): string {
  const doubt = state === 'unknown' ? `; not certain: ${message}` : '';
  if (content === undefined) return state === 'unknown' ? `?    ${message}` : `-    ${reason}: ${message}`;
  const shown = value === '' ? '""  ' : value.padEnd(4);
  if (content === 'empty') return `${shown} empty: nobody supplies it (onMissing: Empty)`;
  const sources = names.map((source) =>
    content === 'value' ? sourceText(source) : `${source.name} from ${placeText(source)}`,
  );
  return `${shown} ${content === 'value' ? '' : `${content} of `}${sources.join(', ') || 'no secret'}${doubt}`;
}

function placeText({ level, scope }: Supplier): string {
  return `${level} ${scope}`;
}

function sourceText(source: Supplier & { readonly name: string }): string {
  const { key, property, version, backend } = source;
  const parts = [
    `key ${key}`,
    ...(property === undefined ? [] : [`property ${property}`]),
    ...(version === undefined ? [] : [`version ${version}`]),
  ];
  return `${placeText(source)}: ${parts.join(', ')} in ${backend}`;
}
