/**
 * Owns: what may be done to one Secret while its gate is open, or holds something back.
 * Whatever waits keeps the value it has: it goes on as it was released, or stays as it is, and is never filled from
 * elsewhere.
 */
import type { Subject } from '../model/approval.ts';
import type { Json } from '../model/canonical-json.ts';
import type { KeyPlan, PlanLine, TargetPlan } from '../model/plan.ts';
import type { RequestPlan } from '../model/request-subject.ts';
import type { Told } from '../model/verdict.ts';
import { compareLines } from './coverage.ts';
import { jsonIn, namesIn, recipeOf } from './recipe-names.ts';

/** A plan as it is written in a request, and its subject. */
export interface WrittenPlan {
  readonly plan: RequestPlan;
  readonly subject: Subject;
}

/** What the gate lets through to one target. */
export type Passage =
  /** Everything that is wanted was released. */
  | { readonly kind: 'open'; readonly wanted: WrittenPlan }
  /** Something waits; what was released goes on. Without a release, or while nothing is known, nothing goes on. */
  | {
      readonly kind: 'held';
      readonly told: Told;
      readonly wanted: WrittenPlan;
      readonly released: WrittenPlan | undefined;
    };

/** The plan of one namespace as far as the gate lets it through. Withdrawal is never held up. */
export function gatedPlan(plan: TargetPlan, passage: Passage): TargetPlan {
  if (passage.kind === 'open')
    return { ...plan, keys: plan.keys.map((key) => asApproved(key, passage.wanted.plan)) };
  const { told, wanted, released } = passage;
  const approved = approvedLines(wanted, released);
  const keys = plan.keys.map((key) => heldKey(key, plan, { told, wanted, released, approved }));
  // a Secret of another type is another Secret: it waits as a whole
  const type = approved.has('secret') ? plan.type : (released?.plan.secret?.type ?? plan.type);
  return { ...plan, type, keys, ...(!released && { frozen: whyOf(told) }) };
}

/** Nothing new is written, and nothing is taken away but what authority takes. */
export function frozenPlan(plan: TargetPlan, told: Told): TargetPlan {
  const keys = plan.keys.map((key) => (key.kind === 'deliver' ? kept(key.dataKey, told) : key));
  return { ...plan, keys, frozen: whyOf(told) };
}

const whyOf = ({ reason, message }: Told) => ({ reason, message });

function kept(dataKey: string, { reason, message }: Told): KeyPlan {
  return { kind: 'keep', dataKey, reason, message, uncertain: false };
}

interface Held {
  readonly told: Told;
  readonly wanted: WrittenPlan;
  readonly released: WrittenPlan | undefined;
  /** Ids of the wanted lines that are released already. */
  readonly approved: ReadonlySet<string>;
}

function approvedLines(wanted: WrittenPlan, released: WrittenPlan | undefined): Set<string> {
  const changes = released ? compareLines(released.subject, wanted.subject) : [];
  return new Set(changes.flatMap(({ id, change }) => (change === 'unchanged' ? [id] : [])));
}

function heldKey(key: KeyPlan, plan: TargetPlan, held: Held): KeyPlan {
  if (key.kind !== 'deliver') return key;
  const needs = [
    'secret',
    `namespace ${plan.namespace}`,
    `key ${key.dataKey}`,
    ...key.lines.map(({ name }) => `name ${name}`),
  ];
  // as it was released: that versions are to be approved from now on pins nothing before it is
  const { released } = held;
  if (released && needs.every((id) => held.approved.has(id))) return asApproved(key, released.plan);
  return asReleased(key, plan, held) ?? kept(key.dataKey, held.told);
}

/** Whoever approved versions approved these and no others (FAULTS 29). */
function asApproved(key: KeyPlan, { pin, secrets }: RequestPlan): KeyPlan {
  if (key.kind !== 'deliver' || pin === 'Access') return key;
  const versions = new Map(secrets.map(({ name, version }) => [name, version]));
  const lines = key.lines.map((line) => {
    const version = versions.get(line.name);
    return version === undefined ? line : { ...line, version };
  });
  return { ...key, lines };
}

/** The data key as it was released, while everything that goes into it may still be had there. */
function asReleased(
  key: Extract<KeyPlan, { kind: 'deliver' }>,
  plan: TargetPlan,
  { released, wanted }: Held,
): KeyPlan | undefined {
  const line = released?.plan.keys?.find((one) => one.key === key.dataKey && one.change !== 'Removed');
  const recipe = line && recipeOf(line);
  if (!released || !recipe || !isSameLine(`namespace ${plan.namespace}`, released, wanted)) return undefined;
  const names = namesIn(line);
  const secrets = released.plan.secrets.filter(
    ({ name, change }) => names.includes(name) && change !== 'Removed',
  );
  const lines = secrets.map((secret) => planLine(secret, released.plan.pin, key.lines));
  if (!lines.every((one) => one !== undefined && isOffered(one, plan))) return undefined;
  const supplied = new Set(secrets.map(({ name }) => name));
  return {
    kind: 'deliver',
    dataKey: key.dataKey,
    recipe,
    lines: lines.filter((one) => one !== undefined),
    emptyNames: names.filter((name) => !supplied.has(name)),
  };
}

/** Whether a line that has no version is in both, whatever their pins are: one that was made again is another one. */
function isSameLine(id: string, ...written: readonly WrittenPlan[]): boolean {
  const digests = written.map(({ subject }) => subject.lines.find((line) => line.id === id)?.digest);
  return digests[0] !== undefined && digests.every((digest) => digest === digests[0]);
}

/** Removing an entry, or access to it, is not held up by a gate that waits for something else. */
function isOffered({ name, scope }: PlanLine, { offeredBy }: TargetPlan): boolean {
  return offeredBy.get(name)?.has(scope.uid) === true;
}

type SecretLine = RequestPlan['secrets'][number];

/** Undefined where the backend's identity was too long to be written down: then nothing can be read with it. */
function planLine(
  secret: SecretLine,
  pin: RequestPlan['pin'],
  wanted: readonly PlanLine[],
): PlanLine | undefined {
  const { name, level, scope, locked = false, backend, key, property, encoding = 'None' } = secret;
  const identity = identityOf(backend.identity);
  if (identity === undefined) return undefined;
  const isFixed = secret.versionFixed === true || pin === 'Version';
  return {
    name,
    level,
    scope,
    locked,
    backend: {
      refKind: backend.kind,
      id: { namespace: backend.namespace ?? '', name: backend.name, uid: backend.uid },
      provider: backend.provider,
      identity,
    },
    key,
    ...(isFixed && secret.version !== undefined && { version: secret.version }),
    ...(property !== undefined && { property }),
    encoding,
    // a request does not say whether an entry was discovered; the same entry still does
    explicit: wanted.find((line) => line.name === name && line.scope.uid === scope.uid)?.explicit ?? true,
  };
}

function identityOf(text: string): Json | undefined {
  return text.startsWith('sha256:') ? undefined : jsonIn(text);
}
