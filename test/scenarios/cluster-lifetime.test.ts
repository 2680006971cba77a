import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectOk } from '../cluster/admin-client.ts';
import { attachControlPlane, type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { findServerBinaries } from '../cluster/server-binaries.ts';
import { isServerAlive } from '../cluster/server-process.ts';
import { whoIs } from '../cluster/who-is.ts';

// the machine may be busy with other tests
const PATIENT = { timeout: 20_000 };

let cluster: ControlPlane;
let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cluster-lifetime-'));
  cluster = await startControlPlane({ name: 'lifetime' });
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), rm(scratch, { recursive: true, force: true })]);
});

async function statusOf(target: ControlPlane, path: string): Promise<number> {
  return (await target.api({ path })).status;
}

describe('the API server', () => {
  it('comes back at the same address with the same data after a crash', async () => {
    await expectOk(cluster.api, {
      method: 'POST',
      path: '/api/v1/namespaces',
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } },
    });
    await cluster.killApiServer();
    expect(cluster.isRunning()).toBe(false);
    await expect(cluster.api({ path: '/version' })).rejects.toThrow('ECONNREFUSED');
    await cluster.startApiServer();
    expect(cluster.isRunning()).toBe(true);
    expect(await statusOf(cluster, '/api/v1/namespaces/kept')).toBe(200);
  });

  it('waits for its port, and takes nobody else on that port for itself', async () => {
    await cluster.killApiServer();
    const stranger = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    stranger.listen(Number(new URL(cluster.url).port), '127.0.0.1');
    await once(stranger, 'listening');
    setTimeout(() => stranger.close(), 700);
    await cluster.startApiServer();
    expect(cluster.isRunning()).toBe(true);
  });

  it('restarts in an orderly way', async () => {
    const before = cluster.pids['kube-apiserver'];
    await cluster.restartApiServer();
    expect(cluster.pids['kube-apiserver']).not.toBe(before);
    expect(await statusOf(cluster, '/readyz')).toBe(200);
  });
});

describe('a server which fails to start', () => {
  it('is named with its last words, and nothing of the cluster stays running', async () => {
    const broken = join(scratch, 'etcd');
    await writeFile(broken, '#!/bin/sh\necho "flag --x is unknown" >&2; exit 1\n', { mode: 0o755 });
    vi.stubEnv('TEST_ASSET_ETCD', broken);
    const dir = join(scratch, 'broken');
    await expect(startControlPlane({ dir })).rejects.toThrow(/etcd ended while starting.*\n.*--x is unknown/);
    vi.unstubAllEnvs();
    expect(await attachControlPlane(dir)).toBeUndefined();
  });
});

describe('the end', () => {
  it('of the process which started a cluster is the end of the cluster, even if it was killed', async () => {
    const script = `
      import { startControlPlane } from '${join(import.meta.dirname, '..', 'cluster', 'control-plane.ts')}';
      const { dir } = await startControlPlane({ name: 'orphan' });
      process.stdout.write(dir, () => process.kill(process.pid, 'SIGKILL'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: process.env });
    const dir = Buffer.concat(await child.stdout.toArray()).toString();
    expect(dir).toContain('secretscope-orphan-');
    await expect.poll(() => attachControlPlane(dir), PATIENT).toBeUndefined();
    await expect.poll(() => existsSync(join(dir, 'etcd-data')), PATIENT).toBe(false);
    await rm(dir, { recursive: true });
  });

  it('of the process which started an operator is the end of the operator', async () => {
    const script = `
      import { OperatorProcess } from '${join(import.meta.dirname, '..', 'scenarios-support', 'operator-process.ts')}';
      const { pid } = OperatorProcess.launch('${cluster.adminKubeconfig}');
      process.stdout.write(String(pid), () => process.kill(process.pid, 'SIGKILL'));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const pid = Number(Buffer.concat(await child.stdout.toArray()).toString());
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isServerAlive(pid, cluster.dir), PATIENT).toBe(false);
  });

  it('comes for a cluster of the command line with "down", and not before', { timeout: 60_000 }, async () => {
    const cache = await mkdtemp(join(tmpdir(), 'ss-cli-'));
    const run = commandLine(cache, await findServerBinaries());
    const kubeconfig = await run('up', '--name', 'kept');
    expect(kubeconfig).toBe(join(cache, 'clusters', 'kept', 'admin.kubeconfig'));
    expect(await run('up', '--name', 'kept')).toBe(kubeconfig);
    expect((await whoIs(kubeconfig)).groups).toContain('system:masters');
    const carol = await whoIs(await run('user', 'carol', '--group', 'ops', '--name', 'kept'));
    expect(carol.groups).toContain('ops');
    expect(await run('status')).toMatch(/^kept: running, v1\.36\.\d+ at https:/);
    await run('down', '--name', 'kept');
    expect(existsSync(kubeconfig)).toBe(false);
    await expect(run('status', '--name', 'kept')).rejects.toMatchObject({ code: 1 });
    await expect(run('user', 'x', '--name', 'kept')).rejects.toThrow('is not running');
    await rm(cache, { recursive: true });
  });
});

/** Runs the command and answers with its last line, as a script would. */
function commandLine(cache: string, binaries: Awaited<ReturnType<typeof findServerBinaries>>) {
  const env = {
    ...process.env,
    SECRETSCOPE_CACHE: cache,
    TEST_ASSET_ETCD: binaries.etcd,
    TEST_ASSET_KUBE_APISERVER: binaries['kube-apiserver'],
    TEST_ASSET_KUBE_CONTROLLER_MANAGER: binaries['kube-controller-manager'],
  };
  const cli = join(import.meta.dirname, '..', 'cluster', 'cli.ts');
  return async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], { env });
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  };
}
