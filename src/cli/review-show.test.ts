import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  aRequest,
  aVote,
  counted,
  listOf,
  PATHS,
  ReviewCluster,
  requestRef,
  requestSpec,
  secretLine,
} from './review-fixture.ts';

let cluster: ReviewCluster;
beforeEach(async () => {
  cluster = await ReviewCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const objects = () => cluster.few.objects;
const show = (...args: string[]) => cluster.review('show', requestRef.name, ...args);
const have = (...args: Parameters<typeof aRequest>) => objects().set(PATHS.request, aRequest(...args));

describe('secretscope review show', () => {
  it('shows what would change, where it comes from, who asked and until when', async () => {
    const { text, notes, code } = await show();
    expect(text.split('\n')).toEqual([
      'SecretRequest team/web-production-web-3',
      '  scope          web-production',
      '  for            target team/web',
      '  Secret         web, type Opaque',
      '  pin            Access: whatever version is current will be delivered',
      '  asked by       ben@acme.dev',
      '  asked          3m ago, at 2026-11-22T10:00:00Z',
      '  compared with  web-production-web-2, which is released',
      `  subject        ${requestSpec().subject}, computed from what is shown here`,
      '',
      'secrets: 1 changed',
      '  ~ DATABASE_URL: key acme/web/prod/db, property "url", version 3f1c when it was asked, and later ones',
      '      from Environment team/web-production',
      '      in ClusterSecretBackend production, aws {"region":"eu-west-1"}',
      '',
      'data keys: 1 unchanged (shown with --all)',
      '',
      'namespaces: 1 unchanged (shown with --all)',
      '',
      'votes: none',
      '',
      'the operator says:',
      '  state          Waiting',
      '  approvals      0/1',
      '  waits until    2026-12-22T10:00:00Z',
    ]);
    expect([notes, code]).toEqual(['', 0]);
  });

  it('marks each line as added, changed or removed, and counts the rest', async () => {
    const keys = (['Added', 'Changed', 'Removed', 'Unchanged', 'Unchanged'] as const).map(
      (change, index) => ({
        key: `k${index}`,
        change,
        content: 'Empty' as const,
        name: 'A',
      }),
    );
    have({ keys });
    const { text } = await show();
    expect(text).toContain(
      [
        'data keys: 1 added, 1 changed, 1 removed, 2 unchanged (shown with --all)',
        '  + k0: empty, in the place of A',
        '  ~ k1: empty, in the place of A',
        '  - k2: empty, in the place of A',
        '',
      ].join('\n'),
    );
  });

  it('says of changed lines what is released now', async () => {
    const before = aRequest({
      secrets: [{ ...secretLine, key: 'acme/web/old/db' }],
      keys: [{ key: 't.env', change: 'Added', content: 'Template', text: 'MODE=test' }],
    });
    const replaced = { ...before, metadata: { ...before.metadata, uid: 'before-uid' } };
    objects().set(PATHS.replaced, replaced);
    have({ keys: [{ key: 't.env', change: 'Changed', content: 'Template', text: 'MODE=prod' }] });
    const { text } = await show();
    expect(text).toContain(
      [
        '      in ClusterSecretBackend production, aws {"region":"eu-west-1"}',
        '      was key acme/web/old/db, property "url", version 3f1c when it was asked, and later ones',
        '',
        'data keys: 1 changed',
        '  ~ t.env: a template',
        '      | MODE=prod',
        '      was a template',
        '      | MODE=test',
      ].join('\n'),
    );
  });

  it('if a changed line has the same names as before, it says that something was made again', async () => {
    const before = aRequest({ pin: 'Version', secret: { name: 'web', type: 'kubernetes.io/tls' } });
    objects().set(PATHS.replaced, { ...before, metadata: { ...before.metadata, uid: 'before-uid' } });
    const { text } = await show();
    expect(text).toContain('      was of the same names: its scope or backend was made again since');
    expect(text).toContain('  Secret         web, type Opaque; it is web, type kubernetes.io/tls now');
    expect(text).toContain('will be delivered; it is Version now');
  });

  it.each<[string, object | 'forbidden' | undefined]>([
    ['is gone', undefined],
    ['may not be read', 'forbidden'],
    ['was made again', aRequest({ secrets: [{ ...secretLine, key: 'acme/web/old/db' }] })],
    ['cannot be read by this version', { ...aRequest(), spec: {} }],
  ])('if the released request %s, nothing is said of it', async (_why, replaced) => {
    if (replaced) objects().set(PATHS.replaced, replaced);
    const { text, code } = await show();
    expect(text).not.toMatch(/^ +was /m);
    expect(code).toBe(0);
  });

  it('--all shows what stays as it is', async () => {
    const { text } = await show('--all');
    expect(text).toContain('data keys: 1 unchanged\n    DATABASE_URL: the value of DATABASE_URL\n');
    expect(text).toContain('namespaces: 1 unchanged\n    team\n');
  });

  it('shows templates line by line', async () => {
    const text = 'URL=${DATABASE_URL}\nMODE=prod';
    have({
      keys: [
        { key: 't.env', change: 'Added', content: 'Template', text },
        { key: '.dockerconfigjson', change: 'Added', content: 'DockerConfig', text: '{}' },
      ],
    });
    expect((await show()).text).toContain(
      [
        '  + t.env: a template',
        '      | URL=${DATABASE_URL}',
        '      | MODE=prod',
        '  + .dockerconfigjson: logins to registries',
        '      | {}',
      ].join('\n'),
    );
  });

  it.each<[string, Partial<Parameters<typeof requestSpec>[0]>, string]>([
    [
      'a version that the entry names',
      { secrets: [{ ...secretLine, versionFixed: true }] },
      'version 3f1c fixed by the entry',
    ],
    ['a version that is what is approved', { pin: 'Version' }, 'version 3f1c and no other'],
    [
      'a lock',
      { secrets: [{ ...secretLine, locked: true }] },
      'from Environment team/web-production, locked',
    ],
    ['an encoding', { secrets: [{ ...secretLine, encoding: 'Base64' }] }, 'encoding Base64'],
    ['who may be missing', { authorsComplete: false }, 'asked by       ben@acme.dev, maybe others'],
    ['that nobody is known', { authors: [] }, 'asked by       not known'],
    ['that it was asked for again', { askedAgain: 'please now' }, 'asked again    "please now"'],
  ])('says %s', async (_what, change, text) => {
    have(change);
    expect((await show()).text).toContain(text);
  });

  it('shows who voted, as whom, and what the operator says of it', async () => {
    objects().set(
      PATHS.votes,
      listOf(
        aVote('a', { comment: 'as agreed' }, counted('True', 'VoteCounted', 'the vote counts')),
        aVote(
          'b',
          { as: { kind: 'Group', name: 'leads' }, reviewer: { username: 'ben' }, decision: 'Reject' },
          counted('False', 'NotAReviewer', 'Group leads is not listed'),
        ),
        aVote('c', { as: { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' } }),
        aVote('d', { requestRef: { name: requestRef.name, uid: 'another' } }),
      ),
    );
    const { text } = await show();
    expect(text.slice(text.indexOf('votes:'), text.indexOf('\n\nthe operator'))).toBe(
      [
        'votes: 3',
        '  Approve by ana@acme.dev as User ana@acme.dev, 3m ago: "as agreed"',
        '    the operator says: it counts',
        '  Reject by ben as Group leads, 3m ago',
        '    the operator says: it does not count (NotAReviewer): Group leads is not listed',
        '  Approve by ana@acme.dev as ServiceAccount ci/bot, 3m ago',
        '    the operator says: nothing yet',
      ].join('\n'),
    );
  });

  it('says of a vote for another plan that it counts for nothing', async () => {
    objects().set(PATHS.votes, listOf(aVote('a', { subject: `v1:sha256:${'0'.repeat(64)}` })));
    expect((await show()).text).toContain('it names another plan, so it counts for nothing');
  });

  it('asks for the votes on this request alone', async () => {
    await show();
    const listed = cluster.few.server.received.find(({ path }) => path === PATHS.votes);
    expect(listed?.query.get('fieldSelector')).toBe('spec.requestRef.uid=request-uid');
  });

  it('if the API server cannot select them, it asks for all votes of the namespace', async () => {
    cluster.selects = false;
    objects().set(PATHS.votes, listOf(aVote('a')));
    expect((await show()).text).toContain('votes: 1\n');
  });

  it('if votes may not be listed, a note says so', async () => {
    objects().set(PATHS.votes, 'forbidden');
    expect((await show()).text).toContain(
      'note: you may not list votes in namespace team, so none are shown',
    );
  });

  it('-o json and yaml say the same for programs, with every line', async () => {
    const json = JSON.parse((await show('-o', 'json')).text) as object;
    const { subject } = requestSpec();
    expect(json).toEqual({
      request: 'team/web-production-web-3',
      uid: 'request-uid',
      createdAt: '2026-11-22T10:00:00Z',
      subject: { named: subject, computed: subject, same: true },
      spec: requestSpec(),
      votes: [],
      operatorSays: { state: 'Waiting', approvals: '0/1', expires: '2026-12-22T10:00:00Z' },
      notes: [],
    });
    expect(parse((await show('-o', 'yaml')).text)).toEqual(json);
  });
});

describe('THREATS 24: what is shown is what would be voted on', () => {
  const other = `v1:sha256:${'0'.repeat(64)}`;

  it('if the request holds another plan than it names, it is refused loudly, and ends with 1', async () => {
    have({ subject: other });
    const { text, notes, code } = await show();
    expect(code).toBe(1);
    expect(text).toContain('subject        REFUSED, see below');
    expect(notes).toContain('error: REFUSED: request team/web-production-web-3 does not hold what it says');
    expect(notes).toContain(other);
    expect(notes).toContain('do not vote on it');
  });

  it('so it is for programs', async () => {
    have({ subject: other });
    const { text, code } = await show('-o', 'json');
    expect(JSON.parse(text)).toMatchObject({ subject: { named: other, same: false } });
    expect(code).toBe(1);
  });

  it('if text from the cluster could steer the terminal, it is escaped', async () => {
    const text = 'a\u001b[2J\u202eb\r';
    have(
      { keys: [{ key: 't', change: 'Added', content: 'Template', text }] },
      { state: '\u001b[2J' as 'Waiting' },
    );
    objects().set(PATHS.votes, listOf(aVote('a', {}, counted('False', 'x', '\u001b[2J\nvotes: 9'))));
    const shown = (await show()).text;
    expect(shown).toContain('      | a\\u{1b}[2J\\u{202e}b\\u{d}');
    expect(shown).not.toMatch(/[^\P{C}\n]|\nvotes: 9/u);
  });

  it('if a status is no status, nothing is made of it', async () => {
    have({}, { state: 7 as unknown as 'Waiting', conditions: 'none' as unknown as [] });
    expect((await show()).text).toContain('state          nothing yet');
  });
});

describe('what cannot be shown', () => {
  it('if the request is not there, it says where to look, and ends with 4', async () => {
    const { notes, code } = await cluster.review('show', 'nothing');
    expect(notes).toContain(
      'there is no request nothing in namespace team; those that are there: secretscope review list --all -n team',
    );
    expect(code).toBe(4);
  });

  it('if it may not be read, it says which right is missing, and ends with 3', async () => {
    objects().set(PATHS.request, 'forbidden');
    const { notes, code } = await show();
    expect(notes).toContain(
      'you may not read requests in namespace team; have somebody bind you the verb get',
    );
    expect(code).toBe(3);
  });

  it('if this version cannot read it, it says so', async () => {
    objects().set(PATHS.request, { ...aRequest(), spec: { ...requestSpec(), more: 1 } });
    const { notes, code } = await show();
    expect(notes).toContain("use the secretscope of the operator's version. spec.more: unknown field");
    expect(code).toBe(1);
  });

  it.each<[string[], string]>([
    [['a/b/c'], '"a/b/c" is not a request; use NAME or NAMESPACE/NAME'],
    [['team/..'], 'is not a request'],
    [['team/'], 'is not a request'],
    [['team/web', '-n', 'other'], '-n says namespace other, the request says team; use either'],
  ])('%j is refused before anything is asked', async (args, message) => {
    const { notes, code } = await cluster.review('show', ...args);
    expect(notes).toContain(message);
    expect([code, cluster.few.server.received]).toEqual([2, []]);
  });
});

describe('secretscope review show of an automation', () => {
  const consumer = { kind: 'WebhookAutomation' as const, namespace: 'team', name: 'deploys', uid: 'a-uid' };
  const webhook = (payload: object, change: 'Added' | 'Changed' | 'Unchanged' = 'Added') => ({
    url: 'https://hooks.acme.dev/in',
    text: JSON.stringify({
      headers: [{ bearer: 'HOOK_TOKEN', name: 'Authorization' }],
      method: 'POST',
      payload,
    }),
    change,
  });
  const { secret: _, keys: __, namespaces: ___, subject: ____, ...plan } = requestSpec();
  const automation = (change: object) => {
    const spec = requestSpec({
      ...plan,
      secret: undefined,
      keys: undefined,
      namespaces: undefined,
      consumer,
      ...change,
    });
    // what an automation does not have is not there, rather than undefined
    return { ...aRequest(), spec: JSON.parse(JSON.stringify(spec)) as object };
  };

  it('says who asks, where it sends to, and every line of what', async () => {
    objects().set(PATHS.request, automation({ webhook: webhook({ text: '${event_type}' }) }));
    const { text, code } = await show();
    expect(code).toBe(0);
    expect(text).toContain('  for            automation team/deploys\n');
    expect(text).not.toMatch(/^ {2}Secret |^data keys|^namespaces/m);
    expect(text).toContain(
      [
        'webhook: 1 added',
        '  + POST https://hooks.acme.dev/in',
        '      Authorization: Bearer, the value of HOOK_TOKEN',
        '      | {',
        '      |   "text": "${event_type}"',
        '      | }',
        '',
        'secrets: 1 changed',
      ].join('\n'),
    );
  });

  it('says of a changed one what is released now', async () => {
    const before = automation({ webhook: webhook({ text: 'old' }) });
    objects().set(PATHS.replaced, { ...before, metadata: { ...before.metadata, uid: 'before-uid' } });
    objects().set(PATHS.request, automation({ webhook: webhook({ text: 'new' }, 'Changed') }));
    const { text } = await show();
    expect(text).toContain('  ~ POST https://hooks.acme.dev/in');
    expect(text).toContain('      |   "text": "new"');
    expect(text).toContain('      was POST https://hooks.acme.dev/in');
    expect(text.indexOf('"text": "old"')).toBeGreaterThan(text.indexOf('was POST'));
  });

  it('shows one that stays only with --all', async () => {
    objects().set(PATHS.request, automation({ webhook: webhook({ text: 'same' }, 'Unchanged') }));
    expect((await show()).text).toContain('webhook: 1 unchanged (shown with --all)\n\nsecrets');
    expect((await show('--all')).text).toContain('"text": "same"');
  });

  it('nothing in it can look like a line of its own, or like something else', async () => {
    const trick = 'a\n  + POST https://acme.dev\u202e\u001b[2K';
    objects().set(PATHS.request, automation({ webhook: webhook({ [trick]: trick }) }));
    const { text } = await show();
    for (const hidden of ['\u001b', '\u202e']) expect(text).not.toContain(hidden);
    expect(text.match(/^ {2}\+ POST/gm)).toHaveLength(1);
  });

  it('what is no JSON is shown as it is', async () => {
    objects().set(PATHS.request, automation({ webhook: { ...webhook({}), text: '{ no\nJSON' } }));
    expect((await show()).text).toContain('      | { no\n      | JSON\n');
  });
});
