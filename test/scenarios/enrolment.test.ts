import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { roleBinding } from '../scenarios-support/guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  READER,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import { MAIN } from '../scenarios-support/operator-process.ts';
import type { Thing } from '../scenarios-support/person.ts';

const run = promisify(execFile);

const repository = (namespace: string) =>
  scopeThing('app', namespace, {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [{ name: 'TOKEN', from: { key: 'source', property: 'value' } }],
    targets: [{ secretName: 'app', include: ['TOKEN'] }],
  });

describe('enrolment', () => {
  let cluster: OperatedCluster;
  let bob: string;

  beforeAll(async () => {
    cluster = await operatedCluster('enrolment');
    await cluster.team('team-new', {}, { enrolled: false });
    await cluster.have(
      roleBinding('bob', 'admin', 'team-new'),
      secretThing('team-new', 'source', { value: 'one' }),
    );
    bob = await cluster.guarded.control.userKubeconfig('bob');
  }, 60_000);

  afterAll(() => cluster?.stop());

  const enroll = async (...args: string[]) =>
    (await run(process.execPath, [MAIN, 'enroll', 'team-new', '--kubeconfig', bob, ...args])).stdout;

  it('a scope in a namespace that is not enrolled says so, with the command', async () => {
    await cluster.have(repository('team-new'));
    const { message } = await cluster.untilReady('team-new', 'app', 'False', 'NamespaceNotEnrolled');
    expect(message).toContain('secretscope enroll team-new');
    expect(await cluster.secret('team-new', 'app')).toBeUndefined();
  });

  it('--dry-run shows the rights and changes nothing', async () => {
    const shown = await enroll('--dry-run', '--service-account', READER);
    expect(shown).toMatch(/secrets .*get, list, watch, create, patch, delete/);
    expect(shown).toContain(READER);
    const { status } = await cluster.platform.get(role());
    expect(status).toBe(404);
  });

  it("API-REVIEW 21: a namespace's own admin enrolls it with the command line, and its Secret arrives", async () => {
    expect(await enroll('--service-account', READER)).toContain('team-new is enrolled');
    await cluster.untilData('team-new', 'app', { TOKEN: 'one' });
  });

  it('enrolling once more keeps the accounts that were named before', async () => {
    expect(await enroll()).toContain(READER);
    const { body } = await cluster.platform.get(role());
    expect(JSON.stringify(body)).toContain(`"resourceNames":["${READER}"]`);
  });

  it('-o yaml is what is applied', async () => {
    const printed = parseAllDocuments(await enroll('-o', 'yaml', '--service-account', READER));
    const { body } = await cluster.platform.get(role());
    const [wanted] = printed.map((document) => document.toJS() as { rules: object });
    expect(body).toMatchObject({ rules: wanted?.rules ?? 'nothing was printed' });
  });

  it('taking it back leaves what was delivered, and says that it can no longer be withdrawn', async () => {
    await cluster.gone({ ...role(), kind: 'RoleBinding' }, role());
    const { message } = await cluster.untilReady('team-new', 'app', 'False', 'NamespaceNotEnrolled', 15_000);
    expect(message).toContain('neither write nor withdraw');
    expect((await cluster.secret('team-new', 'app'))?.data).toEqual({ TOKEN: 'one' });
  });

  it('enrolling again takes the Secret up where it was', async () => {
    await enroll('--service-account', READER);
    await cluster.have(secretThing('team-new', 'source', { value: 'two' }));
    await cluster.untilData('team-new', 'app', { TOKEN: 'two' }, 15_000);
  });

  it('nothing of all this was done by system:masters', async () => {
    expect(await cluster.requestsByMasters()).toEqual([]);
  });
});

describe('deploy/cluster-wide', () => {
  let cluster: OperatedCluster;

  beforeAll(async () => {
    cluster = await operatedCluster('everywhere', {}, 'cluster-wide');
    await cluster.team('team-any', {}, { enrolled: false });
    await cluster.have(secretThing('team-any', 'source', { value: 'one' }), repository('team-any'));
  }, 60_000);

  afterAll(() => cluster?.stop());

  it('delivers without any enrolment', async () => {
    await cluster.untilData('team-any', 'app', { TOKEN: 'one' });
  });

  it("attack 13: never delivers to Kubernetes' own namespaces or the operator's", async () => {
    for (const namespace of ['kube-system', 'secretscope-system']) {
      await cluster.have(
        scopeThing('app', namespace, {
          level: 'Repository',
          targets: [{ secretName: 'app', includeAll: true }],
        }),
      );
      await cluster.untilReady(namespace, 'app', 'False', 'NamespaceForbidden');
      await until(async () => expect(await cluster.secret(namespace, 'app')).toBeUndefined());
    }
  });
});

function role(): Thing {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'secretscope-operator', namespace: 'team-new' },
  };
}
