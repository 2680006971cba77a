import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Raw } from '../watch/world-fixture.ts';
import { OWN, raw, SHARED, under } from '../watch/world-fixture.ts';
import { type AddVerb, FewObjects, run } from './cli-fixture.ts';
import { addExplain } from './explain-verb.ts';

const GROUP = '/apis/secretscope.dev/v1alpha1';
const verb: AddVerb = (program, terminal) => addExplain(program, '0', terminal);

let cluster: FewObjects;
beforeEach(async () => {
  cluster = await FewObjects.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const explain = (...args: string[]) => run(verb, 'explain', ...args, '--kubeconfig', cluster.kubeconfig);
const path = (plural: string, place: string) => {
  const [name = '', namespace] = place.split('/').reverse();
  return namespace === undefined
    ? `${GROUP}/${plural}/${name}`
    : `${GROUP}/namespaces/${namespace}/${plural}/${name}`;
};
const scope = (place: string, spec: Raw['spec']) =>
  cluster.objects.set(
    path('secretscopes', place),
    raw('SecretScope', place, { level: 'Repository', ...spec }),
  );
const namespace = (name: string, labels = {}) =>
  cluster.objects.set(`/api/v1/namespaces/${name}`, {
    ...raw('Namespace', name, {}),
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      labels: { 'kubernetes.io/metadata.name': name, ...labels },
    },
  });
const entry = (name: string, key: string, more = {}) => ({ name, from: { key }, ...more });
const open = { access: { visibility: 'All' } };
const closed = { access: { visibility: 'Selected' } };

/** An organization, a repository below it, and their backends. */
function levels(secrets: object[], own: object[] = []): void {
  const auth = { auth: { serviceAccountRef: { name: 'reader' } } };
  const grants = [{ namespaces: {}, keys: [{ prefix: 'org.' }] }];
  scope('acme/acme', {
    level: 'Organization',
    ...SHARED,
    children: [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }],
    secrets,
  });
  scope('team/web', { ...under('acme/acme'), ...OWN, secrets: own });
  cluster.objects.set(
    path('secretbackends', 'team/vault'),
    raw('SecretBackend', 'team/vault', { kubernetes: auth }),
  );
  cluster.objects.set(
    path('clustersecretbackends', 'shared'),
    raw('ClusterSecretBackend', 'shared', { kubernetes: { namespace: 'v', ...auth }, grants }),
  );
  namespace('acme');
  namespace('team', { org: 'acme' });
}

describe('secretscope explain', () => {
  it('shows which level supplies each name, what it hides, and why others do not', async () => {
    levels(
      [
        entry('A', 'org.a', open),
        entry('B', 'org.b', { ...open, locked: true }),
        entry('C', 'org.c', closed),
      ],
      [entry('A', 'own-a'), entry('B', 'own-b')],
    );
    const { text, code } = await explain('web');
    expect(text.split('\n')).toEqual([
      'Repository team/web',
      '├─ A: from Repository team/web',
      '│  ├─ Repository team/web (key own-a): supplies the value',
      '│  └─ Organization acme/acme (key org.a): hidden by a more specific level',
      '├─ B: from Organization acme/acme',
      '│  ├─ Repository team/web (key own-b): overruled by a locked entry above',
      '│  └─ Organization acme/acme (key org.b, locked): supplies the value',
      expect.stringMatching(/^└─ C: NotAvailable: C is not an entry of this scope/),
      '   └─ Organization acme/acme (key org.c): not granted to this repository: its access is Selected, and names nobody',
    ]);
    expect(code).toBe(0);
  });

  it('-o json and yaml say the same for programs', async () => {
    levels([entry('A', 'org.a', open)]);
    const json: unknown = JSON.parse((await explain('team/web', '-o', 'json')).text);
    expect(json).toEqual({
      scope: 'team/web',
      level: 'Repository',
      source: 'cluster',
      notes: [],
      names: [
        {
          name: 'A',
          answer: 'line',
          suppliedBy: {
            level: 'Organization',
            scope: 'acme/acme',
            key: 'org.a',
            backend: 'ClusterSecretBackend shared',
          },
          candidates: [
            { level: 'Organization', scope: 'acme/acme', key: 'org.a', verdict: 'supplies', locked: false },
          ],
        },
      ],
    });
    expect(parse((await explain('team/web', '-o', 'yaml')).text)).toEqual(json);
  });

  it('of one name says everything of this name, typed in any case, also when nobody has heard of it', async () => {
    levels([entry('A', 'org.a', open), entry('B', 'org.b', open)]);
    expect((await explain('web', 'a')).text).toMatch(/^Repository team\/web\n└─ A: from Organization/);
    expect((await explain('web', 'NONE')).text).toContain('└─ NONE: NotAvailable');
  });

  it('of a scope without names says so', async () => {
    levels([]);
    expect((await explain('web')).text).toBe('Repository team/web\n└─ no names');
  });

  it('says which workloads are restarted when data of a Secret change', async () => {
    const workloads = [
      { kind: 'Deployment', name: 'web' },
      { kind: 'DaemonSet', name: 'log' },
    ];
    scope('team/web', { targets: [{ secretName: 'a', includeAll: true, restart: { workloads } }] });
    namespace('team');
    expect((await explain('web')).text).toContain('├─ Secret a restarts Deployment web, DaemonSet log\n');
  });

  it('of a scope that nothing is delivered from says why', async () => {
    scope('team/web', {
      targets: [
        {
          secretName: 'a',
          includeAll: true,
          restart: { workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment', name: 'a' }] },
        },
      ],
    });
    namespace('team');
    expect((await explain('web')).text).toContain(
      '└─ nothing is delivered: spec.targets[a].restart.workloads[].apiVersion is not supported',
    );
  });

  it('says that discovered names are not shown', async () => {
    levels([]);
    scope('team/web', { ...OWN, discover: [{ prefix: 'more.' }] });
    expect((await explain('web')).text).toContain('note: names found by spec.discover are not shown here');
  });

  it('only ever reads', async () => {
    levels([]);
    await explain('web');
    expect(cluster.writes).toEqual([]);
  });
});

describe('THREATS 25: it runs as the caller, and says where the caller’s view ends', () => {
  it.each<[string, string, object | 'forbidden' | undefined, string]>([
    [
      'the parent may not be read',
      path('secretscopes', 'acme/acme'),
      'forbidden',
      'you may not read SecretScope acme/acme',
    ],
    [
      'the parent is not there',
      path('secretscopes', 'acme/acme'),
      undefined,
      'SecretScope acme/acme does not exist',
    ],
    [
      'the backend of the organization may not be read',
      path('clustersecretbackends', 'shared'),
      'forbidden',
      'you may not read ClusterSecretBackend shared',
    ],
    [
      'its Namespace may not be read',
      '/api/v1/namespaces/team',
      'forbidden',
      'you may not read Namespace team',
    ],
  ])('when %s', async (_case, place, object, note) => {
    levels([entry('A', 'org.a', open)], [entry('OWN', 'own')]);
    if (object === undefined) cluster.objects.delete(place);
    else cluster.objects.set(place, object);
    const { text, code } = await explain('web');
    expect(text).toContain(`note: ${note}`);
    expect(text).toContain('OWN: from Repository team/web');
    expect(text).toContain('names of the levels above may be missing here');
    expect(code).toBe(0);
  });

  it('--as is passed on', async () => {
    levels([]);
    await explain('web', '--as', 'ana', '--as-group', 'web-leads');
    const { headers } = cluster.server.received[0] ?? expect.fail();
    expect([headers['impersonate-user'], headers['impersonate-group']]).toEqual(['ana', 'web-leads']);
  });
});

describe('what cannot be explained', () => {
  it.each<[string, string[], number, string]>([
    ['a scope that may not be read', ['secret/forbidden'], 3, 'forbidden'],
    ['a scope that is not there', ['nowhere'], 4, 'notFound'],
    ['a name that is none', ['a/b/c'], 2, '"a/b/c" is not a scope; use NAME or NAMESPACE/NAME'],
    ['half a name', ['team/'], 2, 'is not a scope'],
    ['a name that leads elsewhere', ['team/..'], 1, 'error:'],
    ['a format that does not exist', ['web', '-o', 'wide'], 2, '-o takes table, json, yaml; got "wide"'],
    [
      'a spec that this version cannot read',
      ['team/odd'],
      1,
      'has a spec that this version cannot read: spec.level',
    ],
  ])('%s', async (_case, args, code, message) => {
    cluster.objects.set(path('secretscopes', 'secret/forbidden'), 'forbidden');
    scope('team/odd', { level: 'Nonsense' });
    namespace('team');
    const ran = await explain(...args);
    expect([ran.code, ran.text]).toEqual([code, '']);
    expect(ran.notes).toContain(message);
  });
});

it('THREATS 24: text from the cluster cannot steer the terminal', async () => {
  scope('team/web', { 'odd\u001b\u202e': 1 });
  namespace('team');
  expect((await explain('web')).notes).toContain('\\u{202e}');
});
