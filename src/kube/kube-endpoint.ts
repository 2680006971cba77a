/**
 * Where the API server is, why it is trusted, and who we are to it: the ports that kube-config.ts fills.
 * Called by the transport before every request; implementations cache.
 */
import type { SecretValue } from '../model/secret-value.ts';
import type { Clock } from './clock.ts';

/** `fresh` is asked for after a 401: cached credentials are read again. */
export interface Freshness {
  readonly fresh: boolean;
}

/** How to recognise the API server. */
export interface Trust {
  /** PEM; absent means the roots that Node trusts */
  readonly ca?: string;
  /** name in the certificate, when it differs from the URL's host */
  readonly serverName?: string;
  /** the kubeconfig says insecure-skip-tls-verify */
  readonly insecure?: boolean;
  readonly proxyUrl?: string;
}

/** Who we are. Holds credentials: must not be logged or kept. */
export interface Identity {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** PEM of a client certificate and its key */
  readonly cert?: string;
  readonly key?: string;
}

export type TrustSource = (freshness: Freshness) => Promise<Trust>;
export type IdentitySource = (freshness: Freshness) => Promise<Identity>;
/** A bearer token that is valid now. Must answer from memory while it is, and ask again when told `fresh`. */
export type TokenSource = (freshness: Freshness) => Promise<SecretValue>;

export interface KubeEndpoint {
  /** `https://host:port`, perhaps with a path, without a trailing slash */
  readonly server: string;
  /** namespace of the context, or of the Pod */
  readonly namespace: string;
  readonly trust: TrustSource;
  readonly identity: IdentitySource;
}

/** An identity made of nothing but a bearer token. */
export function bearer(token: TokenSource): IdentitySource {
  return async (freshness) => {
    const value = await token(freshness);
    return { headers: { authorization: `Bearer ${value.reveal().toString('utf8').trim()}` } };
  };
}

/** Impersonation on top of an identity: `kubectl --as USER --as-group GROUP`. */
export function impersonating(
  identity: IdentitySource,
  user: string,
  groups: readonly string[],
): IdentitySource {
  const extra: Record<string, string | string[]> = { 'impersonate-user': user };
  if (groups.length > 0) extra['impersonate-group'] = [...groups];
  return async (freshness) => {
    const own = await identity(freshness);
    return { ...own, headers: { ...own.headers, ...extra } };
  };
}

/**
 * Keeps an answer for `maxAgeMs` and shares one load among all who ask meanwhile. A failed load is not kept and not
 * papered over with the old answer: whoever asked fails and may ask again.
 */
export function remembered<T>(
  load: (freshness: Freshness) => Promise<T>,
  maxAgeMs: number,
  clock: Clock,
): (freshness: Freshness) => Promise<T> {
  let kept: { at: number; value: T } | undefined;
  let loading: Promise<T> | undefined;
  const reload = async (freshness: Freshness) => {
    try {
      const value = await load(freshness);
      kept = { at: clock.monotonic(), value };
      return value;
    } finally {
      loading = undefined;
    }
  };
  return (freshness) => {
    if (!freshness.fresh && kept && clock.monotonic() - kept.at < maxAgeMs)
      return Promise.resolve(kept.value);
    loading ??= reload(freshness);
    return loading;
  };
}
