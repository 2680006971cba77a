import { describe, expect, it } from 'vitest';
import { namespaceView, scopeView } from './views.ts';
import { aClusterBackendView, aScopeView, raw } from './world-fixture.ts';

const WEB = { level: 'Repository' };

describe('the projection of an object', () => {
  it('holds what reconciling needs and nothing else of it', () => {
    const managedFields = [{ manager: 'kubectl' }];
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'reconcile.secretscope.dev/requestedAt': 'now',
    };
    const view = aScopeView(
      'team/web',
      {},
      { generation: 3, creationTimestamp: '2026-01-01T00:00:00Z', annotations, ...{ managedFields } },
    );
    expect(view).toEqual({
      kind: 'SecretScope',
      metadata: { name: 'web', namespace: 'team', uid: 'uid-team/web' },
      resourceVersion: '1',
      generation: 3,
      createdAt: '2026-01-01T00:00:00Z',
      deleting: false,
      requestedAt: 'now',
      spec: { kind: 'ok', value: { level: 'Repository' } },
      status: undefined,
      conditions: [],
      authors: [],
      askedAgain: '',
    });
  });

  it('of a scope has whom admission stamped, which stands beside the spec', () => {
    const stamped = (authors: unknown) => scopeView({ ...raw('SecretScope', 'team/web', WEB), authors });
    expect(stamped(['ana', 'ben'])).toMatchObject({ spec: { kind: 'ok' }, authors: ['ana', 'ben'] });
  });

  it.each([null, 'ana', [1], ['ana\u001b[2J'], Array.from({ length: 33 }, (_, at) => `user-${at}`)])(
    'THREATS 12: if the stamp is %j, nobody is known to be the author, and the scope stays what it is',
    (authors) => {
      const view = scopeView({ ...raw('SecretScope', 'team/web', WEB), authors });
      expect(view).toMatchObject({ spec: { kind: 'ok' }, authors: [] });
    },
  );

  it.each([
    ['again-1', 'again-1'],
    ['', ''],
    ['a\nb', ''],
    ['x'.repeat(64), ''],
  ])('THREATS 24: if somebody asks for a request with %j, that counts as %j', (value, counts) => {
    const annotations = { 'secretscope.dev/request': value };
    expect(aScopeView('team/web', {}, { annotations }).askedAgain).toBe(counts);
  });

  it('of a cluster-scoped object has an empty namespace', () => {
    expect(aClusterBackendView('shared').metadata).toEqual({
      name: 'shared',
      namespace: '',
      uid: 'uid-shared',
    });
  });

  it('of a spec that cannot be read says what is wrong with it, and is no spec', () => {
    const view = scopeView(raw('SecretScope', 'team/web', { level: 'Nonsense', unknown: 1 }));
    expect(view.spec).toMatchObject({
      kind: 'invalid',
      faults: [expect.stringContaining('spec.level'), expect.stringContaining('spec.unknown')],
    });
  });

  it.each([undefined, null, 'x', {}, { conditions: null }, { conditions: 'x' }])(
    'a status of %j has no conditions',
    (status) => {
      expect(aScopeView('team/web', {}, {}, status).conditions).toEqual([]);
    },
  );

  it('of a namespace is its name, its UID, its labels and whether it goes', () => {
    const metadata = { name: 'team', uid: 'u', resourceVersion: '1' };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata };
    expect(namespaceView(object)).toEqual({ name: 'team', uid: 'u', labels: {}, terminating: false });
    const going = { ...object, metadata: { ...metadata, labels: { a: 'b' }, deletionTimestamp: 'x' } };
    expect(namespaceView(going)).toEqual({ name: 'team', uid: 'u', labels: { a: 'b' }, terminating: true });
  });
});
