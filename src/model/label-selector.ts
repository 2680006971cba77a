/**
 * Kubernetes label selectors, decided without the API server. Pure.
 * Called by resolve (which namespaces a scope admits) and by tests of what a watch should deliver.
 */

/** A requirement on one label. `operator` is a plain string because stored objects may hold anything. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

type Labels = Readonly<Record<string, string>>;

/**
 * Whether labels satisfy a selector. As in Kubernetes, an empty selector matches everything and a missing one
 * nothing. A malformed selector matches nothing too: what cannot be understood must never admit a namespace.
 */
export function matchesLabels(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined || !isWellFormed(selector)) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const present = new Map(Object.entries(labels ?? {}));
  return (
    Object.entries(matchLabels).every(([key, value]) => present.get(key) === value) &&
    matchExpressions.every((requirement) => holds(requirement, present))
  );
}

/**
 * Whether Kubernetes would understand a selector. A rule that only takes away must ask this first: to it, a
 * malformed selector that silently matches nothing is an open door.
 */
export function isWellFormed(selector: LabelSelector): boolean {
  if (!isRecord(selector)) return false;
  const { matchLabels = {}, matchExpressions = [], ...unknown } = selector;
  if (Object.keys(unknown).length > 0) return false;
  if (!isRecord(matchLabels) || !Array.isArray(matchExpressions)) return false;
  return (
    Object.entries(matchLabels).every(([key, value]) => isLabelKey(key) && isLabelValue(value)) &&
    matchExpressions.every(isRequirement)
  );
}

function isRequirement(requirement: LabelRequirement): boolean {
  if (!isRecord(requirement) || !isLabelKey(requirement.key)) return false;
  const { operator, values = [] } = requirement;
  if (!Array.isArray(values) || !values.every(isLabelValue)) return false;
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0;
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0;
    default:
      return false;
  }
}

function holds(
  { key, operator, values = [] }: LabelRequirement,
  labels: ReadonlyMap<string, string>,
): boolean {
  const value = labels.get(key);
  const listed = value !== undefined && values.includes(value);
  if (operator === 'In') return listed;
  // an absent label is "not in", as in Kubernetes
  if (operator === 'NotIn') return !listed;
  return (operator === 'Exists') === (value !== undefined);
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

function isLabelKey(key: unknown): boolean {
  if (typeof key !== 'string') return false;
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  return NAME.test(key.slice(slash + 1)) && (slash < 0 || (prefix.length <= 253 && PREFIX.test(prefix)));
}

function isLabelValue(value: unknown): boolean {
  return value === '' || (typeof value === 'string' && NAME.test(value));
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
