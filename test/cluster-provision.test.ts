import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { arch, hostname, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { SERVER_NAMES } from './cluster/cluster-dir.ts';
import { withDirectoryLock } from './cluster/directory-lock.ts';
import { findServerBinaries } from './cluster/server-binaries.ts';
import { chooseArchive, type DownloadSources } from './cluster/server-download.ts';

const GO_ARCH = arch() === 'x64' ? 'amd64' : arch();
const PLATFORM = `${platform()}-${GO_ARCH}`;
// downloads are published for Linux only; elsewhere the build is the way
const onLinux = it.skipIf(platform() !== 'linux');

let scratch: string;
let server: Server;
let published: Map<string, Buffer | string>;
let sources: DownloadSources;
let env: NodeJS.ProcessEnv;
let told: MockInstance<typeof process.stderr.write>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const content = published.get(request.url ?? '');
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server.close());

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cluster-provision-'));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sources = { envtestIndex: `${base}/index.yaml`, releases: base };
  published = await publish(base);
  // what people would see while they wait
  told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  // no go in PATH, so that nothing is ever built here
  env = { PATH: join(scratch, 'empty'), SECRETSCOPE_CACHE: join(scratch, 'cache') };
  return async () => {
    told.mockRestore();
    await rm(scratch, { recursive: true });
  };
});

async function program(path: string, text = 'a program'): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

async function publish(base: string): Promise<Map<string, Buffer | string>> {
  const tree = join(scratch, 'published');
  for (const name of ['etcd', 'kube-apiserver', 'kubectl']) {
    await program(join(tree, 'controller-tools', 'envtest', name), `official ${name}`);
  }
  execFileSync('tar', ['-czf', join(scratch, 'e.tgz'), '-C', tree, 'controller-tools']);
  const archive = await readFile(join(scratch, 'e.tgz'));
  const manager = 'official kube-controller-manager';
  const managerPath = `/v1.36.1/bin/linux/${GO_ARCH}/kube-controller-manager`;
  const sha512 = createHash('sha512').update(archive).digest('hex');
  const entry = { hash: sha512, selfLink: `${base}/e.tgz` };
  return new Map<string, Buffer | string>([
    [
      '/index.yaml',
      JSON.stringify({ releases: { 'v1.36.1': { [`envtest-v1.36.1-${PLATFORM}.tar.gz`]: entry } } }),
    ],
    ['/e.tgz', archive],
    [managerPath, manager],
    [`${managerPath}.sha256`, createHash('sha256').update(manager).digest('hex')],
  ]);
}

describe('the server programs', () => {
  it('come from KUBEBUILDER_ASSETS, each replaced by its own variable', async () => {
    for (const name of SERVER_NAMES) await program(join(scratch, 'assets', name));
    const other = await program(join(scratch, 'my-etcd'));
    const assets = join(scratch, 'assets');
    const found = await findServerBinaries(
      { ...env, KUBEBUILDER_ASSETS: assets, TEST_ASSET_ETCD: other },
      sources,
    );
    expect(found).toMatchObject({ etcd: other, 'kube-apiserver': join(assets, 'kube-apiserver') });
  });

  it.each([
    ['KUBEBUILDER_ASSETS', 'holds none of'],
    ['TEST_ASSET_KUBE_APISERVER', 'is not an executable file'],
  ])('are not looked for elsewhere when %s is wrong', async (variable, message) => {
    await expect(findServerBinaries({ ...env, [variable]: '/no/such' }, sources)).rejects.toThrow(message);
  });

  it('come from the cache, where assets lack the controller manager', async () => {
    const assets = join(scratch, 'assets');
    for (const name of ['etcd', 'kube-apiserver']) await program(join(assets, name));
    const cached = join(scratch, 'cache', 'controlplane', `v1.36.2-${PLATFORM}`, 'kube-controller-manager');
    await program(cached);
    const found = await findServerBinaries({ ...env, KUBEBUILDER_ASSETS: assets }, sources);
    expect(found).toMatchObject({ etcd: join(assets, 'etcd'), 'kube-controller-manager': cached });
  });

  onLinux('are downloaded once, verified, and kept under the version they have', async () => {
    const found = await findServerBinaries(env, sources);
    for (const name of SERVER_NAMES) {
      expect(found[name]).toBe(join(scratch, 'cache', 'controlplane', `v1.36.1-${PLATFORM}`, name));
      expect(await readFile(found[name], 'utf8')).toBe(`official ${name}`);
    }
    expect(told).toHaveBeenCalledWith(expect.stringMatching(/^cluster: downloading .*: done after 0 s\n$/));
    published.clear();
    expect(await findServerBinaries(env, sources)).toEqual(found);
  });

  onLinux.each([
    ['the archive was tampered with', '/e.tgz', 'has the sha512'],
    [
      'the controller manager is not published',
      `/v1.36.1/bin/linux/${GO_ARCH}/kube-controller-manager`,
      'has the sha256',
    ],
    ['the index is something else', '/index.yaml', 'lists no archive'],
  ])('are not taken from the network in part: %s', async (_, path, reason) => {
    published.set(path, 'something else');
    const attempt = findServerBinaries(env, sources);
    await expect(attempt).rejects.toThrow(reason);
    await expect(attempt).rejects.toThrow('there is no "go" in PATH');
    await expect(attempt).rejects.toThrow('install Go 1.26 or newer');
    expect(await readdir(join(scratch, 'cache', 'controlplane'))).toEqual([]);
  });
});

describe('the choice of an archive', () => {
  const wanted = { version: 'v1.36.2', platform: { os: 'linux', arch: 'arm64' } };
  const release = (version: string) => ({
    [`envtest-${version}-linux-arm64.tar.gz`]: { hash: version, selfLink: 'x' },
  });

  it('takes the newest patch of the minor, and no pre-release', () => {
    const versions = ['v1.36.0', 'v1.36.10', 'v1.36.9', 'v1.36.11-rc.0', 'v1.37.0', 'v1.3.60'];
    const releases = Object.fromEntries(versions.map((version) => [version, release(version)]));
    expect(chooseArchive({ releases }, wanted)?.version).toBe('v1.36.10');
  });

  it.each([[undefined], [{}], [{ releases: { 'v1.35.0': release('v1.35.0') } }]])(
    'finds none in %j',
    (index) => {
      expect(chooseArchive(index, wanted)).toBeUndefined();
    },
  );
});

describe('the lock', () => {
  it('lets one after another in', async () => {
    const events: string[] = [];
    const enter = (who: string) =>
      withDirectoryLock(join(scratch, 'lock'), 'testing', async () => {
        events.push(`${who} in`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        events.push(`${who} out`);
      });
    await Promise.all([enter('a'), enter('b')]);
    expect(events[1]).toBe(events[0]?.replace('in', 'out'));
    expect(events).toHaveLength(4);
  });

  it('of a process which is gone does not hold anybody up', async () => {
    const gone = spawn(process.execPath, ['--version']);
    await once(gone, 'close');
    const lock = join(scratch, 'lock');
    await mkdir(lock);
    await writeFile(join(lock, 'owner.json'), JSON.stringify({ pid: gone.pid, host: hostname() }));
    expect(await withDirectoryLock(lock, 'testing', async () => 'entered')).toBe('entered');
    expect(await readdir(scratch)).not.toContain('lock');
  });
});
