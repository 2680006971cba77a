/** Approval on a cluster without MutatingAdmissionPolicy: nothing is stamped, and nothing can be forged. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadManifests } from '../cluster/manifests.ts';
import {
  type ApprovalCluster,
  approvalCluster,
  asUser,
  collectionOf,
  dryRun,
  PROD,
  refusedBy,
  vote,
} from '../scenarios-support/approval-cluster.ts';
import { automation } from '../scenarios-support/automation-things.ts';
import { CI, claim } from '../scenarios-support/claim-things.ts';
import { eventually, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Person, Thing } from '../scenarios-support/person.ts';

let cluster: ApprovalCluster;
let ana: Person;
let bob: Person;

beforeAll(async () => {
  cluster = await approvalCluster('approval-older', await rendered());
  [ana, bob] = await Promise.all([cluster.person('ana'), cluster.person('bob')]);
  await cluster.have(
    ...['ana', 'bob'].flatMap((user) => [
      roleBinding(user, 'whole-group', PROD),
      roleBinding(user, 'secretscope-reviewer', PROD),
    ]),
  );
  for (const who of [ana, bob]) await eventually(() => who.apply(web('probe'), { dryRun: true }));
  await refusedBy('scope-authors-kept', () => dryRun(ana, { ...web('probe'), authors: ['bob'] }));
});
afterAll(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

let folder: string | undefined;

/** deploy/without-mutating-policies as kustomize builds it; test/deployment.test.ts holds what its patches delete. */
async function rendered(): Promise<string> {
  const kept = (await loadManifests('deploy/default')).filter(({ kind }) => !kind.startsWith('Mutating'));
  folder = await mkdtemp(join(tmpdir(), 'without-mutating-'));
  const file = join(folder, 'all.yaml');
  await writeFile(file, kept.map((manifest) => stringify(manifest)).join('---\n'));
  return file;
}

const web = (name: string, more: object = {}): Thing => scope(name, { level: 'Repository', ...more }, PROD);
const put = (who: Person, body: Thing) =>
  who.call('PUT', `${collectionOf('SecretScope')}/${body.metadata.name}`, body);

describe('API-REVIEW 13: voters write their own name', () => {
  const named = (reviewer: object) => vote('cast', { ...asUser('ana'), reviewer });

  it('and are told so when they do not', async () => {
    const { status, message } = await ana.create(vote('cast', asUser('ana')));
    expect([status, message]).toEqual([422, expect.stringContaining('spec.reviewer: Required value')]);
  });

  it('and no other', async () => {
    expect((await dryRun(ana, named({ username: 'bob' }))).message).toContain(
      'may not vote in the name of bob',
    );
    expect((await dryRun(ana, named({ username: 'ana' }))).status).toBe(201);
  });

  it('with their UID where there is one', async () => {
    const known = await cluster.actingAs({ user: 'ana', uid: 'u-1' });
    expect((await dryRun(known, named({ username: 'ana' }))).message).toContain(
      'ana may not vote with the UID (none): set spec.reviewer.uid to your own, u-1',
    );
    expect((await dryRun(known, named({ username: 'ana', uid: 'u-1' }))).status).toBe(201);
  });
});

describe('API-REVIEW 13: nobody is known to have changed a scope', () => {
  it('edits of every form work, and tell nothing', async () => {
    await ana.create(web('edited'));
    await bob.merge(web('edited'), { spec: { suspend: true } });
    await ana.apply(web('edited', { suspend: false }), { force: true });
    const { body } = await bob.get(web('edited'));
    const { status, body: replaced } = await put(bob, { ...(body as Thing), spec: { level: 'Repository' } });
    expect([status, (replaced as Thing)['authors']]).toEqual([200, undefined]);
  });

  it.each([
    ['somebody else', true, ['bob']],
    ['themselves for what they did not change', false, ['ana']],
    ['themselves and somebody else', true, ['ana', 'bob']],
  ])('nobody puts in %s', async (_, suspend, authors) => {
    await bob.create(web('blamed'));
    const spec = suspend ? { suspend } : {};
    const { status, message } = await ana.merge(web('blamed'), { spec, authors });
    expect([status, message]).toEqual([
      403,
      expect.stringContaining(`ana may not add names to authors of the scope ${PROD}/blamed`),
    ]);
  });

  it('a list that is there, from a time with the stamp, keeps its names', async () => {
    const { body } = await ana.create({ ...web('kept'), authors: ['ana'] });
    expect((body as Thing)['authors']).toEqual(['ana']);
    const { authors: _, ...without } = body as Thing;
    const attempts = [
      () => bob.merge(web('kept'), { spec: { suspend: true }, authors: null }),
      () => bob.merge(web('kept'), { authors: ['bob'], spec: { suspend: true } }),
      () => put(bob, without as Thing),
    ];
    for (const attempt of attempts)
      expect((await attempt()).message).toContain(
        `bob may not take names out of authors of the scope ${PROD}/kept`,
      );
    expect((await bob.merge(web('kept'), { spec: { suspend: true } })).message).toBe('');
    expect((await bob.apply(web('kept', { suspend: false }), { force: true })).message).toBe('');
  });

  it('of a claim, too, and there nobody empties it', async () => {
    const claimed = claim('kept');
    await cluster.have(namespace(CI), roleBinding('ana', 'whole-group', CI));
    await eventually(() => dryRun(ana, claimed));
    expect((await dryRun(ana, { ...claimed, authors: ['bob'] })).message).toContain(
      `ana may not add names to authors of the claim ${CI}/kept: it tells who changed spec`,
    );
    await ana.create({ ...claimed, authors: ['ana'] });
    expect((await ana.merge(claimed, { authors: null })).message).toContain(
      `may not take names out of authors of the claim ${CI}/kept: it tells who changed it, and nobody empties it`,
    );
  });

  it('of an automation, too', async () => {
    const kept = automation('kept');
    expect((await dryRun(ana, { ...kept, authors: ['bob'] })).message).toContain(
      `ana may not add names to authors of the automation ${PROD}/kept: it tells who changed spec`,
    );
    expect((await ana.create({ ...kept, authors: ['ana'] })).message).toBe('');
    expect((await ana.merge(kept, { authors: null })).message).toContain(
      `may not take names out of authors of the automation ${PROD}/kept: it tells who changed it, and nobody empties it`,
    );
  });

  it('and the operator empties that of a scope', async () => {
    const operator = await cluster.guarded.operator();
    const { body } = await operator.merge(web('kept'), { authors: null });
    expect((body as Thing)['authors']).toBeUndefined();
  });
});
