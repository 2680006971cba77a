import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/kube-client.ts';
import { openClient } from '../kube/open-client.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { type ChangeListeners, ClusterWatches } from './cluster-watches.ts';
import { KindsServer } from './kinds-server.fixture.ts';
import { raw } from './world-fixture.ts';

const UID = 'uid-web';
const at = '2026-01-01T00:00:00.000Z';

let server: KindsServer;
let client: KubeClient;
let close: () => Promise<void>;
let watches: ClusterWatches;

beforeEach(async () => {
  server = await KindsServer.start();
  const clock = new FakeClock();
  const endpoint = server.server.endpoint();
  ({ client, close } = openClient({ endpoint, clock, random: () => 0.5, userAgent: 'test' }));
  const listeners = new Proxy({} as ChangeListeners, { get: () => () => undefined });
  const options = { client, clock, random: () => 0.5, operatorNamespace: 'system', listeners };
  watches = new ClusterWatches({ ...options, onError: () => undefined });
});

afterEach(async () => {
  await watches.stop();
  await close();
  await server.server.stop();
});

describe('which values were deleted', () => {
  it('is not known before ledgers were listed, so that none of them is handed out again', async () => {
    const scope = { namespace: 'team', name: 'web', uid: UID };
    const writes = [{ name: 'TOKEN', action: 'Delete', created: at, at }];
    server.objects.set('scopeledgers', [raw('ScopeLedger', `system/${UID}`, { scope, writes })]);
    expect(watches.destroyed(UID)).toEqual({ destroyed: 'unknown' });
    watches.start();
    await watches.approvals.whenLooked();
    expect(watches.destroyed(UID)).toEqual({ destroyed: new Set(['TOKEN']) });
    expect(watches.destroyed('uid-other')).toEqual({});
  });
});
