/** The claim of `secretscope exec --scope`, against a scripted API server: what is asked, read, and left behind. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import { raw } from '../watch/world-fixture.ts';
import { APPROVAL, CLAIMS_PATH, DELIVERED, REQUEST, stands } from './claim-fixture.ts';
import { FewObjects, PrintedTerminal } from './cli-fixture.ts';
import type { WantedNames } from './exec-order.ts';
import { valuesOfScope } from './exec-scope.ts';
import { variablesFrom } from './exec-values.ts';
import { failWith } from './terminal.ts';

const SCOPE_PATH = '/apis/secretscope.dev/v1alpha1/namespaces/team-web-prod/secretscopes/web-production';
const SHARED_PATH = '/apis/secretscope.dev/v1alpha1/clustersecretbackends/shared';
const DATA = { DATABASE_URL: 'value-of-url', SENTRY_DSN: 'value-of-dsn' };

const REVIEWS = '/selfsubjectaccessreviews';
interface AccessReview {
  readonly spec: { readonly resourceAttributes: { readonly verb: string; readonly resource: string } };
}

type Refusal = readonly [code: number, reason: string, message?: string];

class ExecCluster implements AsyncDisposable {
  readonly few: FewObjects;
  readonly terminal = new PrintedTerminal();
  readonly refuse: { create?: Refusal; get?: Refusal; read?: Refusal; delete?: Refusal } = {};
  /** What the caller may not do, as the API server says when it is asked for that alone. */
  readonly lacks = new Set<string>();
  looks: object[] = [DELIVERED];
  data: Record<string, string> = DATA;
  owner = 'claim-uid';
  claim: { metadata: { name: string }; spec: object } | undefined;
  leavesAfter = Number.POSITIVE_INFINITY;
  /** Somebody leaves while this is asked. */
  leavesAt: 'POST' | 'secret' | undefined;
  /** The connection breaks where the claim is made. */
  breaks: 'off' | 'babble' | undefined;
  timeout = '1m';
  namespace: string | undefined;
  listening = 0;
  /** How much had been asked when the claim was there, where somebody left meanwhile. */
  madeAfter = 0;
  #looked = 0;
  #leave: () => void = () => undefined;

  private constructor(few: FewObjects) {
    this.few = few;
    few.server.handle(async (received, response) => {
      const { method, path } = received;
      const { code, body } = this.#answer(received);
      if (this.leavesAt === 'POST' && method === 'POST' && path === CLAIMS_PATH) {
        this.#leave();
        // whoever gave up would have been heard of by now
        await new Promise((resolve) => setTimeout(resolve, 50));
        this.madeAfter = few.server.received.length;
      }
      if (this.leavesAt === 'secret' && path.includes('/secrets/')) this.#leave();
      if (method !== 'POST' || path !== CLAIMS_PATH || this.breaks === undefined)
        return json(response, code, body);
      if (this.breaks === 'off') return void response.destroy();
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"kind":');
    });
  }

  static async start(): Promise<ExecCluster> {
    return new ExecCluster(await FewObjects.start());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.few[Symbol.asyncDispose]();
  }

  get did(): string[] {
    const name = this.claim?.metadata.name ?? 'none';
    const steps = this.few.server.received.map(
      ({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`,
    );
    return steps
      .filter((step) => !step.endsWith(REVIEWS))
      .map((step) => step.replaceAll(name, 'NAME'))
      .filter((step, index) => step !== steps[index - 1]);
  }

  /** The variables, or the exit code; and what was said. */
  async values(names: Partial<WantedNames> = {}): Promise<Readonly<Record<string, string>> | number> {
    const source = {
      kind: 'scope',
      scope: 'team-web-prod/web-production',
      ttl: '10m',
      timeout: this.timeout,
    } as const;
    const wanted = {
      all: false,
      include: ['DATABASE_URL', 'sentry_dsn'],
      missing: 'error',
      ...names,
    } as const;
    const surroundings = {
      pace: { leastMs: 5, mostMs: 5, silentMs: 200, settleMs: 60 },
      onLeave: (leave: () => void) => {
        this.#leave = leave;
        this.listening += 1;
        return () => {
          this.listening -= 1;
        };
      },
    };
    try {
      const tools = { version: '0', terminal: this.terminal, surroundings };
      const flags = {
        kubeconfig: this.few.kubeconfig,
        ...(this.namespace !== undefined && { namespace: this.namespace }),
      };
      return variablesFrom(await valuesOfScope(source, wanted, flags, tools));
    } catch (error) {
      return failWith(this.terminal, error);
    } finally {
      expect(this.listening).toBe(0);
    }
  }

  get notes(): string {
    return this.terminal.notes.join('\n').replaceAll(this.claim?.metadata.name ?? '-', 'NAME');
  }

  #answer({ method, path, body }: Received): { code: number; body: object } {
    if (path.endsWith(REVIEWS)) return { code: 201, body: this.#review(body as AccessReview) };
    const isSecret = path.includes('/secrets/');
    const refused =
      method === 'POST'
        ? this.refuse.create
        : method === 'DELETE'
          ? this.refuse.delete
          : isSecret
            ? this.refuse.read
            : path.startsWith(CLAIMS_PATH)
              ? this.refuse.get
              : undefined;
    if (refused) return { code: refused[0], body: statusBody(...refused) };
    if (method === 'POST' && path !== CLAIMS_PATH) return { code: 201, body: {} };
    if (method === 'POST')
      return { code: 201, body: this.#stored(body as { metadata: { name: string }; spec: object }) };
    if (method === 'DELETE') return { code: 200, body: statusBody(200, '') };
    if (isSecret) return { code: 200, body: this.#secret() };
    if (path.startsWith(CLAIMS_PATH)) return { code: 200, body: this.#look() };
    const found = this.few.objects.get(path);
    if (typeof found === 'object') return { code: 200, body: found };
    return found
      ? { code: 403, body: statusBody(403, 'Forbidden', 'no right') }
      : { code: 404, body: statusBody(404, 'NotFound') };
  }

  #review({ spec }: AccessReview): object {
    const { verb, resource } = spec.resourceAttributes;
    return { status: { allowed: !this.lacks.has(`${verb} ${resource}`) } };
  }

  #stored(claim: { metadata: { name: string }; spec: object }): object {
    this.claim = claim;
    return this.#seen({ observedGeneration: -1 });
  }

  #look(): object {
    this.#looked += 1;
    if (this.#looked >= this.leavesAfter) this.#leave();
    return this.#seen((this.looks.length > 1 ? this.looks.shift() : this.looks[0]) ?? DELIVERED);
  }

  #seen(status: object): object {
    const metadata = { namespace: 'team', uid: 'claim-uid', resourceVersion: '1', generation: 1 };
    return { ...this.claim, metadata: { ...this.claim?.metadata, ...metadata }, status };
  }

  #secret(): object {
    const data = Object.entries(this.data).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    const ownerReferences = [{ kind: 'SecretClaim', name: 'x', uid: this.owner }];
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'x', ownerReferences },
      data: Object.fromEntries(data),
    };
  }
}

let cluster: ExecCluster;
beforeEach(async () => {
  cluster = await ExecCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const ALL_OF_IT = [
  'POST team/secretclaims',
  'GET secretclaims/NAME',
  'GET secrets/NAME',
  'DELETE secretclaims/NAME',
];

describe('a claim for one run', () => {
  it('is made, waited for, read and deleted, in that order', async () => {
    expect(await cluster.values()).toEqual(DATA);
    expect(cluster.did).toEqual(ALL_OF_IT);
    expect(cluster.claim).toMatchObject({
      kind: 'SecretClaim',
      metadata: { namespace: 'team', name: expect.stringMatching(/^exec-[0-9a-f]{12}$/) },
      spec: {
        scopeRef: { namespace: 'team-web-prod', name: 'web-production' },
        include: ['DATABASE_URL', 'SENTRY_DSN'],
        mode: 'Snapshot',
        ttl: '10m',
        secretName: cluster.claim?.metadata.name,
      },
    });
  });

  it('waits for reviewers, and says for which request', async () => {
    cluster.looks = [stands('AwaitingApproval', 'AwaitingApproval', { request: REQUEST }), DELIVERED];
    expect(await cluster.values()).toEqual(DATA);
    expect(cluster.notes).toContain(APPROVAL);
  });

  it('gives what was asked for, whatever else its Secret holds', async () => {
    cluster.data = { ...DATA, OTHER: 'not asked for' };
    expect(await cluster.values()).toEqual(DATA);
  });

  it('has another name each time', async () => {
    await cluster.values();
    const first = cluster.claim?.metadata.name;
    await cluster.values();
    expect(cluster.claim?.metadata.name).not.toBe(first);
  });

  it('is waited for no longer than --timeout says', async () => {
    cluster.timeout = '1s';
    cluster.looks = [stands('AwaitingApproval', 'AwaitingApproval', { request: REQUEST })];
    expect(await cluster.values()).toBe(7);
    expect(cluster.notes).toContain('is not delivered in time');
  });

  it('is of a namespace that can be one', async () => {
    cluster.namespace = '../other';
    expect(await cluster.values()).toBe(2);
    expect(cluster.notes).toContain('"../other" is not the name of a namespace');
    expect(cluster.did).toEqual([]);
  });

  it('G51 asks for empty strings with --missing empty only', async () => {
    await cluster.values();
    expect(cluster.claim?.spec).not.toHaveProperty('onMissing');
    await cluster.values({ missing: 'empty' });
    expect(cluster.claim?.spec).toMatchObject({ onMissing: 'Empty' });
  });
});

describe('nothing is left behind', () => {
  it.each<[string, () => void, number, string]>([
    [
      'that has expired',
      () => (cluster.looks = [stands('Expired', 'GrantExpired')]),
      9,
      'is not delivered: GrantExpired',
    ],
    ['rejected', () => (cluster.looks = [stands('Waiting', 'Rejected')]), 6, 'is not delivered: Rejected'],
    [
      'that cannot be delivered',
      () => (cluster.looks = [stands('Waiting', 'NotAvailable', { stalled: true })]),
      8,
      'cannot be delivered: NotAvailable',
    ],
    [
      'that nobody looks at',
      () => (cluster.looks = [{ observedGeneration: -1 }]),
      10,
      'not looked at by any operator',
    ],
    [
      'that may not be looked at',
      () => (cluster.refuse.get = [403, 'Forbidden']),
      3,
      'the verb get on secretclaims',
    ],
    [
      'whose Secret may not be read',
      () => (cluster.refuse.read = [403, 'Forbidden']),
      3,
      'you may not read Secrets in namespace team',
    ],
    ['whose Secret is another one', () => (cluster.owner = 'somebody-else'), 1, 'is not that of the claim'],
    ['whose Secret lacks a name', () => (cluster.data = { DATABASE_URL: 'x' }), 4, 'lacks SENTRY_DSN'],
    [
      'that somebody leaves',
      () => {
        cluster.looks = [stands('Waiting', 'NotAvailable')];
        cluster.leavesAfter = 3;
      },
      130,
      'interrupted while waiting for the claim, of which nothing is left; the command was not run',
    ],
    [
      'that somebody leaves while its Secret is read',
      () => (cluster.leavesAt = 'secret'),
      130,
      'the command was not run',
    ],
    [
      'that somebody leaves while it is made',
      () => (cluster.leavesAt = 'POST'),
      130,
      'the command was not run',
    ],
  ])('of a claim %s', async (_what, arrange, code, message) => {
    arrange();
    expect(await cluster.values()).toBe(code);
    expect(cluster.notes).toContain(message);
    expect(cluster.did.at(-1)).toBe('DELETE secretclaims/NAME');
    expect(cluster.notes).not.toMatch(/running this again|the claim stays|for another one/);
  });

  it('where it is not known whether the claim was made', async () => {
    cluster.refuse.create = [500, 'InternalError', 'etcd'];
    expect(await cluster.values()).toBe(1);
    expect(cluster.did.map((step) => step.replace(/exec-.*/, 'NAME'))).toEqual([
      'POST team/secretclaims',
      'DELETE secretclaims/NAME',
    ]);
    expect(cluster.notes).toContain('was made is not known');
  });

  it.each(['off', 'babble'] as const)('where the connection breaks while it is made: %s', async (how) => {
    cluster.breaks = how;
    expect(await cluster.values()).not.toBe(0);
    expect(cluster.did.at(-1)).toBe('DELETE secretclaims/NAME');
  });

  it('where somebody leaves while it is made: it is deleted once it is there', async () => {
    cluster.leavesAt = 'POST';
    await cluster.values();
    expect(cluster.few.server.received[cluster.madeAfter]?.method).toBe('DELETE');
    // two questions about rights, and the claim
    expect(cluster.madeAfter).toBe(3);
  });

  it('and a refusal is told as one, also to somebody who leaves', async () => {
    cluster.leavesAt = 'POST';
    cluster.refuse.create = [403, 'Forbidden', 'no right'];
    expect(await cluster.values()).toBe(3);
    expect(cluster.did).toEqual(['POST team/secretclaims']);
  });

  it('and nothing is deleted where it was refused', async () => {
    cluster.refuse.create = [403, 'Forbidden', 'no right'];
    expect(await cluster.values()).toBe(3);
    expect(cluster.did).toEqual(['POST team/secretclaims']);
  });

  it('since nothing is made for somebody who could not read it: reviewers are not asked in vain', async () => {
    cluster.lacks.add('get secrets');
    expect(await cluster.values()).toBe(3);
    expect(cluster.did).toEqual([]);
    expect(cluster.notes).toContain('you may not read Secrets in namespace team');
  });

  it('but for somebody who may not delete it, who is told before', async () => {
    cluster.lacks.add('delete secretclaims');
    expect(await cluster.values()).toEqual(DATA);
    expect(cluster.notes).toMatch(/^warning: you may not delete claims in namespace team, so this one stays/);
  });

  it('but where it may not be deleted the values are there, with the command that deletes it', async () => {
    cluster.refuse.delete = [403, 'Forbidden', 'no right'];
    expect(await cluster.values()).toEqual(DATA);
    expect(cluster.notes).toContain(
      'warning: claim team/NAME is left behind, with its Secret until its ttl is over: you may not delete it',
    );
    expect(cluster.notes).toContain('kubectl delete secretclaim NAME -n team');
  });

  it('and one that is gone already is no matter', async () => {
    cluster.refuse.delete = [404, 'NotFound'];
    expect(await cluster.values()).toEqual(DATA);
    expect(cluster.notes).not.toContain('warning');
  });
});

describe('--all', () => {
  const scope = (names: readonly string[], supplied: readonly string[] = []) => ({
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: 'SecretScope',
    metadata: {
      namespace: 'team-web-prod',
      name: 'web-production',
      uid: 'scope-uid',
      resourceVersion: '1',
      generation: 1,
    },
    spec: {
      level: 'Repository',
      backendRef: { kind: 'SecretBackend', name: 'local' },
      secrets: names.map((name) => ({ name, from: { key: name.toLowerCase() } })),
    },
    status: { observedGeneration: 1, supplied: [{ level: 'Repository', scope: 'a/b', names: supplied }] },
  });
  const all = { all: true, include: [] } as const;

  const shared = (keys: readonly object[]) => ({
    spec: {
      level: 'Repository',
      backendRef: { kind: 'ClusterSecretBackend', name: 'shared' },
      secrets: ['OWN', 'DENIED'].map((name) => ({ name, from: { key: `${name.toLowerCase()}.key` } })),
    },
    backend: raw('ClusterSecretBackend', 'shared', {
      kubernetes: { namespace: 'v', auth: { serviceAccountRef: { name: 'reader' } } },
      grants: [{ namespaces: {}, keys }],
    }),
  });

  it('is what the scope has of its own, but not what was delivered once and is denied by now', async () => {
    const { spec, backend } = shared([{ prefix: 'own.' }]);
    cluster.few.objects.set(SCOPE_PATH, { ...scope([], ['DENIED@1']), spec });
    cluster.few.objects.set(SHARED_PATH, backend);
    cluster.few.objects.set('/api/v1/namespaces/team-web-prod', raw('Namespace', 'team-web-prod', {}));
    cluster.data = { OWN: 'value-of-own' };
    expect(await cluster.values(all)).toEqual(cluster.data);
    expect(cluster.claim?.spec).toMatchObject({ include: ['OWN'] });
  });

  it('says where the view of the caller ends, and that --include is the way on', async () => {
    const { spec } = shared([]);
    cluster.few.objects.set(SCOPE_PATH, { ...scope([], ['DATABASE_URL@1', 'SENTRY_DSN@7']), spec });
    cluster.few.objects.set(SHARED_PATH, 'forbidden');
    cluster.data = { ...DATA, OWN: 'a', DENIED: 'b' };
    await cluster.values(all);
    expect(cluster.notes).toContain(
      'note: you may not read ClusterSecretBackend shared, so names from there may be missing; add those that --all does not find by --include',
    );
  });

  it('is what the operator says it has delivered', async () => {
    cluster.few.objects.set(SCOPE_PATH, scope([], ['DATABASE_URL@1', 'SENTRY_DSN@7', '… and 3 more']));
    expect(await cluster.values(all)).toEqual(DATA);
    expect(cluster.claim?.spec).toMatchObject({ include: ['DATABASE_URL', 'SENTRY_DSN'] });
  });

  it('takes a name that is included as well once', async () => {
    cluster.few.objects.set(SCOPE_PATH, scope([], ['DATABASE_URL@1', 'SENTRY_DSN@7']));
    expect(await cluster.values({ ...all, include: ['sentry_dsn'] })).toEqual(DATA);
    expect(cluster.claim?.spec).toMatchObject({ include: ['DATABASE_URL', 'SENTRY_DSN'] });
  });

  it('is without names that loaders obey, unless they are included', async () => {
    cluster.few.objects.set(SCOPE_PATH, scope([], ['DATABASE_URL@1', 'LD_PRELOAD@1', 'NODE_OPTIONS@1']));
    cluster.data = { DATABASE_URL: 'a', NODE_OPTIONS: 'b' };
    expect(await cluster.values({ ...all, include: ['node_options'] })).toEqual(cluster.data);
    expect(cluster.notes).toContain('note: LD_PRELOAD: left out, since loaders obey');
  });

  it.each<[string, object | 'forbidden', number, string]>([
    ['may not be read', 'forbidden', 3, 'the right to get secretscopes.secretscope.dev'],
    ['has nothing', scope([]), 8, 'has no secret that can be seen'],
  ])('of a scope that %s makes no claim', async (_what, found, code, message) => {
    cluster.few.objects.set(SCOPE_PATH, found);
    expect(await cluster.values(all)).toBe(code);
    expect(cluster.notes).toContain(message);
    expect(cluster.claim).toBeUndefined();
  });
});
