/**
 * Secrets of one Google project, read as one identity. Opened by the composition root.
 *
 * `describe` asks for the value: Google answers 90,000 accesses a minute and project, but 600 reads of metadata, and the
 * role that may access (secretmanager.secretAccessor) may not read metadata. Nothing of the payload is kept: it is wiped
 * where it arrives, before the version is handed on. So Google's audit log shows a describe as an access, but for unread
 * references: those are asked for as metadata, which is why they are asked for seldom.
 *
 * https://cloud.google.com/secret-manager/quotas
 */
import type { Clock, Random } from '../../../kube/clock.ts';
import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { wipeAnswers } from '../../payload.ts';
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  RemoveAnswer,
  SecretRef,
  VersionAnswer,
  WriteAnswer,
  WriteRef,
} from '../../port.ts';
import type { ChangeFeed } from '../change-feed.ts';
import { GRPC, gcpRefusal, isGrpcFailure } from './gcp-answer.ts';
import { type CheckAddresses, GcpChannel } from './gcp-channel.ts';
import { GcpEarlier } from './gcp-earlier.ts';
import { GcpMetadata } from './gcp-metadata.ts';
import { type GcpPlace, hostOf, isPlace } from './gcp-names.ts';
import { GcpReader } from './gcp-reader.ts';
import type { GcpSecurity } from './gcp-sdk.ts';
import { GcpWriter, MAX_PAYLOAD_BYTES } from './gcp-writer.ts';

export interface GcpBackendOptions extends GcpPlace {
  /** what becomes of a secret that `put` creates: kept in these regions; without any Google chooses */
  readonly replicas?: readonly string[] | undefined;
  /** tokens of the identity; asked again when one is refused */
  readonly token: TokenSource;
  readonly checkedAddresses: CheckAddresses;
  /** instead of Google: of a ClusterSecretBackend, or a peer on loopback */
  readonly endpoint?: GcpEndpoint | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** events of changes; closed with the backend */
  readonly feed?: ChangeFeed | undefined;
  /** called by `close`: whatever else was opened for it */
  readonly release?: (() => void) | undefined;
}

export interface GcpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly security: GcpSecurity;
}

const CAPABILITIES: Capabilities = Object.freeze({
  provider: 'gcp',
  batchSize: 20,
  // 4 calls of 20 accesses: 80 of the 100 streams that servers usually allow on a connection; 80 * 64 KiB = 5 MiB
  concurrency: 4,
  // 25 calls of 20 accesses are 500 a second: a third of the 1,500 that all programs in the project share
  callsPerSecond: 25,
  maxValueBytes: MAX_PAYLOAD_BYTES,
  readsOldVersions: true,
  pushesChanges: false,
  describesByReading: true,
  // each look is an access of its own: 50,000 secrets are 15 cents
  sweepMs: 7 * 24 * 3_600_000,
});

export class GcpBackend implements Backend {
  readonly capabilities = CAPABILITIES;
  readonly #channel: GcpChannel;
  readonly #reader: GcpReader;
  readonly #writer: GcpWriter;
  readonly #metadata: GcpMetadata;
  readonly #feed: ChangeFeed | undefined;
  readonly #release: (() => void) | undefined;
  readonly watch?: (onChange: (key: string | undefined) => void) => () => void;

  constructor({
    project,
    location,
    replicas = [],
    token,
    checkedAddresses,
    endpoint,
    clock,
    random,
    feed,
    release,
  }: GcpBackendOptions) {
    const place: GcpPlace = { project, location };
    // the host and every name are built from these
    if (!isPlace(place)) throw new TypeError('not the id of a Google project, or not a region');
    const google: GcpEndpoint = { host: hostOf(place), port: 443, security: { kind: 'tls' } };
    this.#channel = new GcpChannel({ ...(endpoint ?? google), token, checkedAddresses, clock, random });
    this.#reader = new GcpReader(this.#channel, place);
    this.#metadata = new GcpMetadata(this.#channel, place, clock);
    const earlier = new GcpEarlier(this.#channel, this.#metadata, place, clock);
    this.#writer = new GcpWriter(this.#channel, { place, replicas, earlier });
    this.#feed = feed;
    if (feed) this.watch = (onChange) => feed.watch(onChange);
    this.#release = release;
  }

  async describe(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly VersionAnswer[]> {
    return Promise.all(
      refs.map((ref) => (ref.unread ? this.#metadata.version(ref, signal) : this.#describe(ref, signal))),
    );
  }

  /** All at once: a scheduler asks for no more than `batchSize`. */
  async read(refs: readonly SecretRef[], signal: AbortSignal): Promise<readonly ReadAnswer[]> {
    const outcomes = await Promise.allSettled(refs.map((ref) => this.#read(ref, signal)));
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (!failure) return answers;
    wipeAnswers(answers);
    throw failure.reason;
  }

  async list(prefix: string, signal: AbortSignal): Promise<ListAnswer> {
    try {
      return await this.#metadata.list(prefix, signal);
    } catch (error) {
      return gcpRefusal(error, signal);
    }
  }

  put(ref: WriteRef, value: SecretValue, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#writer.put(ref, value, signal);
  }

  remove(ref: WriteRef, signal: AbortSignal): Promise<RemoveAnswer> {
    return this.#writer.remove(ref, signal);
  }

  /** Metadata of a secret, whether it exists or not. */
  async check(signal: AbortSignal): Promise<CheckAnswer> {
    try {
      await this.#metadata.probe(signal);
      return { kind: 'reachable' };
    } catch (error) {
      const known = isGrpcFailure(error, GRPC.notFound) || isGrpcFailure(error, GRPC.permissionDenied);
      return known ? { kind: 'reachable' } : gcpRefusal(error, signal);
    }
  }

  live(): boolean {
    return this.#feed?.live === true;
  }

  onLive(listener: (live: boolean, code: string) => void): void {
    this.#feed?.onLive(listener);
  }

  requests(): number {
    return this.#channel.sent;
  }

  billed(): number {
    return this.#channel.accesses;
  }

  async close(): Promise<void> {
    await this.#feed?.close();
    await this.#channel.close();
    this.#release?.();
  }

  async #describe(ref: SecretRef, signal: AbortSignal): Promise<VersionAnswer> {
    const answer = await this.#reader.access(ref, signal);
    if (answer.kind !== 'accessed') return answer;
    answer.data.fill(0);
    return { kind: 'found', version: answer.version };
  }

  async #read(ref: SecretRef, signal: AbortSignal): Promise<ReadAnswer> {
    const answer = await this.#reader.access(ref, signal);
    if (answer.kind !== 'accessed') return answer;
    const { version, data, intact } = answer;
    if (intact) return { kind: 'found', version, payload: { kind: 'value', value: new SecretValue(data) } };
    data.fill(0);
    return { kind: 'unavailable', code: 'ChecksumMismatch' };
  }
}
