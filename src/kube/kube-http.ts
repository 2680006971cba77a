/**
 * HTTP to the API server: deadlines, retries, size limits, metrics around single exchanges.
 * Called by kube-client.ts only. Knows nothing of kinds; every failure is a KubeError.
 */
import { readCapped } from './capped-body.ts';
import { deadline, type Random, sleep } from './clock.ts';
import {
  asKubeError,
  type ExchangeMode,
  type ExchangeOptions,
  exchange,
  type HttpCall,
} from './http-exchange.ts';
import type { KubeEndpoint } from './kube-endpoint.ts';
import { type CallLabel, KubeError } from './kube-error.ts';
import { type Attempts, nextAttempt } from './retry-policy.ts';

/** One request, told when its answer is complete (or its stream opened). `code` is a status or an error kind. */
export interface RequestRecord {
  readonly verb: string;
  readonly resource: string;
  readonly code: string;
  readonly seconds: number;
}

export interface KubeHttpOptions extends ExchangeOptions {
  readonly random: Random;
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
}

interface Completed<T> {
  readonly status: number;
  readonly value: T;
}
type Once<T> = (mode: Omit<ExchangeMode, 'streaming'>) => Promise<Completed<T>>;
type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: KubeError };

const DEADLINE_MS = 30_000;
// a page of 100 objects is about 1 MiB; ten of the largest possible (1.5 MiB in etcd, twice that as JSON) still fit
const BODY_LIMIT = 32 * 1024 * 1024;

export class KubeHttp {
  readonly #options: KubeHttpOptions;

  constructor(options: KubeHttpOptions) {
    this.#options = options;
  }

  get endpoint(): KubeEndpoint {
    return this.#options.endpoint;
  }

  /** The same server, connections and hooks as somebody else. */
  withIdentity(identity: KubeEndpoint['identity']): KubeHttp {
    return new KubeHttp({ ...this.#options, endpoint: { ...this.#options.endpoint, identity } });
  }

  /** The decoded answer. Throws KubeError. */
  json(call: HttpCall): Promise<unknown> {
    return this.#withRetries(call, async (mode) => {
      const { status, body } = await exchange(this.#options, call, { ...mode, streaming: false });
      return { status, value: parseBody(call, await readCapped(body, BODY_LIMIT)) };
    });
  }

  /**
   * The answer's bytes as they arrive, until the server ends it or `call.signal` aborts. Throws KubeError, here or
   * while iterating. Whoever got it must iterate it or abort.
   */
  async stream(call: HttpCall): Promise<AsyncIterable<Uint8Array>> {
    // the deadline ends with the headers, so the body hangs on a signal of its own
    const life = new AbortController();
    const end = () => life.abort(call.signal?.reason);
    if (call.signal?.aborted) end();
    call.signal?.addEventListener('abort', end);
    const release = () => {
      call.signal?.removeEventListener('abort', end);
      life.abort();
    };
    try {
      const body = await this.#withRetries({ ...call, idempotent: false }, async ({ fresh, signal }) => {
        signal.addEventListener('abort', () => life.abort(signal.reason));
        const answer = await exchange(this.#options, call, { signal: life.signal, fresh, streaming: true });
        return { status: answer.status, value: answer.body };
      });
      return releasing(call, body, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async #withRetries<T>(call: HttpCall, once: Once<T>): Promise<T> {
    const { clock, random } = this.#options;
    using limit = deadline(clock, call.deadlineMs ?? DEADLINE_MS, call.signal);
    let soFar: Attempts = { retries: 0, waitedMs: 0, refreshed: false };
    for (let fresh = false; ; ) {
      const outcome = await this.#attempt(call, () => once({ signal: limit.signal, fresh }));
      if (outcome.ok) return outcome.value;
      if (limit.signal.aborted) throw new KubeError({ kind: limit.expired ? 'timeout' : 'aborted', call });
      const next = nextAttempt(outcome.error, call.idempotent, soFar, random());
      if (next.kind === 'giveUp') throw outcome.error;
      await sleep(clock, next.ms, limit.signal);
      // the refusal that we were waiting out says more than "timeout"
      if (limit.expired) throw outcome.error;
      fresh = next.refresh;
      soFar = advance(soFar, next);
    }
  }

  async #attempt<T>(call: HttpCall, once: () => Promise<Completed<T>>): Promise<Outcome<T>> {
    const { clock, onRequest } = this.#options;
    const start = clock.monotonic();
    const report = (code: string) => {
      const seconds = (clock.monotonic() - start) / 1000;
      onRequest?.({ verb: call.verb, resource: call.resource, code, seconds });
    };
    try {
      const { status, value } = await once();
      report(String(status));
      return { ok: true, value };
    } catch (thrown) {
      const error = asKubeError(call, thrown);
      report(error.status === undefined ? error.kind : String(error.status));
      return { ok: false, error };
    }
  }
}

function advance(soFar: Attempts, next: { readonly ms: number; readonly refresh: boolean }): Attempts {
  return {
    retries: soFar.retries + (next.refresh ? 0 : 1),
    waitedMs: soFar.waitedMs + next.ms,
    refreshed: soFar.refreshed || next.refresh,
  };
}

/** Ends the request when its consumer stops, and turns what the socket throws. */
async function* releasing(call: HttpCall, body: AsyncIterable<Uint8Array>, release: () => void) {
  try {
    yield* body;
  } catch (thrown) {
    throw call.signal?.aborted ? new KubeError({ kind: 'aborted', call }) : asKubeError(call, thrown);
  } finally {
    release();
  }
}

function parseBody(call: CallLabel, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // JSON.parse quotes its input, which may be a Secret
    throw new KubeError({ kind: 'badAnswer', call, reason: 'NotJSON' });
  }
}
