/** Every form that a target Secret can take, and what becomes of it when the form changes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, Family, sourceThing } from '../scenarios-support/family.ts';
import {
  type OperatedCluster,
  operatedCluster,
  type SecretSeen,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';

let cluster: OperatedCluster;
let family: Family;
const TEAM = 'team';

const ENTRIES = [
  entryOf('USER', 'login', 'user'),
  entryOf('PASSWORD', 'login', 'password'),
  entryOf('NODE_OPTIONS', 'login', 'options'),
];

beforeAll(async () => {
  cluster = await operatedCluster('target-forms');
  family = await Family.settle(cluster, TEAM);
  const login = { user: 'ana "the" admin', password: 'p/w d\n', options: '--require=./evil' };
  await cluster.have(sourceThing(TEAM, 'login', login));
}, 90_000);
afterAll(() => cluster?.stop());

/** Delivers one target of this form and waits for exactly this data. */
async function form(name: string, fields: object, data: Record<string, string>): Promise<SecretSeen> {
  await shape(name, fields);
  const secret = await family.untilData(name, data);
  await family.untilReady(name, 'True', 'Materialized');
  return secret;
}
const shape = (name: string, fields: object, spec: object = {}) =>
  family.have(name, { secrets: ENTRIES, targets: [{ secretName: name, ...fields }], ...spec });

const USER = 'ana "the" admin';
const PASSWORD = 'p/w d\n';
const LOGIN = { USER, PASSWORD };
const encode = (text: string) => Buffer.from(text).toString('base64');

describe('which keys it has', () => {
  it('include names them, whichever level they are of', async () => {
    await form('include', { include: ['USER', 'TOKEN'] }, { USER, TOKEN: 'org-token' });
  });

  it('THREATS 17: includeAll takes all but the names that loaders obey', async () => {
    await form('all', { includeAll: true }, { ...LOGIN, TOKEN: 'org-token' });
  });

  it('THREATS 17: a loader’s name is delivered to who names it', async () => {
    await form('loader', { include: ['NODE_OPTIONS'] }, { NODE_OPTIONS: '--require=./evil' });
  });

  it('keys renames, also what only includeAll takes', async () => {
    const keys = { USER: 'username', TOKEN: 'token.txt' };
    await form('keys', { includeAll: true, keys }, { username: USER, PASSWORD, 'token.txt': 'org-token' });
  });

  it('a key that is renamed leaves under its old name', async () => {
    await form('renamed', { include: ['USER'] }, { USER });
    await form('renamed', { include: ['USER'], keys: { USER: 'user' } }, { user: USER });
  });

  it('G51: onMissing Empty makes an empty string of a name that nobody has', async () => {
    await form('empty', { include: ['USER', 'NOBODY'], onMissing: 'Empty' }, { USER, NOBODY: '' });
    await shape('empty', { include: ['USER', 'NOBODY'] });
    await family.untilReady('empty', 'False', 'NotAvailable');
    await family.untilData('empty', { USER });
  });

  it('an atomic one waits until every key can be had', async () => {
    const broken = { secrets: [...ENTRIES, entryOf('LATER', 'later')] };
    await shape('atomic', { include: ['USER', 'LATER'], atomic: true }, broken);
    const { message } = await family.untilReady('atomic', 'False', 'SecretMissing');
    expect(message).toMatch(
      /Secret team\/atomic is atomic and waits until every key can be delivered: LATER: /,
    );
    expect(await family.data('atomic')).toBeUndefined();
    await family.store(TEAM, 'later', { value: 'now' });
    await family.untilData('atomic', { USER, LATER: 'now' }, 5_000);
    await family.untilReady('atomic', 'True');
  });

  it('what somebody else put there stays, and is told', async () => {
    await form('foreign', { include: ['USER'] }, { USER });
    const data = { HAND: encode('made') };
    await cluster.platform.merge(secretThing(TEAM, 'foreign'), { data });
    await until(async () => {
      const { targets = [] } = await cluster.status(TEAM, 'foreign');
      expect(targets[0]).toMatchObject({ secretName: 'foreign', foreign: ['HAND'] });
    });
    await shape('foreign', { include: ['PASSWORD'] });
    await family.untilData('foreign', { PASSWORD, HAND: 'made' });
  });
});

describe('templates', () => {
  it('filters make the form that is needed, and $${ is a literal', async () => {
    const template = {
      json: '{"user":${USER | json}}',
      url: 'https://${USER | url}:${PASSWORD|trim|url}@host',
      basic: 'Basic ${PASSWORD | base64}',
      literal: '$${USER} costs $5 and $$ more',
      plain: '${USER}/${TOKEN}',
    };
    const data = {
      json: `{"user":${JSON.stringify(USER)}}`,
      url: 'https://ana%20%22the%22%20admin:p%2Fw%20d@host',
      basic: `Basic ${encode(PASSWORD)}`,
      literal: '${USER} costs $5 and $$ more',
      plain: `${USER}/org-token`,
    };
    await form('template', { template }, data);
  });

  it('a value that looks like a template is no template', async () => {
    await family.store(TEAM, 'sly', { value: '${PASSWORD}' });
    const entries = { secrets: [...ENTRIES, entryOf('SLY', 'sly')] };
    await shape('sly-target', { template: { x: '[${SLY}]' } }, entries);
    await family.untilData('sly-target', { x: '[${PASSWORD}]' });
  });

  it('one that uses a name which is taken away leaves as a whole', async () => {
    const other = await Family.settle(cluster, 'other');
    const targets = [{ secretName: 'app', includeAll: true, template: { both: '${OTHER} ${TOKEN}' } }];
    await other.have('app', { targets });
    await other.untilData('app', { OTHER: 'other-1', TOKEN: 'org-token', both: 'other-1 org-token' });
    await other.organize({ secrets: [] });
    await other.untilData('app', { OTHER: 'other-1' });
    await other.untilReady('app', 'False', 'NotAvailable');
  });
});

describe('types', () => {
  const rows: [type: string, keys: Record<string, string>][] = [
    ['kubernetes.io/tls', { USER: 'tls.crt', PASSWORD: 'tls.key' }],
    ['kubernetes.io/basic-auth', { USER: 'username', PASSWORD: 'password' }],
    ['kubernetes.io/ssh-auth', { USER: 'ssh-privatekey', PASSWORD: 'known_hosts' }],
    ['Opaque', { USER: 'a', PASSWORD: 'b' }],
  ];
  it.each(rows)('%s', async (type, keys) => {
    const name = type.replace(/.*\//, '').toLowerCase();
    const data = { [keys['USER'] ?? '']: USER, [keys['PASSWORD'] ?? '']: PASSWORD };
    const secret = await form(name, { type, include: ['USER', 'PASSWORD'], keys }, data);
    expect(secret.type).toBe(type);
  });

  it('dockerConfig makes what imagePullSecrets takes', async () => {
    const registries = [
      { server: 'ghcr.io', username: '${USER}', password: '${TOKEN}' },
      { server: 'docker.io', username: 'bot', password: '${PASSWORD | trim}' },
    ];
    await shape('docker', { dockerConfig: { registries } });
    await family.untilReady('docker', 'True');
    const secret = await cluster.secret(TEAM, 'docker');
    expect(secret?.type).toBe('kubernetes.io/dockerconfigjson');
    expect(JSON.parse(secret?.data['.dockerconfigjson'] ?? '')).toEqual({
      auths: {
        'docker.io': { username: 'bot', password: 'p/w d', auth: encode('bot:p/w d') },
        'ghcr.io': { username: USER, password: 'org-token', auth: encode(`${USER}:org-token`) },
      },
    });
  });

  it('a change of type makes another Secret under the name, with an event', async () => {
    const keys = { USER: 'username', PASSWORD: 'password' };
    const data = { username: USER, password: PASSWORD };
    const target = { include: ['USER', 'PASSWORD'], keys };
    const before = await form('retyped', target, data);
    await form('retyped', { ...target, type: 'kubernetes.io/basic-auth' }, data);
    const after = await cluster.secret(TEAM, 'retyped');
    expect([before.type, after?.type]).toEqual(['Opaque', 'kubernetes.io/basic-auth']);
    expect(after?.uid).not.toBe(before.uid);
    await untilEvent('TargetReplaced', 'retyped');
  });

  it('one that somebody made immutable is replaced at once', async () => {
    const before = await form('fixed', { include: ['TOKEN'] }, { TOKEN: 'org-token' });
    await cluster.have({ ...secretThing(TEAM, 'fixed'), immutable: true });
    await until(async () => {
      const secret = await cluster.secret(TEAM, 'fixed');
      expect(secret?.uid).not.toBe(before.uid);
      expect(secret?.data).toEqual({ TOKEN: 'org-token' });
    });
    await family.untilReady('fixed', 'True');
  });

  it('two scopes may change their Secrets with each other', async () => {
    await form('left', { include: ['USER'] }, { USER });
    await form('right', { include: ['TOKEN'] }, { TOKEN: 'org-token' });
    await shape('left', { secretName: 'right', include: ['USER'] });
    await shape('right', { secretName: 'left', include: ['TOKEN'] });
    await family.untilData('right', { USER });
    await family.untilData('left', { TOKEN: 'org-token' });
    for (const name of ['left', 'right']) await family.untilReady(name, 'True');
  });

  it('one whose type can no longer be filled goes as a whole when a key is taken away', async () => {
    const tls = await Family.settle(cluster, 'tls-family');
    const keys = { TOKEN: 'tls.key', OTHER: 'tls.crt' };
    await tls.have('app', {
      targets: [{ secretName: 'app', type: 'kubernetes.io/tls', include: ['TOKEN', 'OTHER'], keys }],
    });
    await tls.untilData('app', { 'tls.key': 'org-token', 'tls.crt': 'other-1' });
    await tls.organize({ secrets: [] });
    await until(async () => expect(await tls.data('app')).toBeUndefined());
    const { message } = await tls.untilReady('app', 'False', 'NotAvailable');
    expect(message).toMatch(/of type kubernetes\.io\/tls needs tls\.key: TOKEN is not an entry/);
    await tls.organize();
    await tls.untilData('app', { 'tls.key': 'org-token', 'tls.crt': 'other-1' });
  });
});

describe('labels and annotations', () => {
  it('are set, changed, mended and taken off again; those of others stay', async () => {
    const look = async () => {
      const { labels, annotations } = (await cluster.secret(TEAM, 'labelled')) ?? {};
      const own = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith('secretscope.dev/'));
      return { labels, annotations: Object.fromEntries(own) };
    };
    const managed = { 'secretscope.dev/managed': 'true', 'app.kubernetes.io/managed-by': 'secretscope' };
    const expecting = (labels: object, annotations: object) =>
      until(async () => expect(await look()).toEqual({ labels: { ...managed, ...labels }, annotations }));
    await shape('labelled', { include: ['USER'], labels: { app: 'web' }, annotations: { note: 'one' } });
    await expecting({ app: 'web' }, { note: 'one' });
    const theirs = { labels: { theirs: 'x', app: 'edited' }, annotations: { theirs: 'y' } };
    await cluster.platform.merge(secretThing(TEAM, 'labelled'), { metadata: theirs });
    await expecting({ app: 'web', theirs: 'x' }, { note: 'one', theirs: 'y' });
    await shape('labelled', { include: ['USER'], annotations: { note: 'two' } });
    await expecting({ theirs: 'x' }, { note: 'two', theirs: 'y' });
    await shape('labelled', { include: ['USER'] });
    await expecting({ theirs: 'x' }, { theirs: 'y' });
  });
});

function untilEvent(reason: string, about: string): Promise<void> {
  return until(async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${TEAM}/events`;
    const { body } = await cluster.platform.call('GET', path);
    const { items } = body as { items: { reason: string; note: string }[] };
    expect(
      items
        .filter((item) => item.reason === reason)
        .map(({ note }) => note)
        .join(),
    ).toContain(about);
  });
}

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
