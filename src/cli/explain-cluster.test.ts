/** What `explain` tells besides the levels: what is delivered, what a gate waits for, and where the view ends. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raw } from '../watch/world-fixture.ts';
import { type AddVerb, FewObjects, run } from './cli-fixture.ts';
import type { Explanation } from './explain-answer.ts';
import { DELIVERY, HOLDER } from './explain-record.ts';
import { addExplain } from './explain-verb.ts';
import { aRequest, listOf, secretLine } from './review-fixture.ts';

const GROUP = '/apis/secretscope.dev/v1alpha1';
const verb: AddVerb = (program, terminal) => addExplain(program, '0', terminal);
const GRANTS = [{ namespaces: {}, keys: [{ prefix: 'a.' }] }];
const AUTH = { auth: { serviceAccountRef: { name: 'reader' } } };
const SCOPE = `${GROUP}/namespaces/team/secretscopes/web`;
const SHARED = `${GROUP}/clustersecretbackends/shared`;
const SECRET = '/api/v1/namespaces/team/secrets/web';
const REQUESTS = `${GROUP}/namespaces/team/secretrequests`;
const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Materialized',
  message: 'all',
  lastTransitionTime: 'T1',
};
const SPEC = {
  level: 'Repository',
  backendRef: { kind: 'ClusterSecretBackend', name: 'shared' },
  secrets: [{ name: 'A', from: { key: 'a.a' } }],
  targets: [{ secretName: 'web', include: ['A'] }],
};

let cluster: FewObjects;
beforeEach(async () => {
  cluster = await FewObjects.start();
  cluster.objects.set('/api/v1/namespaces/team', raw('Namespace', 'team', {}));
  cluster.objects.set(
    SHARED,
    raw('ClusterSecretBackend', 'shared', { kubernetes: { namespace: 'v', ...AUTH }, grants: GRANTS }),
  );
  scope();
});
afterEach(() => cluster[Symbol.asyncDispose]());

function scope(spec: object = {}, status: object = {}): void {
  cluster.objects.set(SCOPE, { ...raw('SecretScope', 'team/web', { ...SPEC, ...spec }), status });
}

const explain = (...args: string[]) =>
  run(verb, 'explain', 'web', ...args, '--kubeconfig', cluster.kubeconfig);
const json = async (...args: string[]) =>
  JSON.parse((await explain('-o', 'json', ...args)).text) as Explanation;

function secret(holder: string, keys: object): void {
  const annotations = { [HOLDER]: holder, [DELIVERY]: JSON.stringify({ v: 1, record: { keys } }) };
  const managedFields = [{ manager: 'secretscope', time: 'T2' }];
  cluster.objects.set(SECRET, raw('Secret', 'team/web', {}, { annotations, managedFields }));
}

describe('what is delivered', () => {
  const status = {
    observedGeneration: 1,
    conditions: [READY],
    supplied: [{ level: 'Repository', scope: 'team/web', names: ['A@7', 'and 3 more'] }],
    sealingKey: '0123456789abcdef',
  };

  it('comes from the metadata of the Secret, of which no data is asked for', async () => {
    scope({}, status);
    secret('team/web', {
      A: { names: ['A@8'], suppliers: ['uid-team/web'] },
      b: { names: ['A@8'], suppliers: ['uid-team/web'] },
    });
    const { names, ready, sealingKey } = await json();
    expect(names[0]?.delivered).toEqual([
      {
        secret: 'team/web',
        dataKeys: ['A', 'b'],
        version: '8',
        from: 'Repository team/web',
        sinceAtLatest: 'T2',
      },
    ]);
    expect([ready?.since, sealingKey]).toEqual(['T1', '0123456789abcdef']);
    const [read] = cluster.server.received.filter(({ path }) => path === SECRET);
    expect(read?.headers.accept).toContain('as=PartialObjectMetadata');
    expect(read?.headers.accept).not.toMatch(/application\/json\s*(,|$)/);
  });

  it('from a scope that is gone since is said to be so', async () => {
    secret('team/web', { A: { names: ['A@8'], suppliers: ['uid-old'] } });
    expect((await explain()).text).toContain(
      'delivered in version 8 from a scope that is not seen here in Secret',
    );
  });

  it.each<[string, () => void, string]>([
    ['is not there', () => undefined, ''],
    ['is somebody else’s', () => secret('team/other', { A: { names: ['A@8'], suppliers: ['x'] } }), ''],
    [
      'may not be read',
      () => void cluster.objects.set(SECRET, 'forbidden'),
      'you may not read Secret team/web',
    ],
  ])('comes from the status where the Secret %s', async (_case, prepare, note) => {
    scope({}, status);
    prepare();
    const { text } = await explain();
    expect(text).toContain('delivered in version 7 from Repository team/web; since when is not known');
    expect(text).toContain(note);
  });

  it('is told in the words of the operator where it is less', async () => {
    scope(
      {},
      { ...status, observedGeneration: 0, targets: [{ missing: ['A: SecretMissing'], stale: ['odd'] }] },
    );
    const { text } = await explain();
    expect(text).toContain('the operator says: SecretMissing');
    expect(text).toContain('note: the operator has not looked at this generation yet');
  });

  it('a status of another version stops nothing', async () => {
    scope({}, { conditions: 3, supplied: 'x', targets: [1, { missing: 2 }], sealingKey: 4 });
    expect((await explain()).text).toContain('A: from Repository team/web');
  });
});

describe('what a gate waits for', () => {
  const environment = {
    level: 'Environment',
    parentRef: { name: 'above' },
    protection: {
      requiredReviewers: [
        { kind: 'Group', name: 'leads' },
        { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
      ],
      minApprovals: 2,
      waitTimerMinutes: 30,
      pin: 'Version',
      allowBypass: true,
    },
  };

  it('the rules are told, also where requests may not be seen', async () => {
    scope(environment);
    cluster.objects.set(REQUESTS, 'forbidden');
    const { text } = await explain();
    expect(text).toContain(
      'gate: 2 approvals of Group leads, ServiceAccount ci/bot; 30 minutes after it was asked; each version by itself; holders of the right bypass need nobody',
    );
    expect(text).toContain(
      'note: you may not list SecretRequests in namespace team: what reviewers are asked is not told',
    );
  });

  it('requests are asked for by the name of the scope, and those that cannot be read are told', async () => {
    scope(environment);
    cluster.objects.set(REQUESTS, {
      apiVersion: 'secretscope.dev/v1alpha1',
      kind: 'SecretRequestList',
      metadata: { resourceVersion: '1' },
      items: [raw('SecretRequest', 'team/odd', { odd: 1 })],
    });
    expect((await explain()).text).toContain('note: SecretRequest team/odd cannot be read by this version');
    const asked = cluster.server.received.find(({ path }) => path === REQUESTS);
    expect(asked?.query.get('fieldSelector')).toBe('spec.scopeRef.name=web');
  });
});

describe('what is not delivered', () => {
  it('a key that is refused is not said to supply', async () => {
    scope({ secrets: [{ name: 'A', from: { key: 'a.Weird_Key!' } }] });
    const { text } = await explain('A');
    expect(text).toContain('(key a.Weird_Key!): keeps the name, and does not deliver: KeyInvalid');
    expect(text).not.toContain('supplies the value');
  });

  it.each([
    ['Ready', 'False'],
    ['ChangesPending', 'True'],
  ])('what reviewers rejected is told while %s says so', async (type, status) => {
    const conditions = [{ ...READY, type, status, reason: 'Rejected' }];
    const protection = { requiredReviewers: [{ kind: 'User', name: 'ana' }] };
    const spec = { ...SPEC, level: 'Environment', parentRef: { name: 'above' }, protection };
    const metadata = { uid: 'scope-uid' };
    cluster.objects.set(SCOPE, { ...raw('SecretScope', 'team/web', spec, metadata), status: { conditions } });
    const line = { ...secretLine, name: 'A', change: 'Added' as const };
    const rejected = aRequest({ secrets: [line], scopeRef: { name: 'web', uid: 'scope-uid' } });
    cluster.objects.set(REQUESTS, listOf({ ...rejected, status: { state: 'Rejected' } }));
    expect((await json('A')).names[0]?.notDelivered).toEqual(['team/web-production-web-3: Rejected']);
  });
});

describe('GX63 an environment that is called production', () => {
  const production = { level: 'Environment', environmentName: 'production', parentRef: { name: 'above' } };
  const note = 'note: team/web: it is called production, and has neither reviewers nor a wait timer';

  it('is told where nobody guards it', async () => {
    scope(production);
    expect((await explain()).text).toContain(note);
    scope({ ...production, protection: { waitTimerMinutes: 5 } });
    expect((await explain()).text).not.toContain(note);
  });
});

describe('where the view ends', () => {
  it('a backend that may not be read refuses nothing', async () => {
    cluster.objects.set(SHARED, 'forbidden');
    const { text } = await explain();
    expect(text).toContain(
      'A: from Repository team/web, if ClusterSecretBackend shared grants the key: it cannot be seen here',
    );
    expect((await json()).names[0]?.suppliedBy?.backendUnseen).toBe(true);
  });

  it('a backend that is not there grants nothing', async () => {
    cluster.objects.delete(SHARED);
    const { text } = await explain();
    expect(text).toContain('A: KeyNotGranted: ');
    expect(text).toContain('ClusterSecretBackend shared does not exist');
  });
});

describe('--for NAMESPACE', () => {
  beforeEach(() =>
    cluster.objects.set('/api/v1/namespaces/ci', raw('Namespace', 'ci', {}, { labels: { tier: 'ci' } })),
  );

  it('is answered by spec.consumers', async () => {
    expect((await explain('--for', 'ci')).text).toContain(
      'spec.consumers of team/web does not admit namespace ci',
    );
    scope({ consumers: [{ namespaces: { matchLabels: { tier: 'ci' } } }] });
    expect((await explain('--for', 'ci')).text).toBe(
      [
        'Repository team/web, for a claim of namespace ci',
        '└─ A: from Repository team/web',
        '   └─ Repository team/web (key a.a): supplies the value',
      ].join('\n'),
    );
  });

  it('of an Organization is refused', async () => {
    scope({ level: 'Organization', targets: undefined });
    expect((await explain('--for', 'ci')).text).toContain('nobody claims from the Organization team/web');
  });

  it.each([
    ['a namespace that is none', ['--for', 'A_B'], '--for takes the name of a namespace'],
    ['labels of a cluster', ['--namespace-labels', 'ci=a=b'], '--namespace-labels goes with -f'],
  ])('%s ends with 2', async (_case, args, message) => {
    const { code, notes } = await explain(...args);
    expect([code, notes]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('-f FILES', () => {
  const demo = (...args: string[]) => run(verb, 'explain', ...args, '-f', 'deploy/samples/demo');

  it('asks no cluster, and takes a name alone where there is one', async () => {
    const { text, code, notes } = await demo('web-production', 'root_ca');
    expect([code, notes]).toEqual([0, '']);
    expect(text.split('\n')).toEqual([
      'Environment team-web-prod/web-production',
      '├─ gate: 1 approval of User ana',
      '└─ ROOT_CA: from Organization acme-org/acme',
      '   ├─ Environment team-web-prod/web-production (key own-ca): overruled by a locked entry above',
      '   └─ Organization acme-org/acme (key root-ca, locked): supplies the value',
    ]);
  });

  it('--for and labels of namespaces that are in no file', async () => {
    expect((await demo('team-web/web', '--for', 'ci')).text).toContain('NPM_TOKEN: from Organization');
    expect((await demo('team-web/web', '--for', 'other')).text).toContain('does not admit namespace other');
    const labelled = await run(
      verb,
      ...['explain', 'team-web/web', '-f', 'deploy/samples/aws'],
      ...['--namespace-labels', 'team-web=org=acme', '--namespace-labels', 'acme-org=org=acme'],
    );
    expect(labelled.text).toContain('NPM_TOKEN: from Organization acme-org/acme');
    expect(labelled.text).not.toContain('note:');
  });

  it('says which level above is in no file', async () => {
    const { text } = await run(verb, 'explain', 'web', '-f', 'deploy/samples/demo/4-scopes.yaml');
    expect(text).toContain('note: Namespace team-web is not in these files');
    const alone = await run(
      verb,
      'explain',
      'team-web-prod/web-production',
      '-f',
      'deploy/samples/production/5-scopes.yaml',
    );
    expect(alone.text).toContain('if ClusterSecretBackend acme grants the key');
  });

  it('of a scope that no file has ends with 4', async () => {
    const { code, notes } = await demo('nowhere');
    expect([code, notes]).toEqual([
      4,
      expect.stringContaining('there is no SecretScope nowhere in these files'),
    ]);
  });
});
