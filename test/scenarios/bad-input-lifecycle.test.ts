/** What goes away while it is in use: backends, accounts, rights, namespaces. Nothing is blanked, and it comes back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, Family, sourceThing } from '../scenarios-support/family.ts';
import { roleBinding } from '../scenarios-support/guarded-cluster.ts';
import {
  backendIn,
  enrolmentOf,
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  READER,
  readerIn,
  scopeThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { lines, writesOf } from '../scenarios-support/requests.ts';

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('bad-input-lifecycle');
}, 90_000);
afterAll(() => cluster?.stop());

const OWN = entryOf('OWN', 'own', 'url');
const account = (namespace: string): Thing => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: READER, namespace },
});
const namespaceThing = (name: string): Thing => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

async function delivered(name: string, change: object = {}): Promise<Family> {
  const family = await Family.settle(cluster, name);
  await family.have('app', { secrets: [OWN], ...change });
  await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-url' });
  await family.untilReady('app', 'True');
  return family;
}

describe('what a backend needs goes away while it is in use', () => {
  it('the backend: values stay, others go on, and its return mends it', async () => {
    const family = await delivered('backend');
    await cluster.gone(backendIn(family.team));
    const { message } = await family.untilReady('app', 'False', 'BackendMissing');
    expect(message).toMatch(
      /OWN: spec\.backendRef SecretBackend local of scope backend\/app does not exist; create it/,
    );
    await family.rotate('org-2');
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-url' });
    await family.store(family.team, 'own', { url: 'own-2' });
    await cluster.have(backendIn(family.team));
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-2' });
    await family.untilReady('app', 'True');
  });

  it('its service account: values stay, and its return mends it', async () => {
    const family = await delivered('account');
    await cluster.gone(account(family.team));
    // the API server trusts the old token for some seconds more; a new process has none
    await cluster.restartOperator();
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.rotate('org-2');
    const { message } = await family.untilReady('app', 'False', 'IdentityUnavailable');
    expect(message).toMatch(
      /backend account\/local .*service account in its auth .*\(ServiceAccountNotFound\); check that/,
    );
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-url' });
    await cluster.have(...readerIn(family.team));
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-2' }, 20_000);
    await family.untilReady('app', 'True');
  });

  it('the enrolment: nothing is written or withdrawn, which is said, until it is back', async () => {
    const family = await delivered('left');
    await cluster.gone(...enrolmentOf(family.team));
    await family.untilReady('app', 'False', 'NamespaceNotEnrolled');
    await family.organize({ secrets: [] });
    expect(await family.data('app')).toEqual({ TOKEN: 'org-token', OWN: 'own-url' });
    await cluster.have(...enrolmentOf(family.team));
    await family.untilData('app', { OWN: 'own-url' }, 20_000);
    await family.untilReady('app', 'True');
  });
});

describe('rights that arrive after what needs them', () => {
  it('a backend before its account, its rights and its enrolment: it works seconds after the last of them', async () => {
    const family = await Family.settle(cluster, 'late');
    await cluster.gone(...readerIn(family.team), ...enrolmentOf(family.team), backendIn(family.team));
    await cluster.have(backendIn(family.team));
    await family.have('app', { secrets: [OWN] });
    await family.untilReady('app', 'False', 'NamespaceNotEnrolled');
    await cluster.have(...enrolmentOf(family.team));
    await family.untilData('app', { TOKEN: 'org-token' });
    await family.untilReady('app', 'False');
    await cluster.have(...readerIn(family.team));
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-url' }, 15_000);
  });

  it('the account before its right to read', async () => {
    const family = await Family.settle(cluster, 'blind');
    const [, role, ...others] = readerIn(family.team);
    await cluster.gone(...(role ? [role] : []));
    await cluster.have(roleBinding('nobody', 'secretscope-lender', family.team));
    await cluster.have({
      ...roleBinding('lends', 'secretscope-lender', family.team),
      subjects: [{ kind: 'ServiceAccount', name: READER, namespace: family.team }],
    });
    await family.have('app', { secrets: [OWN] });
    const { message } = await family.untilReady('app', 'False', 'BackendDenied');
    expect(message).toMatch(
      /OWN: the identity of backend blind\/local may not read key "own"; grant it that right/,
    );
    await cluster.have(...(role ? [role] : []), ...others);
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-url' }, 20_000);
  });
});

it('a namespace that is not enrolled gets no Secret until it is', async () => {
  await cluster.team('outside', {}, { enrolled: false });
  const spec = {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [OWN],
    targets: [{ secretName: 'app', includeAll: true }],
  };
  await cluster.have(sourceThing('outside', 'own', { url: 'own' }), scopeThing('app', 'outside', spec));
  const { message } = await cluster.untilReady('outside', 'app', 'False', 'NamespaceNotEnrolled');
  expect(message).toContain('secretscope enroll outside');
  await cluster.have(...enrolmentOf('outside'));
  await cluster.untilData('outside', 'app', { OWN: 'own' });
});

it('a namespace of Kubernetes’ own gets no Secret, enrolled or not', async () => {
  await cluster.team('kube-public');
  const { spec } = (await Family.settle(cluster, 'proper')).repository('app', { secrets: [] });
  const target = { targets: [{ secretName: 'app', includeAll: true }] };
  await cluster.have(scopeThing('app', 'kube-public', { ...(spec as object), ...target }));
  const { message } = await cluster.untilReady('kube-public', 'app', 'False', 'NamespaceForbidden');
  expect(message).toMatch(/never delivered to namespace kube-public; use a namespace of your own/);
});

describe('a namespace that is being deleted', () => {
  /** Something that keeps the namespace from going while the test looks. */
  const anchor = (namespace: string): Thing => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'anchor', namespace, finalizers: ['test.example/held'] },
  });
  it('of a scope: nothing is written there any more', async () => {
    const family = await delivered('ending');
    await cluster.have(anchor(family.team));
    const app = family.repository('app', { secrets: [OWN] });
    await cluster.have({ ...app, metadata: { ...app.metadata, finalizers: ['test.example/held'] } });
    await cluster.gone(namespaceThing(family.team));
    await until(async () => expect(await cluster.secret(family.team, 'app')).toBeUndefined(), 20_000);
    const mark = await cluster.audit.mark();
    await family.rotate('org-2');
    const { message } = await family.untilReady('app', 'False', 'NamespaceTerminating');
    expect(message).toContain(`namespace ${family.team} is being deleted; nothing is written there`);
    const secrets = writesOf(await cluster.audit.since(mark)).filter(
      ({ resource }) => resource === 'secrets',
    );
    expect(lines(secrets)).toEqual([]);
  });

  it('that received a copy: the scope goes on elsewhere', async () => {
    const family = await Family.settle(cluster, 'fanning');
    await cluster.team('receiving', { copies: 'yes' });
    const namespaces = { matchLabels: { copies: 'yes' } };
    const targets = [{ secretName: 'app', include: ['OWN'], namespaces }];
    await family.have('app', { secrets: [OWN], targets, consumers: [{ namespaces }] });
    await cluster.untilData('receiving', 'app', { OWN: 'own-url' });
    await cluster.have(anchor('receiving'));
    await cluster.gone(namespaceThing('receiving'));
    await until(async () => expect(await cluster.secret('receiving', 'app')).toBeUndefined(), 20_000);
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { OWN: 'own-2' });
    await family.untilReady('app', 'True');
  });

  it('of a parent: inherited keys stay', async () => {
    const family = await delivered('orphaned');
    await cluster.gone(namespaceThing(family.org));
    await family.untilReady('app', 'False', 'NotAvailable', 20_000);
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-2' });
  });
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
