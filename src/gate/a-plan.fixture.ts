/** For tests: plans of one target in a few words, and what is asked for them. */
import type { Json } from '../model/canonical-json.ts';
import type { KeyPlan, PlanLine, Recipe, TargetPlan } from '../model/plan.ts';
import { subjectOf } from '../model/request-subject.ts';
import type { WrittenPlan } from './gated-plan.ts';
import { type Requester, requestedPlan } from './requested-plan.ts';

export type Delivered = Extract<KeyPlan, { kind: 'deliver' }>;

export const ACCESS: Requester = {
  scopeRef: { name: 'web-prod', uid: 'uid-own' },
  consumer: { kind: 'Target', namespace: 'prod', name: 'app' },
  pin: 'Access',
};
export const VERSION: Requester = { ...ACCESS, pin: 'Version' };

const SUPPLIERS = {
  own: { level: 'Environment', scope: { namespace: 'prod', name: 'web-prod', uid: 'uid-own' } },
  org: { level: 'Organization', scope: { namespace: 'acme', name: 'acme', uid: 'uid-org' } },
} as const;

export function aBackend(name: string, identity: Json = { namespace: name }): PlanLine['backend'] {
  const isShared = name === 'shared';
  return {
    refKind: isShared ? 'ClusterSecretBackend' : 'SecretBackend',
    id: { namespace: isShared ? '' : 'prod', name, uid: `uid-${name}` },
    provider: 'kubernetes',
    identity,
  };
}

/** `A`: the environment's own, at key `a`; `org:A`: the organization's; `A=b`: at key `b`; `A@3`: the third version. */
export function line(text: string, change: Partial<PlanLine> = {}): PlanLine {
  const form = /^(?:(org):)?([A-Z_]+)(?:=([a-z]+))?(?:@(\w+))?$/;
  const [, org, name = '', key = name.toLowerCase(), version] = form.exec(text) ?? [];
  return {
    name,
    ...SUPPLIERS[org === undefined ? 'own' : 'org'],
    locked: false,
    backend: aBackend(org === undefined ? 'vault' : 'shared'),
    key,
    ...(version !== undefined && { version }),
    encoding: 'None',
    explicit: true,
    ...change,
  };
}

export const asLine = (given: string | PlanLine): PlanLine =>
  typeof given === 'string' ? line(given) : given;

/** One secret under its own name, or under `dataKey`. */
export function value(given: string | PlanLine, dataKey?: string): Delivered {
  const one = asLine(given);
  return deliver(dataKey ?? one.name, { kind: 'value', name: one.name }, [one]);
}

export function deliver(
  dataKey: string,
  recipe: Recipe,
  lines: readonly (string | PlanLine)[] = [],
  emptyNames: readonly string[] = [],
): Delivered {
  return { kind: 'deliver', dataKey, recipe, lines: lines.map(asLine), emptyNames };
}

export const template = (dataKey: string, text: string, ...lines: (string | PlanLine)[]): Delivered =>
  deliver(dataKey, { kind: 'template', text }, lines);

export const keep = (dataKey: string, uncertain = false): KeyPlan => ({
  kind: 'keep',
  dataKey,
  reason: 'BackendUnavailable',
  message: `${dataKey} cannot be had now`,
  uncertain,
});

export const withdraw = (dataKey: string): KeyPlan => ({
  kind: 'withdraw',
  dataKey,
  reason: 'KeyNotGranted',
  message: `${dataKey} is not granted`,
});

/** Who may supply what: `A` the environment, `org:A` the organization. */
export function offered(...texts: string[]): TargetPlan['offeredBy'] {
  const by = new Map<string, Set<string>>();
  for (const text of texts) {
    const { name, scope } = line(text);
    by.set(name, (by.get(name) ?? new Set()).add(scope.uid));
  }
  return by;
}

/** Where everything may be supplied by either level. */
const ALL = offered(...['A', 'B', 'C', 'D'].flatMap((name) => [name, `org:${name}`]));

export function aPlan(keys: readonly KeyPlan[], change: Partial<TargetPlan> = {}): TargetPlan {
  return {
    secretName: 'app',
    namespace: 'prod',
    type: 'Opaque',
    labels: {},
    annotations: {},
    atomic: false,
    deletionPolicy: 'Delete',
    keys,
    missing: [],
    offeredBy: ALL,
    uncertain: undefined,
    violation: undefined,
    subject: 'v1:sha256:of-the-plan',
    ...change,
  };
}

export type VersionOf = (line: PlanLine) => string | undefined;
/** Every value is at its first version. */
export const first: VersionOf = () => '1';

/** What would be asked for these plans, and its subject. */
export function written(
  plans: TargetPlan | readonly TargetPlan[],
  requester: Requester = ACCESS,
  versionOf: VersionOf = first,
): WrittenPlan {
  const list = Array.isArray(plans) ? (plans as readonly TargetPlan[]) : [plans as TargetPlan];
  const { plan } = requestedPlan(requester, list, versionOf, undefined);
  return { plan, subject: subjectOf(plan) };
}
