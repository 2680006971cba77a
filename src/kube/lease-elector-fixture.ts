/**
 * One Lease with compare-and-swap, and faults between it and a replica. For tests.
 */
import type { CallOptions } from './call-options.ts';
import { sleep } from './clock.ts';
import type { KubeClient } from './kube-client.ts';
import { KubeError, type KubeErrorKind } from './kube-error.ts';
import type { KubeDraft } from './kube-objects.ts';
import { LeaseElector } from './lease-elector.ts';
import type { Lease } from './lease-record.ts';
import type { FakeClock } from './testing/fake-clock.ts';

export type Verb = 'get' | 'create' | 'replace';
export type Fault =
  | KubeErrorKind
  /** never reaches the server */
  | 'hang'
  /** is done, and the answer is lost at once */
  | 'loseAnswer'
  /** is done, and no answer comes for as long as anybody waits */
  | 'answerHangs'
  /** is on its way for a second, whether anybody waits or not */
  | 'underWay';
/** Undefined lets a request pass. */
export type Gate = (verb: Verb) => Fault | undefined;

const call = { verb: 'update', resource: 'leases', target: 'ns/op', sensitive: false };
const failure = (kind: KubeErrorKind) => new KubeError({ kind, call });

export class LeaseServer {
  lease: Lease | undefined;
  writes: KubeDraft[] = [];
  readonly #clock: FakeClock;
  #version = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get holder(): string | undefined {
    return this.lease?.spec?.holderIdentity;
  }

  client(gate: Gate = () => undefined): Pick<KubeClient, Verb> {
    return {
      get: ((_type, _ref, options) =>
        this.#through(gate('get'), () => this.lease ?? raise('notFound'), options)) as KubeClient['get'],
      create: ((_type, draft, options) =>
        this.#through(
          gate('create'),
          () => (this.lease ? raise('alreadyExists') : this.#store(draft)),
          options,
        )) as KubeClient['create'],
      replace: ((_type, draft, options) =>
        this.#through(gate('replace'), () => this.#swap(draft), options)) as KubeClient['replace'],
    };
  }

  /** Somebody who keeps to no rules. */
  steal(): void {
    this.#store({ ...this.lease, spec: { holderIdentity: 'thief' } } as unknown as KubeDraft);
  }

  async #through<T>(fault: Fault | undefined, act: () => T, limits: CallOptions = {}): Promise<T> {
    if (fault === undefined) return act();
    if (fault === 'hang') return this.#unanswered(limits);
    if (fault === 'underWay') return Promise.race([this.#later(act), this.#unanswered(limits)]);
    if (fault !== 'loseAnswer' && fault !== 'answerHangs') throw failure(fault);
    act();
    if (fault === 'answerHangs') return this.#unanswered(limits);
    throw failure('timeout');
  }

  async #unanswered({ deadlineMs = 30_000, signal }: CallOptions): Promise<never> {
    await sleep(this.#clock, deadlineMs, signal);
    throw failure(signal?.aborted ? 'aborted' : 'timeout');
  }

  async #later<T>(act: () => T): Promise<T> {
    await sleep(this.#clock, 1_000);
    return act();
  }

  #swap(draft: KubeDraft): Lease {
    if (draft.metadata['resourceVersion'] !== this.lease?.metadata.resourceVersion) raise('conflict');
    return this.#store(draft);
  }

  #store(draft: KubeDraft): Lease {
    this.writes.push(draft);
    this.lease = {
      ...draft,
      metadata: { ...draft.metadata, uid: 'u', resourceVersion: String(++this.#version) },
    } as unknown as Lease;
    return this.lease;
  }
}

function raise(kind: KubeErrorKind): never {
  throw failure(kind);
}

export function electorOf(
  client: Pick<KubeClient, Verb>,
  identity: string,
  clock: FakeClock,
  random = () => 0.5,
): LeaseElector {
  return new LeaseElector({ client, namespace: 'ns', name: 'op', identity, clock, random });
}
