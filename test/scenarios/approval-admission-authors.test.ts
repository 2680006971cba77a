/** Who changed a scope: a list that admission writes, that nobody forges, and that only the operator empties. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  PROD,
  refusedBy,
} from '../scenarios-support/approval-cluster.ts';
import { eventually, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import { LARGEST_OBJECTS } from '../scenarios-support/largest-objects.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

let cluster: ApprovalCluster;
let operator: Person;
let ana: Person;
let bob: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-authors');
  [operator, ana, bob] = await Promise.all([
    cluster.guarded.operator(),
    cluster.person('ana', 'owners'),
    cluster.person('bob', 'owners'),
  ]);
  await cluster.have(
    ...['owners', OPERATOR].map((who) => ({
      ...roleBinding(who, 'whole-group', PROD),
      metadata: { name: who.replaceAll(':', '-'), namespace: PROD },
      subjects: [
        { apiGroup: 'rbac.authorization.k8s.io', kind: who === OPERATOR ? 'User' : 'Group', name: who },
      ],
    })),
  );
  await eventually(() => ana.apply(web('probe'), { dryRun: true }));
  await refusedBy('operator-scopes', () => operator.remove(web('canary')));
});
afterAll(() => cluster?.stop());

const web = (name: string, more: object = {}): Thing => scope(name, { level: 'Repository', ...more }, PROD);
const pathOf = (name: string) => `${collectionOf('SecretScope')}/${name}`;
const authorsOf = (answer: Answer): unknown => {
  expect(answer.message).toBe('');
  return (answer.body as { authors?: string[] }).authors;
};
const withAuthors = (thing: Thing, ...authors: string[]): Thing => ({ ...thing, authors });

/** Every way to write a scope; each changes what `suspend` was, and says what it likes of the authors. */
const WAYS: [
  string,
  (who: Person, name: string, suspend: boolean, authors: string[] | null) => Promise<Answer>,
][] = [
  ['merge patch', (who, name, suspend, authors) => who.merge(web(name), { spec: { suspend }, authors })],
  [
    'JSON patch',
    (who, name, suspend, authors) =>
      who.call(
        'PATCH',
        pathOf(name),
        [
          { op: 'add', path: '/spec/suspend', value: suspend },
          { op: 'add', path: '/authors', value: authors ?? [] },
        ],
        'json-patch+json',
      ),
  ],
  [
    'server-side apply with force',
    (who, name, suspend, authors) =>
      who.apply(authors ? withAuthors(web(name, { suspend }), ...authors) : web(name, { suspend }), {
        force: true,
      }),
  ],
  [
    'replace',
    async (who, name, suspend, authors) => {
      const { authors: _, ...body } = (await who.get(web(name))).body as Thing;
      const spec = { ...(body['spec'] as object), suspend };
      return who.call('PUT', pathOf(name), { ...body, spec, ...(authors && { authors }) });
    },
  ],
];

describe('API-REVIEW 5, THREATS 12: whoever changes spec is an author, until the operator has counted them', () => {
  it('from the creation on, whatever the creator says', async () => {
    expect(authorsOf(await ana.create(withAuthors(web('made'), 'bob', 'carl')))).toEqual(['ana']);
  });

  it.each(WAYS)('by %s', async (way, write) => {
    const name = `by-${way.toLowerCase().replaceAll(' ', '-')}`;
    await ana.create(web(name));
    expect(authorsOf(await write(ana, name, true, null))).toEqual(['ana']);
    expect(authorsOf(await write(bob, name, false, null))).toEqual(['ana', 'bob']);
    expect(authorsOf(await write(ana, name, true, null))).toEqual(['ana', 'bob']);
  });

  it.each(WAYS)('FAULTS 24: nobody takes themselves out or puts others in by %s', async (way, write) => {
    const name = `forged-${way.toLowerCase().replaceAll(' ', '-')}`;
    await ana.create(web(name));
    for (const [suspend, forged] of [
      [true, []],
      [false, ['bob', 'carl']],
      [false, ['bob']],
      [false, null],
    ] as const)
      expect(authorsOf(await write(ana, name, suspend, forged && [...forged]))).toEqual(['ana']);
    // nothing but the list would change, so nobody has changed anything
    expect(authorsOf(await write(bob, name, false, ['bob']))).toEqual(['ana']);
  });

  it('not through the status, which takes neither', async () => {
    await ana.create(web('by-status'));
    const patch = { authors: ['bob'], spec: { suspend: true }, status: { observedGeneration: 3 } };
    expect((await bob.merge(web('by-status'), patch, '/status')).message).toContain(
      'may not write the status',
    );
    expect((await operator.merge(web('by-status'), patch, '/status')).message).toBe('');
    expect(authorsOf(await bob.get(web('by-status')))).toEqual(['ana']);
  });

  it('labels and annotations make no author, and no new generation', async () => {
    const { body } = await ana.create(web('labelled'));
    const { metadata } = body as Thing;
    const labelled = await bob.merge(web('labelled'), { metadata: { labels: { a: 'b' } } });
    expect(authorsOf(labelled)).toEqual(['ana']);
    expect((labelled.body as Thing).metadata['generation']).toBe(metadata['generation']);
  });

  it('an apply that changes nothing changes nothing at all', async () => {
    await ana.apply(web('same'), { manager: 'flux' });
    const first = (await ana.apply(web('same'), { manager: 'flux' })).body as Thing;
    const again = (await bob.apply(web('same'), { manager: 'flux' })).body as Thing;
    expect(again.metadata['resourceVersion']).toBe(first.metadata['resourceVersion']);
  });

  it('THREATS 12: a service account by its own name', async () => {
    const bot = await cluster.actingAs({ user: 'system:serviceaccount:ci:bot', groups: ['owners'] });
    expect(authorsOf(await bot.create(web('by-bot')))).toEqual(['system:serviceaccount:ci:bot']);
  });

  it.each([
    ['too long', 'x'.repeat(257)],
    ['not printable', 'zoë'],
  ])('a name that is %s is recorded as somebody', async (_, user) => {
    // no header carries the second, and no certificate the first
    const groups = ['owners'];
    const odd = user.length > 64 ? cluster.actingAs({ user, groups }) : cluster.person(user, ...groups);
    expect(authorsOf(await (await odd).create(web(`unrecorded-${user.length}`)))).toEqual([
      'system:unrecorded',
    ]);
  });

  it('a list of 32 stays as it is, and edits go on', async () => {
    for (let i = 0; i < 34; i++) {
      const somebody = await cluster.actingAs({ user: `user-${i}`, groups: ['owners'] });
      const edited = await somebody.apply(web('full', { suspend: i % 2 === 0 }), {
        force: true,
      });
      expect((authorsOf(edited) as string[]).length).toBe(Math.min(i + 1, 32));
    }
    expect(authorsOf(await ana.get(web('full')))).not.toContain('user-32');
  });

  it.each(LARGEST_OBJECTS.filter(({ plural }) => plural === 'secretscopes'))(
    'API-REVIEW 20: $title is compared with what it was, too',
    async ({ object }) => {
      const largest = scope('largest', object['spec'] as object, PROD);
      expect(authorsOf(await ana.create(largest))).toEqual(['ana']);
      expect(authorsOf(await bob.merge(largest, { metadata: { labels: { a: 'b' } } }))).toEqual(['ana']);
      expect(authorsOf(await bob.merge(largest, { spec: { suspend: true } }))).toEqual(['ana', 'bob']);
      expect((await ana.remove(largest)).message).toBe('');
    },
  );
});
