/** Who may send secrets of a scope elsewhere, what an automation may say, and who is written down as having said it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESERVED_HEADERS } from '../../src/model/kinds/webhook-headers.ts';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  dryRun,
  PROD,
  refusedBy,
} from '../scenarios-support/approval-cluster.ts';
import {
  AUTOMATION,
  automation,
  LARGEST_AUTOMATION,
  WITH_SECRETS,
} from '../scenarios-support/automation-things.ts';
import { authorsOf, labelled } from '../scenarios-support/claim-things.ts';
import {
  clusterRole,
  clusterRoleBinding,
  eventually,
  roleBinding,
} from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

let cluster: ApprovalCluster;
/** may edit everything in the namespace, and use the secrets of web-production in automations */
let ana: Person;
let bob: Person;
/** may edit everything there */
let eve: Person;
/** holds every verb on automations, and on what RBAC could invent beside them */
let star: Person;

const signed = { signature: { secret: 'WEBHOOK_KEY' } };
const group = { apiGroups: ['secretscope.dev'] };

beforeAll(async () => {
  cluster = await approvalCluster('automation-admission');
  [ana, bob, eve, star] = await Promise.all([
    cluster.person('ana', 'editors'),
    cluster.person('bob', 'editors'),
    cluster.person('eve', 'editors'),
    cluster.person('star'),
  ]);
  const editors = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'editors' }];
  await cluster.have(
    clusterRole('every-automation', [
      { ...group, resources: ['webhookautomations', 'webhookautomations/status'], verbs: ['*'] },
    ]),
    clusterRole('use-production', [
      {
        ...group,
        resources: ['secretscopes/automations'],
        resourceNames: ['web-production'],
        verbs: ['use'],
      },
    ]),
    { ...roleBinding('editors', 'edit', PROD), subjects: editors },
    roleBinding('star', 'every-automation', PROD),
    roleBinding('ana', 'use-production', PROD),
    roleBinding('bob', 'use-production', PROD),
  );
  for (const who of [ana, bob]) await eventually(() => dryRun(who, automation('probe', signed)));
  for (const who of [eve, star])
    await refusedBy('automation-rights', () => dryRun(who, automation('probe', signed)));
});
afterAll(() => cluster?.stop());

const refusalOf = ({ status, message }: Answer): [number, string] => [status, message];
const forbidden = (words: string) => [403, expect.stringContaining(words)];
const invalid = (words: string) => [422, expect.stringContaining(words)];
/** What stands between the path and the words depends on the version of the API server. */
const invalidAt = (words: RegExp) => [422, expect.stringMatching(words)];
const pathTo = (name: string) => `${collectionOf('WebhookAutomation')}/${name}`;
const annotated = (name: string, value: string | null) => ({
  metadata: { annotations: { [`secretscope.dev/${name}`]: value } },
});

describe('THREATS 7: to send secrets elsewhere is a right on the scope', () => {
  it.each(WITH_SECRETS)('whoever lacks it makes none that has %s', async (_, spec) => {
    const words =
      'eve may not use secrets of the scope team-web-prod/web-production in an automation: that needs the verb use' +
      ' on secretscopes/automations; whoever may give it runs: kubectl create rolebinding automator' +
      ' --namespace=team-web-prod --clusterrole=secretscope-automator --user=eve';
    expect(refusalOf(await eve.create(automation('tell', spec)))).toEqual(forbidden(words));
    expect(refusalOf(await eve.apply(automation('tell', spec)))).toEqual(forbidden(words));
    expect((await dryRun(ana, automation('tell', spec))).message).toBe('');
  });

  it('without any secret an editor makes, changes, tests and deletes one', async () => {
    const plain = automation('plain', { secrets: [] });
    expect((await eve.create(plain)).message).toBe('');
    expect((await eve.merge(plain, { spec: { events: ['SyncFailed'], secrets: null } })).message).toBe('');
    for (const name of ['request', 'test', 'replay'])
      expect((await eve.merge(plain, annotated(name, '1'))).message).toBe('');
    expect((await eve.remove(plain)).message).toBe('');
  });

  it('every verb on automations does not give it', async () => {
    expect(refusalOf(await star.create(automation('tell', signed)))).toEqual(
      forbidden('star may not use secrets of the scope'),
    );
  });

  it('it is for the scope that it names, and for no other', async () => {
    const other = automation('other', { ...signed, scopeRef: { name: 'web-staging' } });
    expect(refusalOf(await ana.create(other))).toEqual(
      forbidden('ana may not use secrets of the scope team-web-prod/web-staging'),
    );
  });

  it('a service account is told the command for one, which gives exactly what was missing', async () => {
    const user = `system:serviceaccount:${PROD}:deployer`;
    const deployer = await cluster.actingAs({ user, groups: ['editors'] });
    const { message } = await deployer.create(automation('by-bot', signed));
    expect(message).toContain(`--serviceaccount=${PROD}:deployer`);
    const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace: PROD }];
    await cluster.have({ ...roleBinding('automator', 'secretscope-automator', PROD), subjects });
    await eventually(() => deployer.create(automation('by-bot', signed)));
  });

  it('another spec needs it, before or after which there are secrets', async () => {
    await ana.create(automation('spec', signed));
    await eve.create(automation('bare'));
    const attempts: [string, object][] = [
      ['spec', { url: 'https://evil.example.com' }],
      ['spec', { signature: null }],
      ['bare', { secrets: ['DATABASE_URL'] }],
    ];
    for (const [name, spec] of attempts) {
      expect(refusalOf(await eve.merge(automation(name), { spec }))).toEqual(
        forbidden('eve may not use secrets of the scope'),
      );
      expect((await bob.merge(automation(name), { spec })).message).toBe('');
    }
  });

  it.each(['request', 'test', 'replay'])(
    'so does the annotation %s, put on, changed or taken off',
    async (name) => {
      const mine = automation(`asks-${name}`, signed);
      await ana.create(mine);
      for (const value of ['1', '2', null]) {
        expect(refusalOf(await eve.merge(mine, annotated(name, value)))).toEqual(
          forbidden('eve may not use secrets of the scope'),
        );
        expect((await bob.merge(mine, annotated(name, value))).message).toBe('');
        if (value === '2') expect((await eve.merge(mine, labelled(`with-${name}`))).message).toBe('');
      }
    },
  );

  it('labels, other annotations, the same spec once more and deleting do not', async () => {
    const free = automation('free', signed);
    await ana.create(free);
    expect((await eve.merge(free, labelled('by-eve'))).message).toBe('');
    const look = { 'reconcile.secretscope.dev/requestedAt': '1' };
    expect((await eve.merge(free, { metadata: { annotations: look } })).message).toBe('');
    expect((await eve.apply(free)).message).toBe('');
    expect((await eve.remove(free)).message).toBe('');
  });

  it('a viewer sees it, and changes nothing of it', async () => {
    const vic = await cluster.person('vic');
    await cluster.have(roleBinding('vic', 'view', PROD));
    await ana.create(automation('seen'));
    await eventually(() => vic.get(automation('seen')));
    for (const attempt of [vic.merge(automation('seen'), labelled('x')), vic.create(automation('of-vic'))])
      expect(refusalOf(await attempt)).toEqual(forbidden('resource "webhookautomations"'));
  });
});

describe('the schema of a WebhookAutomation', () => {
  const says = async (spec: object) => refusalOf(await dryRun(ana, automation('said', spec)));

  it.each(RESERVED_HEADERS)('sets no header %s, in whatever case', async (name) => {
    for (const written of [name, name.toUpperCase()])
      expect(
        await says({
          headers: [
            { name: 'X-Fine', value: 'x' },
            { name: written, value: 'x' },
          ],
        }),
      ).toEqual(invalidAt(/ spec\.headers\[1\]\.name: .*these headers are not yours to set: conn/));
    expect((await says({ headers: [{ name: `${name}-x`, value: 'x' }] }))[1]).toBe('');
  });

  it.each([...RESERVED_HEADERS, 'authorization'])('signs in no header %s, in whatever case', async (name) => {
    for (const header of [name, name.toUpperCase()])
      expect(await says({ signature: { secret: 'K', header } })).toEqual(
        invalidAt(/ spec\.signature\.header: .*a signature cannot be sent in one of these/),
      );
    expect((await says({ signature: { secret: 'K', header: `${name}-x` } }))[1]).toBe('');
  });

  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])('sets %s once at most', async (name) => {
    const headers = [{ name, value: 'Basic ${PASSWORD}' }];
    const refused = await says({ headers, accessToken: { secret: 'SLACK_TOKEN' } });
    expect(refused).toEqual(invalid('accessToken is sent as Authorization, so headers must not set it'));
    expect((await says({ headers, secrets: ['PASSWORD'] }))[1]).toBe('');
  });

  it.each<[string, object]>([
    ['a line feed in its value', { name: 'X-A', value: 'a\nX-B: b' }],
    ['a carriage return in its value', { name: 'X-A', value: 'a\rb' }],
    ['a space in its name', { name: 'X A', value: 'a' }],
    ['a colon in its name', { name: 'X-A:', value: 'a' }],
    ['no name', { name: '', value: 'a' }],
  ])('takes no header with %s', async (_, header) => {
    expect(await says({ headers: [header] })).toEqual(invalid('spec.headers[0].'));
  });

  it('takes no header twice', async () => {
    const headers = [
      { name: 'X-A', value: 'a' },
      { name: 'X-A', value: 'b' },
    ];
    expect(await says({ headers })).toEqual(invalid('spec.headers[1]: Duplicate value'));
  });

  it.each([
    ['plain http', 'http://hooks.example.com/in'],
    ['a user', 'https://user:word@hooks.example.com/in'],
    ['a fragment', 'https://hooks.example.com/in#part'],
    ['a host in upper case', 'https://Hooks.example.com/in'],
    ['a scheme in upper case', 'HTTPS://hooks.example.com/in'],
    ['a secret in its path', 'https://hooks.example.com/${NPM_TOKEN}'],
    ['a secret in its host', 'https://${NPM_TOKEN}.example.com/'],
    ['a space', 'https://hooks.example.com/a b'],
    ['a line end', 'https://hooks.example.com/a\nb'],
    ['a backslash', 'https://hooks.example.com\\@evil.example.com/'],
    ['no host', 'https:///in'],
    ['a query and no path', 'https://hooks.example.com?a=b'],
    ['a port that is none', 'https://hooks.example.com:123456/'],
    ['an address of IPv6', 'https://[::1]/'],
    ['another scheme', 'file:///etc/passwd'],
    ['a host that begins with a dot', 'https://.example.com/'],
  ])('sends to no URL with %s', async (_, url) => {
    const refused = await says({ url });
    expect(refused).toEqual(
      invalidAt(/ spec\.url: .*url has to be https:\/\/host\/path, with the host in lower/),
    );
    expect(refused[1]).not.toContain('^https');
  });

  it.each(['https://a.example', 'https://a.example:8443/x?y=%20z', 'https://xn--bcher-kva.example/'])(
    'may send to %s',
    async (url) => {
      expect((await says({ url }))[1]).toBe('');
    },
  );

  it.each<[string, object, string]>([
    ['no event', { events: [] }, 'spec.events'],
    ['an event that there is not', { events: ['Deployed'] }, 'spec.events[0]: Unsupported value'],
    ['an event twice', { events: ['Rotated', 'Rotated'] }, 'spec.events[1]: Duplicate value'],
    ['no payload', { payload: undefined }, 'spec.payload: Required value'],
    ['a payload that is text', { payload: '{}' }, 'spec.payload'],
    ['a payload that is a list', { payload: [] }, 'spec.payload'],
    ['no scope', { scopeRef: undefined }, 'spec.scopeRef: Required value'],
    ['a name in lower case', { secrets: ['npm_token'] }, 'spec.secrets[0]'],
    ['a name twice', { secrets: ['A', 'A'] }, 'spec.secrets[1]: Duplicate value'],
    [
      'a filter on a secret',
      { filter: [{ variable: 'NPM_TOKEN', values: ['x'] }] },
      'spec.filter[0].variable',
    ],
    ['a filter without values', { filter: [{ variable: 'reason', values: [] }] }, 'spec.filter[0].values'],
    ['another encoding', { signature: { secret: 'K', encoding: 'Base32' } }, 'spec.signature.encoding'],
    ['a signature in no header', { signature: { secret: 'K', header: 'X Y' } }, 'spec.signature.header'],
    ['a prefix of two lines', { signature: { secret: 'K', prefix: 'a\nb' } }, 'spec.signature.prefix'],
  ])('takes none with %s', async (_, spec, words) => {
    expect(await says(spec)).toEqual(invalid(words));
  });

  it.each(['59s', '0s', '168h1s', '169h', '720h'])('does not try again for %s', async (retryFor) => {
    expect(await says({ retryFor })).toEqual(invalid('retryFor has to be from 1m to 168h'));
  });

  it.each(['1m', '60s', '24h', '168h', '167h60m'])('may try again for %s', async (retryFor) => {
    expect((await says({ retryFor }))[1]).toBe('');
  });

  it('WX6: keeps payload as it is written', async () => {
    const payload = { text: 'a', n: 1.5, yes: true, none: null, list: [{ a: [] }, 'b', 0], deep: { '': {} } };
    const made = await ana.create(automation('kept', { payload }));
    expect((made.body as Thing)['spec']).toMatchObject({ payload });
    expect(((await ana.get(automation('kept'))).body as Thing)['spec']).toEqual({ ...AUTOMATION, payload });
  });

  it('THREATS 7: names no scope of another namespace', async () => {
    const elsewhere = automation('elsewhere', { scopeRef: { name: 'web', namespace: 'acme-org' } });
    const path = `${collectionOf('WebhookAutomation')}?dryRun=All&fieldValidation=Strict`;
    expect((await ana.call('POST', path, elsewhere)).message).toContain(
      'unknown field "spec.scopeRef.namespace"',
    );
  });
});

describe('spec.automationHosts of a scope', () => {
  const level = (spec: object) =>
    cluster.admin.apply(scope('level', spec, PROD), { dryRun: true, force: true });
  const automationHosts = ['hooks.example.com', '*.slack.com'];

  it('is the organization alone to say', async () => {
    expect((await level({ level: 'Organization', automationHosts })).message).toBe('');
    const parentRef = { name: 'web' };
    for (const spec of [{ level: 'Repository' }, { level: 'Environment', parentRef }])
      expect(refusalOf(await level({ ...spec, automationHosts }))).toEqual(
        invalid('automationHosts belongs to the level Organization; remove it'),
      );
  });

  it.each([
    'Hooks.example.com',
    'https://a.example',
    'a.example/x',
    'a.example:443',
    '*',
    'a.*.example',
    '*a.b',
    '',
  ])('takes no %j', async (host) => {
    expect(refusalOf(await level({ level: 'Organization', automationHosts: [host] }))).toEqual(
      invalid('spec.automationHosts[0]'),
    );
  });
});

describe('what an automation is of stays what it is', () => {
  beforeAll(async () => {
    await ana.create(automation('fixed', signed));
  });

  it.each<[what: string, spec: object | null, says: string]>([
    ['another scope', { scopeRef: { name: 'web' } }, 'scopeRef cannot be changed; make another automation'],
    ['no scope', { scopeRef: null }, 'spec.scopeRef: Required value'],
    ['no name', { scopeRef: { name: null } }, 'spec.scopeRef.name: Required value'],
    ['nothing at all', null, 'spec: Required value'],
  ])('so this is refused: %s', async (_, spec, says) => {
    expect(refusalOf(await ana.merge(automation('fixed'), { spec }))).toEqual(invalid(says));
  });

  it('nor by an update of the whole', async () => {
    const { spec: _, ...whole } = (await ana.get(automation('fixed'))).body as Thing;
    expect(refusalOf(await ana.call('PUT', pathTo('fixed'), whole))).toEqual(invalid('spec: Required value'));
    const moved = { ...whole, spec: { ...AUTOMATION, scopeRef: { name: 'web' } } };
    expect((await cluster.admin.call('PUT', pathTo('fixed'), moved)).message).toContain(
      'scopeRef cannot be changed',
    );
  });

  it('API-REVIEW 9: everything else may be edited, as GitOps does it', async () => {
    const edits = [
      { events: ['Rotated'], retryFor: '1h' },
      { url: 'https://other.example.com/', headers: [{ name: 'X-A', value: '${A}' }], secrets: ['A'] },
      { payload: { other: [] }, filter: [{ variable: 'reason', values: ['a'] }], ...signed },
    ];
    for (const edit of edits) {
      const { message, body } = await ana.apply(automation('edited', edit), { manager: 'flux' });
      expect([message, (body as Thing)['spec']]).toEqual(['', automation('edited', edit)['spec']]);
    }
  });
});

describe('API-REVIEW 5, THREATS 12: whoever asks is an author, and stays one', () => {
  const patches = [{ authors: null }, { authors: [] }, { authors: ['carl'] }, { authors: ['ana', 'carl'] }];

  it('from the creation on, whatever the creator says', async () => {
    const { spec, ...made } = automation('stamped', signed);
    expect(authorsOf(await ana.create({ ...made, spec, authors: ['bob', 'carl'] }))).toEqual(['ana']);
  });

  it('not by labels, nor by what changes the list alone', async () => {
    const stamped = automation('stamped');
    expect(authorsOf(await eve.merge(stamped, labelled('x')))).toEqual(['ana']);
    for (const patch of patches) expect(authorsOf(await eve.merge(stamped, patch))).toEqual(['ana']);
  });

  it('by another spec, which takes nobody out', async () => {
    for (const [i, patch] of patches.entries()) {
      const spec = { payload: { [`changed_${i}`]: true } };
      expect(authorsOf(await bob.merge(automation('stamped'), { spec, ...patch }))).toEqual(['ana', 'bob']);
    }
    const { authors: _, ...replaced } = (await bob.get(automation('stamped'))).body as Thing;
    expect(authorsOf(await bob.call('PUT', pathTo('stamped'), replaced))).toEqual(['ana', 'bob']);
  });
});

describe('W2: a word about credentials that are written down', () => {
  const HEADER = 'A credential seems to be written into the header';
  const URL_WORD = 'This URL is itself a credential';
  const token = 'a'.repeat(16);
  const warned = async (spec: object) => {
    const { message, warnings } = await dryRun(ana, automation('warned', spec));
    expect(message).toBe('');
    return warnings.join('\n');
  };

  it.each([
    ['Authorization', 'anything'],
    ['X-API-Key', 'anything'],
    ['X-Gitlab-Token', 'anything'],
    ['My-Secret', 'anything'],
    ['X-Anything', `Bearer ${token}`],
    ['X-Anything', `basic ${token}`],
    ['X-Anything', `ghp_${token}`],
    ['X-Anything', `xoxb-${token}`],
    ['X-Anything', `key=sk-${token}`],
    ['X-Anything', `AKIA${token.toUpperCase()}`],
    ['X-Anything', `\${event_type} ghp_${token}`],
    ['Authorization', '$${NOT_A_NAME}'],
  ])('of the header %s: %s', async (name, value) => {
    const words = await warned({
      headers: [
        { name: 'X-Other', value: 'a' },
        { name, value },
      ],
    });
    expect(words).toContain(`${HEADER} ${name}, where everybody with view reads it`);
    expect(words).not.toContain('X-Other');
    expect(words).not.toContain(token);
  });

  it.each([
    ['Authorization', 'token ${GITHUB_TOKEN}'],
    ['X-API-Key', '${API_KEY}'],
    ['X-Anything', 'bearer of news'],
    ['X-Anything', 'disk-usage-of-everything'],
    ['X-Token', ''],
  ])('not of the header %s: %s', async (name, value) => {
    const secrets = ['GITHUB_TOKEN', 'API_KEY'];
    expect(await warned({ secrets, headers: [{ name, value }] })).toBe('');
  });

  it.each([
    'https://hooks.slack.com/services/T0/B0/x',
    'https://hooks.zapier.com/hooks/catch/1/x',
    'https://discord.com/api/webhooks/1/x',
    'https://acme.webhook.office.com/webhookb2/x',
    'https://hooks.example.com/in?token=x',
    'https://hooks.example.com/in?a=b&API_KEY=x',
    'https://hooks.example.com/in?sig=x',
    'https://hooks.example.com/in?client_secret=x',
  ])('of the URL %s', async (url) => {
    expect(await warned({ url })).toContain(URL_WORD);
  });

  it.each([
    'https://slack.com/api/chat.postMessage',
    'https://discord.com/api/v10/channels/1/messages',
    'https://hooks.example.com/services/',
    'https://hooks.example.com/in?monkeys=3&token=',
  ])('not of the URL %s', async (url) => {
    expect(await warned({ url })).toBe('');
  });

  it('when spec changes, and not at every label', async () => {
    const loud = automation('loud', { url: 'https://hooks.slack.com/services/T0/B0/x' });
    expect((await ana.create(loud)).warnings.join()).toContain(URL_WORD);
    expect((await ana.merge(loud, labelled('x'))).warnings).toEqual([]);
    expect((await ana.merge(loud, { spec: { events: ['Rotated'] } })).warnings.join()).toContain(URL_WORD);
  });
});

describe('THREATS 24: the status of an automation', () => {
  const counts = { waiting: 2, delivered: 40, undelivered: 1 };

  it('is written by nobody but the operator, whatever RBAC lets them', async () => {
    await ana.create(automation('reported'));
    for (const who of [star, cluster.admin])
      expect(refusalOf(await who.merge(automation('reported'), { status: { counts } }, '/status'))).toEqual(
        forbidden('may not write the status of webhookautomations'),
      );
    // on the automation itself it is dropped
    expect((await star.merge(automation('reported'), { status: { counts } })).body).toMatchObject({
      status: { observedGeneration: -1 },
    });
  });

  it('kubectl get webhookautomations shows what it says', async () => {
    const operator = await cluster.guarded.operator();
    expect((await operator.merge(automation('reported'), { status: { counts } }, '/status')).message).toBe(
      '',
    );
    const accept = 'json;as=Table;g=meta.k8s.io;v=v1';
    const { body } = await ana.call('GET', pathTo('reported'), undefined, 'json', accept);
    const table = body as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(
      ['Name', 'Scope', 'Ready', 'Reason', 'Waiting', 'Delivered', 'Given-Up', 'Age'].concat(
        'URL',
        'Message',
      ),
    );
    expect(table.rows[0]?.cells.slice(0, 2)).toEqual(['reported', 'web-production']);
    expect(table.rows[0]?.cells.slice(4, 7)).toEqual([2, 40, 1]);
  });
});

describe('THREATS 15: an automation belongs to whoever made it', () => {
  const theirs = automation('theirs', signed);
  let operator: Person;

  beforeAll(async () => {
    operator = await cluster.guarded.operator();
    await ana.create(theirs);
  });

  it('as it is deployed, the operator reads it and reports on it, and has no right to more', async () => {
    expect((await operator.get(theirs)).status).toBe(200);
    const counts = { waiting: 0, delivered: 1, undelivered: 0 };
    expect((await operator.merge(theirs, { status: { counts } }, '/status')).message).toBe('');
    const attempts = [
      operator.create(automation('mine')),
      operator.merge(theirs, labelled('x')),
      operator.remove(theirs),
    ];
    for (const attempt of attempts) expect((await attempt).message).toContain('cannot');
  });

  it('with every right of RBAC it still makes, changes and deletes none', async () => {
    await cluster.have({
      ...clusterRoleBinding(OPERATOR, 'whole-group'),
      metadata: { name: 'operator-more' },
    });
    await refusedBy('operator-scopes', () => operator.remove(theirs));
    const attempts = [
      operator.create(automation('mine')),
      operator.merge(theirs, labelled('x')),
      operator.merge(theirs, annotated('test', null)),
      operator.merge(theirs, annotated('replay', 'x:all')),
      operator.merge(theirs, { spec: { url: 'https://evil.example.com/' } }),
      operator.merge(theirs, { authors: null }),
      operator.call('DELETE', collectionOf('WebhookAutomation')),
    ];
    for (const attempt of attempts)
      expect((await attempt).message).toContain('the operator may not create, change or delete automations');
    expect(authorsOf(await ana.get(theirs))).toEqual(['ana']);
  });
});

it('API-REVIEW 20: the largest automation passes every policy: made, labelled, changed', async () => {
  const { metadata, spec } = LARGEST_AUTOMATION.object;
  const largest = automation(metadata.name, { ...spec, scopeRef: AUTOMATION.scopeRef });
  expect(authorsOf(await ana.create(largest))).toEqual(['ana']);
  expect(authorsOf(await eve.merge(largest, labelled('x')))).toEqual(['ana']);
  const changed = { ...spec, ...LARGEST_AUTOMATION.change, scopeRef: AUTOMATION.scopeRef };
  expect((await bob.apply(automation(metadata.name, changed), { force: true })).message).toBe('');
  expect((await eve.remove(largest)).message).toBe('');
});
