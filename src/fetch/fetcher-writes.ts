/** Values out: stored or deleted under the key of a line. Owned by the fetcher, whose accounts it uses. */
import type { PlanLine } from '../model/plan.ts';
import type { SecretValue } from '../model/secret-value.ts';
import type { DestroyAnswer, StoreAnswer } from '../model/value-answer.ts';
import type { Account } from './account.ts';
import type { AccountPool, BackendLine } from './account-pool.ts';
import { backendMissing, type Failed, writeNotGranted } from './answer-wording.ts';
import type { Asker } from './flight.ts';
import type { WriteRef } from './port.ts';
import { pinnedFailure, tooLarge, writeFailure } from './write-wording.ts';

export interface WriteLimits {
  readonly provider: string;
  readonly maxValueBytes: number;
}

export class FetcherWrites {
  readonly #pool: AccountPool;
  readonly #authorize: (line: PlanLine) => boolean;

  constructor(pool: AccountPool, authorize: (line: PlanLine) => boolean = () => false) {
    this.#pool = pool;
    this.#authorize = authorize;
  }

  limits(backend: BackendLine): WriteLimits | undefined {
    const account = this.#pool.open(backend)?.account;
    const maxValueBytes = account?.maxValueBytes;
    return account && maxValueBytes !== undefined ? { provider: account.provider, maxValueBytes } : undefined;
  }

  async store(line: PlanLine, value: SecretValue, asker: Asker): Promise<StoreAnswer> {
    const found = this.#accountFor(line);
    if (found.kind === 'failed') return found;
    const { writer, maxValueBytes: maxBytes } = found.account;
    const bytes = value.byteLength;
    if (maxBytes !== undefined && bytes > maxBytes) return tooLarge(line, { bytes, maxBytes });
    const answer = await writer.put(refOf(line), value, asker);
    return answer.kind === 'stored' ? answer : writeFailure(line, 'store', answer);
  }

  async destroy(line: PlanLine, asker: Asker): Promise<DestroyAnswer> {
    const found = this.#accountFor(line);
    if (found.kind === 'failed') return found;
    const answer = await found.account.writer.remove(refOf(line), asker);
    if (answer.kind === 'removed') return { kind: 'destroyed', recoverable: answer.recoverable };
    return answer.kind === 'absent' ? answer : writeFailure(line, 'delete', answer);
  }

  #accountFor(line: PlanLine): { readonly kind: 'open'; readonly account: Account } | Failed {
    if (!this.#authorize(line)) return writeNotGranted(line);
    if (line.version !== undefined) return pinnedFailure(line);
    const open = this.#pool.open(line.backend);
    return open ? { kind: 'open', account: open.account } : backendMissing(line.backend, line.name);
  }
}

function refOf({ key, property }: PlanLine): WriteRef {
  return property === undefined ? { key } : { key, property };
}
