import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORGANIZATION, REPOSITORY, SecretCluster } from './secret-fixture.ts';
import { type SecretRow, tableOf } from './secret-row.ts';
import { agoText } from './secret-time.ts';

const row = (name: string, updatedAt: string | null, more: Partial<SecretRow> = {}): SecretRow => ({
  name,
  updatedAt,
  visibility: '',
  selectedReposURL: '',
  numSelectedRepos: 0,
  ...more,
});
const now = Date.parse('2023-03-15T00:00:00Z');
const style = { isTerminal: true, now, withVisibility: false, effective: false };
const ROWS = [
  row('SECRET_ONE', '1988-10-11T00:00:00Z', { visibility: 'all' }),
  row('SECRET_TWO', '2020-12-04T00:00:00Z', { visibility: 'private' }),
  row('SECRET_THREE', '1975-11-30T00:00:00Z', { visibility: 'selected', numSelectedRepos: 2 }),
];

describe('GX48 the table', () => {
  it('for people', () => {
    expect(tableOf(ROWS, style).split('\n')).toEqual([
      'NAME          UPDATED',
      'SECRET_ONE    about 34 years ago',
      'SECRET_TWO    about 2 years ago',
      'SECRET_THREE  about 47 years ago',
    ]);
  });

  it('of an organization', () => {
    expect(tableOf(ROWS, { ...style, withVisibility: true }).split('\n')).toEqual([
      'NAME          UPDATED             VISIBILITY',
      'SECRET_ONE    about 34 years ago  Visible to all repositories',
      'SECRET_TWO    about 2 years ago   Visible to private repositories',
      'SECRET_THREE  about 47 years ago  Visible to 2 selected repositories',
    ]);
  });

  it('for pipes: no header, tabs, times in full', () => {
    expect(tableOf(ROWS, { ...style, isTerminal: false, withVisibility: true }).split('\n')).toEqual([
      'SECRET_ONE\t1988-10-11T00:00:00Z\tALL',
      'SECRET_TWO\t2020-12-04T00:00:00Z\tPRIVATE',
      'SECRET_THREE\t1975-11-30T00:00:00Z\tSELECTED',
    ]);
  });

  it('of one selected repository, and of an unknown number and time', () => {
    const rows = [
      row('A', null, { visibility: 'selected', numSelectedRepos: 1 }),
      row('B', null, { visibility: 'selected', numSelectedRepos: null }),
    ];
    expect(tableOf(rows, { ...style, withVisibility: true }).split('\n')).toEqual([
      'NAME  UPDATED  VISIBILITY',
      'A              Visible to 1 selected repository',
      'B              Visible to selected repositories',
    ]);
  });

  it.each([
    [59_000, 'less than a minute ago'],
    [60_000, 'about 1 minute ago'],
    [3 * 3_600_000, 'about 3 hours ago'],
    [29 * 86_400_000, 'about 29 days ago'],
    [30 * 86_400_000, 'about 1 month ago'],
    [364 * 86_400_000, 'about 12 months ago'],
    [365 * 86_400_000, 'about 1 year ago'],
  ])('%d ms are %s', (ms, text) => {
    expect(agoText(now, now - ms)).toBe(text);
  });
});

let cluster: SecretCluster;
beforeEach(async () => {
  cluster = await SecretCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const entry = (name: string, more: object = {}) => ({
  name,
  from: { key: `k-${name.toLowerCase().replaceAll('_', '-')}` },
  ...more,
});
const WRITTEN = { written: ['B@2026-11-22T09:00:00Z', 'nonsense'] };

describe('GX48 secret list', () => {
  it('tells the names in their order, and the times that are known', async () => {
    cluster.scope('team/web', { ...REPOSITORY, secrets: [entry('B'), entry('A')] }, {}, WRITTEN);
    expect((await cluster.run('list')).text).toBe('B\t2026-11-22T09:00:00Z\nA\t');
    cluster.person.isTerminal = true;
    expect((await cluster.run('ls')).text).toBe('NAME  UPDATED\nB     about 1 hour ago\nA');
  });

  it('takes the time from a value that was stored from Git, too', async () => {
    cluster.scope('team/web', { ...REPOSITORY, secrets: [entry('B')] }, {}, WRITTEN);
    const spec = { scopeRef: { name: 'web' }, name: 'B', keyID: '0'.repeat(16), sealed: 'A'.repeat(88) };
    const stored = { at: '2026-11-22T09:30:00Z' };
    cluster.put('sealedvalues', 'team', 'b', 'SealedValue', spec, {}, { conditions: [], stored });
    expect((await cluster.run('list')).text).toBe('B\t2026-11-22T09:30:00Z');
    cluster.forbidden.add('GET sealedvalues');
    expect((await cluster.run('list')).text).toBe('B\t2026-11-22T09:00:00Z');
  });

  it('tells who may use those of an organization', async () => {
    const selected = { visibility: 'Selected', repositories: [{ namespace: 'a', name: 'b' }] };
    const secrets = [
      entry('A', { access: { visibility: 'All' } }),
      entry('B'),
      entry('C', { access: selected }),
    ];
    cluster.scope('team/acme', { ...ORGANIZATION, secrets });
    expect((await cluster.run('list', '-o', 'acme')).text).toBe('A\t\tALL\nB\t\tPRIVATE\nC\t\tSELECTED');
    const fields = 'name,updatedAt,visibility,selectedReposURL,numSelectedRepos';
    const { text } = await cluster.run('list', '-o', 'acme', '--json', fields);
    expect(JSON.parse(text)).toEqual([
      { name: 'A', updatedAt: null, visibility: 'all', selectedReposURL: '', numSelectedRepos: 0 },
      { name: 'B', updatedAt: null, visibility: 'private', selectedReposURL: '', numSelectedRepos: 0 },
      {
        name: 'C',
        updatedAt: null,
        visibility: 'selected',
        selectedReposURL: '/apis/secretscope.dev/v1alpha1/namespaces/team/secretscopes/acme',
        numSelectedRepos: 1,
      },
    ]);
  });

  it('says that there are none to people only, and ends with 0', async () => {
    cluster.scope('team/web', REPOSITORY);
    expect(await cluster.run('list')).toEqual({ text: '', notes: '', code: 0 });
    cluster.person.isTerminal = true;
    expect(await cluster.run('list')).toEqual({ text: '', notes: 'no secrets found', code: 0 });
  });

  it.each([
    [['--json', 'nmae'], 'Unknown JSON field: "nmae"'],
    [['--json'], 'Specify one or more comma-separated fields for `--json`:'],
    [['--json', 'name', '-q', '.'], '`--jq` and `--template` are not supported'],
    [['--user'], 'actions secrets are not supported for user'],
    [['--effective', '-o', 'acme'], '`--effective` is only supported with'],
    [['x'], 'accepts 0 arg(s), received 1'],
  ])('refuses %j', async (args, message) => {
    const { notes, code } = await cluster.run('list', ...args);
    expect([notes, code]).toEqual([expect.stringContaining(message), 2]);
  });

  it('G41 names the right that is missing', async () => {
    cluster.scope('team/web', REPOSITORY);
    cluster.forbidden.add('GET secretscopes');
    const { notes, code } = await cluster.run('list', '-R', 'web');
    expect([code, notes]).toEqual([
      3,
      expect.stringContaining('the right to get secretscopes.secretscope.dev'),
    ]);
    expect(notes).toContain('--clusterrole=secretscope-view');
  });
});

describe('G29, G46, GX27 secret list --effective', () => {
  beforeEach(() => {
    cluster.namespace('org', {});
    cluster.put('secretbackends', 'org', 'local', 'SecretBackend', {
      kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } },
    });
    const all = { access: { visibility: 'All' } };
    cluster.scope('org/acme', {
      ...ORGANIZATION,
      children: [{ namespaces: {}, visibility: 'Private', trusted: true }],
      secrets: [
        entry('NPM_TOKEN', all),
        entry('DB_URL', all),
        entry('ROOT_CA', { ...all, locked: true }),
        entry('KEPT', { access: { visibility: 'Selected', repositories: [{ namespace: 'x', name: 'y' }] } }),
      ],
    });
    const parentRef = { namespace: 'org', name: 'acme' };
    cluster.scope('team/web', { ...REPOSITORY, parentRef, secrets: [entry('DB_URL'), entry('ROOT_CA')] });
  });

  it('tells what each level gives, and what is hidden, overruled or locked', async () => {
    const { text } = await cluster.run('list', '--effective', '-R', 'web');
    expect(text.split('\n').map((line) => line.split('\t'))).toEqual([
      ['DB_URL', '', 'repository', 'team/web', '', 'used'],
      ['DB_URL', '', 'organization', 'org/acme', 'ALL', 'shadowed by repository'],
      ['NPM_TOKEN', '', 'organization', 'org/acme', 'ALL', 'used'],
      ['ROOT_CA', '', 'repository', 'team/web', '', 'overruled by locked organization'],
      ['ROOT_CA', '', 'organization', 'org/acme', 'ALL', 'used, locked'],
    ]);
  });

  it('says where the view of the caller ends', async () => {
    cluster.few.objects.delete('/apis/secretscope.dev/v1alpha1/namespaces/org/secretscopes/acme');
    const { text, notes } = await cluster.run('list', '--effective');
    expect(notes).toContain('SecretScope org/acme does not exist');
    expect(text.split('\n')).toHaveLength(2);
  });

  it('as JSON, with the level and the status', async () => {
    const { text } = await cluster.run('list', '--effective', '--json', 'name,level,scope,status');
    expect(JSON.parse(text)).toContainEqual({
      name: 'NPM_TOKEN',
      level: 'organization',
      scope: 'org/acme',
      status: 'used',
    });
  });
});

describe('secret get', () => {
  it('says that nothing is read back, and what does instead', async () => {
    const { code, notes } = await cluster.run('get', 'DATABASE_URL', '-n', 'team', '--whatever');
    expect(notes).toContain('values are never read back; run a program with them (secretscope exec)');
    expect(code).toBe(2);
  });
});
