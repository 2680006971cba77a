/** What is watched for values that are written, and what is known while it may not be. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openClient } from '../kube/open-client.ts';
import { eventually } from '../kube/testing/eventually.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { KindsServer } from './kinds-server.fixture.ts';
import { type Raw, raw } from './world-fixture.ts';
import { BY_SEALED_SCOPE, WritingWatches } from './writing-watches.ts';

const SPEC = {
  scopeRef: { name: 'web' },
  name: 'A',
  action: 'Delete',
  requestedAt: '2026-01-01T00:00:00Z',
};
const KEY = Buffer.alloc(32, 7).toString('base64');

let server: KindsServer;
let watches: WritingWatches;
let close: () => Promise<void>;
let clock: FakeClock;
const told: string[] = [];
let version = 100;

beforeEach(async () => {
  server = await KindsServer.start();
  clock = new FakeClock();
  told.length = 0;
  const opened = openClient({
    endpoint: server.server.endpoint(),
    clock,
    random: () => 0.5,
    userAgent: 'test',
  });
  close = opened.close;
  watches = new WritingWatches({
    client: opened.client,
    clock,
    random: () => 0.5,
    operatorNamespace: 'system',
    onError: () => undefined,
    listeners: {
      sealed: () => void told.push('sealed'),
      keyMap: (_before, _after, { key }) => void told.push(`keyMap ${key}`),
      sealingKey: () => void told.push(`sealingKey ${watches.sealingKey().kind}`),
    },
  });
});

afterEach(async () => {
  await watches.stop();
  await close();
  await server.server.stop();
});

const start = async () => {
  watches.start();
  await watches.whenLooked();
};

function keys(data: Record<string, string>, annotations: Record<string, string> = {}): Raw {
  // versions are compared: what comes later has a later one
  const metadata = { annotations, resourceVersion: String(++version) };
  const secret: object = { ...raw('Secret', 'system/secretscope-keys', {}, metadata), data };
  return secret as Raw;
}

describe('for values that are written', () => {
  it('sealed values are watched everywhere, and of Secrets and ConfigMaps only our own', async () => {
    await start();
    const asked = server.watched.map(({ path, query }) =>
      `${path} ${query.get('labelSelector') ?? query.get('fieldSelector') ?? ''}`.trim(),
    );
    expect(asked.sort()).toEqual([
      '/api/v1/namespaces/system/configmaps secretscope.dev/public-keys=true',
      '/api/v1/namespaces/system/secrets metadata.name=secretscope-keys',
      '/apis/secretscope.dev/v1alpha1/sealedvalues',
    ]);
  });

  it('sealed values are found by their scope, and those that cannot be read by their namespace', async () => {
    server.objects.set('sealedvalues', [
      raw('SealedValue', 'team/a', SPEC),
      raw('SealedValue', 'team/broken', { name: 'A' }),
      raw('SealedValue', 'other/a', SPEC),
    ]);
    await start();
    await eventually(() => watches.sealed.size === 3);
    expect(watches.sealed.keysBy(BY_SEALED_SCOPE, 'team/web')).toEqual(new Set(['team/a']));
    expect(watches.sealed.keysBy(BY_SEALED_SCOPE, 'team/')).toEqual(new Set(['team/broken']));
    expect(watches.sealed.keysBy(BY_SEALED_SCOPE, 'other/web')).toEqual(new Set(['other/a']));
  });

  it('public keys are known by name', async () => {
    const map: object = { ...raw('ConfigMap', 'system/secretscope-public-keys-0', {}), data: { uid: 'key' } };
    server.objects.set('configmaps', [map as Raw]);
    expect(watches.keyMapsKnown()).toBe(false);
    await start();
    await eventually(() => watches.keyMapsKnown());
    expect(watches.keyMaps.get('secretscope-public-keys-0')?.data).toEqual({ uid: 'key' });
  });
});

describe('the sealing key', () => {
  it('is unknown before it was looked for, and while it may not be read', async () => {
    server.refuse('secrets', 403);
    expect(watches.sealingKey().kind).toBe('unknown');
    await start();
    expect(watches.sealingKey().kind).toBe('unknown');
    expect(watches.mayLack('secrets')).toBe(false);
  });

  it.each<[string, Raw[], string]>([
    ['there is no Secret', [], 'missing'],
    ['the Secret has none', [keys({ hmac: KEY })], 'missing'],
    ['it is too short', [keys({ sealing: KEY.slice(0, 8) })], 'missing'],
    ['it is there', [keys({ sealing: KEY })], 'there'],
  ])('where %s, it is %s', async (_what, objects, expected) => {
    server.objects.set('secrets', objects);
    await start();
    await eventually(() => watches.sealingKey().kind === expected);
  });

  it('that changes is told, with its epoch', async () => {
    server.objects.set('secrets', [keys({ sealing: KEY })]);
    await start();
    server.event('secrets', 'MODIFIED', keys({ sealing: KEY }, { 'secretscope.dev/sealing-epoch': '2' }));
    await eventually(() => told.includes('sealingKey there'));
    expect(watches.sealingKey()).toMatchObject({ kind: 'there', key: { epoch: 2 } });
    server.event('secrets', 'DELETED', keys({}));
    await eventually(() => watches.sealingKey().kind === 'missing');
  });
});

describe('an installation from before', () => {
  it('that does not serve the kind holds nothing up, and says which', async () => {
    server.refuse('sealedvalues', 404);
    await start();
    const [sealed] = watches.reflectors;
    expect(sealed?.synced).toBe(false);
    expect(watches.mayLack(sealed?.label ?? '')).toBe(true);
    expect(watches.sealingKey().kind).toBe('missing');
  });
});
