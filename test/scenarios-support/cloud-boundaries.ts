/**
 * Owns: what a backend of a cloud must not do: be pointed elsewhere by a tenant, ask for more than was lent, show a
 * value, a token or a credential.
 * Used by: scenarios of the clouds, at their end.
 */
import { expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { findLeaks } from './canaries.ts';
import { channelsOf } from './cloud-channels.ts';
import { ACCOUNT, CANARY, KEEPER, TEAM } from './cloud-things.ts';
import type { CloudWorld } from './cloud-world.ts';
import { OPERATOR } from './requests.ts';

export function boundaryRules(given: () => CloudWorld): void {
  it('THREATS 4: a namespace cannot name an endpoint or an authority', async () => {
    const { cloud, cluster } = given();
    const [[field, block]] = Object.entries(cloud.block({ secretRef: { name: 'x' } })) as [[string, object]];
    const own = (change: object) => ({
      apiVersion: API_VERSION,
      kind: 'SecretBackend',
      metadata: { name: 'own', namespace: TEAM },
      spec: { [field]: { ...block, ...change } },
    });
    const endpoint = await cluster.platform.apply(own({}), { dryRun: true });
    expect([endpoint.status >= 400, endpoint.message]).toEqual([true, expect.stringContaining('.endpoint')]);
    const bundle = await cluster.platform.apply(own({ endpoint: undefined, caBundle: 'x' }), {
      dryRun: true,
    });
    expect([bundle.status >= 400, bundle.message]).toEqual([true, expect.stringContaining('.caBundle')]);
    const plain = await cluster.platform.apply(own({ endpoint: undefined }), { dryRun: true });
    expect(plain.status).toBeLessThan(400);
  });

  it('THREATS 2: the operator used the lent account and nothing else where it lives', async () => {
    const { cluster } = given();
    const entries = await cluster.audit.since(cluster.ready);
    const done = entries.filter(
      ({ user, namespace, code }) => user === OPERATOR && namespace === KEEPER && Number(code) < 300,
    );
    const token = `create /api/v1/namespaces/${KEEPER}/serviceaccounts/${ACCOUNT.name}/token`;
    expect([...new Set(done.map(({ verb, uri }) => `${verb} ${uri}`))]).toEqual([token]);
  });

  it('THREATS 16: no value, no token and no credential showed anywhere, at log level debug', async () => {
    const { cloud, cluster } = given();
    expect(cloud.secrets.length).toBeGreaterThan(1);
    expect(findLeaks([CANARY, ...cloud.secrets], await channelsOf(cluster))).toEqual([]);
  });

  it('nothing of all this was done by system:masters', async () => {
    expect(await given().cluster.requestsByMasters()).toEqual([]);
  });
}
