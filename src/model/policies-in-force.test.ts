import { describe, expect, it } from 'vitest';
import { ledgerSpecSchema } from './kinds/scope-ledger.ts';
import {
  AUTHOR_POLICIES,
  inForce,
  type PoliciesFound,
  type PolicyView,
  policiesInForce,
  VOTE_POLICIES,
} from './policies-in-force.ts';
import { SHIPPED_POLICIES } from './shipped-policies.ts';

const NAME = 'scope-protection.secretscope.dev';
const HOUR = 3_600_000;
const MADE = Date.UTC(2026, 0, 1);
const NOW = MADE + 100 * HOUR;

const view = (kind: PolicyView['kind'], change: Partial<PolicyView> = {}): PolicyView => ({
  kind,
  name: NAME,
  uid: `uid-${kind}`,
  generation: 1,
  createdAt: MADE,
  asShipped: true,
  ...change,
});
const policy = (change: Partial<PolicyView> = {}) => view('ValidatingAdmissionPolicy', change);
const binding = (change: Partial<PolicyView> = {}) => view('ValidatingAdmissionPolicyBinding', change);

describe('a group of policies stands', () => {
  it('if every policy and its binding are there as shipped, whatever else there is', () => {
    const found = policiesInForce(
      [binding(), policy(), policy({ name: 'x', asShipped: false, uid: 'x' })],
      [NAME],
    );
    expect(found).toEqual({ kind: 'standing', objects: [policy(), binding()] });
  });

  it.each<[string, PolicyView[], string[]]>([
    ['the policy is gone', [binding()], [`ValidatingAdmissionPolicy ${NAME} is not there`]],
    ['the binding is gone', [policy()], [`ValidatingAdmissionPolicyBinding ${NAME} is not there`]],
    [
      'the policy is another one',
      [policy({ asShipped: false }), binding()],
      [`ValidatingAdmissionPolicy ${NAME} is not what this version ships`],
    ],
    [
      'it is of another kind',
      [view('MutatingAdmissionPolicy'), binding()],
      [`ValidatingAdmissionPolicy ${NAME} is not there`],
    ],
  ])('but not if %s, and it says so', (_case, there, missing) => {
    expect(policiesInForce(there, [NAME])).toEqual({ kind: 'missing', missing });
  });

  it('but not if this version ships no policy of that name', () => {
    expect(policiesInForce([], ['other']).kind).toBe('missing');
  });

  it('this version ships what votes and stamps rest on', () => {
    for (const name of [...VOTE_POLICIES, ...AUTHOR_POLICIES])
      expect(SHIPPED_POLICIES.filter((shipped) => shipped.name === name)).toHaveLength(2);
  });
});

describe('THREATS 9: since when a group is in force', () => {
  const standing = (...objects: PolicyView[]): PoliciesFound => ({ kind: 'standing', objects });
  const remembered = (at: number, ...objects: PolicyView[]) =>
    inForce(standing(...objects.map((object) => ({ ...object, generation: 7 }))), undefined, at).record;
  const seen7 = [policy({ generation: 7 }), binding({ generation: 7 })] as const;
  const before = remembered(NOW - HOUR, ...seen7);

  it.each<[string, PoliciesFound, ReturnType<typeof remembered>, number | undefined]>([
    ['since it was made, if it was never edited', standing(policy(), binding()), undefined, MADE],
    [
      'since the youngest was made',
      standing(policy(), binding({ createdAt: MADE + HOUR })),
      undefined,
      MADE + HOUR,
    ],
    [
      'from now on, if one was edited and nobody saw when',
      standing(policy({ generation: 2 }), binding()),
      undefined,
      NOW,
    ],
    [
      'from now on, if it is not known when it was made',
      standing(policy({ createdAt: Number.NaN }), binding()),
      undefined,
      NOW,
    ],
    ['as long as remembered, if nothing changed since', standing(...seen7), before, NOW - HOUR],
    [
      'from now on, if one was edited since, be it there and back',
      standing(seen7[0], binding({ generation: 9 })),
      before,
      NOW,
    ],
    [
      'since it was made again, if one was',
      standing(seen7[0], binding({ uid: 'again', createdAt: NOW - 1000 })),
      before,
      NOW - 1000,
    ],
    [
      'from now on, if one was made again and then edited',
      standing(seen7[0], binding({ uid: 'again', generation: 7 })),
      before,
      NOW,
    ],
    ['not at all, if anything is missing', { kind: 'missing', missing: ['x'] }, before, undefined],
    ['not at all, if nothing is asked for', standing(), before, undefined],
  ])('%s', (_case, found, remembers, since) => {
    expect(inForce(found, remembers, NOW).since).toBe(since);
  });

  it('if anything is missing, what was remembered is forgotten', () => {
    expect(inForce({ kind: 'missing', missing: ['x'] }, before, NOW).record).toBeUndefined();
  });

  it('if nothing changed, what is remembered stays word for word, so that nothing is written', () => {
    expect(inForce(standing(seen7[1], seen7[0]), before, NOW).record).toEqual(before);
    const short = before && { ...before, inForceSince: before.inForceSince.replace('.000Z', 'Z') };
    expect(inForce(standing(...seen7), short, NOW).record).toEqual(short);
  });

  it('what is remembered can be stored, and means the same moment', () => {
    const scope = { namespace: 'prod', name: 'web', uid: 'u' };
    const { since, record } = inForce(standing(policy({ generation: 2 }), binding()), undefined, NOW + 0.5);
    expect(ledgerSpecSchema.safeParse({ scope, policies: record }).success).toBe(true);
    expect(Date.parse(record?.inForceSince ?? '')).toBe(since);
    expect(since).toBeGreaterThanOrEqual(NOW + 0.5);
  });

  it('what is remembered and cannot be read as a time is not believed', () => {
    const broken = before && { ...before, inForceSince: 'yesterday' };
    expect(inForce(standing(...seen7), broken, NOW).since).toBe(NOW);
  });
});
