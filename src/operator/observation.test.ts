import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openClient } from '../kube/open-client.ts';
import { eventually } from '../kube/testing/eventually.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { keyringFrom } from '../materialize/keyring.ts';
import { createLogger } from '../report/logger.ts';
import { requestSpec } from '../watch/approval-fixture.ts';
import { KindsServer } from '../watch/kinds-server.fixture.ts';
import { WatchHealth } from '../watch/watch-health.ts';
import { raw } from '../watch/world-fixture.ts';
import { Observation } from './observation.ts';

const APPROVALS = [
  'secretrequests',
  'requestreviews',
  'scopeledgers',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
];
const environment = (protection: object) => ({
  level: 'Environment',
  parentRef: { name: 'web' },
  ...protection,
});

let server: KindsServer;
let observation: Observation;
let close: () => Promise<void>;
let woken: string[];
const clock = new FakeClock();

beforeEach(async () => {
  server = await KindsServer.start();
  server.objects.set('secretscopes', [
    raw('SecretScope', 'prod/web-prod', environment({ protection: {} })),
    raw('SecretScope', 'dev/web-dev', environment({})),
  ]);
  const endpoint = server.server.endpoint();
  const opened = openClient({ endpoint, clock, random: () => 0.5, userAgent: 'test' });
  close = opened.close;
  woken = [];
  observation = new Observation({
    kube: opened.client,
    keyring: keyringFrom(Buffer.alloc(32, 7)),
    clock,
    random: () => 0.5,
    relistEveryMs: 3_600_000,
    log: createLogger('error'),
    operatorNamespace: 'secretscope-system',
    clusterWide: true,
    wake: (kind, key) => void woken.push(`${kind} ${key}`),
    backendGone: () => undefined,
  });
});

afterEach(async () => {
  await observation.stop();
  await close();
  await server.server.stop();
});

const started = () => {
  observation.start();
  return observation.whenSynced();
};

describe('the operator starts', () => {
  it('if everything is served, with everything known', async () => {
    expect(await started()).toBe(true);
    const { cluster } = observation;
    expect([cluster.approvalsKnown(), cluster.mutatingKnown()]).toEqual(['known', 'known']);
  });

  it.each([403, 404] as const)('if nothing of approvals can be listed (%d), and is ready', async (status) => {
    for (const plural of APPROVALS) server.refused.set(plural, status);
    expect(await started()).toBe(true);
    expect(observation.cluster.approvalsKnown()).not.toBe('known');
    const health = new WatchHealth({ clock, reflectors: () => observation.reflectors() });
    expect([health.ready().ok, health.alive().ok]).toEqual([true, true]);
  });
});

describe('who is woken', () => {
  it('if an installation is brought up to date, every protected scope, and no other', async () => {
    server.refused.set('requestreviews', 404);
    await started();
    woken.length = 0;
    server.refused.clear();
    await eventually(
      () => observation.cluster.approvalsKnown() === 'known',
      () => clock.advance(1_000),
    );
    expect(woken).toEqual(['scope prod/web-prod']);
  });

  it('if a request is made, its scope', async () => {
    await started();
    woken.length = 0;
    server.event('secretrequests', 'ADDED', raw('SecretRequest', 'prod/web-1', requestSpec()));
    await eventually(() => woken.length > 0);
    expect(woken).toEqual(['scope prod/web-prod']);
  });

  it.each([
    ['SecretClaim', 'claim prod/asks'],
    ['WebhookAutomation', 'automation prod/asks'],
  ])('if a request of a %s is made, who asks as well', async (kind, asker) => {
    await started();
    woken.length = 0;
    const consumer = { kind, namespace: 'prod', name: 'asks', uid: 'uid-asks' };
    server.event('secretrequests', 'ADDED', raw('SecretRequest', 'prod/asks-1', requestSpec({ consumer })));
    await eventually(() => woken.includes(asker));
    expect(woken).toContain('scope prod/web-prod');
  });
});
