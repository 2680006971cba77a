import { beforeEach, describe, expect, it } from 'vitest';
import { kubeError } from '../materialize/secrets-fixture.ts';
import { clusterSecretBackendKind, secretBackendKind } from '../model/kinds/secret-backend.ts';
import { backendView, clusterBackendView } from '../watch/views.ts';
import { OWN, type Raw, raw, SHARED } from '../watch/world-fixture.ts';
import type { Deps } from './deps.ts';
import { reconcileBackend, reconcileClusterBackend } from './reconcile-backend.ts';
import { SmallOperator } from './reconcile-fixture.ts';

type Events = ReturnType<Deps['fetch']['eventsOf']>;
type Check = Awaited<ReturnType<Deps['fetch']['check']>>;
interface BackendStatus {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  readonly scopes: number;
  readonly callsToday?: object;
}

const REF = { namespace: 'vault', name: 'reader' };
const ROLE = 'arn:aws:iam::123456789012:role/reader';
const AWS = { aws: { region: 'eu-west-1', auth: { serviceAccountRef: { name: 'reader' }, roleARN: ROLE } } };
const STORED = { aws: { region: 'eu-west-1', auth: { secretRef: { name: 'keys' } } } };
const KUBERNETES = { kubernetes: { auth: { serviceAccountRef: { name: 'reader' } } } };
const MINUTE = 60_000;

let operator: SmallOperator;
let provider: {
  check: Check;
  calls: { date: string; count: number } | undefined;
  events: Events;
};
let stand: string | undefined;
const signal = new AbortController().signal;
beforeEach(() => {
  operator = new SmallOperator();
  provider = { check: { kind: 'reachable' }, calls: { date: '2026-01-01', count: 42 }, events: 'none' };
  stand = undefined;
});

function deps(): Deps {
  const fetch: Deps['fetch'] = {
    versions: (lines) => operator.sources.versions(lines),
    values: (requests) => operator.sources.values(requests),
    store: (line, value) => operator.sources.store(line, value),
    destroy: (line) => operator.sources.destroy(line),
    list: (backend, prefix) => operator.sources.list(backend, prefix),
    check: async () => provider.check,
    callsToday: (uid) => (uid.startsWith('uid-') ? provider.calls : undefined),
    eventsOf: () => provider.events,
  };
  return { ...operator.deps, fetch, isTestEndpoint: (endpoint) => endpoint === stand };
}

/** The status that is written, and when the backend is looked at again. */
async function look(spec: Raw['spec'], metadata: object = {}) {
  operator.world.backends.set('team/vault', backendView(raw('SecretBackend', 'team/vault', spec, metadata)));
  const result = await reconcileBackend('team/vault', deps(), signal);
  const status = operator.statuses.get('team/vault') as unknown as BackendStatus;
  return { result, status, words: status && words(status) };
}

async function lookAtShared(spec: Raw['spec']) {
  operator.world.clusterBackends.set(
    'shared',
    clusterBackendView(raw('ClusterSecretBackend', 'shared', spec)),
  );
  const result = await reconcileClusterBackend('shared', deps(), signal);
  const [status] = [...operator.statuses.values()] as unknown as BackendStatus[];
  return { result, status, words: status && words(status) };
}

function words({ conditions }: BackendStatus): string[] {
  return conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
}

describe('a backend that answers', () => {
  it.each<[string, Raw['spec'], string[]]>([
    ['a cloud, as a service account', AWS, []],
    ['a cloud, with a stored credential', STORED, ['Discouraged True BackendDiscouraged']],
    ['this cluster', KUBERNETES, ['Discouraged True BackendDiscouraged']],
  ])('at %s is ready, and says what its owner should know', async (_where, spec, remarks) => {
    expect((await look(spec)).words).toEqual(['Ready True Reachable', ...remarks]);
    expect(operator.events).toEqual([]);
  });

  it('at a cloud tells the calls of the day, which a status of its kind may', async () => {
    const { status } = await look(AWS);
    expect(status.callsToday).toEqual({ date: '2026-01-01', count: 42 });
    expect(secretBackendKind.status.parse(status)).toEqual(status);
  });

  it('if it was never asked, or is this cluster, tells none', async () => {
    provider.calls = undefined;
    expect((await look(AWS)).status).not.toHaveProperty('callsToday');
    provider.calls = { date: '2026-01-01', count: 42 };
    expect((await look(KUBERNETES)).status).not.toHaveProperty('callsToday');
  });

  it('counts the scopes that read with it', async () => {
    operator.world.scope('team/web', OWN).scope('team/api', OWN).scope('other/web', OWN);
    expect((await look(AWS)).status.scopes).toBe(2);
  });

  it('if it is shared, is told in the same words', async () => {
    operator.world.scope('team/web', SHARED);
    const auth = { serviceAccountRef: REF, roleARN: ROLE };
    const { status, words: said } = await lookAtShared({ aws: { region: 'eu-west-1', auth }, grants: [] });
    expect([said, status?.scopes]).toEqual([['Ready True Reachable'], 1]);
    expect(clusterSecretBackendKind.status.parse(status)).toEqual(status);
  });
});

describe('when a backend is looked at again', () => {
  it.each<[string, Raw['spec'], Events, object]>([
    ['at a cloud: in about an hour, for its calls', AWS, 'none', { kind: 'requeueAfter', ms: 60 * MINUTE }],
    ['whose events arrive: in about an hour', AWS, 'live', { kind: 'requeueAfter', ms: 60 * MINUTE }],
    ['whose events do not: the same', AWS, 'silent', { kind: 'requeueAfter', ms: 60 * MINUTE }],
    ['whose events may yet: when that is known', AWS, 'starting', { kind: 'requeueAfter', ms: 70_000 }],
    ['in this cluster: when it changes', KUBERNETES, 'none', { kind: 'done' }],
  ])('%s', async (_case, spec, events, result) => {
    provider.events = events;
    expect((await look(spec)).result).toEqual(result);
  });

  it('if it does not answer: with a growing pause', async () => {
    provider.check = { kind: 'failed', reason: 'BackendUnavailable', message: 'x' };
    expect((await look(AWS)).result).toEqual({ kind: 'retry' });
  });

  it('if another write overtook its status: at once', async () => {
    operator.statusError = kubeError('conflict');
    expect((await look(AWS)).result).toEqual({ kind: 'retry' });
  });

  it('if it is gone: never', async () => {
    expect(await reconcileBackend('team/gone', deps(), signal)).toEqual({ kind: 'done' });
    expect(await reconcileClusterBackend('gone', deps(), signal)).toEqual({ kind: 'done' });
    expect(operator.statuses.size).toBe(0);
  });
});

describe('a backend that does not answer', () => {
  it('says why in its condition, in an event and in the log, and what is known besides', async () => {
    provider.check = { kind: 'failed', reason: 'IdentityRefused', message: 'backend team/vault has …' };
    const { words: said, status } = await look(STORED);
    expect(said).toEqual([
      'Ready False IdentityRefused',
      'Reconciling True IdentityRefused',
      'Discouraged True BackendDiscouraged',
    ]);
    expect(status.callsToday).toEqual({ date: '2026-01-01', count: 42 });
    expect(operator.events).toMatchObject([
      { type: 'Warning', reason: 'IdentityRefused', note: 'backend team/vault has …' },
    ]);
    expect(operator.logs[0]).toContain('IdentityRefused');
  });

  it('if it says nothing new, is told once', async () => {
    provider.check = { kind: 'failed', reason: 'IdentityRefused', message: 'x' };
    await look(STORED);
    const status = operator.statuses.get('team/vault');
    operator.events.length = 0;
    const view = backendView({ ...raw('SecretBackend', 'team/vault', STORED), status } as Raw);
    operator.world.backends.set('team/vault', view);
    await reconcileBackend('team/vault', deps(), signal);
    expect(operator.events).toEqual([]);
  });

  it.each<[string, Raw['spec'], object, string]>([
    ['whose spec cannot be read', { vault: {} }, {}, 'Ready False SpecInvalid'],
    ['that is being deleted', AWS, { deletionTimestamp: '2026-01-01T00:00:00Z' }, 'Ready False Progressing'],
  ])('%s is not asked', async (_case, spec, metadata, ready) => {
    provider.check = { kind: 'failed', reason: 'InternalError', message: 'it was asked' };
    expect((await look(spec, metadata)).words?.[0]).toBe(ready);
  });
});

describe('a backend whose changes should be pushed', () => {
  it.each<[Events, string[]]>([
    ['none', []],
    ['starting', []],
    ['live', []],
    ['silent', ['EventsMissing True EventsMissing']],
  ])('if its events are %s, says %j and stays ready', async (events, remarks) => {
    provider.events = events;
    expect((await look(AWS)).words).toEqual(['Ready True Reachable', ...remarks]);
  });
});

describe('THREATS 4: a shared backend with an endpoint', () => {
  const ENDPOINT = 'http://127.0.0.1:4566';
  const spec = { aws: { region: 'eu-west-1', endpoint: ENDPOINT, auth: { ambient: true } } };

  it('if it is a stand-in that the operator was started with, says that it is insecure', async () => {
    stand = ENDPOINT;
    expect((await lookAtShared(spec)).words).toEqual([
      'Ready True Reachable',
      'Insecure True InsecureTestEndpoint',
    ]);
  });

  it('if it is none, says nothing of the kind', async () => {
    stand = 'http://127.0.0.1:4567';
    expect((await lookAtShared(spec)).words).toEqual(['Ready True Reachable']);
  });
});
