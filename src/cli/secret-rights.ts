/**
 * Owns: which right is missing, and the command that gives it (spec row G41). Used by: the secret verbs.
 */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError, type KubeError } from '../kube/kube-error.ts';
import { type Caller, readCaller } from './review-cluster.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

/** A role that gives a right; `addition` is what kubectl binds it with. */
export interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string;
  readonly role: 'secretscope-value-writer' | 'secretscope-edit' | 'secretscope-view';
}

/** What the API server said of a call that needs a right: its own words for admission, ours for what RBAC lacks. */
export async function missingRight(
  kube: KubeClient,
  error: KubeError,
  what: string,
  right: Right,
): Promise<ExitError> {
  const said = error.serverMessage === undefined ? '' : escapeText(error.serverMessage);
  if (/admission/i.test(said))
    return new ExitError(EXIT.denied, `${what}: refused by an admission policy: ${said}`);
  const { verb, resource, namespace, role } = right;
  const subject = subjectOf(await callerOf(kube));
  const binding = `kubectl create rolebinding ${role}-${subject.name} --clusterrole=${role} ${subject.flag} -n ${namespace}`;
  return new ExitError(
    EXIT.denied,
    `${what}: the right to ${verb} ${resource}.secretscope.dev in namespace ${namespace} is missing; have somebody who may give it run:\n${binding}`,
  );
}

/** Undefined where the API server does not tell. */
async function callerOf(kube: KubeClient): Promise<Caller | undefined> {
  try {
    return await readCaller(kube);
  } catch (error) {
    if (isKubeError(error)) return undefined;
    throw error;
  }
}

function subjectOf(caller: Caller | undefined): { readonly name: string; readonly flag: string } {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(caller?.username ?? '');
  if (account) return { name: account[2] ?? '', flag: `--serviceaccount=${account[1]}:${account[2]}` };
  if (caller === undefined) return { name: 'NAME', flag: '--user=NAME' };
  const name = caller.username.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { name, flag: `--user='${escapeText(caller.username).replaceAll("'", "'\\''")}'` };
}
