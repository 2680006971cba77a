import { describe, expect, it } from 'vitest';
import type { PolicyView } from '../model/policies-in-force.ts';
import { SHIPPED_KINDS, SHIPPED_RIGHTS } from '../model/shipped-install.ts';
import { SHIPPED_POLICIES } from '../model/shipped-policies.ts';
import { APPLY_ALL, forHelm, type Look, ok, problem } from './doctor-finding.ts';
import { checkKinds, checkPolicies, checkRights } from './doctor-install.ts';

const seen = <T>(value: T): Look<T> => ({ kind: 'seen', value });
const hidden = { kind: 'hidden', why: 'you may not look' } as const;
const NOW = Date.UTC(2026, 0, 2);

describe('kinds', () => {
  const digests = new Map(Object.entries(SHIPPED_KINDS));

  it('are fine where all are there and the same', () => {
    expect(checkKinds(seen(digests), '1.0.0')).toMatchObject({ outcome: 'ok' });
  });

  it('that are not there, or of another version, are named with the command', () => {
    const [name = ''] = digests.keys();
    const without = new Map([...digests].slice(1));
    expect(checkKinds(seen(without), '1.0.0')).toMatchObject({
      outcome: 'problem',
      message: `not installed: ${name}`,
      fix: 'kubectl apply --server-side -k crds',
    });
    const other = new Map(digests).set(name, 'sha256:other');
    expect(checkKinds(seen(other), '1.0.0').message).toContain(`not those of version 1.0.0: ${name}`);
  });

  it('that the caller may not see are skipped', () => {
    expect(checkKinds(hidden, '1.0.0')).toEqual({ check: 'kinds', outcome: 'skipped', message: hidden.why });
  });
});

describe('policies', () => {
  const all: PolicyView[] = SHIPPED_POLICIES.map(({ kind, name }) => ({
    kind,
    name,
    uid: `${kind}-${name}`,
    generation: 1,
    createdAt: NOW - 3_600_000,
    asShipped: true,
  }));
  const isMutating = ({ kind }: PolicyView) => kind.startsWith('Mutating');
  const look = (policies: readonly PolicyView[]) => ({
    validating: seen(policies.filter((one) => !isMutating(one))),
    mutating: seen(policies.filter(isMutating)),
    settleMs: 60_000,
    now: NOW,
  });
  const outcomes = (found: ReturnType<typeof checkPolicies>) => found.map(({ outcome }) => outcome);

  it('that stand as shipped are in force since the newest was made', () => {
    const found = checkPolicies(look(all));
    expect(outcomes(found)).toEqual(['ok', 'ok']);
    expect(found[1]?.message).toBe('in force since 2026-01-01T23:00:00Z');
  });

  it('that were made just now do not count yet, and it says from when on', () => {
    const young = all.map((one, index) => (index === 3 ? { ...one, createdAt: NOW - 10_000 } : one));
    expect(checkPolicies(look(young))[1]).toMatchObject({
      outcome: 'warning',
      fix: 'wait until 2026-01-02T00:00:50Z',
    });
  });

  it('that were edited are not believed since they were made', () => {
    const edited = all.map((one, index) => (index === 3 ? { ...one, generation: 2 } : one));
    expect(checkPolicies(look(edited))[1]?.message).toContain('1 was edited since');
  });

  it('that are gone, altered or somebody else’s are told apart', () => {
    const [first, second, ...rest] = all;
    if (!first || !second) throw new Error('nothing is shipped');
    const foreign = { ...second, name: 'of.somebody.else', asShipped: false };
    const found = checkPolicies(look([{ ...first, asShipped: false }, foreign, ...rest]));
    expect(found).toMatchObject([{ outcome: 'problem', fix: APPLY_ALL }]);
    expect(found[0]?.message).toBe(
      `${first.kind} ${first.name} is not what this version ships, ${second.kind} ${second.name} is not there`,
    );
  });

  it('that change objects are not missed where the API server does not know such', () => {
    const old = { ...look(all.filter((one) => !isMutating(one))), mutating: { kind: 'missing' } as const };
    expect(outcomes(checkPolicies(old))).toEqual(['ok', 'ok']);
  });
});

describe('what brings back what was installed', () => {
  it('is an overlay as well as what is shipped, and with Helm the chart that has it', () => {
    expect(APPLY_ALL).toContain('or your own kustomization');
    const fixes = [
      problem('policies', '', APPLY_ALL),
      problem('rights', '', APPLY_ALL),
      problem('kinds', '', 'kubectl apply --server-side -k crds'),
      problem('leader', '', 'kubectl logs'),
    ].map((finding) => forHelm(finding));
    expect(fixes).toMatchObject([
      { fix: 'helm upgrade secretscope-policies charts/secretscope-policies -n secretscope-system' },
      { fix: expect.stringContaining('helm upgrade secretscope charts/secretscope -n') },
      { fix: expect.stringContaining('helm upgrade secretscope charts/secretscope -n') },
      { fix: 'kubectl logs' },
    ]);
    expect(forHelm(ok('rights', 'fine'))).toEqual(ok('rights', 'fine'));
  });
});

describe('rights of the operator', () => {
  const looks = SHIPPED_RIGHTS.map(({ kind, rules }) => ({ kind, rules: seen(rules), bound: seen(true) }));
  const changed = (change: object) =>
    looks.map((look) => (look.kind === 'Role' ? { ...look, ...change } : look));

  it.each<[string, object, string, RegExp]>([
    ['are fine as shipped', {}, 'ok', /as shipped, and bound/],
    [
      'that lack one are a problem',
      { rules: seen(SHIPPED_RIGHTS[1]?.rules.slice(1) ?? []) },
      'problem',
      /lacks create leases\.coordination\.k8s\.io/,
    ],
    [
      'with one more are a problem',
      {
        rules: seen([
          ...(SHIPPED_RIGHTS[1]?.rules ?? []),
          { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
        ]),
      },
      'problem',
      /more than is shipped: get pods/,
    ],
    ['that are bound to nobody are a problem', { bound: seen(false) }, 'problem', /does not give/],
    ['that the caller may not see are skipped', { rules: hidden }, 'skipped', /you may not look/],
  ])('%s', (_case, change, outcome, message) => {
    const found = checkRights(changed(change))[1];
    expect(found?.outcome).toBe(outcome);
    expect(found?.message).toMatch(message);
  });
});
