/**
 * Owns: requests to the API server with as little as possible around them: bare undici, so many in flight.
 * Called by: benchmarks, to set up thousands of objects and as what the operator is compared with.
 */
import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import { parse } from 'yaml';

export interface RawCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
  /** instead of the client's own */
  readonly token?: string;
  /** also fine besides 2xx */
  readonly orStatus?: number;
}

export const IN_FLIGHT = 32;
export const MERGE = 'application/merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

export class RawClient {
  readonly #origin: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  private constructor(origin: string, token: string | undefined, agent: Agent) {
    this.#origin = origin;
    this.#token = token;
    this.#agent = agent;
  }

  static async of(kubeconfig: string): Promise<RawClient> {
    const config = parse(await readFile(kubeconfig, 'utf8'));
    const [{ cluster }] = config.clusters;
    const [{ user }] = config.users;
    const connect = {
      ca: pem(cluster['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    };
    return new RawClient(
      cluster.server,
      user.token,
      new Agent({ connect, connections: IN_FLIGHT, allowH2: false }),
    );
  }

  /** The answer's JSON; throws for anything but 2xx. */
  async send({ method, path, body, type = 'application/json', token = this.#token, orStatus }: RawCall) {
    const answer = await this.#agent.request({
      origin: this.#origin,
      path,
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'bench',
        ...(body !== undefined && { 'content-type': type }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const { statusCode } = answer;
    if (statusCode < 300 || statusCode === orStatus) return JSON.parse(text);
    throw new Error(`${method} ${path} answered ${statusCode}: ${text.slice(0, 500)}`);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function pem(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
}

/** Works on all of them, 32 at a time; answers in the order of the items. */
export async function allOf<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return results;
}
