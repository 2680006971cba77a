import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { AutomationCluster } from './automation-cli-fixture.ts';
import { type AddVerb, run } from './cli-fixture.ts';
import { addRender } from './render-verb.ts';

let folder: string;
const verb: AddVerb = (program, terminal) => addRender(program, '0', terminal);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secretscope-render-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const named = (kind: string, namespace: string, name: string, spec: object) => ({
  apiVersion: 'secretscope.dev/v1alpha1',
  kind,
  metadata: { namespace, name },
  spec,
});
const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const backendRef = { kind: 'SecretBackend', name: 'local' };
const backend = (of: string) =>
  named('SecretBackend', of, 'local', { kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } } });
const AUTOMATION = {
  scopeRef: { name: 'web' },
  events: ['Rotated'],
  url: 'https://hooks.acme.dev/in/path',
  payload: { text: '${event_type}', inner: ['${HOOK}'] },
  secrets: ['HOOK'],
  accessToken: { secret: 'BOT' },
};
const automation = (change: object = {}) =>
  named('WebhookAutomation', 'team', 'deploys', { ...AUTOMATION, ...change });
const ORG = { level: 'Organization', automationHosts: ['*.acme.dev'] };
const CHILDREN = [{ namespaces: {}, visibility: 'Private', trusted: true }];
const WEB = { level: 'Repository', parentRef: { namespace: 'org', name: 'acme' }, backendRef };
const entry = (name: string) => ({ name, from: { key: name.toLowerCase() } });
const BOTH = [entry('HOOK'), entry('BOT')];

interface World {
  readonly org?: object | undefined;
  readonly web?: object | undefined;
  readonly more?: readonly object[];
}

function objects(change: object, { org = {}, web = {}, more = [] }: World): object[] {
  const organization = named('SecretScope', 'org', 'acme', {
    ...ORG,
    backendRef,
    children: CHILDREN,
    ...org,
  });
  const repository = named('SecretScope', 'team', 'web', { ...WEB, secrets: BOTH, ...web });
  const around = [namespace('org'), namespace('team'), backend('org'), backend('team')];
  return [...around, organization, repository, automation(change), ...more];
}

async function written(all: readonly object[]): Promise<string> {
  const path = join(folder, 'all.yaml');
  await writeFile(path, all.map((one) => stringify(one)).join('---\n'));
  return path;
}

async function render(change: object = {}, world: World = {}, ...flags: string[]) {
  return run(verb, 'render', '-f', await written(objects(change, world)), ...flags);
}

describe('a WebhookAutomation in files', () => {
  it('is shown with who supplies its names, and without the path of its URL', async () => {
    const { text, notes, code } = await render();
    expect([code, notes]).toEqual([0, '']);
    expect(text.split('\n')).toEqual([
      'WebhookAutomation team/deploys of SecretScope team/web: POST to hooks.acme.dev',
      '  events Rotated',
      '  BOT   ***  Repository team/web: key bot in SecretBackend team/local',
      '  HOOK  ***  Repository team/web: key hook in SecretBackend team/local',
    ]);
  });

  it('is the same as JSON', async () => {
    const { text } = await render({}, {}, '-o', 'json');
    expect(JSON.parse(text)).toMatchObject({
      secrets: [],
      automations: [
        {
          automation: 'team/deploys',
          scope: 'team/web',
          events: ['Rotated'],
          host: 'hooks.acme.dev',
          names: [
            { name: 'BOT', state: 'used', suppliedBy: { scope: 'team/web', key: 'bot' } },
            { name: 'HOOK' },
          ],
        },
      ],
      problems: [],
    });
    expect(text).not.toContain('/in/path');
  });

  it('waits for reviewers on a protected scope, where it uses any secret', async () => {
    const production = named('SecretScope', 'team', 'production', {
      level: 'Environment',
      parentRef: { name: 'web' },
      protection: { requiredReviewers: [{ kind: 'User', name: 'ana' }] },
    });
    const scopeRef = { name: 'production' };
    const { text } = await render({ scopeRef }, { more: [production] });
    expect(text).toContain('  waits for reviewers: 1 approval of User ana');
    const plain = { scopeRef, payload: { text: 'hello' }, secrets: [], accessToken: undefined };
    const open = await render(plain, { more: [production] });
    expect(open.text).toContain('  no secrets, so nobody has to approve it');
    expect(open.text).not.toContain('waits for reviewers');
  });

  it.each<[string, object, World, string]>([
    [
      'a name that nobody supplies',
      {},
      { web: { secrets: [entry('BOT')] } },
      'DanglingReference: HOOK is not an entry of this scope',
    ],
    [
      'a host that the organization does not list',
      { url: 'https://acme.dev/x' },
      {},
      'HostNotAllowed: acme.dev is none of spec.automationHosts of Organization org/acme; ask its owner',
    ],
    [
      'no organization at all',
      {},
      { web: { parentRef: undefined } },
      'HostNotAllowed: above this scope there is no Organization that lets it in and lists hooks.acme.dev',
    ],
    [
      'an organization that does not let it in',
      {},
      { org: { children: [{ namespaces: { matchLabels: { kept: 'apart' } }, visibility: 'Private' }] } },
      'HostNotAllowed: above this scope there is no Organization',
    ],
    [
      'an unknown variable',
      { payload: { a: [{ b: '${nope}' }] } },
      {},
      'TemplateInvalid: payload.a.0.b uses ${nope}, which no event has',
    ],
    [
      'a name that is not in secrets',
      { headers: [{ name: 'X-Key', value: '${OTHER}' }] },
      {},
      'TemplateInvalid: headers.X-Key uses ${OTHER}, which is not in secrets',
    ],
    [
      'an organization',
      { scopeRef: { name: 'top' } },
      { more: [ofTeam('top')] },
      'NotAvailable: an automation belongs',
    ],
    [
      'a header that is not theirs',
      { headers: [{ name: 'Host', value: 'a' }] },
      {},
      'SpecInvalid: spec.headers',
    ],
  ])('if there is %s, it is an error at that line', async (_what, change, world, message) => {
    const { notes, code } = await render(change, world);
    expect([code, notes]).toEqual([1, expect.stringContaining(message)]);
    expect(notes).toMatch(/^error: .*all\.yaml:\d+: /m);
  });

  it('an organization that lets it in lists its hosts, also where it trusts it with no secret', async () => {
    const children = [{ namespaces: {}, visibility: 'Private' }];
    expect((await render({}, { org: { children } })).notes).not.toContain('HostNotAllowed');
  });

  it('names the line of the field that is meant', async () => {
    const path = await written(objects({ payload: { a: '${HOOK}', b: ['x', '${nope}'] } }, {}));
    const { notes } = await run(verb, 'render', '-f', path);
    const lines = objects({ payload: { a: '${HOOK}', b: ['x', '${nope}'] } }, {})
      .map((one) => stringify(one))
      .join('---\n');
    const line = lines.split('\n').findIndex((text) => text.includes('${nope}')) + 1;
    expect(notes).toContain(`all.yaml:${line}: TemplateInvalid`);
  });

  it('calls a key that nobody grants what the operator calls it', async () => {
    const cluster = {
      ...named('ClusterSecretBackend', '', 'shared', {
        aws: {
          region: 'eu-west-1',
          auth: {
            serviceAccountRef: { namespace: 'org', name: 'reader' },
            roleARN: 'arn:aws:iam::123456789012:role/reader',
          },
        },
        grants: [{ namespaces: { matchLabels: { of: 'others' } }, keys: [{ prefix: 'other/' }] }],
      }),
      metadata: { name: 'shared' },
    };
    const web = { backendRef: { kind: 'ClusterSecretBackend', name: 'shared' } };
    const { notes } = await render({}, { web, more: [cluster] });
    expect(notes).toContain('DanglingReference: HOOK');
  });

  it('says which rule keeps a name away', async () => {
    const access = { visibility: 'Selected', repositories: [] };
    const org = { secrets: [{ ...entry('HOOK'), access }] };
    const { notes } = await render({}, { org, web: { secrets: [entry('BOT')] } });
    expect(notes).toContain(
      'DanglingReference: HOOK: Organization org/acme has it, and its access is Selected',
    );
  });

  it('what the files do not tell is a note, or a warning, and no error', async () => {
    const all = objects({}, { web: { secrets: [entry('BOT')] } }).filter(
      (one) =>
        !JSON.stringify(one).includes('"Organization"') &&
        !JSON.stringify(one).includes('"SecretBackend","metadata"'),
    );
    const { text, notes, code } = await run(verb, 'render', '-f', await written(all));
    expect(code).toBe(0);
    expect(notes).toContain('note: ');
    expect(notes).toContain(
      'SecretScope org/acme is not in these files: whether hooks.acme.dev may be sent to',
    );
    expect(notes).toContain('HOOK: only SecretScope org/acme or a level above it may supply it');
    expect(notes).toContain(
      'SecretBackend team/local is not in these files: whether it grants BOT is not known here',
    );
    expect(text).toMatch(/^ {2}BOT {3}\? {4}Repository team\/web: key bot/m);
    expect(text).toMatch(/^ {2}HOOK {2}\? {4}/m);
  });

  it('if its scope is not in the files, its own faults are told all the same', async () => {
    const wrong = automation({ payload: { a: '${nope}' } });
    const { notes, code } = await run(verb, 'render', '-f', await written([wrong]));
    expect(code).toBe(1);
    expect(notes).toContain('TemplateInvalid: payload.a uses ${nope}');
    expect(notes).toContain(
      'SecretScope team/web is not in these files, so what this automation may send is not known',
    );
  });
});

function ofTeam(name: string): object {
  return named('SecretScope', 'team', name, { ...ORG, backendRef });
}

describe('W2 a credential that is written out', () => {
  const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
  it.each<[string, object]>([
    ['in a header', { headers: [{ name: 'X-Note', value: `see ${TOKEN}` }] }],
    ['in a header for credentials', { headers: [{ name: 'X-Api-Key', value: 'not-known-to-anybody' }] }],
    ['as a bearer', { payload: { inner: [{ deep: 'Bearer 0123456789abcdef' }] } }],
    ['in the payload', { payload: { text: TOKEN } }],
    ['as the name of a member', { payload: { [TOKEN]: 'x' } }],
    ['in the URL', { url: `https://hooks.acme.dev/${TOKEN}` }],
    ['as the URL', { url: 'https://hooks.slack.com/services/T1/B1/abc' }],
    ['in the query', { url: 'https://hooks.acme.dev/in?token=hunter2' }],
  ])('%s is warned of, and never repeated', async (_where, change) => {
    const { text, notes, code } = await render(change, {
      org: { automationHosts: ['*.acme.dev', '*.slack.com'] },
    });
    expect([code, notes]).toEqual([0, expect.stringMatching(/^warning: .*LiteralCredential: /)]);
    for (const hidden of [TOKEN, 'not-known-to-anybody', '0123456789abcdef', 'T1/B1', 'hunter2'])
      expect(text + notes).not.toContain(hidden);
  });

  it.each<[string, object]>([
    ['a name in a header for credentials', { headers: [{ name: 'X-Api-Key', value: '${HOOK}' }] }],
    ['a bearer by name', { payload: { text: 'Bearer ${HOOK}' } }],
    ['what is no credential', { headers: [{ name: 'X-Team', value: 'web' }], payload: { text: 'rotated' } }],
  ])('%s is not', async (_what, change) => {
    expect((await render(change)).notes).toBe('');
  });
});

describe('automation test --dry-run -f', () => {
  const dry = async (...args: string[]) => {
    await using cluster = await AutomationCluster.start();
    const ran = await cluster.run('test', ...args, '--dry-run');
    expect(cluster.few.server.received).toEqual([]);
    return ran;
  };

  it('asks no cluster, and takes a name alone where there is one of it', async () => {
    const path = await written([automation()]);
    const { text, code } = await dry('deploys', '-f', path);
    expect([code, text.split('\n')[0]]).toEqual([0, 'POST https://hooks.acme.dev/in/path']);
    expect(text).toContain('Bearer placeholder-for-BOT');
  });

  it('wants the namespace where there are two, and what is there', async () => {
    const other = named('WebhookAutomation', 'ci', 'deploys', { ...AUTOMATION, url: 'https://ci.acme.dev/' });
    const path = await written([automation(), other]);
    expect(await dry('deploys', '-f', path)).toMatchObject({
      code: 4,
      notes: expect.stringContaining('more than one WebhookAutomation deploys') as string,
    });
    expect((await dry('ci/deploys', '-f', path)).text).toContain('POST https://ci.acme.dev/');
    expect((await dry('deploys', '-n', 'ci', '-f', path)).text).toContain('POST https://ci.acme.dev/');
    expect((await dry('none', '-f', path)).code).toBe(4);
  });

  it('if it is not valid, it says what is wrong', async () => {
    const path = await written([automation({ events: [] })]);
    const { notes, code } = await dry('deploys', '-f', path);
    expect([code, notes]).toEqual([1, expect.stringContaining('WebhookAutomation deploys is not valid')]);
  });

  it('only one of them can be stdin', async () => {
    const { notes, code } = await dry('deploys', '-f', '-', '--payload', '-');
    expect([code, notes]).toEqual([2, expect.stringContaining('cannot both be stdin')]);
  });
});
