/**
 * Owns: the text of a kubeconfig file, everything inline so that it can be copied elsewhere.
 * Called by: control-plane.ts. Must not: know how credentials are obtained.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { KeyedCertificate } from './pki.ts';

export interface KubeconfigInput {
  readonly cluster: string;
  readonly url: string;
  readonly authority: string;
  readonly user: string;
  readonly credential: KeyedCertificate | { readonly token: string };
  readonly namespace?: string;
}

export function renderKubeconfig(input: KubeconfigInput): string {
  const { cluster, user, namespace } = input;
  const context = { cluster, user, ...(namespace === undefined ? {} : { namespace }) };
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: cluster,
          cluster: { server: input.url, 'certificate-authority-data': base64(input.authority) },
        },
      ],
      users: [{ name: user, user: userEntry(input.credential) }],
      contexts: [{ name: `${user}@${cluster}`, context }],
      'current-context': `${user}@${cluster}`,
    },
    { lineWidth: 0 },
  );
}

/** Atomic, so that a reader of an existing path never sees half a credential. */
export async function writeKubeconfig(path: string, input: KubeconfigInput): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, renderKubeconfig(input), { mode: 0o600 });
  await rename(draft, path);
  return path;
}

function userEntry(credential: KubeconfigInput['credential']): Record<string, string> {
  if ('token' in credential) return { token: credential.token };
  return {
    'client-certificate-data': base64(credential.certificate),
    'client-key-data': base64(credential.key),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
