/**
 * Owns: what is compared between a clean run and a faulty one: all that users see, without what may differ.
 * Used by: clean runs and plans. Times, versions, UIDs and keyed MACs differ between any two runs.
 */
import { MANAGED_LABEL } from '../../src/model/marks.ts';
import type { TargetData } from './fault-scenario.ts';
import type { Lane } from './lane.ts';

interface RawSecret {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
  };
  readonly type: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

interface WithStatus {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number };
  readonly status?: Readonly<Record<string, unknown>>;
}

interface Ledger {
  readonly spec: {
    readonly scope: { readonly namespace: string; readonly name: string };
    readonly authors?: readonly string[];
    readonly requests?: readonly { readonly name: string; readonly [field: string]: unknown }[];
    readonly writes?: readonly object[];
  };
}

export interface Digest {
  readonly targets: TargetData;
  /** sorted: `namespace/name Waiting` of each SecretRequest */
  readonly requests: readonly string[];
  /** sorted: `namespace/name Stored Stored` of each SealedValue, its state and the reason of Ready */
  readonly sealed: readonly string[];
  /**
   * sorted lines: one for each Secret with its marks, one for each scope, claim, backend, request, vote, sealed value and automation
   * with its status, and one for each request and each write that a ledger remembers, and for whom it knows to have asked
   */
  readonly lines: readonly string[];
}

const VOLATILE =
  /time|At$|version|uid|hash|mac|kid|^digest$|^since$|^source$|^expires$|^seen$|^keyID$|^sealingKey$|^id$|^milliseconds$|Attempt$/i;
// what a store was told to have as its version, which of two newer writes of an entry was told of, which object of which version supplied a name, keyed or salted digests,
// and until when a release lasts
const VOLATILE_TEXT =
  / as version \S+|a newer (value|deletion)|@?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\/\d+)?|v1:sha256:[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;

export async function digestOf(lane: Lane): Promise<Digest> {
  const [secrets, scopes, claims, backends, requests, reviews, sealed, automations, ledgers] =
    await Promise.all([
      lane.secrets<RawSecret>(),
      lane.scopes<WithStatus>(),
      lane.claims<WithStatus>(),
      lane.backends<WithStatus>(),
      lane.requests<WithStatus>(),
      lane.reviews<WithStatus>(),
      lane.sealed<WithStatus>(),
      lane.automations<WithStatus>(),
      lane.ledgers<Ledger>(),
    ]);
  const managed = secrets.filter(({ metadata }) => metadata.labels?.[MANAGED_LABEL] === 'true');
  return {
    targets: Object.fromEntries(managed.map((secret) => [keyOf(secret), decoded(secret)])),
    requests: requests.map((request) => `${keyOf(request)} ${request.status?.['state']}`).sort(),
    sealed: sealed.map((value) => `${keyOf(value)} ${value.status?.['state']} ${reasonOf(value)}`).sort(),
    lines: [
      ...secrets.map(secretLine),
      ...[...scopes, ...claims, ...backends, ...requests, ...reviews, ...sealed, ...automations].map(
        statusLine,
      ),
      ...ledgers.flatMap(ledgerLines),
    ].sort(),
  };
}

function reasonOf({ status = {} }: WithStatus): string | undefined {
  const { conditions = [] } = status as { conditions?: readonly { type: string; reason: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.reason;
}

const keyOf = ({ metadata }: RawSecret | WithStatus) => `${metadata.namespace}/${metadata.name}`;

function decoded({ data = {} }: RawSecret): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString()]),
  );
}

// a number that nobody chose, so that the same value is a new version
const NONCE = 'secretscope.dev/write';

function secretLine(secret: RawSecret): string {
  const { labels = {}, annotations = {}, ownerReferences: owners = [] } = secret.metadata;
  const marks = Object.entries(annotations)
    .filter(([name]) => name !== NONCE)
    .map(([name, text]) => [name, steady(parsedOrText(text))]);
  const { type, immutable } = secret;
  const named = { labels, marks: Object.fromEntries(marks), owners: steady(owners) };
  const parts = { ...named, type, immutable, data: decoded(secret) };
  return `Secret ${keyOf(secret)} ${sortedJson(parts)}`;
}

function statusLine(object: WithStatus): string {
  const { observedGeneration, ...status } = object.status ?? {};
  const observed = observedGeneration === object.metadata.generation ? 'observed' : 'not observed';
  return `${object.kind} ${keyOf(object)} ${observed} ${sortedJson(steady(status))}`;
}

/** What was decided, by whom: the record that statuses only tell of. */
function ledgerLines({ spec: { scope, authors = [], requests = [], writes = [] } }: Ledger): string[] {
  const place = `ScopeLedger of ${scope.namespace}/${scope.name}`;
  const decided = requests.map((request) => `${place} ${sortedJson(steady(request))}`);
  const written = writes.map((write) => `${place} wrote ${sortedJson(steady(write))}`);
  return [`${place} asked by ${authors.join()}`, ...decided, ...written];
}

/** Annotations of ours hold JSON, those of others any text. */
function parsedOrText(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  return JSON.parse(text);
}

/** Without what differs between any two runs. */
function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value === 'string') return value.replaceAll(VOLATILE_TEXT, '');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.test(key))
      .map(([key, part]) => [key, steady(part)]),
  );
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The lines that differ, for people; empty when equal. */
export function differences(expected: Digest, actual: Digest): string[] {
  const missing = expected.lines.filter((line) => !actual.lines.includes(line));
  const surplus = actual.lines.filter((line) => !expected.lines.includes(line));
  return [...missing.map((line) => `expected: ${line}`), ...surplus.map((line) => `is:       ${line}`)];
}
