/**
 * Owns: what a fault proxy has to know of the API server behind it, and a kubeconfig that leads to the proxy.
 * Called by: fault-proxy.ts. Must not: talk to a server.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { KeyedCertificate } from '../../cluster/pki.ts';

export interface ProxiedServer {
  readonly url: string;
  /** signed the certificates of the API server and of the proxy */
  readonly ca: string;
  /** what the proxy shows */
  readonly certificate: KeyedCertificate;
}

/** As much of a ControlPlane as is needed. */
export interface ProxiedCluster {
  readonly url: string;
  readonly caPath: string;
  servingCertificate(): Promise<KeyedCertificate>;
}

interface Kubeconfig {
  readonly clusters: { readonly cluster: Record<string, unknown> }[];
  readonly users: { readonly user?: Record<string, unknown> }[];
}

export async function proxiedServer(control: ProxiedCluster | ProxiedServer): Promise<ProxiedServer> {
  if (!('servingCertificate' in control)) return control;
  const ca = await readFile(control.caPath, 'utf8');
  return { url: control.url, ca, certificate: await control.servingCertificate() };
}

/** Beside the original, and for the same user; answers its path. */
export async function kubeconfigThrough(from: string, url: string, ca: string): Promise<string> {
  const config = parse(await readFile(from, 'utf8')) as Kubeconfig;
  if (config.users.some(({ user }) => user && 'client-certificate-data' in user))
    throw new Error(`${from} has a client certificate, which a proxy cannot pass on: use one with a token`);
  for (const { cluster } of config.clusters) {
    cluster['server'] = url;
    cluster['certificate-authority-data'] = Buffer.from(ca).toString('base64');
  }
  const path = `${from.replace(/\.kubeconfig$/, '')}-by-${new URL(url).port}.kubeconfig`;
  await writeFile(path, stringify(config, { lineWidth: 0 }), { mode: 0o600 });
  return path;
}
