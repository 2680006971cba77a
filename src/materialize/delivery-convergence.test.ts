import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyPlan, TargetPlan } from '../model/plan.ts';
import { aPlan, broken, deliver, delivered, denied, FakeProvider, wanted } from './delivery-fixture.ts';

const NAMES = ['A', 'B', 'C', 'D'];
const anyKind = fc.constantFrom('deliver', 'deliver', 'moved', 'broken', 'denied', 'out');
const anyPlan = fc
  .record({
    kinds: fc.tuple(anyKind, anyKind, anyKind, anyKind),
    labels: fc.constantFrom<Record<string, string>>({}, { team: 'web' }, { team: 'api', more: 'x' }),
    annotations: fc.constantFrom<Record<string, string>>({}, { 'example.com/a': 'x' }),
    type: fc.constantFrom<TargetPlan['type']>('Opaque', 'Opaque', 'kubernetes.io/basic-auth'),
    deletionPolicy: fc.constantFrom<TargetPlan['deletionPolicy']>('Delete', 'Retain'),
  })
  .map(({ kinds, ...change }) =>
    aPlan(
      kinds.flatMap((kind, index) => keyOf(kind, NAMES[index] ?? '')),
      change,
    ),
  );

function keyOf(kind: string, name: string): KeyPlan[] {
  if (kind === 'out') return [];
  if (kind === 'broken') return [broken(name)];
  if (kind === 'denied') return [denied(name)];
  return [wanted(name, kind === 'moved' ? { dataKey: 'username' } : {})];
}

/** Two names for one data key are a collision, which the plan would refuse. */
const distinct = (plan: TargetPlan) => new Set(plan.keys.map((key) => key.dataKey)).size === plan.keys.length;

type Edit = { data: Record<string, string>; immutable: boolean; labels: Record<string, string> };
const anyEdit: fc.Arbitrary<Edit> = fc.record({
  data: fc.dictionary(fc.constantFrom(...NAMES, 'hand'), fc.constantFrom('AAAA', ''), { maxKeys: 3 }),
  immutable: fc.constantFrom(false, false, true),
  labels: fc.constantFrom<Record<string, string>>(
    {},
    { 'secretscope.dev/managed': 'true' },
    { team: 'hand' },
  ),
});

const values = { A: 'one', B: 'two', C: 'three', D: 'four' };

async function reachesAndStays(first: TargetPlan, then: TargetPlan, edit: Edit): Promise<void> {
  const provider = new FakeProvider(values);
  const secrets = await delivered(first, provider);
  if (secrets.stored.size > 0)
    secrets.edit(({ data, metadata }) => ({
      data: { ...data, ...edit.data },
      immutable: edit.immutable,
      metadata: { labels: { ...metadata.labels, ...edit.labels } },
    }));
  const outcome = await deliver(secrets, then, provider);
  secrets.calls.length = 0;
  provider.reads.length = 0;
  const again = await deliver(secrets, then, provider);
  expect([secrets.done.filter((call) => !/^(look|get)/.test(call)), provider.reads]).toEqual([[], []]);
  if (outcome.kind !== 'delivered') return;
  expect(again).toMatchObject({ kind: 'delivered', written: [], removed: [], created: false });
  for (const key of then.keys) {
    const byHand = Object.hasOwn(edit.data, key.dataKey);
    if (key.kind === 'withdraw' && !byHand) expect(secrets.data).not.toHaveProperty(key.dataKey);
    if (key.kind === 'deliver')
      expect(secrets.data[key.dataKey]).toBe(provider.values[key.lines[0]?.name ?? '']);
  }
}

describe('FAULTS: eventually stable', () => {
  it('from whatever a Secret holds, one delivery brings it to its plan, and the next one does nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan.filter(distinct), anyPlan.filter(distinct), anyEdit, reachesAndStays),
      { numRuns: 300 },
    );
  });

  it('what somebody else put into the Secret is still there afterwards', async () => {
    await fc.assert(
      fc.asyncProperty(anyPlan.filter(distinct), async (plan) => {
        const provider = new FakeProvider(values);
        const secrets = await delivered(aPlan([wanted('A')]), provider);
        secrets.edit(({ data }) => ({ data: { ...data, hand: 'AAAA' } }));
        await deliver(secrets, { ...plan, type: 'Opaque' }, provider);
        expect(secrets.stored.get('team/app')?.data).toHaveProperty('hand', 'AAAA');
      }),
    );
  });
});
