/**
 * Owns: which field belongs to which level of a scope, and which fields cannot be changed.
 * Used by: secret-scope.ts. `has(x) == has(old x)` in the second table: an optional field is otherwise changed by
 * removing it and adding it again.
 */
import type { Rule } from './schema-rules.ts';

export const LEVELS = ['Organization', 'Repository', 'Environment'] as const;
export type Level = (typeof LEVELS)[number];

/** What the rules look at of a scope's spec. */
export interface Leveled {
  readonly level: Level;
  readonly secrets?: readonly { readonly access?: unknown }[] | undefined;
  readonly discover?: readonly { readonly access?: unknown }[] | undefined;
  readonly accessGroups?: unknown;
  readonly automationHosts?: unknown;
  readonly protection?: unknown;
  readonly environmentName?: unknown;
  readonly targets?: unknown;
  readonly parentRef?: unknown;
  readonly children?: unknown;
  readonly backendRef?: unknown;
}

export const levelRules: readonly Rule<Leveled>[] = [
  {
    rule: "self.level == 'Organization' || !has(self.secrets) || size(self.secrets) <= 100",
    message: 'a repository or an environment holds at most 100 secrets',
    fieldPath: '.secrets',
    holds: ({ level, secrets = [] }) => level === 'Organization' || secrets.length <= 100,
  },
  {
    rule: "self.level == 'Organization' || !has(self.secrets) || self.secrets.all(s, !has(s.access))",
    message: 'secrets[].access belongs to the level Organization; remove it',
    fieldPath: '.secrets',
    holds: ({ level, secrets = [] }) =>
      level === 'Organization' || secrets.every(({ access }) => access === undefined),
  },
  {
    rule: "self.level == 'Organization' || !has(self.discover) || self.discover.all(d, !has(d.access))",
    message: 'discover[].access belongs to the level Organization; remove it',
    fieldPath: '.discover',
    holds: ({ level, discover = [] }) =>
      level === 'Organization' || discover.every(({ access }) => access === undefined),
  },
  only('Organization', 'accessGroups'),
  only('Organization', 'automationHosts'),
  only('Environment', 'protection'),
  only('Environment', 'environmentName'),
  {
    rule: "self.level != 'Organization' || !has(self.targets)",
    message:
      'an Organization delivers nothing itself; put targets into a Repository or an Environment below it',
    fieldPath: '.targets',
    holds: ({ level, targets }) => level !== 'Organization' || targets === undefined,
  },
  {
    rule: "self.level != 'Organization' || !has(self.parentRef)",
    message: 'an Organization has no parent; remove parentRef',
    fieldPath: '.parentRef',
    holds: ({ level, parentRef }) => level !== 'Organization' || parentRef === undefined,
  },
  {
    rule: "self.level != 'Environment' || has(self.parentRef)",
    message: 'an Environment needs parentRef: the Repository it belongs to',
    fieldPath: '.parentRef',
    holds: ({ level, parentRef }) => level !== 'Environment' || parentRef !== undefined,
  },
  {
    rule: "self.level != 'Environment' || !has(self.children)",
    message: 'an Environment has no children; remove children',
    fieldPath: '.children',
    holds: ({ level, children }) => level !== 'Environment' || children === undefined,
  },
  {
    rule: '(!has(self.secrets) || size(self.secrets) == 0) && (!has(self.discover) || size(self.discover) == 0) || has(self.backendRef)',
    message: 'secrets and discover need backendRef: a backend is never inherited',
    fieldPath: '.backendRef',
    holds: ({ secrets = [], discover = [], backendRef }) =>
      secrets.length + discover.length === 0 || backendRef !== undefined,
  },
];

export const immutableFields: readonly Rule<Leveled>[] = [
  {
    rule: 'self.level == oldSelf.level',
    message: 'level cannot be changed; create another scope',
    fieldPath: '.level',
  },
  {
    rule: 'has(self.parentRef) == has(oldSelf.parentRef) && (!has(self.parentRef) || self.parentRef == oldSelf.parentRef)',
    message: 'parentRef cannot be added, changed or removed; create another scope',
    fieldPath: '.parentRef',
  },
  {
    rule: 'has(self.environmentName) == has(oldSelf.environmentName) && (!has(self.environmentName) || self.environmentName == oldSelf.environmentName)',
    message: 'environmentName cannot be changed; create another scope',
    fieldPath: '.environmentName',
  },
  {
    rule: '!has(oldSelf.backendRef) || (has(self.backendRef) && self.backendRef.kind == oldSelf.backendRef.kind)',
    message: 'backendRef can be added, but not removed, nor its kind changed; create another scope',
    fieldPath: '.backendRef',
  },
];

/** A field that exists at one level only. */
function only(
  level: Level,
  field: 'accessGroups' | 'automationHosts' | 'protection' | 'environmentName',
): Rule<Leveled> {
  return {
    rule: `self.level == '${level}' || !has(self.${field})`,
    message: `${field} belongs to the level ${level}; remove it`,
    fieldPath: `.${field}`,
    holds: (spec) => spec.level === level || spec[field] === undefined,
  };
}
