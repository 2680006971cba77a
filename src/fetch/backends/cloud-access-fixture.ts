/** For tests of the connections to the clouds: a cluster that issues tokens and keeps credentials, and the way out. */
import type { KubeClient } from '../../kube/kube-client.ts';
import { KubeError, type KubeErrorKind } from '../../kube/kube-error.ts';
import type { Secret } from '../../kube/kube-objects.ts';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { OutboundConnector } from '../outbound/outbound-connector.ts';
import type { CloudAccess } from './cloud-access.ts';

/** A token as it was asked for. */
export interface TokenOrder {
  readonly account: string;
  readonly audiences: readonly string[];
  readonly seconds: number;
}

export function kubeFailure(kind: KubeErrorKind, reason?: string): KubeError {
  const call = { verb: 'get', resource: 'secrets', target: 'vault/keys', sensitive: true };
  return new KubeError({ kind, call, reason, serverMessage: 'canary from the server' });
}

/** The part of a cluster that the connections use. Everything that they do there is noted. */
export class FakeCluster {
  readonly orders: TokenOrder[] = [];
  /** places of Secrets that were read */
  readonly reads: string[] = [];
  /** names that somebody wanted to connect to; none of them resolves */
  readonly resolved: string[] = [];
  /** what the API server answers instead */
  error: KubeError | undefined;
  /** what a service account's token says */
  token = (): string => 'token-of-the-cluster';
  readonly #secrets = new Map<string, Secret>();
  #version = 0;
  readonly kube: KubeClient = this.#client();

  /** Each time a new version. */
  store(place: string, fields: Readonly<Record<string, string>>): void {
    const [namespace = '', name = ''] = place.split('/');
    const encoded = Object.entries(fields).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    const metadata = { namespace, name, uid: `uid-${place}`, resourceVersion: `${++this.#version}` };
    const data = Object.fromEntries(encoded) as Record<string, string>;
    this.#secrets.set(place, { apiVersion: 'v1', kind: 'Secret', metadata, data });
  }

  erase(place: string): void {
    this.#secrets.delete(place);
  }

  #client(): KubeClient {
    const client: Pick<KubeClient, 'get' | 'createSub'> = {
      get: async (_type, { namespace, name }) => {
        const place = `${namespace}/${name}`;
        this.reads.push(place);
        const found = this.#secrets.get(place);
        if (this.error ?? !found) throw this.error ?? kubeFailure('notFound');
        return found as never;
      },
      createSub: async (_type, { namespace, name }, _sub, body) => {
        const { spec } = body as unknown as { spec: { audiences: string[]; expirationSeconds: number } };
        const { audiences, expirationSeconds: seconds } = spec;
        this.orders.push({ account: `${namespace}/${name}`, audiences, seconds });
        if (this.error) throw this.error;
        const expirationTimestamp = new Date(Date.now() + seconds * 1_000).toISOString();
        return { status: { token: this.token(), expirationTimestamp } } as never;
      },
    };
    return client as KubeClient;
  }
}

/** The way to stand-ins on loopback, where there are any, and to nothing else. */
export function cloudAccess(
  cluster: FakeCluster,
  endpoints: readonly string[] = [],
  change: Partial<CloudAccess> & { readonly ca?: string } = {},
): CloudAccess {
  const { ca, ...rest } = change;
  const resolve = async (name: string) => {
    cluster.resolved.push(name);
    throw Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' });
  };
  const allow = { endpoints, ...(ca !== undefined && { ca }) };
  return {
    kube: cluster.kube,
    operatorNamespace: 'secretscope-system',
    outbound: new OutboundConnector({ resolve, ...(endpoints.length > 0 && { allow }) }),
    ...(endpoints.length > 0 && { tests: { endpoints: new Set(endpoints), ca } }),
    clock: new FakeClock(),
    random: () => 0.5,
    ...rest,
  };
}
