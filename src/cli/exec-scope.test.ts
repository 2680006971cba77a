/** The claim of `secretscope exec --scope`, against a scripted API server: what is asked, read, and left behind. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import { APPROVAL, CLAIMS_PATH, DELIVERED, REQUEST, stands } from './claim-fixture.ts';
import { FewObjects, PrintedTerminal } from './cli-fixture.ts';
import type { WantedNames } from './exec-order.ts';
import { valuesOfScope } from './exec-scope.ts';
import { variablesFrom } from './exec-values.ts';
import { failWith } from './terminal.ts';

const SCOPE_PATH = '/apis/secretscope.dev/v1alpha1/namespaces/team-web-prod/secretscopes/web-production';
const DATA = { DATABASE_URL: 'value-of-url', SENTRY_DSN: 'value-of-dsn' };

type Refusal = readonly [code: number, reason: string, message?: string];

class ExecCluster implements AsyncDisposable {
  readonly few: FewObjects;
  readonly terminal = new PrintedTerminal();
  readonly refuse: { create?: Refusal; get?: Refusal; read?: Refusal; delete?: Refusal } = {};
  looks: object[] = [DELIVERED];
  data: Record<string, string> = DATA;
  owner = 'claim-uid';
  claim: { metadata: { name: string }; spec: object } | undefined;
  leavesAfter = Number.POSITIVE_INFINITY;
  #looked = 0;
  #leave: () => void = () => undefined;

  private constructor(few: FewObjects) {
    this.few = few;
    few.server.handle((received, response) => {
      const { code, body } = this.#answer(received);
      json(response, code, body);
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
      .map((step) => step.replaceAll(name, 'NAME'))
      .filter((step, index) => step !== steps[index - 1]);
  }

  /** The variables, or the exit code; and what was said. */
  async values(names: Partial<WantedNames> = {}): Promise<Readonly<Record<string, string>> | number> {
    const source = {
      kind: 'scope',
      scope: 'team-web-prod/web-production',
      ttl: '10m',
      timeout: '1m',
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
        return () => undefined;
      },
    };
    try {
      const tools = { version: '0', terminal: this.terminal, surroundings };
      return variablesFrom(await valuesOfScope(source, wanted, { kubeconfig: this.few.kubeconfig }, tools));
    } catch (error) {
      return failWith(this.terminal, error);
    }
  }

  get notes(): string {
    return this.terminal.notes.join('\n').replaceAll(this.claim?.metadata.name ?? '-', 'NAME');
  }

  #answer({ method, path, body }: Received): { code: number; body: object } {
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

  it('G51 asks for empty strings with --missing empty only', async () => {
    await cluster.values();
    expect(cluster.claim?.spec).not.toHaveProperty('onMissing');
    await cluster.values({ missing: 'empty' });
    expect(cluster.claim?.spec).toMatchObject({ onMissing: 'Empty' });
  });
});

describe('nothing is left behind', () => {
  it.each<[string, () => void, number, string]>([
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
      'interrupted while waiting for the claim; the command was not run',
    ],
  ])('of a claim %s', async (_what, arrange, code, message) => {
    arrange();
    expect(await cluster.values()).toBe(code);
    expect(cluster.notes).toContain(message);
    expect(cluster.did.at(-1)).toBe('DELETE secretclaims/NAME');
    expect(cluster.notes).not.toMatch(/running this again|the claim stays/);
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

  it('and nothing is deleted where it was refused', async () => {
    cluster.refuse.create = [403, 'Forbidden', 'no right'];
    expect(await cluster.values()).toBe(3);
    expect(cluster.did).toEqual(['POST team/secretclaims']);
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

  it('is what the operator says it has delivered, and what the scope has of its own', async () => {
    cluster.few.objects.set(SCOPE_PATH, scope([], ['DATABASE_URL@1', 'SENTRY_DSN@7', '… and 3 more']));
    expect(await cluster.values(all)).toEqual(DATA);
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
