/**
 * The API server as a Pod sees it: environment variables and the mounted service account.
 * Called by kube-config.ts.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { SecretValue } from '../model/secret-value.ts';
import type { Clock } from './clock.ts';
import { bearer, type KubeEndpoint, remembered } from './kube-endpoint.ts';

export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

// the kubelet swaps the token at 80 % of its life (an hour by default): a minute late is early enough
const REREAD_MS = 60_000;

/** Throws an Error that says what is missing from the Pod. */
export async function inClusterEndpoint(
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
  directory: string = SERVICE_ACCOUNT_DIR,
): Promise<KubeEndpoint> {
  const token = remembered(
    async () => SecretValue.fromText(await mounted(directory, 'token')),
    REREAD_MS,
    clock,
  );
  const trust = remembered(async () => ({ ca: await mounted(directory, 'ca.crt') }), REREAD_MS, clock);
  return {
    server: serverOf(environment),
    namespace: (await mounted(directory, 'namespace')).trim(),
    trust,
    identity: bearer(token),
  };
}

function serverOf(environment: Readonly<Record<string, string | undefined>>): string {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  if (!host || !port)
    throw new Error(
      'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; pass --kubeconfig',
    );
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

async function mounted(directory: string, file: string): Promise<string> {
  const path = join(directory, file);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read ${path}; does the Pod set automountServiceAccountToken: true?`, { cause });
  }
}
