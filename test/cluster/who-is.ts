/**
 * Owns: asking the API server whom it sees behind a kubeconfig.
 * Called by: tests. Must not: use anything but what the file says, as any client would.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { parse } from 'yaml';

const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const SELF_REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };

export interface Identity {
  readonly username: string;
  readonly groups: readonly string[];
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Record<string, string> }];
  readonly users: readonly [{ readonly user: Record<string, string> }];
}

export async function whoIs(kubeconfig: string): Promise<Identity> {
  const { clusters, users } = parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig;
  const [{ cluster }] = clusters;
  const [{ user }] = users;
  const call = request(new URL(SELF, cluster['server']), {
    method: 'POST',
    agent: false,
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
    headers: {
      'content-type': 'application/json',
      ...(user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` }),
    },
  });
  call.end(JSON.stringify(SELF_REVIEW));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray()).toString();
  if (response.statusCode !== 201) throw new Error(`${SELF} answered ${response.statusCode}: ${body}`);
  return (JSON.parse(body) as { status: { userInfo: Identity } }).status.userInfo;
}

function decode(base64: string | undefined): Buffer | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}
