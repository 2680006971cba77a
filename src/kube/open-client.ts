/**
 * Puts the parts of a client together.
 * Called by app.ts, the CLI and tests.
 */
import type { Masker } from '../mask/masker.ts';
import { AgentPool } from './agent-pool.ts';
import type { Clock, Random } from './clock.ts';
import { KubeClient } from './kube-client.ts';
import type { KubeEndpoint } from './kube-endpoint.ts';
import { KubeHttp, type RequestRecord } from './kube-http.ts';
import { ServerClock } from './server-clock.ts';

export interface ClientOptions {
  readonly endpoint: KubeEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  /** `secretscope/VERSION`; shows up in the audit log */
  readonly userAgent: string;
  /** for every single request, retries included */
  readonly onRequest?: (record: RequestRecord) => void;
  /** for every Warning header */
  readonly onWarning?: (text: string) => void;
  /** knows values that an answer might repeat */
  readonly masker?: Masker | undefined;
}

export interface OpenClient {
  readonly client: KubeClient;
  /** cuts every connection, those of clients with another token too */
  close(): Promise<void>;
}

export function openClient(options: ClientOptions): OpenClient {
  const agents = new AgentPool();
  const serverClock = new ServerClock(options.clock);
  const client = new KubeClient(new KubeHttp({ ...options, agents, serverClock }), serverClock);
  return { client, close: () => agents.close() };
}
