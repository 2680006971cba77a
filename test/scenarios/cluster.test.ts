import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { expectOk } from '../cluster/admin-client.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { AuditLog } from '../cluster/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { preparedStore } from '../cluster/prepared-store.ts';
import { whoIs } from '../cluster/who-is.ts';

// the machine may be busy with other tests
const PATIENT = { timeout: 20_000 };

let first: ControlPlane;
let second: ControlPlane;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cluster-scenario-'));
  [first, second] = await Promise.all([
    startControlPlane({ name: 'first' }),
    startControlPlane({ name: 'second' }),
  ]);
});
afterAll(async () => {
  await Promise.all([first?.stop(), second?.stop(), rm(scratch, { recursive: true, force: true })]);
});

describe('a control plane', () => {
  it('is one of several, and each knows only its own people', async () => {
    expect(first.url).not.toBe(second.url);
    expect(first.version).toMatch(/^v1\.36\./);
    const stranger = await first.userKubeconfig('alice', ['dev']);
    const moved = join(scratch, 'moved');
    const secondAuthority = (await readFile(second.caPath)).toString('base64');
    const config = parse(await readFile(stranger, 'utf8'));
    config.clusters[0].cluster = { server: second.url, 'certificate-authority-data': secondAuthority };
    await writeFile(moved, JSON.stringify(config));
    await expect(whoIs(moved)).rejects.toThrow('answered 401');
  });

  it('knows a person and the groups from the kubeconfig', async () => {
    const alice = await whoIs(await first.userKubeconfig('alice', ['dev', 'org:acme', 'say "x"']));
    expect(alice.username).toBe('alice');
    expect(alice.groups.toSorted()).toEqual(['dev', 'org:acme', 'say "x"', 'system:authenticated']);
  });

  it('knows a service account from its kubeconfig', async () => {
    const account = await whoIs(await first.serviceAccountKubeconfig('default', 'default'));
    expect(account.username).toBe('system:serviceaccount:default:default');
    expect(account.groups).toContain('system:serviceaccounts:default');
  });

  it('that begins with a prepared store has what was brought in there, and nothing that another one made of it', async () => {
    const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'brought-in' } };
    const set = `${Date.now()}`;
    const setUp = async () => {
      const control = await startControlPlane({ name: 'prepared' });
      await applyManifests(control, [made]);
      return control;
    };
    const namespaces = async ({ api }: ControlPlane) => {
      const { items } = (await expectOk(api, { path: '/api/v1/namespaces' })) as {
        items: { metadata: { name: string } }[];
      };
      return items.map(({ metadata }) => metadata.name);
    };
    const store = await preparedStore(set, setUp);
    await using one = await startControlPlane({ name: 'one', store });
    await applyManifests(one, [{ ...made, metadata: { name: 'made-later' } }]);
    expect(await namespaces(one)).toEqual(expect.arrayContaining(['brought-in', 'made-later']));
    const again = await preparedStore(set, () => Promise.reject(new Error('set up twice')));
    await using other = await startControlPlane({ name: 'other', store: again });
    expect(await namespaces(other)).toContain('brought-in');
    expect(await namespaces(other)).not.toContain('made-later');
    await rm(store, { recursive: true, force: true });
  });

  it('says so when the service account does not exist', async () => {
    await expect(first.serviceAccountKubeconfig('default', 'nobody')).rejects.toThrow('"nobody" not found');
  });
});

describe('manifests', () => {
  it('of definitions, namespaces and the rest are applied in an order that works, twice too', async () => {
    await writeFile(join(scratch, 'all.yaml'), MANIFESTS);
    const manifests = await loadManifests(join(scratch, 'all.yaml'));
    await applyManifests(first, manifests);
    await applyManifests(first, manifests);
    const path = '/apis/example.com/v1/namespaces/team/widgets/one';
    expect(await expectOk(first.api, { path })).toMatchObject({ spec: { size: 3 } });
  });

  it('of an unknown kind are refused', async () => {
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'x' } };
    await expect(applyManifests(first, [gadget])).rejects.toThrow('does not serve example.com/v1 Gadget');
  });

  it('which a namespace was made for get a service account, and go with the namespace', async () => {
    const path = '/api/v1/namespaces/gone';
    await applyManifests(first, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gone' } }]);
    await expect.poll(() => statusOf(first, `${path}/serviceaccounts/default`), PATIENT).toBe(200);
    await first.api({ method: 'DELETE', path });
    await expect.poll(() => statusOf(first, path), PATIENT).toBe(404);
  });
});

async function statusOf(target: ControlPlane, path: string): Promise<number> {
  return (await target.api({ path })).status;
}

describe('the controllers', () => {
  const rule = { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] };
  const rbac = 'rbac.authorization.k8s.io';

  it('fill an aggregated role', async () => {
    const labels = { 'example.com/into': 'all' };
    const part = { metadata: { name: 'part', labels }, rules: [rule] };
    const whole = {
      metadata: { name: 'whole' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
    };
    const roles = [part, whole].map((role) => ({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', ...role }));
    await applyManifests(first, roles);
    const path = `/apis/${rbac}/v1/clusterroles/whole`;
    await expect.poll(() => expectOk(first.api, { path }), PATIENT).toMatchObject({ rules: [rule] });
  });

  it('delete what an object owned, with it', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const configMap = (metadata: object) => ({
      method: 'POST' as const,
      path,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata },
    });
    const owner = (await expectOk(first.api, configMap({ name: 'owner' }))) as { metadata: { uid: string } };
    const { uid } = owner.metadata;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid };
    await expectOk(first.api, configMap({ name: 'owned', ownerReferences: [reference] }));
    await expectOk(first.api, { method: 'DELETE', path: `${path}/owner` });
    await expect.poll(() => statusOf(first, `${path}/owned`), PATIENT).toBe(404);
  });
});

describe('the audit log', () => {
  it('shows that the controller manager, which gives up after 10 s, was started when the API server was healthy', async () => {
    const entries = await new AuditLog(first.auditLogPath).since();
    const looks = entries.filter(
      ({ user, uri }) => user === 'system:kube-controller-manager' && uri.startsWith('/healthz'),
    );
    expect([...new Set(looks.map(({ code }) => code))]).toEqual([200]);
  });

  it('tells who asked for what since a mark, without any value', async () => {
    const log = new AuditLog(first.auditLogPath);
    const mark = await log.mark();
    const canary = 'canary-5f2e';
    await first.api({
      method: 'POST',
      path: '/api/v1/namespaces/default/secrets',
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { key: canary } },
    });
    await whoIs(await first.userKubeconfig('bob', ['audited']));
    const entries = await log.since(mark);
    expect(entries).toContainEqual(
      expect.objectContaining({
        user: 'admin',
        verb: 'create',
        resource: 'secrets',
        namespace: 'default',
        code: 201,
      }),
    );
    expect(entries.find(({ user }) => user === 'bob')).toMatchObject({
      groups: ['audited', 'system:authenticated'],
      resource: 'selfsubjectreviews',
      apiGroup: 'authentication.k8s.io',
    });
    expect(await readFile(first.auditLogPath, 'utf8')).not.toContain(canary);
  });
});

// the order is wrong on purpose
const MANIFESTS = `
apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: team }
spec: { size: 3 }
---
apiVersion: v1
kind: Namespace
metadata: { name: team }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: widgets, singular: widget, kind: Widget }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: { spec: { type: object, properties: { size: { type: integer } } } }
`;
