/** Owns: a service account as a kubelet mounts it into a Pod, made from a kubeconfig of it. Used by: image.test.ts. */
import { chmod, copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly { cluster: { server: string; 'certificate-authority-data': string } }[];
  readonly users: readonly { user: { token: string } }[];
}

export interface MountedAccount {
  readonly folder: string;
  /** what a kubelet sets in every container */
  readonly env: Readonly<Record<string, string>>;
  /** for a process that does not see the folder in its place */
  readonly kubeconfig: string;
}

export async function mountedAccount(kubeconfig: string, namespace: string): Promise<MountedAccount> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const { cluster } = clusters[0] ?? {};
  const { user } = users[0] ?? {};
  if (!cluster || !user) throw new Error(`${kubeconfig} has no cluster or no user`);
  const folder = await mkdtemp(join(tmpdir(), 'secretscope-account-'));
  const files = {
    token: user.token,
    'ca.crt': Buffer.from(cluster['certificate-authority-data'], 'base64').toString(),
    namespace,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const copy = join(folder, 'kubeconfig');
  await copyFile(kubeconfig, copy);
  for (const name of [...Object.keys(files), 'kubeconfig']) await chmod(join(folder, name), 0o644);
  await chmod(folder, 0o755);
  const { hostname, port } = new URL(cluster.server);
  return {
    folder,
    kubeconfig: copy,
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  };
}
