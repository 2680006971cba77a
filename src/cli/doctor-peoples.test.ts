/** What doctor reads of the objects that people made, from a scripted API server. */
import { expect, it } from 'vitest';
import { raw } from '../watch/world-fixture.ts';
import { FewObjects } from './cli-fixture.ts';
import { connected } from './connection.ts';
import type { Finding } from './doctor-finding.ts';
import { Looker } from './doctor-look.ts';
import { checkPeoples } from './doctor-peoples.ts';

const GROUP = '/apis/secretscope.dev/v1alpha1/namespaces/team';

async function findings(scopes: readonly object[], automations: readonly object[] = []): Promise<Finding[]> {
  await using cluster = await FewObjects.start();
  const list = (kind: string, items: readonly object[]) => ({
    apiVersion: 'secretscope.dev/v1alpha1',
    kind: `${kind}List`,
    metadata: { resourceVersion: '1' },
    items,
  });
  cluster.objects.set(`${GROUP}/secretscopes`, list('SecretScope', scopes));
  cluster.objects.set(`${GROUP}/secretclaims`, list('SecretClaim', [raw('SecretClaim', 'team/prod', {})]));
  cluster.objects.set(`${GROUP}/webhookautomations`, list('WebhookAutomation', automations));
  const peoples = {
    namespace: 'team',
    operatorNamespace: 'ops',
    enrolled: { kind: 'seen', value: new Set(['team']) },
    everywhere: { kind: 'seen', value: false },
  } as const;
  return await connected({ kubeconfig: cluster.kubeconfig }, '0', ({ kube }) =>
    checkPeoples(new Looker(kube), peoples),
  );
}

const production = async (...scopes: readonly object[]) =>
  (await findings(scopes)).find(({ check }) => check === 'production');

it('GX63 tells environments that are called production and that nobody guards, by what their spec says', async () => {
  const scopes = [
    raw('SecretScope', 'team/prod', { level: 'Repository' }),
    raw('SecretScope', 'team/guarded', {
      level: 'Environment',
      environmentName: 'production',
      protection: { waitTimerMinutes: 5 },
    }),
    raw('SecretScope', 'team/web', { level: 'Environment', environmentName: 'production' }),
  ];
  expect(await production(...scopes)).toMatchObject({
    outcome: 'warning',
    message: expect.stringMatching(/at once: SecretScope team\/web$/),
  });
  expect(await production(...scopes.slice(0, 2))).toMatchObject({ outcome: 'ok' });
});

it('tells automations that are stuck, and those that have given something up', async () => {
  const conditions = [
    { type: 'Ready', status: 'False', reason: 'HostNotAllowed', message: 'the host is not listed' },
    { type: 'Stalled', status: 'True', reason: 'HostNotAllowed', message: 'the host is not listed' },
    { type: 'Undelivered', status: 'True', reason: 'Undelivered', message: '2 were given up' },
  ];
  const automation = { ...raw('WebhookAutomation', 'team/chat', {}), status: { conditions } };
  const told = await findings([], [automation]);
  expect(told.find(({ check }) => check === 'automations')).toMatchObject({
    outcome: 'problem',
    message: 'WebhookAutomation team/chat: HostNotAllowed: the host is not listed',
    fix: 'read: kubectl describe webhookautomation chat -n team',
  });
  expect(told.find(({ check }) => check === 'deliveries')).toMatchObject({ outcome: 'warning' });
  const waits = [{ type: 'Ready', status: 'False', reason: 'AwaitingApproval', message: 'reviewers decide' }];
  const status = { conditions: waits, request: 'prod-chat-1' };
  const asking = { ...raw('WebhookAutomation', 'team/chat', {}), status };
  expect((await findings([], [asking])).find(({ check }) => check === 'automations')).toMatchObject({
    fix: 'secretscope review show prod-chat-1 -n team',
  });
  const none = await findings([]);
  expect(none.find(({ check }) => check === 'automations')).toMatchObject({ outcome: 'ok' });
});
