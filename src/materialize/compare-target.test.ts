import { describe, expect, it } from 'vitest';
import type { KeyPlan, PlanLine, TargetPlan, Uncertain } from '../model/plan.ts';
import { type CompareInput, compareTarget, inSync } from './compare-target.ts';
import { aLine, aPlan, broken, delivered, denied, FakeProvider, HOLDER, wanted } from './delivery-fixture.ts';
import { DELIVERY_ANNOTATION, ORPHANED_ANNOTATION } from './delivery-record.ts';
import { observeTarget } from './observed-target.ts';
import { type FakeSecrets, OTHER_KEYRING } from './secrets-fixture.ts';

const provider = new FakeProvider({ A: 'one', B: 'two', C: 'three' });
const PARENT_GONE: Uncertain = {
  reason: 'NotAvailable',
  message: 'the level above is not there',
  known: new Map([['uid-web', 'complete']]),
  levelsMissing: true,
};
const fromOrg = (name: string, explicit = true): KeyPlan =>
  wanted(name, { lines: [aLine(name, { scope: { ...HOLDER, uid: 'uid-org' }, explicit })] });

function compare(secrets: FakeSecrets | undefined, plan: TargetPlan, change: Partial<CompareInput> = {}) {
  return compareTarget({
    plan,
    versions: provider.versionsOf(plan),
    observed: secrets?.observed,
    holderUid: HOLDER.uid,
    suspended: false,
    mayStay: () => true,
    ...change,
  });
}

/** The diff in words: what happens to which data key. */
function words(diff: ReturnType<typeof compare>): string[] {
  return [
    ...diff.refresh.map(({ plan }) => `refresh ${plan.dataKey}`),
    ...diff.current.map(({ plan }) => `current ${plan.dataKey}`),
    ...diff.kept.map(({ dataKey, reason }) => `keep ${dataKey}: ${reason}`),
    ...diff.withdraw.map((key) => `withdraw ${key}`),
    ...diff.drop.map((key) => `drop ${key}`),
    ...diff.foreign.map((key) => `foreign ${key}`),
    ...(diff.metadataDiffers ? ['metadata'] : []),
    ...(diff.mustReplace ? ['replace'] : []),
  ];
}

const both = () => delivered(aPlan([wanted('A'), wanted('B')]), provider);
const never = () => false;

describe('a target that does not exist', () => {
  it('needs everything that can be had', () => {
    const plan = aPlan([wanted('A'), broken('B'), denied('C')]);
    expect(words(compare(undefined, plan))).toEqual(['refresh A', 'keep B: SecretMissing']);
  });
});

describe('a target that was delivered', () => {
  it('needs nothing while nothing changed', async () => {
    const diff = compare(await both(), aPlan([wanted('A'), wanted('B')]));
    expect(words(diff)).toEqual(['current A', 'current B']);
    expect(inSync(diff)).toBe(true);
  });

  it.each<[string, Parameters<typeof wanted>[1]]>([
    ['another supplier', { lines: [aLine('A', { scope: { ...HOLDER, uid: 'uid-org' } })] }],
    ['another key at the backend', { lines: [aLine('A', { key: 'other' })] }],
    ['another recipe', { recipe: { kind: 'template', text: 'x${A}' } }],
  ])('needs a key again that has %s', async (_case, change) => {
    expect(words(compare(await both(), aPlan([wanted('A', change), wanted('B')])))).toContain('refresh A');
  });

  it('needs a key again whose version moved on', async () => {
    const plan = aPlan([wanted('A'), wanted('B')]);
    const versions = new Map(
      plan.keys
        .flatMap((key) => (key.kind === 'deliver' ? key.lines : []))
        .map((line) => [line, { kind: 'known', version: line.name === 'A' ? 'v2' : 'v1' }] as const),
    );
    expect(words(compare(await both(), plan, { versions }))).toEqual(['refresh A', 'current B']);
  });

  it('needs a key again that was edited by hand, or taken out', async () => {
    const secrets = await both();
    secrets.edit(({ data }) => ({ data: { A: 'AAAA', B: data?.['B'] ?? '' } }));
    expect(words(compare(secrets, aPlan([wanted('A'), wanted('B')])))).toEqual(['refresh A', 'current B']);
    secrets.edit(({ data }) => ({ data: { B: data?.['B'] ?? '' } }));
    expect(words(compare(secrets, aPlan([wanted('A'), wanted('B')])))).toEqual(['refresh A', 'current B']);
  });

  it('leaves somebody else’s key alone, until the plan claims it', async () => {
    const secrets = await both();
    secrets.edit(({ data }) => ({ data: { ...data, C: 'AAAA' } }));
    const same = compare(secrets, aPlan([wanted('A'), wanted('B')]));
    expect(words(same)).toEqual(['current A', 'current B', 'foreign C']);
    expect(inSync(same)).toBe(true);
    expect(words(compare(secrets, aPlan([wanted('A'), wanted('B'), wanted('C')])))).toContain('refresh C');
    expect(words(compare(secrets, aPlan([wanted('A'), wanted('B'), denied('C')])))).not.toContain(
      'withdraw C',
    );
  });

  it('of which nobody asks for a key drops it', async () => {
    expect(
      words(
        compare(await both(), aPlan([wanted('A')], { offeredBy: new Map([['B', new Set(['uid-web'])]]) })),
      ),
    ).toEqual(['current A', 'drop B', 'metadata']);
  });
});

describe('when nothing newer can be had, the last value stays', () => {
  it('of a key whose version is not known', async () => {
    const plan = aPlan([wanted('A'), wanted('B')]);
    const failing = new FakeProvider({});
    failing.fails('A');
    const diff = compare(await both(), plan, { versions: failing.versionsOf(plan) });
    expect(words(diff)).toEqual(['current B', 'keep A: BackendUnavailable']);
  });

  it('of a key that is broken, of one without an answer, of one that waits for the end of suspend', async () => {
    expect(words(compare(await both(), aPlan([broken('A'), wanted('B')])))).toContain(
      'keep A: SecretMissing',
    );
    expect(
      words(
        compare(await both(), aPlan([wanted('A'), wanted('B')]), { versions: new Map<PlanLine, never>() }),
      ),
    ).toContain('keep A: InternalError');
    const changed = aPlan([wanted('A', { lines: [aLine('A', { key: 'other' })] }), wanted('B')]);
    expect(words(compare(await both(), changed, { suspended: true }))).toContain('keep A: Suspended');
  });
});

describe('THREATS 10: what authority takes away leaves, whatever else is wrong', () => {
  it('a key that is denied now', async () => {
    expect(words(compare(await both(), aPlan([denied('A'), wanted('B')])))).toContain('withdraw A');
  });

  it.each<[string, KeyPlan | undefined, Partial<CompareInput>, Partial<TargetPlan>]>([
    ['that is broken at another level now', broken('A'), {}, {}],
    ['that another level supplies and that cannot be read', wanted('A'), { versions: new Map() }, {}],
    ['of a suspended scope', fromOrg('A'), { suspended: true }, {}],
    ['that would be replaced in a moment', fromOrg('A'), {}, {}],
    ['that nobody asks for any more', undefined, {}, {}],
    [
      'of a target that contradicts itself',
      fromOrg('A'),
      {},
      { violation: { path: 'x', reason: 'KeyCollision', message: 'x' } },
    ],
  ])('a key %s', async (_case, key, change, plan) => {
    const keys = [...(key ? [key] : []), wanted('B')];
    const mayStay: CompareInput['mayStay'] = ({ name }) => name !== 'A';
    expect(words(compare(await both(), aPlan(keys, plan), { ...change, mayStay }))).toContain('withdraw A');
  });

  it('a key made of several names, of which one was taken away', async () => {
    const lines = [aLine('A'), aLine('B')];
    const plan = aPlan([wanted('URL', { lines, recipe: { kind: 'template', text: '${A}${B}' } })]);
    const secrets = await delivered(plan, provider);
    expect(words(compare(secrets, plan, { mayStay: ({ name }) => name !== 'B' }))).toContain('withdraw URL');
  });

  it('tells the judge exactly who supplied it', async () => {
    const secrets = await delivered(aPlan([fromOrg('A', false)]), provider);
    const asked: unknown[] = [];
    compare(secrets, aPlan([fromOrg('A', false)]), { mayStay: (delivered) => asked.push(delivered) > 0 });
    expect(asked).toEqual([{ name: 'A', supplier: 'uid-org', explicit: false }]);
  });

  it('but nothing that is not there, and nothing that is not ours', async () => {
    const secrets = await both();
    secrets.edit(({ data }) => ({ data: { B: data?.['B'] ?? '', C: 'AAAA' } }));
    const diff = compare(secrets, aPlan([denied('A'), denied('B'), denied('C')]), { mayStay: never });
    expect(diff.withdraw).toEqual(['B']);
  });
});

describe('THREATS 19: what is not known takes nothing away', () => {
  it('a key that nobody asks for stays while its supplier may be missing from view', async () => {
    const secrets = await delivered(aPlan([fromOrg('A'), wanted('B')]), provider);
    const diff = compare(secrets, aPlan([wanted('B')], { uncertain: PARENT_GONE }));
    // not even the subject is written anew, or every missing parent would cost a write of every Secret below it
    expect(words(diff)).toEqual(['current B', 'keep A: NotAvailable']);
    expect(inSync(diff)).toBe(true);
  });

  it('a key that nobody asks for leaves, when who supplied it is known and offers it still', async () => {
    const offeredBy = new Map([['A', new Set(['uid-web'])]]);
    const diff = compare(await both(), aPlan([wanted('B')], { uncertain: PARENT_GONE, offeredBy }));
    expect(words(diff)).toContain('drop A');
  });

  it('a key of a target that contradicts itself stays', async () => {
    const violation = { path: 'x', reason: 'KeyCollision', message: 'x' } as const;
    const diff = compare(await both(), aPlan([fromOrg('A')], { violation }));
    expect(diff.withdraw).toEqual([]);
  });
});

describe('labels, annotations and record', () => {
  const asked = { labels: { team: 'web' }, annotations: { 'example.com/a': 'x' } };
  const keys = [wanted('A')];
  const secretsWith = () => delivered(aPlan(keys, asked), provider);

  it('that are as asked need nothing', async () => {
    expect(compare(await secretsWith(), aPlan(keys, asked)).metadataDiffers).toBe(false);
  });

  it.each<[string, Partial<TargetPlan>]>([
    ['a label is asked for', { ...asked, labels: { ...asked.labels, more: 'x' } }],
    ['a label has another value', { ...asked, labels: { team: 'api' } }],
    ['a label is no longer asked for', { ...asked, labels: {} }],
    ['an annotation is asked for', { ...asked, annotations: { ...asked.annotations, more: 'x' } }],
    ['an annotation has another value', { ...asked, annotations: { 'example.com/a': 'y' } }],
    ['an annotation is no longer asked for', { ...asked, annotations: {} }],
    ['the deletion policy changed', { ...asked, deletionPolicy: 'Retain' }],
    ['the plan has another subject', { ...asked, subject: 'v1:other' }],
  ])('are written when %s', async (_case, change) => {
    expect(compare(await secretsWith(), aPlan(keys, change)).metadataDiffers).toBe(true);
  });

  it.each<[string, Parameters<FakeSecrets['edit']>[0]]>([
    [
      'a label of the target was taken off',
      ({ metadata }) => ({ metadata: { labels: { ...metadata.labels, team: 'hand' } } }),
    ],
    ['a label of ours was taken off', () => ({ metadata: { labels: { team: 'web' } } })],
    [
      'the record was edited',
      ({ metadata }) => ({
        metadata: { annotations: { ...metadata.annotations, [DELIVERY_ANNOTATION]: '{}' } },
      }),
    ],
    [
      'it says who holds it, wrongly',
      ({ metadata }) => ({
        metadata: { annotations: { ...metadata.annotations, 'secretscope.dev/holder': 'x/y' } },
      }),
    ],
    [
      'it still says that it is orphaned',
      ({ metadata }) => ({
        metadata: { annotations: { ...metadata.annotations, [ORPHANED_ANNOTATION]: 'x' } },
      }),
    ],
  ])('are written again when %s', async (_case, change) => {
    const secrets = await secretsWith();
    secrets.edit(change);
    expect(compare(secrets, aPlan(keys, asked)).metadataDiffers).toBe(true);
  });

  it('are written again for a holder that came back under another UID, or after the key was lost', async () => {
    const secrets = await secretsWith();
    expect(compare(secrets, aPlan(keys, asked), { holderUid: 'uid-new' }).metadataDiffers).toBe(true);
    const secret = secrets.stored.get('team/app');
    const observed = secret && observeTarget(secret, OTHER_KEYRING);
    expect(words(compare(secrets, aPlan(keys, asked), { observed }))).toEqual(['refresh A', 'metadata']);
  });

  it('are written again when an entry turned into a discovered one: the record has to say so', async () => {
    const found = aPlan([wanted('A', { lines: [aLine('A', { explicit: false })] })], asked);
    const diff = compare(await secretsWith(), found);
    expect(words(diff)).toEqual(['current A', 'metadata']);
    expect(diff.current[0]?.record.suppliers).toEqual(['uid-web?']);
  });
});

describe('a Secret that cannot be edited into what is wanted', () => {
  it.each<[string, Parameters<FakeSecrets['edit']>[0], Partial<TargetPlan>]>([
    ['of another type', () => ({}), { type: 'kubernetes.io/basic-auth' }],
    ['made immutable by hand', () => ({ immutable: true }), {}],
  ])('%s has to be replaced, with every value read once more', async (_case, change, plan) => {
    const secrets = await both();
    secrets.edit(change);
    expect(words(compare(secrets, aPlan([wanted('A'), wanted('B')], plan)))).toEqual([
      'refresh A',
      'refresh B',
      'replace',
    ]);
  });
});
