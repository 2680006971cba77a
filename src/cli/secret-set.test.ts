import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ORGANIZATION, openFor, REPOSITORY, SecretCluster } from './secret-fixture.ts';

const UUID = '11111111-2222-3333-4444-555555555555';
const CANARY = 'canary-5e1f-hunter2';
const entry = (name: string, more: object = {}) => ({
  name,
  from: { key: 'web-values', property: name },
  ...more,
});

let cluster: SecretCluster;
beforeEach(async () => {
  cluster = await SecretCluster.start();
  cluster.scope('team/web', { ...REPOSITORY, secrets: [entry('TOKEN')] });
});
afterEach(() => cluster[Symbol.asyncDispose]());

describe('GX42 a value comes from where the flags say', () => {
  it('as it is from --body', async () => {
    expect((await cluster.run('set', 'token', '--body', ' a \n')).code).toBe(0);
    expect(cluster.sent).toMatchObject([{ name: 'TOKEN', text: ' a \n', scopeUID: 'a-team-web' }]);
  });

  it.each([
    ['a secret', 'a secret'],
    ['a secret\n', 'a secret'],
    ['a secret\r\n\n', 'a secret'],
    ['a secret \n', 'a secret '],
    ['a\nb\n', 'a\nb'],
  ])('from stdin without its last line ends: %j', async (stdin, text) => {
    cluster.person.stdin = stdin;
    await cluster.run('set', 'TOKEN');
    expect(cluster.sent[0]?.text).toBe(text);
  });

  it('from whoever sits at the terminal', async () => {
    Object.assign(cluster.person, { canAsk: true, isTerminal: true, typed: 'typed' });
    const { text } = await cluster.run('set', 'TOKEN');
    expect(cluster.person.questions).toEqual(['Paste your secret:']);
    expect(cluster.sent[0]?.text).toBe('typed');
    expect(text).toBe('✓ Set secret TOKEN for team/web');
  });

  it('with the warning that --body can be seen, for people only', async () => {
    expect((await cluster.run('set', 'TOKEN', '-b', CANARY)).notes).toBe('');
    cluster.person.isTerminal = true;
    const { notes } = await cluster.run('set', 'TOKEN', '-b', CANARY);
    expect(notes).toContain('--body shows the value in the list of processes');
    expect(notes).not.toContain(CANARY);
  });
});

describe('GX47, GX50 what is sent and said', () => {
  it('is sealed for the scope, the name and the time, with one look at the key, and taken away again', async () => {
    await cluster.run('set', 'TOKEN', '--body', CANARY);
    const [sent] = cluster.sent;
    expect(sent?.spec).toMatchObject({ scopeRef: { name: 'web' }, name: 'TOKEN', ttlSecondsAfterStored: 60 });
    expect(sent?.scopeUID).toBe('a-team-web');
    const looks = cluster.few.server.received.filter(({ path }) => path.includes('/configmaps/'));
    expect(looks).toHaveLength(1);
    expect(cluster.deleted).toEqual(['token-t0']);
    expect(JSON.stringify(cluster.few.server.received)).not.toContain(CANARY);
  });

  it('is nothing where nobody sits', async () => {
    const { text, notes } = await cluster.run('set', 'TOKEN', '--body', 'x');
    expect([text, notes]).toEqual(['', '']);
  });

  it('names the repository of an environment, and how long it took', async () => {
    cluster.person.isTerminal = true;
    cluster.scope('team/web-prod', {
      level: 'Environment',
      environmentName: 'Production',
      parentRef: { name: 'web' },
      backendRef: REPOSITORY.backendRef,
      secrets: [entry('TOKEN')],
    });
    const { text, notes } = await cluster.run('set', 'TOKEN', '-e', 'production', '-b', 'x');
    expect(text).toBe('✓ Set secret TOKEN for team/web');
    expect(notes).toMatch(/stored in \d+\.\d s/);
    expect(cluster.sent[0]?.scopeUID).toBe('a-team-web-prod');
  });

  it('GX46 --no-store is the box and nothing else', async () => {
    const { text, notes } = await cluster.run('set', 'TOKEN', '--body', 'x', '--no-store');
    expect(await openFor('a-team-web', text)).toMatchObject({ name: 'TOKEN', text: 'x' });
    expect([notes, cluster.sent]).toEqual(['', []]);
  });

  it('--manifest is a SealedValue to commit', async () => {
    const { text } = await cluster.run('set', 'TOKEN', '--body', 'x', '--manifest');
    const manifest = parse(text) as { spec: { sealed: string } };
    expect(manifest).toMatchObject({
      kind: 'SealedValue',
      metadata: { namespace: 'team', name: 'web-token' },
      spec: { scopeRef: { name: 'web' }, name: 'TOKEN', keyID: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
    expect(await openFor('a-team-web', manifest.spec.sealed)).toMatchObject({ text: 'x' });
  });

  it('--manifest of a file has a document for each name', async () => {
    cluster.person.files = { '.env': 'A=1\nB=2\n' };
    const { text } = await cluster.run('set', '-f', '.env', '--manifest');
    expect(parseAllDocuments(text)).toHaveLength(2);
  });
});

describe('GX44 an env-file', () => {
  it('sets every name, and goes on where one fails', async () => {
    cluster.person.files = { '.env': `TOKEN=${CANARY}\n1ABC=x\nlower=y\nOTHER=z\n` };
    cluster.answers = { OTHER: { state: 'Refused', reason: 'Outdated', message: 'a newer one is there' } };
    const { code, notes } = await cluster.run('set', '-f', '.env');
    expect(code).toBe(1);
    expect(cluster.sent.map(({ name, text }) => [name, text])).toEqual([
      ['TOKEN', CANARY],
      ['LOWER', 'y'],
      ['OTHER', 'z'],
    ]);
    expect(notes).toContain('failed to set secret in line 2: Secret names can only contain');
    expect(notes).toContain('failed to set secret "OTHER": Outdated: a newer one is there');
    expect(notes).not.toContain('1ABC');
  });

  it('K9 warns of a $, and never repeats the line', async () => {
    cluster.person.stdin = `TOKEN=${CANARY}$SSWORD\n`;
    const { notes } = await cluster.run('set', '-f', '-');
    expect(notes).toContain('TOKEN (line 1) refers to an undefined variable');
    expect(notes).not.toMatch(/SSWORD|canary/);
  });

  it.each([
    ['JUSTKEY-hunter2\n', 'error parsing env file: line 1 has a character'],
    ['A=1\nhunter2\n', 'error parsing env file: line 2 has no = or :'],
    ['A="hunter2\n', 'error parsing env file: line 1 opens a quote'],
    ['# nothing\n', 'no secrets found in file'],
  ])('that cannot be read is told without any of it: %j', async (text, message) => {
    cluster.person.files = { '.env': text };
    const { notes, code } = await cluster.run('set', '-f', '.env');
    expect([notes, code]).toEqual([expect.stringContaining(message), 2]);
    expect(notes).not.toContain('hunter2');
    expect(cluster.sent).toEqual([]);
  });

  it('that is not there', async () => {
    const { notes } = await cluster.run('set', '-f', 'none');
    expect(notes).toContain('failed to open env file: none: there is no such file');
  });
});

describe('a new name', () => {
  it('is added to the scope by the CLI itself, beside what is there', async () => {
    await cluster.run('set', 'NEW_ONE', '--body', 'x');
    expect(cluster.entries('team/web')).toEqual([
      entry('TOKEN'),
      { name: 'NEW_ONE', from: { key: 'web-values', property: 'NEW_ONE' } },
    ]);
    expect(cluster.patches[0]?.query.get('fieldManager')).toBe('secretscope-cli');
    expect(cluster.dryRuns).toEqual(['NEW_ONE']);
    expect(cluster.sent[0]?.name).toBe('NEW_ONE');
  });

  it('of an organization is private, or what the flags say', async () => {
    cluster.scope('team/acme', { ...ORGANIZATION });
    cluster.scope('other/api', { ...REPOSITORY, parentRef: { namespace: 'team', name: 'acme' } });
    await cluster.run('set', 'A', '-o', 'acme', '-b', 'x');
    await cluster.run('set', 'B', '-o', 'team/acme', '-b', 'x', '-v', 'all');
    await cluster.run('set', 'C', '-o', 'acme', '-b', 'x', '-r', 'api');
    expect(cluster.entries('team/acme')).toMatchObject([
      { name: 'A', access: { visibility: 'Private' } },
      { name: 'B', access: { visibility: 'All' } },
      { name: 'C', access: { visibility: 'Selected', repositories: [{ namespace: 'other', name: 'api' }] } },
    ]);
  });

  it('keeps what an entry says unless a flag changes it', async () => {
    const access = { visibility: 'All' };
    cluster.scope('team/acme', { ...ORGANIZATION, secrets: [entry('A', { access })] });
    await cluster.run('set', 'A', '-o', 'acme', '-b', 'x');
    expect(cluster.patches).toEqual([]);
    await cluster.run('set', 'A', '-o', 'acme', '-b', 'x', '-v', 'private');
    expect(cluster.entries('team/acme')).toEqual([entry('A', { access: { visibility: 'Private' } })]);
  });

  it('GX43 with repositories that are not there', async () => {
    cluster.scope('team/acme', { ...ORGANIZATION });
    const { notes, code } = await cluster.run('set', 'A', '-o', 'acme', '-b', 'x', '-r', 'gone,team/none');
    expect([notes, code]).toEqual([
      expect.stringContaining('failed to look up IDs for repositories [gone team/none]: '),
      4,
    ]);
  });

  it('where Git has the last word is printed to commit, and nothing is changed', async () => {
    cluster.scope('team/web', REPOSITORY, { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } });
    const { text, notes, code } = await cluster.run('set', 'NEW', '-b', 'x');
    expect(code).toBe(8);
    expect(parse(text)).toMatchObject({
      kind: 'SecretScope',
      spec: { secrets: [{ name: 'NEW', from: { key: 'web-values', property: 'NEW' } }] },
    });
    expect(notes).toContain('is managed by Argo CD');
    expect([cluster.patches, cluster.sent]).toEqual([[], []]);
  });

  it('with --encode base64 has it decoded for whoever gets it', async () => {
    cluster.person.stdin = 'bytes\n';
    await cluster.run('set', 'CERT', '--encode', 'base64');
    expect(cluster.sent[0]?.text).toBe(Buffer.from('bytes\n').toString('base64'));
    expect(cluster.entries('team/web')).toMatchObject([{}, { from: { encoding: 'Base64' } }]);
  });

  it('is kept where --key says', async () => {
    await cluster.run('set', 'NEW', '-b', 'x', '--key', 'elsewhere', '--property', 'p');
    expect(cluster.entries('team/web')).toMatchObject([{}, { from: { key: 'elsewhere', property: 'p' } }]);
  });

  it('stays beside what somebody else added at the same moment', async () => {
    cluster.meanwhile = () =>
      cluster.scope('team/web', { ...REPOSITORY, secrets: [entry('THEIRS')] }, { resourceVersion: '5' });
    expect((await cluster.run('set', 'NEW', '-b', 'x')).code).toBe(0);
    expect(cluster.entries('team/web')).toMatchObject([{ name: 'THEIRS' }, { name: 'NEW' }]);
  });
});

describe('sizes', () => {
  it.each([
    ['x'.repeat(49_152), 0],
    ['x'.repeat(49_153), 1],
    ['한'.repeat(16_384), 0],
    ['한'.repeat(16_385), 1],
  ])('48 KB of UTF-8 is the most', async (text, code) => {
    expect((await cluster.run('set', 'TOKEN', '--body', text)).code).toBe(code);
    expect(cluster.sent).toHaveLength(code === 0 ? 1 : 0);
  });

  it.each([
    [36_864, 0],
    [36_865, 1],
  ])('G66 of a file that is encoded, %d bytes', async (bytes, code) => {
    cluster.person.stdin = 'x'.repeat(bytes);
    expect((await cluster.run('set', 'CERT', '--encode', 'base64')).code).toBe(code);
  });

  it('K13 a vault holds less, and its keys have no underscore', async () => {
    cluster.put('secretbackends', 'team', 'vault', 'SecretBackend', {
      azure: {
        vaultName: 'acme-vault',
        auth: { tenantID: UUID, clientID: UUID, serviceAccountRef: { name: 'r' } },
      },
    });
    cluster.scope('team/web', { ...REPOSITORY, backendRef: { kind: 'SecretBackend', name: 'vault' } });
    const { notes, code } = await cluster.run('set', 'MY_KEY', '-b', 'x'.repeat(25_601));
    expect([code, notes]).toEqual([1, expect.stringContaining('an Azure key vault holds at most 25600')]);
    await cluster.run('set', 'MY_KEY', '-b', 'x');
    expect(cluster.entries('team/web')).toMatchObject([{ from: { key: 'team--web--my-key' } }]);
  });

  it('an empty value is none', async () => {
    const { notes } = await cluster.run('set', 'TOKEN', '-b', '');
    expect(notes).toContain('failed to set secret "TOKEN": the value is empty');
  });
});

describe('what stands in the way', () => {
  it('no right to see the backend is named where the place of a new entry depends on it', async () => {
    cluster.forbidden.add('GET secretbackends');
    const { notes } = await cluster.run('set', 'BRAND_NEW', '-b', 'x');
    expect(notes).toContain(
      'cannot be looked at: the right to get secretbackends.secretscope.dev is missing; say where with --key',
    );
  });

  it('G41 no right to store names the verb and the command that gives it', async () => {
    cluster.forbidden.add('POST sealedvalues');
    const { notes, code } = await cluster.run('set', 'TOKEN', '-b', CANARY);
    expect(code).toBe(3);
    expect(notes).toContain('the right to create sealedvalues.secretscope.dev in namespace team is missing');
    expect(notes).toContain(
      "kubectl create rolebinding secretscope-value-writer-ana --clusterrole=secretscope-value-writer --user='ana' -n team",
    );
    expect(notes).not.toContain(CANARY);
  });

  it('G41 no right to add an entry: nothing is stored', async () => {
    cluster.forbidden.add('PATCH secretscopes');
    const { notes, code } = await cluster.run('set', 'NEW', '-b', 'x');
    expect([code, cluster.sent]).toEqual([3, []]);
    expect(notes).toContain('the right to patch secretscopes.secretscope.dev in namespace team is missing');
  });

  it('no right to store: no entry is added either', async () => {
    cluster.forbidden.add('POST sealedvalues');
    await cluster.run('set', 'NEW', '-b', 'x');
    expect(cluster.patches).toEqual([]);
  });

  it('a refusal of the operator is told, and its object is gone', async () => {
    cluster.answers = { TOKEN: { state: 'Refused', reason: 'SealUnreadable', message: 'seal it again' } };
    const { notes, code } = await cluster.run('set', 'TOKEN', '-b', 'x');
    expect([code, notes]).toEqual([
      1,
      expect.stringContaining('failed to set secret "TOKEN": SealUnreadable: seal it again'),
    ]);
    expect(cluster.deleted).toHaveLength(1);
  });

  it('what still waits stays, and says how to take it back', async () => {
    cluster.answers = {
      TOKEN: { state: 'Waiting', reason: 'ReadDenied', message: 'the account may not write' },
    };
    const { notes, code } = await cluster.run('set', 'TOKEN', '-b', 'x', '--timeout', '50ms');
    expect([code, cluster.deleted]).toEqual([7, []]);
    expect(notes).toContain('TOKEN: waiting: ReadDenied: the account may not write');
    expect(notes).toContain('kubectl delete sealedvalue token-t0 -n team');
  });

  it('whoever leaves is told that what was sent is carried out', async () => {
    cluster.answers = { TOKEN: { state: 'Waiting', reason: 'ReadDenied', message: 'not yet' } };
    const running = cluster.run('set', 'TOKEN', '-b', 'x');
    await expect.poll(() => cluster.sent.length).toBe(1);
    cluster.person.leave();
    const { notes, code } = await running;
    expect([code, notes]).toEqual([130, expect.stringContaining('interrupted; what was sent stays')]);
    expect(cluster.deleted).toEqual([]);
  });

  it('no operator', async () => {
    cluster.answers = { TOKEN: { state: undefined } as object };
    expect((await cluster.run('set', 'TOKEN', '-b', 'x', '--timeout', '50ms')).code).toBe(10);
  });

  it('a key that is not the one that the scope names', async () => {
    cluster.scope(
      'team/web',
      { ...REPOSITORY, secrets: [entry('TOKEN')] },
      {},
      { sealingKey: 'f'.repeat(16) },
    );
    const { notes, code } = await cluster.run('set', 'TOKEN', '-b', 'x');
    expect([code, cluster.sent]).toEqual([1, []]);
    expect(notes).toContain(`failed to fetch public key: the one that is published for scope team/web`);
  });

  it('a key that nobody published', async () => {
    cluster.publish('a-team-web', '{}');
    const { notes } = await cluster.run('set', 'TOKEN', '-b', 'x');
    expect(notes).toContain('the operator has not published one for scope team/web yet');
  });

  it('several repositories, none, and one of another level', async () => {
    cluster.scope('team/api', REPOSITORY);
    expect((await cluster.run('set', 'TOKEN', '-b', 'x')).notes).toContain(
      'has 2 repositories, api, web; say which with --repo NAME',
    );
    expect((await cluster.run('set', 'TOKEN', '-b', 'x', '-n', 'empty')).code).toBe(4);
    cluster.scope('team/acme', ORGANIZATION);
    const { notes, code } = await cluster.run('set', 'TOKEN', '-b', 'x', '-R', 'acme');
    expect([code, notes]).toEqual([
      2,
      expect.stringContaining('is an Organization, not a Repository; use --org'),
    ]);
  });

  it('a pinned entry, before anything is sealed', async () => {
    const pinned = { name: 'PIN', from: { key: 'web-values', property: 'PIN', version: '1' } };
    cluster.scope('team/web', { ...REPOSITORY, secrets: [pinned] });
    expect((await cluster.run('set', 'PIN', '-b', 'x')).notes).toContain('is pinned to version 1');
    expect(cluster.sent).toEqual([]);
  });
});
