import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raw } from '../watch/world-fixture.ts';
import { type AddVerb, FewObjects, run } from './cli-fixture.ts';
import type { SecretDifference } from './diff-secrets.ts';
import { addDiff } from './diff-verb.ts';
import { DELIVERY, HOLDER } from './explain-record.ts';

const GROUP = '/apis/secretscope.dev/v1alpha1';
const verb: AddVerb = (program, terminal) => addDiff(program, '0', terminal);
const AUTH = { auth: { serviceAccountRef: { name: 'reader' } } };
const namespace = (name: string) =>
  raw('Namespace', name, {}, { labels: { 'kubernetes.io/metadata.name': name } });
const own = (name: string, key = name.toLowerCase()) => ({ name, from: { key } });
const SPEC = {
  level: 'Repository',
  backendRef: { kind: 'SecretBackend', name: 'vault' },
  secrets: [own('A'), own('B')],
  targets: [{ secretName: 'web', includeAll: true }],
};

let cluster: FewObjects;
let folder: string;
beforeEach(async () => {
  cluster = await FewObjects.start();
  folder = await mkdtemp(join(tmpdir(), 'secretscope-diff-'));
  for (const name of ['team', 'ci']) cluster.objects.set(`/api/v1/namespaces/${name}`, namespace(name));
  live('secretbackends', raw('SecretBackend', 'team/vault', { kubernetes: AUTH }));
  live('secretscopes', raw('SecretScope', 'team/web', SPEC));
  list('secretscopes', raw('SecretScope', 'team/web', SPEC));
  list('secretclaims');
});
afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function live(plural: string, object: ReturnType<typeof raw>): void {
  const { namespace, name } = object.metadata;
  cluster.objects.set(`${GROUP}/namespaces/${namespace}/${plural}/${name}`, object);
}

function list(plural: string, ...items: object[]): void {
  cluster.objects.set(`${GROUP}/${plural}`, {
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'List',
    metadata: { resourceVersion: '1' },
    items,
  });
}

async function diff(objects: readonly object[], ...args: string[]) {
  await writeFile(join(folder, 'x.json'), JSON.stringify({ kind: 'List', items: objects }));
  return run(verb, 'diff', '-f', folder, ...args, '--kubeconfig', cluster.kubeconfig);
}

const scope = (change: object = {}, place = 'team/web') => raw('SecretScope', place, { ...SPEC, ...change });
const claim = (include: string[], more = {}) =>
  raw('SecretClaim', 'ci/job', {
    scopeRef: { namespace: 'team', name: 'web' },
    include,
    secretName: 'job',
    ...more,
  });

describe('secretscope diff', () => {
  it('of what is there is silent on stdout and ends with 0', async () => {
    const { text, code } = await diff([scope()]);
    expect([code, text]).toEqual([0, '']);
  });

  it('lists keys that appear, go, and come from elsewhere', async () => {
    const { text, code } = await diff([scope({ secrets: [own('A', 'other'), own('C')] })]);
    expect(code).toBe(1);
    expect(text.split('\n')).toEqual([
      '~ Secret team/web of SecretScope team/web',
      '    ~ A: Repository team/web (key a in SecretBackend team/vault) → Repository team/web (key other in SecretBackend team/vault) (is not in the Secret now)',
      '    - B: Repository team/web (key b in SecretBackend team/vault) (is not in the Secret now)',
      '    + C: Repository team/web (key c in SecretBackend team/vault)',
    ]);
  });

  it('says what is in the Secret now, from its metadata', async () => {
    const keys = { B: { names: ['B@3'], suppliers: ['uid-team/web'] } };
    const annotations = { [HOLDER]: 'team/web', [DELIVERY]: JSON.stringify({ v: 1, record: { keys } }) };
    cluster.objects.set(
      '/api/v1/namespaces/team/secrets/web',
      raw('Secret', 'team/web', {}, { annotations }),
    );
    expect((await diff([scope({ secrets: [own('A')] })])).text).toContain(
      '- B: Repository team/web (key b in SecretBackend team/vault) (now B@3)',
    );
    const read = cluster.server.received.find(({ path }) => path.endsWith('/secrets/web'));
    expect(read?.headers.accept).toContain('as=PartialObjectMetadata');
  });

  it.each<[string, object, string]>([
    ['a type', { type: 'kubernetes.io/basic-auth' }, '~ type: Opaque → kubernetes.io/basic-auth'],
    ['a label', { labels: { app: 'web' } }, '+ label app: "web"'],
    ['an annotation', { annotations: { a: 'b' } }, '+ annotation a: "b"'],
    [
      'a template',
      { template: { x: '${A}' } },
      '+ x: template of A from Repository team/web (key a in SecretBackend team/vault)',
    ],
    ['what is left empty', { include: ['Z'], onMissing: 'Empty' }, '+ Z: empty, since nobody supplies it'],
  ])('says that %s changes', async (_case, change, line) => {
    const target = { secretName: 'web', includeAll: true, ...change };
    expect((await diff([scope({ targets: [target] })])).text).toContain(`    ${line}`);
  });

  it('says that only the text of a template changes', async () => {
    const target = (text: string) => ({ targets: [{ secretName: 'web', template: { x: text } }] });
    live('secretscopes', scope(target('${A}')));
    expect((await diff([scope(target('${A}!'))])).text).toContain('~ x: another text of template');
  });

  it.each([
    ['Delete', ': it is deleted'],
    ['Retain', ': it stays, and is nobody’s (deletionPolicy: Retain)'],
  ])(
    'says what becomes of a Secret whose target goes, with deletionPolicy %s',
    async (deletionPolicy, fate) => {
      live('secretscopes', scope({ targets: [{ secretName: 'web', includeAll: true, deletionPolicy }] }));
      expect((await diff([scope({ targets: [] })])).text).toContain(
        `- Secret team/web of SecretScope team/web${fate}`,
      );
    },
  );

  it('a new scope is all new', async () => {
    const { text, notes } = await diff([
      scope({}, 'team/new'),
      raw('SecretBackend', 'team/vault', { kubernetes: AUTH }),
    ]);
    expect(text).toContain('+ Secret team/web of SecretScope team/new');
    expect(notes).not.toContain('does not exist');
    const annotations = { [HOLDER]: 'team/web' };
    cluster.objects.set(
      '/api/v1/namespaces/team/secrets/web',
      raw('Secret', 'team/web', {}, { annotations }),
    );
    expect((await diff([scope({}, 'team/new')])).text).toContain(
      'one of this name is there and belongs to SecretScope team/web, so nothing is written (TargetConflict)',
    );
  });

  it('-o json holds the same for programs', async () => {
    const { text } = await diff([scope({ secrets: [own('A')] })], '-o', 'json');
    const { differences } = JSON.parse(text) as { differences: SecretDifference[] };
    expect(differences).toMatchObject([
      {
        secret: 'team/web',
        holder: 'SecretScope team/web',
        change: 'changed',
        there: 'none',
        keys: [{ key: 'B', change: 'removed' }],
      },
    ]);
  });
});

describe('what depends on what is in the files is compared, too', () => {
  const admits = { consumers: [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'ci' } } }] };

  it('claims on a scope', async () => {
    live('secretscopes', scope(admits));
    list('secretclaims', claim(['A', 'B']));
    const { text } = await diff([scope({ ...admits, secrets: [own('A')] })]);
    expect(text).toMatch(/~ Secret ci\/job of SecretClaim ci\/job\n {4}- B: /);
    expect((await diff([scope()])).text).toContain('- Secret ci/job of SecretClaim ci/job: it is deleted');
  });

  it('a Snapshot never changes, and one in the files is new', async () => {
    live('secretscopes', scope(admits));
    list('secretclaims', claim(['B'], { mode: 'Snapshot' }));
    expect((await diff([scope({ ...admits, secrets: [own('A')] })])).text).not.toContain('ci/job');
    list('secretclaims');
    expect((await diff([claim(['A'])])).text).toMatch(
      /^\+ Secret ci\/job of SecretClaim ci\/job\n {4}\+ A: /,
    );
  });

  it('children of a level, and labels of a Namespace', async () => {
    const parent = scope({
      ...admits,
      children: [{ namespaces: { matchLabels: { org: 'acme' } }, trusted: true }],
    });
    const environment = raw('SecretScope', 'ci/prod', {
      level: 'Environment',
      parentRef: { namespace: 'team', name: 'web' },
      targets: [{ secretName: 'prod', includeAll: true }],
    });
    for (const one of [parent, environment]) live('secretscopes', one);
    list('secretscopes', parent, environment);
    const labelled = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'ci', labels: { org: 'acme' } },
    };
    const { text } = await diff([labelled]);
    expect(text).toMatch(/~ Secret ci\/prod of SecretScope ci\/prod\n {4}\+ A: .*\n {4}\+ B: /);
  });

  it('where not everything may be listed, it is said', async () => {
    cluster.objects.set(`${GROUP}/secretscopes`, 'forbidden');
    const { notes, code } = await diff([scope()]);
    expect(code).toBe(0);
    expect(notes).toContain(
      'you may not list secretscopes of all namespaces: those that these files do not hold are not compared',
    );
  });

  it('what would be refused takes nothing away', async () => {
    const restart = {
      targets: [
        {
          secretName: 'web',
          includeAll: true,
          restart: { workloads: [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Deployment', name: 'a' }] },
        },
      ],
    };
    const { text, notes } = await diff([scope(restart)]);
    expect(text).toBe('');
    expect(notes).toContain(
      'SecretScope team/web would deliver nothing new: spec.targets[web].restart.workloads[].apiVersion is not supported',
    );
  });
});

describe('what cannot be compared', () => {
  it.each<[string, object, number, string]>([
    ['manifests that are not valid', scope({ nonsense: 1 }), 11, 'these manifests are not valid'],
    ['nothing of ours', { kind: 'ConfigMap' }, 2, 'no manifests of secretscope.dev'],
  ])('%s', async (_case, object, code, message) => {
    const ran = await diff([object]);
    expect([ran.code, ran.text]).toEqual([code, '']);
    expect(ran.notes).toContain(message);
  });

  it('a scope that may not be read', async () => {
    cluster.objects.set(`${GROUP}/namespaces/team/secretscopes/web`, 'forbidden');
    const { code, notes } = await diff([scope()]);
    expect([code, notes]).toEqual([3, expect.stringContaining('you may not read SecretScope team/web')]);
  });

  it('a cluster that cannot be reached ends with more than 1', async () => {
    await cluster.server.stop();
    expect((await diff([scope()], '--context', 'nowhere')).code).toBeGreaterThan(1);
  });

  it('writes nothing', async () => {
    await diff([scope({ secrets: [] })]);
    expect(cluster.writes).toEqual([]);
  });
});
