/** Owns: how planned Secrets differ, key by key. Used by: diff-verb.ts. Pure; it sees no value. */
import { isDeepStrictEqual } from 'node:util';
import type { KeyPlan } from '../model/plan.ts';
import { type GateRules, gateRules } from './explain-gate.ts';
import { type Supplier, supplierOf } from './explain-names.ts';
import type { PlannedSecret } from './render-plan.ts';

/** Where what is under a data key comes from. */
export interface KeySource {
  readonly content: 'value' | 'template' | 'dockerConfig' | 'empty';
  readonly names: readonly (Supplier & { readonly name: string; readonly encoding?: string })[];
}

export type Change = 'added' | 'removed' | 'changed';

export interface KeyDifference {
  readonly key: string;
  readonly change: Change;
  /** True: another level supplies it. */
  readonly supplierChanges?: true;
  /** True: only the text of the template or of the logins differs. */
  readonly textChanges?: true;
  readonly from?: KeySource;
  readonly to?: KeySource;
  /** Why it is withdrawn. */
  readonly reason?: string;
  readonly message?: string;
  /** What the Secret's delivery record holds of it now: NAME@version; absent: nothing, or it cannot be read. */
  readonly now?: readonly string[];
}

/** One Secret, as `-o json` prints it. */
export interface SecretDifference {
  readonly secret: string;
  readonly holder: string;
  readonly change: Change;
  /** Reviewers decide on what is added or changed; what is removed waits for nobody. */
  readonly gate?: GateRules;
  readonly type?: { readonly from: string; readonly to: string };
  readonly labels?: { readonly from: Metadata; readonly to: Metadata };
  readonly annotations?: { readonly from: Metadata; readonly to: Metadata };
  /** Of a Secret that goes. */
  readonly deletionPolicy?: 'Delete' | 'Retain';
  readonly keys: readonly KeyDifference[];
  /** What is there now under that name: `none`, `ours`, `foreign`, or `unknown` where it cannot be read. */
  readonly there?: 'none' | 'ours' | 'foreign' | 'unknown';
  /** `foreign`: another scope or claim, which has it. */
  readonly heldBy?: string;
}
type Metadata = Readonly<Record<string, string>>;

/** A Secret that another holder wants is another thing: it belongs to whoever made it first. */
const identityOf = ({ plan, holder }: PlannedSecret) => `${plan.namespace}/${plan.secretName} ${holder}`;

/** What differs between two plans for the Secrets of the same scopes and claims. */
export function secretDifferences(
  now: readonly PlannedSecret[],
  then: readonly PlannedSecret[],
): SecretDifference[] {
  const before = new Map(now.map((secret) => [identityOf(secret), secret] as const));
  const after = new Map(then.map((secret) => [identityOf(secret), secret] as const));
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((one) => differenceOf(before.get(one), after.get(one)) ?? []);
}

function differenceOf(
  before: PlannedSecret | undefined,
  after: PlannedSecret | undefined,
): SecretDifference | undefined {
  const shown = after ?? before;
  if (!shown) return undefined;
  const keys = keyDifferences(before?.plan.keys ?? [], after?.plan.keys ?? []);
  const { protection } = shown.facts.scope.spec;
  const changes = {
    ...differing('type', before?.plan.type, after?.plan.type),
    ...differing('labels', before?.plan.labels, after?.plan.labels),
    ...differing('annotations', before?.plan.annotations, after?.plan.annotations),
    keys,
  };
  if (before && after && keys.length === 0 && Object.keys(changes).length === 1) return undefined;
  return {
    secret: `${shown.plan.namespace}/${shown.plan.secretName}`,
    holder: shown.holder,
    change: before ? (after ? 'changed' : 'removed') : 'added',
    ...(protection && after && { gate: gateRules(protection) }),
    ...(!after && { deletionPolicy: shown.plan.deletionPolicy }),
    ...changes,
  };
}

function differing<Name extends string, T>(name: Name, from: T | undefined, to: T | undefined) {
  if (from === undefined || to === undefined || isDeepStrictEqual(from, to)) return {};
  return { [name]: { from, to } };
}

function keyDifferences(before: readonly KeyPlan[], after: readonly KeyPlan[]): KeyDifference[] {
  const [was, is] = [byKey(before), byKey(after)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort();
  return keys.flatMap((key) => keyDifference(key, was.get(key), is.get(key)) ?? []);
}

const byKey = (keys: readonly KeyPlan[]) => new Map(keys.map((key) => [key.dataKey, key] as const));

function keyDifference(
  key: string,
  was: KeyPlan | undefined,
  is: KeyPlan | undefined,
): KeyDifference | undefined {
  // what is kept stays as it is, whoever supplied it
  if (is?.kind === 'keep') return undefined;
  const from = was?.kind === 'deliver' ? sourceOf(was) : undefined;
  const to = is?.kind === 'deliver' ? sourceOf(is) : undefined;
  const isThere = from !== undefined || was?.kind === 'keep';
  if (!isThere && to === undefined) return undefined;
  if (to === undefined) {
    const why = is?.kind === 'withdraw' ? { reason: is.reason, message: is.message } : {};
    return { key, change: 'removed', ...(from && { from }), ...why };
  }
  if (from === undefined) return { key, change: isThere ? 'changed' : 'added', to };
  if (isDeepStrictEqual(from, to)) return textDifference(key, was, is, from, to);
  return {
    key,
    change: 'changed',
    from,
    to,
    ...(sameSupplier(from, to) ? {} : { supplierChanges: true as const }),
  };
}

function textDifference(
  key: string,
  was: KeyPlan | undefined,
  is: KeyPlan | undefined,
  from: KeySource,
  to: KeySource,
): KeyDifference | undefined {
  if (was?.kind !== 'deliver' || is?.kind !== 'deliver' || isDeepStrictEqual(was.recipe, is.recipe))
    return undefined;
  return { key, change: 'changed', textChanges: true, from, to };
}

function sourceOf(key: Extract<KeyPlan, { kind: 'deliver' }>): KeySource {
  return {
    content: key.recipe.kind,
    names: key.lines.map((line) => ({
      name: line.name,
      ...supplierOf(line),
      ...(line.encoding === 'None' ? {} : { encoding: line.encoding }),
    })),
  };
}

function sameSupplier(from: KeySource, to: KeySource): boolean {
  const suppliers = ({ names }: KeySource) => names.map(({ name, scope }) => [name, scope]);
  return isDeepStrictEqual(suppliers(from), suppliers(to));
}
