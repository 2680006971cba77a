/**
 * A credential that lies in a Secret of the cluster, and the login that it stands for. Called by the connections to the
 * clouds. The Secret is read again now and then, and whenever the provider refuses what it held: a token, or to give one
 * for it. So a rotated credential is taken up by itself.
 */
import type { Clock } from '../../kube/clock.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import { type Freshness, remembered } from '../../kube/kube-endpoint.ts';
import { isKubeError } from '../../kube/kube-error.ts';
import { SECRETS, type Secret } from '../../kube/kube-objects.ts';
import type { CredentialAnswer, SecretFields } from '../../model/credentials/credential-document.ts';
import type { Refusal } from '../port.ts';
import { LoginFailed } from './account-login.ts';

export interface StoredLoginOptions<Credential, Login> {
  readonly kube: KubeClient;
  readonly ref: { readonly namespace: string; readonly name: string };
  readonly clock: Clock;
  readonly parse: (fields: SecretFields) => CredentialAnswer<Credential>;
  /** Made anew only when the Secret has changed, so that tokens outlive a look at it. */
  readonly login: (credential: Credential) => Login;
}

/** Asks with the login of now. Rejects with LoginFailed where there is none, and with whatever `ask` does. */
export type StoredLogin<Login> = <T>(freshness: Freshness, ask: (login: Login) => Promise<T>) => Promise<T>;

const LOOK_AGAIN_MS = 300_000;
// a burst of refusals is one look at the Secret
const FRESH_ENOUGH_MS = 5_000;

export function storedLogin<Credential, Login>(
  options: StoredLoginOptions<Credential, Login>,
): StoredLogin<Login> {
  const look = lookedUp(options);
  const { clock } = options;
  let lookedAgainAt = Number.NEGATIVE_INFINITY;
  let lookingAgain: Promise<Login> | undefined;
  let last: Login | undefined;
  let refused: Login | undefined;
  const current = (fresh: boolean) => {
    if (!fresh || clock.monotonic() - lookedAgainAt < FRESH_ENOUGH_MS)
      // whoever asks meanwhile does not go on with what was refused
      return lookingAgain ?? look({ fresh: false });
    lookedAgainAt = clock.monotonic();
    const looking = look({ fresh: true }).finally(() => {
      if (lookingAgain === looking) lookingAgain = undefined;
    });
    lookingAgain = looking;
    return looking;
  };
  return async ({ fresh }, ask) => {
    const login = await current(fresh || (refused !== undefined && refused === last));
    last = login;
    try {
      const answer = await ask(login);
      if (refused === login) refused = undefined;
      return answer;
    } catch (error) {
      // where no token is given for it, no provider is asked that could refuse one
      if (error instanceof LoginFailed && error.answer.kind === 'identityUnavailable') refused = login;
      throw error;
    }
  };
}

function lookedUp<Credential, Login>({
  kube,
  ref,
  clock,
  parse,
  login,
}: StoredLoginOptions<Credential, Login>): (freshness: Freshness) => Promise<Login> {
  let made: { readonly version: string; readonly login: Login } | undefined;
  const look = async () => {
    const secret = await readSecret(kube, ref);
    const version = `${secret.metadata.uid}/${secret.metadata.resourceVersion}`;
    if (made?.version === version) return made.login;
    const parsed = parse(fieldsOf(secret));
    if (parsed.kind === 'refused') throw failed(parsed.code);
    made = { version, login: login(parsed.credential) };
    return made.login;
  };
  return remembered(look, LOOK_AGAIN_MS, clock);
}

async function readSecret(kube: KubeClient, ref: { namespace: string; name: string }): Promise<Secret> {
  try {
    return await kube.get<Secret>(SECRETS, ref);
  } catch (error) {
    if (isKubeError(error, 'notFound')) throw failed('CredentialMissing');
    if (isKubeError(error, 'forbidden')) throw failed('CredentialForbidden');
    if (isKubeError(error)) throw new LoginFailed({ kind: 'unavailable', code: error.reason ?? error.kind });
    throw error;
  }
}

function fieldsOf({ data = {} }: Secret): SecretFields {
  return new Map(Object.entries(data).map(([name, base64]) => [name, Buffer.from(base64, 'base64')]));
}

function failed(code: string): LoginFailed {
  const answer: Refusal = { kind: 'identityUnavailable', code };
  return new LoginFailed(answer);
}
