/** Owns: since when which version of a name is where, as far as the cluster tells. Used by: explain-verb.ts. */
import type { KubeClient } from '../kube/kube-client.ts';
import type { Facts } from '../model/facts.ts';
import type { ScopeView } from '../watch/views.ts';
import { lookAtTarget, type TargetRecord } from './explain-record.ts';
import { placeOf } from './explain-rules.ts';
import { levelsOf } from './offline-facts.ts';
import { isRecord } from './offline-read.ts';

/** What is in one Secret, as `-o json` prints it. */
export interface Delivered {
  /** `namespace/name`; absent where only the scope's status tells of it. */
  readonly secret?: string;
  readonly dataKeys?: readonly string[];
  /** Absent where status was too long to list it. */
  readonly version?: string;
  /** `Organization acme-org/acme`; absent: a scope that is gone, or that you may not read. */
  readonly from?: string;
  /** The operator last wrote the Secret then, so it is there since then at the latest. */
  readonly sinceAtLatest?: string;
}

export interface OperatorSays {
  readonly ready?: {
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly since?: string;
  };
  /** False: the operator has not looked at this generation of the scope. */
  readonly upToDate: boolean;
  /** Of names that are not delivered, or keep an older value: `NAME: REASON`. */
  readonly names: ReadonlyMap<string, string>;
  /** `NAME@version`, by the scope that supplied it. */
  readonly supplied: ReadonlyMap<string, { readonly version: string; readonly from: string }>;
  readonly sealingKey?: string;
}

/** Output of the operator; nothing is decided from it. */
export function operatorSays(view: ScopeView): OperatorSays {
  const status = isRecord(view.status) ? view.status : {};
  const ready = view.conditions.find(({ type }) => type === 'Ready');
  const { sealingKey } = status;
  return {
    ...(ready && {
      ready: {
        status: ready.status,
        reason: ready.reason,
        message: ready.message,
        since: ready.lastTransitionTime,
      },
    }),
    upToDate: status['observedGeneration'] === view.generation,
    names: namesTold(status),
    supplied: suppliedNames(status),
    ...(typeof sealingKey === 'string' && { sealingKey }),
  };
}

const records = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);
const texts = (value: unknown) =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function namesTold(status: Readonly<Record<string, unknown>>): Map<string, string> {
  const lines = records(status['targets']).flatMap(({ missing, stale }) => [
    ...texts(missing),
    ...texts(stale),
  ]);
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf(': ');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 2)] as const];
    }),
  );
}

function suppliedNames(status: Readonly<Record<string, unknown>>): OperatorSays['supplied'] {
  return new Map(
    records(status['supplied']).flatMap(({ level, scope, names }) =>
      texts(names).flatMap((named) => {
        const at = named.indexOf('@');
        const from = `${String(level)} ${String(scope)}`;
        return at < 0 ? [] : [[named.slice(0, at), { version: named.slice(at + 1), from }] as const];
      }),
    ),
  );
}

export interface SeenTargets {
  readonly targets: readonly TargetRecord[];
  readonly notes: readonly string[];
}

/** The Secrets of a scope in its own namespace, without their data. */
export async function seeTargets(kube: KubeClient, { metadata, spec }: ScopeView): Promise<SeenTargets> {
  const { namespace } = metadata;
  const targets = spec.kind === 'ok' ? (spec.value.targets ?? []) : [];
  const names = targets.map(({ secretName }) => secretName);
  const looks = await Promise.all(names.map((name) => lookAtTarget(kube, namespace, name)));
  const hidden = names.filter((_, index) => looks[index]?.kind === 'forbidden');
  const note = `you may not read ${hidden.map((name) => `Secret ${namespace}/${name}`).join(', ')}: since when its keys are there is not told; versions are those of status.supplied`;
  return {
    targets: looks.flatMap((look) => (look.kind === 'found' ? [look.record] : [])),
    notes: hidden.length > 0 ? [note] : [],
  };
}

/** Where a name is now: in the Secrets that can be seen, else as the scope's status says. */
export function deliveredOf(
  name: string,
  facts: Facts,
  targets: readonly TargetRecord[],
  says: OperatorSays,
): Delivered[] {
  const own = targets.filter(({ holder }) => holder === placeOf(facts.scope.id));
  const found = own.flatMap((target) => inTarget(name, target, facts));
  if (found.length > 0) return found;
  const told = says.supplied.get(name);
  return told ? [{ version: told.version, from: told.from }] : [];
}

function inTarget(name: string, { secret, keys, writtenAt }: TargetRecord, facts: Facts): Delivered[] {
  const uses = [...keys].flatMap(([dataKey, names]) =>
    names.filter((one) => one.name === name).map((one) => ({ dataKey, ...one })),
  );
  const versions = Map.groupBy(uses, ({ version, supplier }) => JSON.stringify([version, supplier]));
  return [...versions.values()].map((same) => {
    const [first] = same;
    const supplier = levelsOf(facts).find(({ id }) => id.uid === first?.supplier);
    return {
      secret,
      dataKeys: same.map(({ dataKey }) => dataKey),
      version: first?.version ?? '',
      ...(supplier && { from: `${supplier.spec.level} ${placeOf(supplier.id)}` }),
      ...(writtenAt !== undefined && { sinceAtLatest: writtenAt }),
    };
  });
}
