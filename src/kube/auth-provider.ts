/**
 * Users of a kubeconfig with an `auth-provider`, kubectl's way of OIDC before plugins: by the official client, which
 * refreshes their tokens. It costs half a second and 26 MB, which no other kubeconfig pays.
 * Called by kubeconfig-file.ts.
 */
import type { RequestOptions } from 'node:https';
import { type ChosenContext, fieldsOf } from './kubeconfig-context.ts';

/** The authorization header. */
export async function providerHeader({ cluster, user }: ChosenContext): Promise<string | undefined> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'chosen', server: cluster.server, skipTLSVerify: false }],
    users: [{ name: 'chosen', authProvider: fieldsOf(user['auth-provider']) }],
    contexts: [{ name: 'chosen', cluster: 'chosen', user: 'chosen' }],
    currentContext: 'chosen',
  });
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const headers = Object.entries(options.headers ?? {});
  const found = headers.find(([name]) => name.toLowerCase() === 'authorization');
  return found?.[1] === undefined ? undefined : String(found[1]);
}
