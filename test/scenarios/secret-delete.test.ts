/** `secretscope secret delete` by different people, on a real API server with the shipped rights and the operator. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopeThing } from '../scenarios-support/operated-cluster.ts';
import { LAB, ORG, type SealedWorld, sealedWorld, WEB } from '../scenarios-support/sealed-world.ts';
import { type People, PROD, peopleOf } from '../scenarios-support/secret-command.ts';

const ACME = ['-o', `${ORG}/acme`];
const REPOSITORY = ['-R', `${WEB}/web`];

let world: SealedWorld;
let people: People;

beforeAll(async () => {
  world = await sealedWorld('secret-delete');
  people = await peopleOf(world);
  await world.publicKey(WEB, PROD);
  const { owner, admin, writer } = people;
  await owner.run(['set', 'ORG_TOKEN', ...ACME, '-b', 'of all']);
  await admin.run(['set', 'DATABASE_URL', ...REPOSITORY, '-b', 'of web']);
  await admin.run(['set', 'SPARE', ...REPOSITORY, '-b', 'spare']);
  await writer.run(['set', 'PROD_KEY', '-e', 'Production', ...REPOSITORY, '-b', 'of prod']);
  await world.cluster.untilData(WEB, 'web', { ORG_TOKEN: 'of all', DATABASE_URL: 'of web' });
}, 150_000);

afterAll(() => world?.stop());

const source = async (namespace: string, name: string) =>
  (await world.cluster.secret(namespace, name))?.data ?? {};

async function entries(namespace: string, scope: string): Promise<string[]> {
  const { body } = await world.cluster.platform.get(scopeThing(scope, namespace, {}));
  return (body as { spec: { secrets: { name: string }[] } }).spec.secrets.map(({ name }) => name);
}

describe('GX49 somebody who may', () => {
  it('is told who still uses it, and nothing is deleted', async () => {
    const { code, out, err } = await people.owner.run(['delete', 'ORG_TOKEN', ...ACME, '--yes']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('failed to delete secret ORG_TOKEN: it is still in use, and nothing was deleted');
    expect(err).toContain('target web of SecretScope team-web/web');
    expect((await world.cluster.secret(WEB, 'web'))?.data['ORG_TOKEN']).toBe('of all');
  });

  it('deletes it from everybody with --force, and at the backend', async () => {
    const { code, out } = await people.owner.atTerminal(['delete', 'ORG_TOKEN', ...ACME, '--yes', '--force']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`✓ Deleted secret ORG_TOKEN from ${ORG}/acme\n`),
    ]);
    await world.cluster.untilData(WEB, 'web', { DATABASE_URL: 'of web' });
    expect(await source(ORG, 'source-org-token')).toEqual({});
    expect(await entries(ORG, 'acme')).toContain('ORG_TOKEN');
  });

  it('K14 is asked at a terminal, and may say no', async () => {
    const question = 'Type SPARE or y to confirm:';
    const no = await people.admin.atTerminal(['delete', 'spare', ...REPOSITORY], {
      after: question,
      keys: 'n\n',
    });
    expect([no.code, no.out]).toEqual([1, expect.stringContaining('not confirmed; SPARE stays as it is')]);
    expect(await source(WEB, 'source-spare')).toEqual({ value: 'spare' });
    const yes = await people.admin.atTerminal(['delete', 'spare', ...REPOSITORY], {
      after: question,
      keys: 'SPARE\n',
    });
    expect([yes.code, yes.out]).toEqual([
      0,
      expect.stringContaining(`✓ Deleted secret SPARE from ${WEB}/web\n`),
    ]);
    expect(await source(WEB, 'source-spare')).toEqual({});
  });

  it('GX40 removes that of an environment, with its entry where that is asked for', async () => {
    const args = ['remove', 'PROD_KEY', '-e', 'Production', ...REPOSITORY, '-y', '--remove-entry'];
    const { code, out } = await people.admin.atTerminal(args);
    expect([code, out]).toEqual([0, `✓ Deleted secret PROD_KEY from Production environment on ${WEB}/web\n`]);
    expect(await entries(WEB, PROD)).toEqual([]);
  });

  it('says nothing at a pipe', async () => {
    await people.admin.run(['set', 'SPARE', ...REPOSITORY, '-b', 'again']);
    const ran = await people.writer.run(['delete', 'SPARE', ...REPOSITORY, '--yes']);
    expect(ran).toEqual({ code: 0, out: '', err: '' });
  });

  it('leaves no SealedValue behind', async () => {
    const { body } = await world.cluster.platform.call('GET', '/apis/secretscope.dev/v1alpha1/sealedvalues');
    expect((body as { items: object[] }).items).toEqual([]);
  });
});

describe('somebody who may not', () => {
  it('G41 a viewer is told the right that is missing', async () => {
    const { code, err } = await people.viewer.run(['delete', 'DATABASE_URL', ...REPOSITORY, '--yes']);
    expect(code).toBe(3);
    expect(err).toContain(`the right to create sealedvalues.secretscope.dev in namespace ${WEB} is missing`);
  });

  it('an admin of a repository has no right to another', async () => {
    const { code } = await people.admin.run(['delete', 'DATABASE_URL', '-R', `${LAB}/lab`, '--yes']);
    expect(code).toBe(3);
  });

  it('a stranger sees nothing', async () => {
    expect((await people.stranger.run(['delete', 'DATABASE_URL', ...REPOSITORY, '--yes'])).code).toBe(3);
  });

  it.each([
    [['delete'], 'accepts 1 arg(s), received 0', 2],
    [['delete', 'A', 'B'], 'accepts 1 arg(s), received 2', 2],
    [['delete', 'DATABASE_URL', ...REPOSITORY], '--yes is required where nobody can be asked', 2],
    [
      ['delete', 'NONE', ...REPOSITORY, '--yes'],
      'failed to delete secret NONE: scope team-web/web has no entry',
      4,
    ],
    [['delete', 'A', '--user'], 'actions secrets are not supported for user', 2],
  ])('GX45, GX46 %j is refused in its words', async (args, message, code) => {
    expect(await people.admin.run(args)).toMatchObject({ code, err: expect.stringContaining(message) });
  });
});
