/**
 * Owns: writing and reading the credentials and policies in a cluster's directory.
 * Called by: control-plane.ts. Must not: talk to a server.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClusterPaths } from './cluster-dir.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import {
  createAuthority,
  createSigningKey,
  issueClientCertificate,
  issueServerCertificate,
  type KeyedCertificate,
} from './pki.ts';
import { AUDIT_POLICY } from './server-flags.ts';

const SERVING_NAMES = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];

/** What a kubeconfig of this cluster needs besides somebody's credential. */
export interface ClusterAddress {
  readonly name: string;
  readonly url: string;
}

export async function writeClusterFiles(
  paths: ClusterPaths,
  auditPolicy: object = AUDIT_POLICY,
): Promise<void> {
  const authority = await createAuthority('test-cluster-ca');
  const [serving, admin, tokens] = await Promise.all([
    issueServerCertificate(authority, SERVING_NAMES),
    issueClientCertificate(authority, 'admin', ['system:masters']),
    createSigningKey(),
  ]);
  const contents: [string, string][] = [
    [paths.caCert, authority.certificate],
    [paths.caKey, authority.key],
    [paths.servingCert, serving.certificate],
    [paths.servingKey, serving.key],
    [paths.adminCert, admin.certificate],
    [paths.adminKey, admin.key],
    [paths.tokenKey, tokens.privateKey],
    [paths.tokenPublicKey, tokens.publicKey],
    [paths.auditPolicy, stringify(auditPolicy)],
  ];
  await Promise.all(contents.map(([path, text]) => writeFile(path, `${text}\n`, { mode: 0o600 })));
}

export function readAuthority(paths: ClusterPaths): Promise<KeyedCertificate> {
  return readPair(paths.caCert, paths.caKey);
}

export function readAdmin(paths: ClusterPaths): Promise<KeyedCertificate> {
  return readPair(paths.adminCert, paths.adminKey);
}

/** For the two identities which every cluster has: its admin and its controller manager. */
export async function writeBuiltInKubeconfigs(paths: ClusterPaths, address: ClusterAddress): Promise<void> {
  const authority = await readAuthority(paths);
  const common = { cluster: address.name, url: address.url, authority: authority.certificate };
  const controllerManager = 'system:kube-controller-manager';
  await Promise.all([
    writeKubeconfig(paths.adminKubeconfig, { ...common, user: 'admin', credential: await readAdmin(paths) }),
    writeKubeconfig(paths.controllerManagerKubeconfig, {
      ...common,
      user: controllerManager,
      credential: await issueClientCertificate(authority, controllerManager, []),
    }),
  ]);
}

export async function writeUserKubeconfig(
  paths: ClusterPaths,
  address: ClusterAddress,
  user: string,
  groups: readonly string[],
): Promise<string> {
  const authority = await readAuthority(paths);
  return writeKubeconfig(kubeconfigPath(paths, ['user', user, ...groups]), {
    cluster: address.name,
    url: address.url,
    authority: authority.certificate,
    user,
    credential: await issueClientCertificate(authority, user, groups),
  });
}

export async function writeTokenKubeconfig(
  paths: ClusterPaths,
  address: ClusterAddress,
  account: { readonly namespace: string; readonly name: string; readonly token: string },
): Promise<string> {
  const { certificate } = await readAuthority(paths);
  return writeKubeconfig(kubeconfigPath(paths, ['sa', account.namespace, account.name]), {
    cluster: address.name,
    url: address.url,
    authority: certificate,
    user: `system:serviceaccount:${account.namespace}:${account.name}`,
    credential: { token: account.token },
    namespace: account.namespace,
  });
}

// readable, and yet different for the same person with other groups or for names which differ in punctuation
function kubeconfigPath(paths: ClusterPaths, identity: readonly string[]): string {
  const readable = identity
    .slice(0, 3)
    .join('-')
    .replace(/[^A-Za-z0-9.-]+/g, '_')
    .slice(0, 60);
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 8);
  return join(paths.kubeconfigs, `${readable}-${digest}.kubeconfig`);
}

async function readPair(certificatePath: string, keyPath: string): Promise<KeyedCertificate> {
  const [certificate, key] = await Promise.all([
    readFile(certificatePath, 'utf8'),
    readFile(keyPath, 'utf8'),
  ]);
  return { certificate, key };
}
