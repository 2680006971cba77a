/** `secretscope secret list` by different people, on a real API server with the shipped rights and the operator. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopeThing, until } from '../scenarios-support/operated-cluster.ts';
import { entry, LAB, ORG, type SealedWorld, sealedWorld, WEB } from '../scenarios-support/sealed-world.ts';
import { type People, PROD, peopleOf } from '../scenarios-support/secret-command.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const ACME = ['-o', `${ORG}/acme`];
const REPOSITORY = ['-R', `${WEB}/web`];

let world: SealedWorld;
let people: People;

beforeAll(async () => {
  world = await sealedWorld('secret-list');
  people = await peopleOf(world);
  const selected = { visibility: 'Selected', repositories: [{ namespace: LAB, name: 'lab' }] };
  const { body } = await world.cluster.platform.get(scopeThing('acme', ORG, {}));
  const { spec } = body as { spec: { secrets: object[] } };
  const secrets = [
    ...spec.secrets,
    entry('DATABASE_URL', { access: { visibility: 'All' } }),
    entry('FOR_LAB', { access: selected }),
    entry('LOCKED', { access: { visibility: 'All' }, locked: true }),
  ];
  await world.cluster.have(scopeThing('acme', ORG, { ...spec, secrets }));
  await world.publicKey(WEB, 'web');
  await people.admin.run(['set', 'DATABASE_URL', ...REPOSITORY, '-b', 'x']);
  await until(async () => {
    const { out } = await people.viewer.run(['list', ...REPOSITORY]);
    if (!out.startsWith('DATABASE_URL\t20')) throw new Error(out);
  }, 20_000);
}, 150_000);

afterAll(() => world?.stop());

const cells = (out: string) =>
  out
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));

describe('GX48 at a pipe', () => {
  it('a viewer of a repository sees names and times', async () => {
    const { code, out, err } = await people.viewer.run(['list', '-n', WEB]);
    expect([code, err]).toEqual([0, '']);
    expect(cells(out)).toEqual([
      ['DATABASE_URL', expect.stringMatching(INSTANT)],
      ['SPARE', ''],
    ]);
  });

  it('GX40 ls is the same', async () => {
    const [list, ls] = [
      await people.viewer.run(['list', ...REPOSITORY]),
      await people.viewer.run(['ls', ...REPOSITORY]),
    ];
    expect(ls).toEqual(list);
  });

  it('the owner of an organization sees who may use them', async () => {
    const { out } = await people.owner.run(['list', ...ACME]);
    expect(cells(out)).toEqual([
      ['ORG_TOKEN', '', 'ALL'],
      ['DATABASE_URL', '', 'ALL'],
      ['FOR_LAB', '', 'SELECTED'],
      ['LOCKED', '', 'ALL'],
    ]);
  });

  it('of an environment', async () => {
    const { code, out } = await people.writer.run(['list', '-e', 'PRODUCTION', ...REPOSITORY]);
    expect([code, cells(out)]).toEqual([0, [['PROD_KEY', '']]]);
  });

  it('as JSON, with the fields of gh', async () => {
    const fields = 'name,visibility,numSelectedRepos,selectedReposURL,updatedAt';
    const { out } = await people.owner.run(['list', ...ACME, '--json', fields]);
    expect(JSON.parse(out)[2]).toEqual({
      name: 'FOR_LAB',
      visibility: 'selected',
      numSelectedRepos: 1,
      selectedReposURL: `/apis/secretscope.dev/v1alpha1/namespaces/${ORG}/secretscopes/acme`,
      updatedAt: null,
    });
  });

  it('says nothing where there is none, and ends with 0', async () => {
    await world.cluster.have(scopeThing('bare', LAB, { level: 'Repository' }));
    const platform = await people.owner.run(['list', '-R', `${LAB}/bare`]);
    expect(platform).toEqual({ code: 0, out: '', err: '' });
    const shown = await people.owner.atTerminal(['list', '-R', `${LAB}/bare`]);
    expect([shown.code, shown.out]).toEqual([0, 'no secrets found\n']);
  });
});

describe('GX48 at a terminal', () => {
  it('there is a header, and times are said in words', async () => {
    const { out } = await people.viewer.atTerminal(['list', ...REPOSITORY]);
    expect(out).toMatch(/^NAME {10}UPDATED\nDATABASE_URL {2}(less than a|about \d+) minutes? ago\nSPARE\n$/);
  });

  it('who may use them, too', async () => {
    const { out } = await people.owner.atTerminal(['list', ...ACME]);
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'NAME          UPDATED  VISIBILITY',
      'ORG_TOKEN              Visible to all repositories',
      'DATABASE_URL           Visible to all repositories',
      'FOR_LAB                Visible to 1 selected repository',
      'LOCKED                 Visible to all repositories',
      '',
    ]);
  });
});

describe('G29, G46, GX27 what applies from every level', () => {
  it('to a repository, for whoever may see them all', async () => {
    const { code, out } = await people.owner.run(['list', '--effective', '-R', `${LAB}/lab`]);
    const rows = cells(out).map(([name, , level, , , status]) => [name, level, status]);
    expect(code).toBe(0);
    expect(rows).toEqual([
      ['DATABASE_URL', 'repository', 'used'],
      ['DATABASE_URL', 'organization', 'shadowed by repository'],
      ['FOR_LAB', 'organization', 'used'],
      ['LOCKED', 'organization', 'used, locked'],
      ['ORG_TOKEN', 'organization', 'used'],
      ['SPARE', 'repository', 'used'],
    ]);
  });

  it('to an environment, without what the organization keeps from it', async () => {
    const { out } = await people.owner.run(['list', '--effective', '-e', 'Production', ...REPOSITORY]);
    const names = cells(out).map(([name]) => name);
    expect(names).toContain('PROD_KEY');
    expect(names).toContain('LOCKED');
    expect(names).not.toContain('FOR_LAB');
    expect(out).toContain(`${WEB}/${PROD}`);
  });

  it('as far as a viewer may see, and says where that ends', async () => {
    const { out, err } = await people.viewer.run(['list', '--effective', ...REPOSITORY]);
    expect(cells(out).map(([name]) => name)).toEqual(['DATABASE_URL', 'SPARE']);
    expect(err).toContain(`you may not read SecretScope ${ORG}/acme`);
  });
});

describe('somebody who may not', () => {
  it('G41 is told the right that is missing', async () => {
    const { code, out, err } = await people.stranger.run(['list', ...REPOSITORY]);
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain(`the right to get secretscopes.secretscope.dev in namespace ${WEB} is missing`);
    expect(err).toContain('--clusterrole=secretscope-view');
  });

  it('GX45, GX46 and whoever types something else, what is wrong', async () => {
    const words = [
      [['list', '--user'], 'actions secrets are not supported for user'],
      [['list', '-a', 'codespaces'], 'codespaces secrets are not supported for'],
      [['list', '--json', 'nmae'], 'Unknown JSON field: "nmae"'],
      [['list', '--org', 'a', '--env', 'b'], 'specify only one of `--org`, `--env`, or `--user`'],
    ] as const;
    for (const [args, message] of words)
      expect(await people.viewer.run(args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });
});
