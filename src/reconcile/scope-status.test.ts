import { describe, expect, it } from 'vitest';
import type { DeliveryOutcome } from '../materialize/delivery.ts';
import { aLine, aPlan, broken, wanted } from '../materialize/delivery-fixture.ts';
import { type KeyRecord, supplierOf } from '../materialize/delivery-record.ts';
import type { ObservedTarget } from '../materialize/observed-target.ts';
import { FakeSecrets } from '../materialize/secrets-fixture.ts';
import { scopeStatusSchema } from '../model/kinds/scope-status-schema.ts';
import type { PlanLine, TargetPlan } from '../model/plan.ts';
import { ACME, aWorld, onlyFor, trusting, type World } from '../resolve/a-world.fixture.ts';
import { aScopeView } from '../watch/world-fixture.ts';
import type { Status } from './reconcile-fixture.ts';
import type { TargetResult } from './scope-findings.ts';
import { type ScopeReport, scopeStatus } from './scope-status.ts';

const NOW = '2026-01-01T00:00:00Z';
const VIEW = aScopeView('team-web/web', {}, { generation: 7 });

const record = (...lines: PlanLine[]): KeyRecord => ({
  source: 's',
  mac: 'm',
  names: lines.map((line) => `${line.name}@v1`),
  suppliers: lines.map(supplierOf),
});
const scopeOf = (place: string) => {
  const [namespace = '', name = ''] = place.split('/');
  return { namespace, name, uid: `uid-${place}` };
};
const lineFrom = (place: string, name: string) =>
  aLine(name, { scope: scopeOf(place), level: place.startsWith('acme') ? 'Organization' : 'Repository' });

/** A Secret as it was delivered, by data key. */
function seen(keys: Record<string, KeyRecord>): ObservedTarget {
  const secrets = new FakeSecrets();
  secrets.put({});
  const observed = secrets.observed ?? expect.fail();
  const holder = scopeOf('team-web/web');
  return {
    ...observed,
    record: {
      holder,
      target: 'app',
      deletionPolicy: 'Delete',
      subject: '',
      labels: [],
      annotations: [],
      keys,
    },
  };
}

function delivered(
  plan: TargetPlan,
  keys: Record<string, KeyRecord>,
  change: Partial<DeliveryOutcome> = {},
): TargetResult {
  const outcome = {
    kind: 'delivered',
    observed: seen(keys),
    written: [],
    removed: [],
    kept: [],
    foreign: [],
    created: false,
    replaced: false,
    repaired: false,
    ...change,
  };
  return { plan, outcome: outcome as DeliveryOutcome };
}

function statusOf(change: Partial<ScopeReport>): Status & { observedGeneration: number } {
  const report: ScopeReport = {
    view: VIEW,
    spec: { level: 'Repository' },
    resolution: undefined,
    results: [],
    findings: [],
    untold: [],
    gate: new Map(),
    children: { admitted: 0, refused: 0 },
    ...change,
  };
  const { status } = scopeStatus(report, NOW);
  expect(scopeStatusSchema.parse(status)).toEqual(status);
  return status as unknown as Status & { observedGeneration: number };
}

const resolved = (world: World) => ({ resolution: world.resolve() });

describe('where names come from', () => {
  it('is grouped by supplier, in order, each name once with its version', () => {
    const [a, b, c] = [lineFrom('acme/acme', 'A'), lineFrom('acme/acme', 'B'), lineFrom('team-web/web', 'C')];
    const plan = aPlan([a, b, c].map((line) => wanted(line.name, { lines: [line] })));
    const keys = { A: record(a), B: record(b), C: record(c) };
    expect(statusOf({ results: [delivered(plan, keys), delivered(plan, keys)] }).supplied).toEqual([
      { level: 'Organization', scope: 'acme/acme', names: ['A@v1', 'B@v1'] },
      { level: 'Repository', scope: 'team-web/web', names: ['C@v1'] },
    ]);
  });

  it('is what is there, not what is planned: a value of the former supplier is not the new one’s', () => {
    const plan = aPlan([wanted('A', { lines: [lineFrom('team-web/web', 'A')] })]);
    expect(
      statusOf({ results: [delivered(plan, { A: record(lineFrom('acme/acme', 'A')) })] }).supplied,
    ).toBeUndefined();
  });

  it('stays while a delivery is stopped: the Secret holds it still', () => {
    const line = lineFrom('acme/acme', 'A');
    const stopped = {
      kind: 'stopped',
      reason: 'TargetTooLarge',
      message: 'too large',
      removed: [],
      kept: [],
    } as const;
    const results = [
      {
        plan: aPlan([wanted('A', { lines: [line] })]),
        outcome: { ...stopped, observed: seen({ A: record(line) }) },
      },
    ];
    expect(statusOf({ results })).toMatchObject({
      supplied: [{ names: ['A@v1'] }],
      counts: { delivered: 1 },
    });
  });

  it('takes no data key for a member that every object has', () => {
    const plan = aPlan([wanted('A', { dataKey: 'constructor' }), wanted('B', { dataKey: 'toString' })]);
    expect(statusOf({ results: [delivered(plan, {})] }).supplied).toBeUndefined();
  });

  it('stays within 64 suppliers and 64 kB, and says how many are left out', () => {
    const lines = Array.from({ length: 100 }, (_, at) =>
      lineFrom(`acme/org${at}`, `${'N'.repeat(250)}_${at}`),
    );
    const many = Array.from({ length: 100 }, (_, at) => lineFrom('acme/org0', `${'M'.repeat(250)}_${at}`));
    const all = [...lines, ...many];
    const plan = aPlan(all.map((line) => wanted(line.name, { lines: [line] })));
    const keys = Object.fromEntries(all.map((line) => [line.name, record(line)]));
    const { supplied = [] } = statusOf({ results: [delivered(plan, keys)] });
    expect(supplied).toHaveLength(64);
    expect(JSON.stringify(supplied).length).toBeLessThan(70_000);
    expect(supplied[0]?.names.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe('what a status says of hidden names', () => {
  it('tells which level hides which', () => {
    const world = aWorld().org().secret('A').repo().secret('A');
    expect(statusOf(resolved(world)).shadowed).toEqual([
      'A: Organization acme-org/acme < Repository team-web/web',
    ]);
  });

  it('tells that a lock overrules an own entry, as a condition too', () => {
    const world = aWorld().org().secret('A', { locked: true }).repo().uid(VIEW.metadata.uid).secret('A');
    const status = statusOf(resolved(world));
    expect(status.shadowed).toEqual(['A: Repository team-web/web < Organization acme-org/acme, locked']);
    expect(status.conditions.find(({ type }) => type === 'Overruled')?.message).toContain('has locked A');
  });

  it('THREATS 25: names no entry that is not granted, wherever', () => {
    const world = aWorld()
      .org()
      .secret('CANARY', { access: onlyFor('team-other', 'other') })
      .secrets(101, 'GRANTED', { access: { visibility: 'All' } })
      .repo()
      .secret('CANARY');
    const status = statusOf(resolved(world));
    expect(status.counts).toMatchObject({ excluded: 1, resolved: 101 });
    expect(JSON.stringify(status)).not.toMatch(/CANARY|GRANTED_101/);
  });

  it('is told up to 300 lines', () => {
    const world = aWorld()
      .org()
      .secrets(100, 'A', { access: { visibility: 'All' } })
      .repo()
      .secrets(100, 'A')
      .env()
      .secrets(100, 'A')
      .spec({ children: undefined });
    world.children(trusting(ACME));
    expect(statusOf({ resolution: world.resolve() }).shadowed?.length).toBeLessThanOrEqual(300);
  });
});

describe('what a status says of each target', () => {
  const plan = aPlan([wanted('A'), broken('B')], {
    missing: [{ name: 'C', reason: 'NotAvailable', message: 'x' }],
  });

  it.each<
    [
      string,
      DeliveryOutcome | { kind: 'notWritable'; finding: { reason: 'NamespaceNotEnrolled'; message: string } },
      object,
    ]
  >([
    [
      'that cannot be written',
      { kind: 'notWritable', finding: { reason: 'NamespaceNotEnrolled', message: 'x' } },
      { state: 'NamespaceNotEnrolled', missing: ['C: NotAvailable'] },
    ],
    [
      'that is stopped',
      { kind: 'stopped', reason: 'TargetConflict', message: 'x', observed: undefined, removed: [], kept: [] },
      { state: 'TargetConflict' },
    ],
    [
      'that is planned again',
      { kind: 'stale', observed: undefined, removed: [], kept: [] },
      { state: 'Progressing' },
    ],
  ])('%s: one word', (_case, outcome, target) => {
    expect(statusOf({ results: [{ plan, outcome }] }).targets).toEqual([
      { secretName: 'app', namespace: 'team', missing: ['C: NotAvailable'], ...target },
    ]);
  });

  it('the gravest of what is wrong with it, what is stale, missing and somebody else’s', () => {
    const kept = [
      { dataKey: 'B', reason: 'SecretMissing', message: 'x' },
      { dataKey: 'GONE', reason: 'VersionGone', message: 'x' },
    ] as const;
    const result = delivered(plan, { B: record(aLine('B')) }, {
      kept: [...kept],
      foreign: ['hand'],
    } as Partial<DeliveryOutcome>);
    expect(statusOf({ results: [result] }).targets).toEqual([
      {
        secretName: 'app',
        namespace: 'team',
        state: 'NotAvailable',
        keys: 1,
        stale: ['B: SecretMissing'],
        missing: ['C: NotAvailable'],
        foreign: ['hand'],
      },
    ]);
  });

  it('lists are cut, and say how much is left out', () => {
    const foreign = Array.from({ length: 60 }, (_, at) => `key${at}`);
    const { targets } = statusOf({ results: [delivered(plan, {}, { foreign } as Partial<DeliveryOutcome>)] });
    expect(targets?.[0]?.['foreign']).toEqual([...foreign.slice(0, 10), 'and 50 more']);
  });

  it('there are never more of them than the schema takes', () => {
    expect(
      statusOf({ results: Array.from({ length: 300 }, () => delivered(plan, {})) }).targets?.length,
    ).toBe(100);
  });
});

describe('the conditions of a scope', () => {
  const words = (change: Partial<ScopeReport>) =>
    statusOf(change).conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  it.each<[string, Partial<ScopeReport>, string[]]>([
    ['without targets', {}, ['Ready True Resolved']],
    ['with targets', { results: [delivered(aPlan([]), {})] }, ['Ready True Materialized']],
    [
      'suspended',
      { spec: { level: 'Repository', suspend: true } },
      ['Ready True Resolved', 'Suspended True Suspended'],
    ],
    [
      'with a finding',
      { findings: [{ reason: 'SpecInvalid', message: 'x' }] },
      ['Ready False SpecInvalid', 'Stalled True SpecInvalid'],
    ],
    [
      'whose parent does not admit it',
      resolved(aWorld().org().children().repo()),
      ['Ready False NotAvailable', 'Stalled True NotAvailable'],
    ],
    [
      'with an own entry that nobody can be given',
      resolved(aWorld().org().repo().uid(VIEW.metadata.uid).secret('A', { key: '%' })),
      ['Ready False KeyInvalid', 'Stalled True KeyInvalid'],
    ],
  ])('%s', (_case, change, conditions) => {
    expect(words(change)).toEqual(conditions);
  });

  it('speak of the generation that was looked at, and echo what was asked for', () => {
    const view = aScopeView(
      'team-web/web',
      {},
      { generation: 9, annotations: { 'reconcile.secretscope.dev/requestedAt': 'now' } },
    );
    expect(statusOf({ view })).toMatchObject({ observedGeneration: 9, lastHandledReconcileAt: 'now' });
  });
});
