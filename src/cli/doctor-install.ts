/** Checks of what an administrator installs: kinds, policies, rights of the operator. Pure. */
import { type Rule, rightsBeyond, type ShippedRights } from '../model/install-shape.ts';
import type { PolicyView } from '../model/policies-in-force.ts';
import { SHIPPED_KINDS, SHIPPED_RIGHTS } from '../model/shipped-install.ts';
import { SHIPPED_POLICIES } from '../model/shipped-policies.ts';
import {
  APPLY_ALL,
  APPLY_KINDS,
  counted,
  type Finding,
  few,
  type Look,
  ok,
  problem,
  skipped,
  warning,
} from './doctor-finding.ts';

/** `digests` of the kinds that are there, by name. */
export function checkKinds(look: Look<ReadonlyMap<string, string>>, version: string): Finding {
  const check = 'kinds';
  if (look.kind !== 'seen') return skipped(check, whyOf(look));
  const names = Object.keys(SHIPPED_KINDS);
  const missing = names.filter((name) => !look.value.has(name));
  if (missing.length > 0) return problem(check, `not installed: ${few(missing)}`, APPLY_KINDS);
  const other = names.filter((name) => look.value.get(name) !== SHIPPED_KINDS[name]);
  if (other.length > 0)
    return problem(
      check,
      `not those of version ${version}: ${few(other)}; if the cluster runs another version, use the program of that version`,
      APPLY_KINDS,
    );
  return ok(check, `${counted(names.length, 'kind')} as version ${version} ships them`);
}

export interface PolicyLooks {
  readonly validating: Look<readonly PolicyView[]>;
  /** missing: this API server has no such kind */
  readonly mutating: Look<readonly PolicyView[]>;
  readonly settleMs: number;
  /** time of the API server */
  readonly now: number;
}

/** Everything is proven at admission: what the policies let through while they were gone stays unproven. */
export function checkPolicies({ validating, mutating, settleMs, now }: PolicyLooks): Finding[] {
  const check = 'policies';
  if (validating.kind !== 'seen') return [skipped(check, whyOf(validating))];
  if (mutating.kind === 'hidden') return [skipped(check, whyOf(mutating))];
  const there = [...validating.value, ...(mutating.kind === 'seen' ? mutating.value : [])];
  const wanted = SHIPPED_POLICIES.filter(
    ({ kind }) => mutating.kind === 'seen' || !kind.startsWith('Mutating'),
  );
  const faults = wanted.flatMap(({ kind, name }) => {
    const found = there.find((one) => one.kind === kind && one.name === name);
    if (found?.asShipped) return [];
    return [`${kind} ${name} ${found ? 'is not what this version ships' : 'is not there'}`];
  });
  if (faults.length > 0) return [problem(check, few(faults), APPLY_ALL)];
  const shipped = there.filter(({ asShipped }) => asShipped);
  return [
    ok(check, `${counted(wanted.length, 'policy or binding', 'policies and bindings')} as shipped`),
    since(shipped, settleMs, now),
  ];
}

/** An edited one may have been another until just now: only the operator, which watches them, knows better. */
function since(policies: readonly PolicyView[], settleMs: number, now: number): Finding {
  const check = 'policies since';
  const newest = Math.max(...policies.map(({ createdAt }) => createdAt));
  const settled = newest + settleMs;
  if (settled > now)
    return warning(
      check,
      `the newest is from ${isoTime(newest)}; votes and claims count when it has been there for ${settleMs / 1000} s`,
      `wait until ${isoTime(settled)}`,
    );
  const edited = policies.filter(({ generation }) => generation !== 1).length;
  const remark =
    edited > 0
      ? `; ${counted(edited, 'was', 'were')} edited since: the operator counts from when it saw that`
      : '';
  return ok(check, `in force since ${isoTime(newest)}${remark}`);
}

export interface RightsLook {
  readonly kind: ShippedRights['kind'];
  readonly rules: Look<readonly Rule[]>;
  /** whether its binding names the operator's account */
  readonly bound: Look<boolean>;
}

/** What the operator may do before any namespace is enrolled. */
export function checkRights(looks: readonly RightsLook[]): Finding[] {
  return SHIPPED_RIGHTS.map((shipped) => {
    const look = looks.find(({ kind }) => kind === shipped.kind);
    return look ? oneRole(shipped, look) : skipped('rights', `nothing is known of its ${shipped.kind}`);
  });
}

function oneRole({ kind, name, rules }: ShippedRights, look: RightsLook): Finding {
  const check = 'rights';
  const title = `${kind} ${name}`;
  if (look.rules.kind === 'hidden') return skipped(check, look.rules.why);
  if (look.rules.kind === 'missing') return problem(check, `${title} is not there`, APPLY_ALL);
  const lacks = rightsBeyond(rules, look.rules.value);
  if (lacks.length > 0) return problem(check, `${title} lacks ${few(lacks)}`, APPLY_ALL);
  const beyond = rightsBeyond(look.rules.value, rules);
  if (beyond.length > 0)
    return problem(check, `${title} has more than is shipped: ${few(beyond)}`, APPLY_ALL);
  if (look.bound.kind === 'hidden') return skipped(check, look.bound.why);
  if (look.bound.kind === 'missing' || !look.bound.value)
    return problem(
      check,
      `${kind}Binding ${name} does not give ${title} to the operator's service account`,
      APPLY_ALL,
    );
  return ok(check, `${title} as shipped, and bound`);
}

function whyOf(look: { kind: 'hidden'; why: string } | { kind: 'missing' }): string {
  return look.kind === 'hidden' ? look.why : 'this API server does not know them';
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
