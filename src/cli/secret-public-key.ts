/** Owns: the public key that values of a scope are sealed to. Used by: secret-set.ts; one look a command (GX50). */
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { publicKeyMap, readPublishedKey } from '../seal/public-keys.ts';
import type { PublicKey } from '../seal/scope-keys.ts';
import { CONFIG_MAPS } from '../watch/resources.ts';
import { type FoundScope, keyOfScope } from './secret-found-scope.ts';
import { EXIT, ExitError } from './usage-error.ts';

export async function readPublicKey(
  kube: KubeClient,
  scope: FoundScope,
  namespace: string,
): Promise<PublicKey> {
  const { uid } = scope.view.metadata;
  const name = publicKeyMap(uid);
  const map = await kube.get(CONFIG_MAPS, { namespace, name }).catch((error: unknown) => {
    throw notRead(error, `${namespace}/${name}`);
  });
  const data = 'data' in map ? (map.data as Readonly<Record<string, string>> | undefined) : undefined;
  const key = readPublishedKey(data?.[uid]);
  const place = keyOfScope(scope);
  if (!key)
    throw new ExitError(
      EXIT.failed,
      `failed to fetch public key: the operator has not published one for scope ${place} yet; a new scope gets it within seconds, so try again, and else look whether the operator runs: kubectl get deployment secretscope -n ${namespace}`,
    );
  refuseAnother(key, scope.view.status, place);
  return key;
}

function notRead(error: unknown, map: string): unknown {
  if (isKubeError(error, 'notFound'))
    return new ExitError(
      EXIT.notFound,
      `failed to fetch public key: there is no ConfigMap ${map}; where the operator has another namespace, name it with --operator-namespace`,
    );
  if (isKubeError(error, 'forbidden'))
    return new ExitError(
      EXIT.denied,
      `failed to fetch public key: you may not read ConfigMap ${map}; the Role secretscope-public-keys gives that to everybody who is logged in, so have the cluster's admin apply SecretScope's deployment again`,
    );
  return error;
}

/** Whoever could write only one of the two places must not receive the values (THREATS 14). */
function refuseAnother({ keyID }: PublicKey, status: unknown, place: string): void {
  const told = sealingKeyOf(status);
  if (told === undefined || told === keyID) return;
  throw new ExitError(
    EXIT.failed,
    `failed to fetch public key: the one that is published for scope ${place} is ${keyID}, its status names ${told}. Where the sealing key was just changed, try again in a minute; else nothing may be sealed to it: tell the cluster's admin`,
  );
}

/** `status.sealingKey`: the ID, or an object with it. */
function sealingKeyOf(status: unknown): string | undefined {
  const key = fieldOf(status, 'sealingKey');
  const id = typeof key === 'string' ? key : fieldOf(key, 'keyID');
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function fieldOf(object: unknown, field: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  return Object.entries(object).find(([name]) => name === field)?.[1];
}
