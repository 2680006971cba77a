/**
 * Who may scrape: whoever shows a bearer token that the API server knows, and may get the path by its rules. Used by the
 * metrics server. Tokens are not kept: an answer is found again by a keyed digest of one.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mayGetPath } from '../kube/access-review.ts';
import type { Clock } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { TokenBucket } from '../kube/token-bucket.ts';
import { whoseToken } from '../kube/token-review.ts';

/** `unknown`: nobody's token. `refused`: somebody without the right. `undecided`: nobody could be asked, or not now. */
export type Admission = 'admitted' | 'unknown' | 'refused' | 'undecided';

export interface ScrapeAccessOptions {
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly path: string;
  /** The API server could not be asked. */
  readonly onError: (error: unknown) => void;
}

interface Kept {
  readonly admission: Admission;
  readonly until: number;
}

// a token that is revoked scrapes for so long; one that was given the right waits for so long
const ADMITTED_MS = 15_000;
const REFUSED_MS = 3_000;
// scrapers have one token each for about an hour; 100 bytes an answer
const MAX_ADMITTED = 64;
const MAX_REFUSED = 256;
// a service account's token has 1 or 2 kB
const MAX_TOKEN = 8_192;
// whoever reaches the port may show what they like: two questions a second for all strangers, each of two requests. Who
// was admitted before waits for no stranger
const STRANGERS = { burst: 20, intervalMs: 500 };
const MAX_ASKING = 8;
const DEADLINE_MS = 5_000;

export class ScrapeAccess {
  readonly #options: ScrapeAccessOptions;
  readonly #secret = randomBytes(32);
  readonly #admitted = new Map<string, Kept>();
  readonly #refused = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<Admission>>();
  readonly #strangers: TokenBucket;

  constructor(options: ScrapeAccessOptions) {
    this.#options = options;
    this.#strangers = new TokenBucket(options.clock, STRANGERS.burst, STRANGERS.intervalMs);
  }

  /** Answers that are held. */
  get size(): number {
    return this.#admitted.size + this.#refused.size + this.#asking.size;
  }

  /** Given the header Authorization. Never rejects. */
  async admit(authorization: string | undefined): Promise<Admission> {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined || token.length > MAX_TOKEN) return 'unknown';
    const id = createHmac('sha256', this.#secret).update(token).digest('base64');
    return this.#kept(id) ?? this.#asking.get(id) ?? this.#ask(id, token);
  }

  #kept(id: string): Admission | undefined {
    const kept = this.#admitted.get(id) ?? this.#refused.get(id);
    return kept && kept.until > this.#options.clock.monotonic() ? kept.admission : undefined;
  }

  #ask(id: string, token: string): Promise<Admission> | Admission {
    const wasAdmitted = this.#admitted.has(id);
    if (!wasAdmitted && (this.#asking.size >= MAX_ASKING || !this.#strangers.take())) return 'undecided';
    const asked = this.#answerFor(token).then((admission) => this.#keep(id, admission));
    this.#asking.set(id, asked);
    return asked.finally(() => this.#asking.delete(id));
  }

  async #answerFor(token: string): Promise<Admission> {
    const { kube, path, onError } = this.#options;
    const options = { deadlineMs: DEADLINE_MS };
    try {
      const subject = await whoseToken(kube, token, options);
      if (!subject) return 'unknown';
      const { kind } = await mayGetPath(kube, subject, path, options);
      return kind === 'allowed' ? 'admitted' : 'refused';
    } catch (error) {
      onError(error);
      return 'undecided';
    }
  }

  /** While nobody can be asked, whoever was admitted has to ask again, and is not forgotten. */
  #keep(id: string, admission: Admission): Admission {
    if (admission === 'undecided') return admission;
    this.#admitted.delete(id);
    this.#refused.delete(id);
    const now = this.#options.clock.monotonic();
    if (admission === 'admitted')
      put(this.#admitted, id, { admission, until: now + ADMITTED_MS }, MAX_ADMITTED);
    else put(this.#refused, id, { admission, until: now + REFUSED_MS }, MAX_REFUSED);
    return admission;
  }
}

function put(kept: Map<string, Kept>, id: string, one: Kept, most: number): void {
  kept.set(id, one);
  if (kept.size <= most) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
