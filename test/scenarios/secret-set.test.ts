/** `secretscope secret set` by different people, on a real API server with the shipped rights and the operator. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findLeaks } from '../scenarios-support/canaries.ts';
import { scopeThing } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { LAB, ORG, type SealedWorld, sealedWorld, WEB } from '../scenarios-support/sealed-world.ts';
import { type People, PROD, peopleOf, SecretCommand } from '../scenarios-support/secret-command.ts';

const CANARY = {
  org: 'canary-1Kd-of-the-organization',
  typed: 'canary-2Zt-typed-unseen',
  env: 'canary-3Qp-of-an-environment',
  file: 'canary-4Lm-in-an-env-file',
  git: 'canary-5Wx-sealed-for-git',
  refused: 'canary-6Vb-of-a-stranger',
  option: 'canary-as-an-option',
};

let world: SealedWorld;
let people: People;
let folder: string;
const said: string[] = [];

beforeAll(async () => {
  world = await sealedWorld('secret-set');
  people = await peopleOf(world);
  folder = await mkdtemp(join(tmpdir(), 'secret-set-'));
  await world.publicKey(WEB, PROD);
}, 120_000);

afterAll(async () => {
  await world?.stop();
  if (folder) await rm(folder, { recursive: true });
});

async function run(person: SecretCommand, args: readonly string[], stdin = '') {
  const ran = await person.run(args, stdin);
  said.push(ran.out, ran.err);
  return ran;
}

async function source(namespace: string, secret: string): Promise<Readonly<Record<string, string>>> {
  return (await world.cluster.secret(namespace, secret))?.data ?? {};
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('somebody who may', () => {
  it('GX40, GX47 the owner of an organization sets a value from a file, and every repository has it seconds later', async () => {
    const from = await file('token', `${CANARY.org}\n`);
    const begun = performance.now();
    const { out, code } = await people.owner.atTerminal(['set', 'org_token', '--org', `${ORG}/acme`], {
      from,
    });
    said.push(out);
    expect(code).toBe(0);
    expect(out).toContain(`✓ Set secret ORG_TOKEN for ${ORG}/acme\n`);
    expect(out).toMatch(/stored in \d+\.\d s/);
    await world.cluster.untilData(WEB, 'web', { ORG_TOKEN: CANARY.org });
    await world.cluster.untilData(LAB, 'lab', { ORG_TOKEN: CANARY.org });
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it('GX42, GX50 the admin of a repository is asked for it, and nothing that is typed is shown', async () => {
    const typed = { after: 'Paste your secret:', keys: `${CANARY.typed}\r` };
    const { out, code } = await people.admin.atTerminal(['set', 'DATABASE_URL', '-n', WEB], typed);
    said.push(out);
    expect([code, out]).toEqual([0, expect.stringContaining(`✓ Set secret DATABASE_URL for ${WEB}/web\n`)]);
    expect(await source(WEB, 'source-database-url')).toEqual({ value: CANARY.typed });
  });

  it('of values alone sets those of an environment, and says nothing at a pipe', async () => {
    const ran = await run(
      people.writer,
      ['set', 'PROD_KEY', '-e', 'production', '-n', WEB],
      `${CANARY.env}\n`,
    );
    expect(ran).toEqual({ code: 0, out: '', err: '' });
    expect(await source(WEB, 'source-prod-key')).toEqual({ value: CANARY.env });
  });

  it('GX44 an env-file: new names are added, one that is wrong keeps no other from it', async () => {
    const env = await file('.env', `SPARE=${CANARY.file}\nnew_name="of a file"\n1ST=x\nCUT=a$UNKNOWN\n`);
    const { code, out, err } = await run(people.admin, ['set', '-f', env, '-R', `${WEB}/web`]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('failed to set secret in line 3: Secret names can only contain');
    expect(err).toContain('CUT (line 4) refers to an undefined variable');
    expect(await source(WEB, 'source-spare')).toEqual({ value: CANARY.file });
    expect(await source(WEB, 'web-values')).toEqual({ NEW_NAME: 'of a file', CUT: 'a' });
  });

  it('GX41, GX43 visibility and repositories go into the entry of an organization', async () => {
    const all = await run(people.owner, ['set', 'FOR_ALL', '-o', `${ORG}/acme`, '-v', 'ALL', '-b', 'x']);
    const some = await run(people.owner, ['set', 'FOR_LAB', '-o', `${ORG}/acme`, '-r', 'lab'], 'y');
    const none = await run(people.owner, ['set', 'FOR_PRIVATE', '-o', `${ORG}/acme`], 'z');
    expect([all.code, some.code, none.code, some.err]).toEqual([0, 0, 0, '']);
    const { body } = await world.cluster.platform.get(scopeThing('acme', ORG, {}));
    const { secrets } = (body as { spec: { secrets: { name: string; access: object }[] } }).spec;
    expect(Object.fromEntries(secrets.map(({ name, access }) => [name, access]))).toMatchObject({
      FOR_ALL: { visibility: 'All' },
      FOR_LAB: { visibility: 'Selected', repositories: [{ namespace: LAB, name: 'lab' }] },
      FOR_PRIVATE: { visibility: 'Private' },
    });
    const managers = (body as { metadata: { managedFields: { manager: string }[] } }).metadata.managedFields;
    expect(managers.map(({ manager }) => manager)).toContain('secretscope-cli');
  });

  it('G66 a file that is no text arrives as it was', async () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13, 10]);
    const ran = await people.admin.run(['set', 'CERT', '--encode', 'base64', '-R', `${WEB}/web`], bytes);
    expect(ran.code).toBe(0);
    const { body } = await world.cluster.platform.get(scopeThing('web', WEB, {}));
    const { spec } = body as { spec: { secrets: { name: string; from: object }[] } };
    expect(spec.secrets.find(({ name }) => name === 'CERT')?.from).toMatchObject({ encoding: 'Base64' });
    expect((await source(WEB, 'web-values'))['CERT']).toBe(bytes.toString('base64'));
  });

  it('prints a SealedValue to commit, which stores the value once it is applied', async () => {
    const { out, err } = await run(
      people.viewer,
      ['set', 'SPARE', '--manifest', '-R', `${WEB}/web`],
      CANARY.git,
    );
    expect(err).toBe('');
    await world.cluster.have(parse(out) as Thing);
    await world.untilState(WEB, 'web-spare', 'Stored Stored');
    expect(await source(WEB, 'source-spare')).toEqual({ value: CANARY.git });
  });

  it('prints the box alone with --no-store', async () => {
    const { out } = await run(people.viewer, ['set', 'SPARE', '--no-store', '-b', 'x', '-R', `${WEB}/web`]);
    expect(out).toMatch(/^[A-Za-z0-9+/]{100,}={0,2}\n$/);
  });

  it('where Git manages the scope gets the patch to commit', async () => {
    const scope = scopeThing('from-git', LAB, {
      level: 'Repository',
      backendRef: { kind: 'SecretBackend', name: 'local' },
    });
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps' };
    const managed = { ...scope, metadata: { ...scope.metadata, labels } };
    await world.cluster.have(managed);
    await world.publicKey(LAB, 'from-git');
    const platform = new SecretCommand(await world.cluster.guarded.control.userKubeconfig('platform'));
    const { code, out, err } = await run(platform, ['set', 'A', '-b', 'x', '-R', `${LAB}/from-git`]);
    expect([code, err]).toEqual([8, expect.stringContaining('is managed by Flux')]);
    const { spec } = parse(out) as { spec: object };
    await world.cluster.have({ ...managed, spec: { ...(scope['spec'] as object), ...spec } });
    expect((await run(platform, ['set', 'A', '-b', 'x', '-R', `${LAB}/from-git`])).code).toBe(0);
    expect(await source(LAB, 'from-git-values')).toEqual({ A: 'x' });
  });

  it('leaves no SealedValue behind', async () => {
    const { body } = await world.cluster.platform.call('GET', '/apis/secretscope.dev/v1alpha1/sealedvalues');
    const names = (body as { items: Thing[] }).items.map(({ metadata }) => metadata.name);
    expect(names).toEqual(['web-spare']);
  });
});

describe('somebody who may not', () => {
  it('G41 a viewer is told the right to store, and who gives it', async () => {
    const { code, err } = await run(people.viewer, ['set', 'SPARE', '-R', `${WEB}/web`], CANARY.refused);
    expect(code).toBe(3);
    expect(err).toContain(`the right to create sealedvalues.secretscope.dev in namespace ${WEB} is missing`);
    expect(err).toContain("--clusterrole=secretscope-value-writer --user='vera'");
  });

  it('G41 a writer of values is told the right to add an entry', async () => {
    const { code, err } = await run(
      people.writer,
      ['set', 'ANOTHER', '--key', 'x', '-R', `${WEB}/web`],
      CANARY.refused,
    );
    expect(code).toBe(3);
    expect(err).toContain(`the right to patch secretscopes.secretscope.dev in namespace ${WEB} is missing`);
  });

  it('G41 a stranger is told the right to look', async () => {
    const { code, err } = await run(people.stranger, ['set', 'SPARE', '-R', `${WEB}/web`], CANARY.refused);
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('the right to get secretscopes.secretscope.dev'),
    ]);
  });

  it('an admin of a repository has no right to the organization', async () => {
    const { code } = await run(people.admin, ['set', 'ORG_TOKEN', '-o', `${ORG}/acme`], CANARY.refused);
    expect(code).toBe(3);
    await world.cluster.untilData(LAB, 'lab', { ORG_TOKEN: CANARY.org });
  });
});

describe('GX45 a command line that is wrong', () => {
  it.each([
    [['set'], 'must pass name argument'],
    [['set', 'A', '--org', 'a', '--env', 'b'], 'specify only one of `--org`, `--env`, or `--user`'],
    [['set', '-b', 'x', '-f', '.env'], 'specify only one of `--body` or `--env-file`'],
    [['set', '-f', '.env', '--no-store'], 'specify only one of `--env-file` or `--no-store`'],
    [['set', 'A', '-v', 'all'], '`--visibility` is only supported with `--org`'],
    [
      ['set', 'A', '-o', 'a', '-v', 'all', '-r', 'b'],
      '`--repos` is only supported with `--visibility=selected`',
    ],
    [['set', 'A', '-o', 'a', '-v', 'selected'], '`--repos` list required with `--visibility=selected`'],
    [
      ['set', 'A', '-o', 'a', '-v', 'x'],
      'invalid argument "x" for "-v, --visibility" flag: valid values are {all|private|selected}',
    ],
    [['set', 'a', 'b'], 'accepts at most 1 arg(s), received 2'],
    [
      ['set', 'A', '-o', 'o', '--repos', 'REPO-NAME-1,', 'REPO-NAME-2'],
      'write --repos a,b, or quote the list',
    ],
    [['set', '-f', 'none.env'], 'failed to open env file: none.env: there is no such file'],
    [['set', '1A', '-b', 'x'], 'Secret names can only contain alphanumeric characters'],
  ])('%j is refused in its words, with 2', async (args, message) => {
    const { code, out, err } = await run(people.admin, args);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)]);
  });

  it('GX46 names what a cluster does not have', async () => {
    const user = await run(people.admin, ['set', 'A', '--user']);
    const app = await run(people.admin, ['set', 'A', '-a', 'dependabot']);
    expect([user.code, user.err]).toEqual([
      2,
      expect.stringContaining('actions secrets are not supported for user'),
    ]);
    expect([app.code, app.err]).toEqual([
      2,
      expect.stringContaining('dependabot secrets are not supported for'),
    ]);
  });

  it('with a value in the place of an option does not repeat it', async () => {
    const { code, err } = await run(people.admin, ['set', 'A', `-${CANARY.option}`]);
    expect([code, err]).toEqual([2, expect.stringContaining('unknown option')]);
    expect(err).not.toContain(CANARY.option);
  });

  it.each([
    ['A=1\ncanary7\n', 'line 2 has no = or :'],
    ['# nothing\n', 'no secrets found in file'],
  ])('an env-file that cannot be read, %j, is told by its line', async (text, message) => {
    const { code, err } = await run(people.admin, ['set', '-f', '-'], text);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(err).not.toContain('canary7');
  });
});

describe('nobody else sees a value', () => {
  it('in what was printed, /proc, the log of the operator, objects, events or the audit log', async () => {
    const read = async (path: string) =>
      JSON.stringify((await world.cluster.platform.call('GET', path)).body);
    const kinds = ['secretscopes', 'sealedvalues', 'scopeledgers', 'secretbackends'];
    const objects = await Promise.all(kinds.map((kind) => read(`/apis/secretscope.dev/v1alpha1/${kind}`)));
    const channels = new Map([
      ['printed', said.join('\n')],
      ['operator', world.cluster.operator.output],
      ['objects', objects.join('\n')],
      ['events', await read('/apis/events.k8s.io/v1/events')],
      ['audit log', await readFile(world.cluster.guarded.control.auditLogPath, 'utf8')],
    ]);
    const { option: _, ...values } = CANARY;
    expect(findLeaks(Object.values(values), channels)).toEqual([]);
    const shown = new Map([['argv and environment', SecretCommand.seen.join('\n')]]);
    expect(SecretCommand.seen.some((text) => text.includes('DATABASE_URL'))).toBe(true);
    expect(findLeaks(Object.values(values), shown)).toEqual([]);
  });
});
