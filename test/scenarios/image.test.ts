/**
 * The operator from exactly the files that the image has, confined as the Deployment confines it: nothing else to see,
 * nothing to write, user 65532, no capability. What stands in for the container engine is image-jail.ts.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, globSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { AuditLog } from '../cluster/audit-log.ts';
import { loadManifests } from '../cluster/manifests.ts';
import {
  clusterRoleBinding,
  guardedCluster,
  OPERATOR_NAMESPACE,
} from '../scenarios-support/guarded-cluster.ts';
import { confinementHere, IMAGE_USER, ImageJail } from '../scenarios-support/image-jail.ts';
import { type MountedAccount, mountedAccount } from '../scenarios-support/mounted-account.ts';
import { LOCAL, OperatedCluster, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import { OperatorProcess } from '../scenarios-support/operator-process.ts';

const WEB = 'team-web';
const ADDRESSES = ['--health-address', '127.0.0.1:0', '--metrics-address', '127.0.0.1:0'];

const confinement = await confinementHere();
// a person's machine may let nobody do this; CI runs as root, where there is always a way
const here = typeof confinement === 'string' || process.env['CI'] ? describe : describe.skip;
const title = typeof confinement === 'string' ? confinement : `skipped: ${confinement.reason}`;

here(`the image, confined by: ${title}`, () => {
  let image: string;
  let cluster: OperatedCluster;
  let jail: ImageJail;
  let account: MountedAccount;
  let before: string;

  beforeAll(async () => {
    if (typeof confinement !== 'string') throw new Error(confinement.reason);
    image = mkdtempSync(join(tmpdir(), 'secretscope-image-'));
    chmodSync(image, 0o755);
    const [guarded] = await Promise.all([
      guardedCluster('image', 'default'),
      promisify(execFile)(process.execPath, ['scripts/image.ts', '--out', image]),
    ]);
    before = digestOf(image);
    await guarded.have(clusterRoleBinding('platform', 'cluster-admin'));
    const platform = await guarded.person('platform');
    const kubeconfig = await guarded.control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope');
    account = await mountedAccount(kubeconfig, OPERATOR_NAMESPACE);
    jail = await ImageJail.open({ confinement, image, account: account.folder });
    const operator = OperatorProcess.of(jail.start([...(await program()), ...ADDRESSES], account.env));
    const audit = new AuditLog(guarded.control.auditLogPath);
    cluster = new OperatedCluster({
      guarded,
      platform,
      audit,
      ready: await audit.mark(),
      kubeconfig,
      operator,
    });
    await operator.untilReady();
  });

  afterAll(async () => {
    await cluster?.stop();
    await jail?.close();
    for (const folder of [image, account?.folder])
      if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** ENTRYPOINT and what the Deployment adds to it. */
  async function program(): Promise<string[]> {
    const deployment = (await loadManifests('deploy/default')).find(({ kind }) => kind === 'Deployment');
    if (!deployment) throw new Error('deploy/default has no Deployment');
    const { template } = deployment['spec'] as { template: { spec: { containers: { args: string[] }[] } } };
    const args = template.spec.containers[0]?.args ?? [];
    const named = confinement === 'plain' ? ['--kubeconfig', account.kubeconfig] : [];
    return [join(jail.app, 'secretscope.mjs'), ...args, ...named];
  }

  /** What a program in the same jail prints. */
  const printed = (script: string) => printedBy(['--input-type=module', '-e', script]);

  async function printedBy(args: readonly string[]): Promise<string> {
    const child = jail.start(args);
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error('its output is not piped');
    const [out, trouble] = await Promise.all([text(stdout), text(stderr)]);
    expect(trouble).toBe('');
    return out;
  }

  it('becomes ready with the Pod’s account alone, and delivers a Secret', async () => {
    await cluster.team(WEB);
    const spec = {
      level: 'Repository',
      backendRef: LOCAL,
      secrets: [{ name: 'VALUE', from: { key: 'source', property: 'value' } }],
      targets: [{ secretName: 'app', include: ['VALUE'] }],
    };
    await cluster.have(secretThing(WEB, 'source', { value: 'from an image' }), scopeThing('app', WEB, spec));
    await cluster.untilData(WEB, 'app', { VALUE: 'from an image' }, 30_000);
    await cluster.untilReady(WEB, 'app', 'True');
  });

  it('answers the probes', async () => {
    for (const path of ['/healthz', '/readyz'] as const)
      expect(await cluster.operator.health(path)).toEqual({ status: 200, body: 'ok\n' });
  });

  it('is user 65532, without a capability and without a way to one', () => {
    const status = readFileSync(`/proc/${cluster.operator.pid}/status`, 'utf8');
    const line = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
    for (const set of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb'])
      expect([set, line(set)]).toEqual([set, '0'.repeat(16)]);
    expect(line('NoNewPrivs')).toBe('1');
    // in a user namespace it is whoever runs this test, seen from here
    if (confinement !== 'user-namespace') expect(line('Uid')).toBe(Array(4).fill(IMAGE_USER).join('\t'));
  });

  it('has nothing that it could write to, and nothing was written', async ({ skip }) => {
    expect(digestOf(image)).toBe(before);
    skip(confinement === 'plain', 'no mounts are let here: it sees the file system of this machine');
    const mounts = readFileSync(`/proc/${cluster.operator.pid}/mountinfo`, 'utf8').trim().split('\n');
    const writable = mounts
      .map((mount) => mount.split(' '))
      .filter(([, , , , , options = '']) => !options.split(',').includes('ro'))
      .map(([, , , , place = '']) => place)
      .filter((place) => !/^\/(proc|dev\/(null|urandom))(\/|$)/.test(place));
    expect(writable).toEqual([]);
    const tried = `for (const path of ['/x', '/app/x', '/tmp/x', '/app/secretscope.mjs'])
      try { (await import('node:fs')).writeFileSync(path, ''); console.log('written', path); } catch ({ code }) { console.log(code); }`;
    expect((await printed(tried)).trim().split('\n')).toEqual(['EROFS', 'EROFS', 'ENOENT', 'EROFS']);
  });

  it('loads every part of it there, those for each cloud as well', async () => {
    const chunks = readdirSync(join(image, 'app', 'lib')).filter((name) => name !== 'main.mjs');
    const marks = ['GetSecretValueCommand', 'SecretManagerServiceClient', 'KeyVault', 'libsodium'];
    for (const mark of marks)
      expect([mark, chunks.filter((name) => holds(name, mark)).length > 0]).toEqual([mark, true]);
    const script = chunks.map((name) => `await import(${JSON.stringify(join(jail.app, 'lib', name))});`);
    expect(await printed(`${script.join('\n')}\nconsole.log('all of them')`)).toBe('all of them\n');
  });

  const holds = (name: string, mark: string) =>
    readFileSync(join(image, 'app', 'lib', name), 'utf8').includes(mark);

  it('is the command line, too', async () => {
    expect(await printedBy([join(jail.app, 'secretscope.mjs'), '--version'])).toBe(`${VERSION}\n`);
  });

  it('ends in an orderly way when it is asked to, and gives its Lease away', async () => {
    expect(await cluster.operator.stop()).toBe(0);
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: OPERATOR_NAMESPACE, name: 'secretscope' },
    };
    const { body } = await cluster.platform.get(lease);
    expect((body as { spec: { holderIdentity?: string } }).spec.holderIdentity ?? '').toBe('');
  });
});

/** Of names, modes, times and bytes. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const path of globSync('**/*', { cwd: folder }).sort()) {
    const { mode, mtimeMs } = lstatSync(join(folder, path));
    hash.update(`${path} ${mode} ${mtimeMs}\n`);
    if (lstatSync(join(folder, path)).isFile()) hash.update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex');
}
