/**
 * A credential plugin of a kubeconfig (`exec`), such as those of EKS, GKE and AKS.
 * Called by kubeconfig-file.ts. What a plugin says on stderr goes to ours: it may be a question to the person there. Where
 * nobody sits it goes into a log, without the tokens that a talkative plugin shows.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { tokenStream } from '../mask/foreign-text.ts';
import { type Fields, fieldsOf, text } from './kubeconfig-context.ts';

/** What a plugin answered. Holds credentials: must not be logged. */
export interface PluginCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** milliseconds since 1970; absent: it holds until the server refuses it */
  readonly expiresAt?: number;
}

/** Runs it once. Throws an Error that names the plugin and quotes nothing that it printed. */
export async function runPlugin(exec: Fields, cluster: Fields): Promise<PluginCredential> {
  const command = text(exec['command']);
  if (command === undefined)
    throw new Error('the kubeconfig names a plugin without a command; fix users[].user.exec');
  const child = spawn(command, textsOf(exec['args']), {
    env: { ...process.env, ...variables(exec), KUBERNETES_EXEC_INFO: execInfo(exec, cluster) },
    stdio: [
      exec['interactiveMode'] === 'Never' ? 'ignore' : 'inherit',
      'pipe',
      process.stderr.isTTY === true ? 'inherit' : 'pipe',
    ],
  });
  const ended = once(child, 'close').catch((error: unknown) => {
    throw notStarted(command, exec, error);
  });
  const output = child.stdout ? readAll(child.stdout) : '';
  const [credential, [code]] = await Promise.all([output, ended, tellMasked(child.stderr)]);
  if (code !== 0)
    throw new Error(
      `the kubeconfig's plugin ${command} ended with code ${code}; run it by itself to see why`,
    );
  return credentialIn(command, credential);
}

async function tellMasked(said: Readable | null): Promise<void> {
  if (!said) return;
  const masked = tokenStream();
  for await (const chunk of said)
    for (const piece of masked.write(chunk as Buffer)) process.stderr.write(piece);
  for (const piece of masked.end()) process.stderr.write(piece);
}

function notStarted(command: string, exec: Fields, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const hint = text(exec['installHint'])?.trim() ?? 'install it, or choose another --context';
  return new Error(`the kubeconfig's plugin ${command} could not be started (${code}); ${hint}`);
}

function credentialIn(command: string, output: string): PluginCredential {
  const status = fieldsOf(fieldsOf(jsonOf(output))['status']);
  const token = text(status['token']);
  const cert = text(status['clientCertificateData']);
  const key = text(status['clientKeyData']);
  const expiresAt = Date.parse(text(status['expirationTimestamp']) ?? '');
  if (token === undefined && (cert === undefined || key === undefined))
    throw new Error(
      `the kubeconfig's plugin ${command} gave no token and no certificate; run it by itself to see why`,
    );
  return {
    ...(token !== undefined && { token }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(!Number.isNaN(expiresAt) && { expiresAt }),
  };
}

/** Undefined where it is no JSON; the error would quote what may be a token. */
function jsonOf(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const CLUSTER_INFO = [
  'server',
  'tls-server-name',
  'insecure-skip-tls-verify',
  'certificate-authority-data',
  'proxy-url',
];

function execInfo(exec: Fields, cluster: Fields): string {
  const known = Object.fromEntries(
    CLUSTER_INFO.flatMap((key) => (key in cluster ? [[key, cluster[key]]] : [])),
  );
  return JSON.stringify({
    apiVersion: text(exec['apiVersion']) ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: exec['interactiveMode'] !== 'Never' && process.stdin.isTTY === true,
      ...(exec['provideClusterInfo'] === true && { cluster: known }),
    },
  });
}

function variables(exec: Fields): Record<string, string> {
  const list: readonly unknown[] = Array.isArray(exec['env']) ? exec['env'] : [];
  const pairs = list.map(fieldsOf).flatMap((one) => {
    const name = text(one['name']);
    return name === undefined ? [] : [[name, String(one['value'] ?? '')]];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}
