/**
 * Oracle: what is written through the product. Nothing is stored or removed before the ledger holds the record of exactly
 * that box or deletion, nothing older after something newer, nothing more often than interruptions explain, and none of it
 * by anybody but the account of the backend. At the end the newest is at its source, and the ledger says that it is.
 */

import { digestOf } from '../../../src/model/box-digest.ts';
import type { LedgerSpec, WriteRecord } from '../../../src/model/kinds/scope-ledger.ts';
import type { AuditEntry } from '../../cluster/audit-log.ts';
import { type WrittenEntry, type WrittenStep, writtenSources } from '../fault-scenario.ts';
import { NAMESPACES, WRITER } from '../fault-world.ts';
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import { labelOf } from '../trace.ts';
import { isSecretWrite, wasStored } from './lawful-writes.ts';
import type { Evidence, Oracle } from './oracle.ts';

interface SealedObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly sealed?: string; readonly requestedAt?: string };
}

interface SecretBody {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data?: Readonly<Record<string, string | null>>;
}

interface LedgerBody {
  readonly spec?: Pick<LedgerSpec, 'writes'>;
}

export const writtenValues: Oracle = (evidence) => {
  const { written = [] } = evidence.scenario;
  if (written.length === 0) return [];
  return [
    ...written.flatMap((entry) => judgeWrites(entry, evidence)),
    ...written.flatMap((entry) => judgeEnd(entry, evidence)),
    ...judgeAccounts(evidence),
  ];
};

/** `at`: the place of what is written among the steps of its entry. */
interface Store {
  readonly request: SeenRequest;
  readonly at: number;
}

function judgeWrites(entry: WrittenEntry, evidence: Evidence): string[] {
  const stores = evidence.seen
    .filter((request) => isSourceWrite(request, new Set([entry.source])))
    .map((request): Store => ({ request, at: stepOf(request, entry) }));
  let newest = entry.taken - 1;
  return stores.flatMap(({ request, at }) => {
    const what = `${labelOf(request)} (${entry.name})`;
    if (at < 0) return [`${what} stores what nobody sealed`];
    if (at < newest) return [`${what} stores an older value than there was`];
    if (wasStored(request)) newest = at;
    const before = stores.filter((other) => other.at === at && other.request.at < request.at);
    return [
      ...(isRecorded(entry, at, request, evidence) ? [] : [`${what} was sent before the ledger held it`]),
      ...tooOften(what, [...before, { request, at }], evidence),
    ];
  });
}

/** -1: none of them. */
function stepOf({ method, body }: SeenRequest, { property, steps, taken }: WrittenEntry): number {
  const base64 = method === 'DELETE' ? null : (body as SecretBody).data?.[property];
  if (base64 === undefined) return -1;
  const value = base64 === null ? undefined : Buffer.from(base64, 'base64').toString();
  const places = steps.flatMap((step, index) => (step.value === value ? [index] : []));
  // the same thing may be done more than once: the newest of those that may be meant
  return places.findLast((place) => place >= taken) ?? places.at(-1) ?? -1;
}

/** What the ledger said last before the request is the record of exactly that. */
function isRecorded(
  { name, steps }: WrittenEntry,
  at: number,
  request: SeenRequest,
  { seen, sealed }: Evidence,
): boolean {
  const last = seen.findLast(
    (other) =>
      other.kind === 'write' &&
      other.resource === 'scopeledgers' &&
      wasStored(other) &&
      (other.upstream?.at ?? 0) <= request.at,
  );
  return isRecordOf(recordOf(last?.body as LedgerBody | undefined, name), steps[at], sealed);
}

const recordOf = (ledger: LedgerBody | undefined, name: string): WriteRecord | undefined =>
  ledger?.spec?.writes?.find((write) => write.name === name);

function isRecordOf(
  record: WriteRecord | undefined,
  step: WrittenStep | undefined,
  sealed: Evidence['sealed'],
): boolean {
  const object = (sealed as readonly SealedObject[]).find(({ metadata }) => metadata.name === step?.by);
  if (!record || !step || !object) return false;
  const { sealed: box = '', requestedAt = '' } = object.spec;
  return step.value === undefined
    ? record.digest === undefined && Date.parse(record.created) === Date.parse(requestedAt)
    : record.digest === digestOf(Buffer.from(box, 'base64'));
}

/** `stores`: all that were sent of one step so far. */
function tooOften(what: string, stores: readonly Store[], { interruptions }: Evidence): string[] {
  const stored = stores.filter(({ request }) => wasStored(request));
  const unheard = stored.filter(({ request }) => request.answered === undefined).length;
  const most = 1 + Math.max(interruptions, unheard);
  return stored.length <= most ? [] : [`${what} was stored ${stored.length} times, and ${most} are enough`];
}

function judgeEnd(entry: WrittenEntry, { secrets, ledgers, sealed }: Evidence): string[] {
  const last = entry.steps.at(-1);
  const source = (secrets as readonly SecretBody[]).find(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}` === entry.source,
  );
  const base64 = source?.data?.[entry.property] ?? undefined;
  const value = base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
  const records = (ledgers as readonly LedgerBody[]).flatMap((ledger) => recordOf(ledger, entry.name) ?? []);
  const record = records.find((one) => isRecordOf(one, last, sealed));
  return [
    ...(value === last?.value ? [] : [`the source of ${entry.name} does not hold what was written last`]),
    ...(record ? [] : [`no ledger holds the last write of ${entry.name}`]),
    ...(record && (record.done !== true || (record.action === 'Set') !== (last?.value !== undefined))
      ? [`the last write of ${entry.name} is still pending`]
      : []),
  ];
}

const CHANGES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Who did it, by the API server's own account. */
function judgeAccounts({ audited, scenario }: Evidence): string[] {
  const sources = writtenSources(scenario);
  return audited
    .filter(isSecretChange)
    .filter(({ namespace, name, user }) => sources.has(`${namespace}/${name}`) !== (user === WRITER))
    .map(({ namespace, name, user }) => `${namespace}/${name} was written by ${user}`);
}

function isSecretChange({ verb, resource, namespace = '', code }: AuditEntry): boolean {
  const isOurs = (NAMESPACES as readonly string[]).includes(namespace);
  return resource === 'secrets' && CHANGES.has(verb) && isOurs && code < 300;
}

const isSourceWrite = (request: SeenRequest, sources: ReadonlySet<string>): boolean =>
  isSecretWrite(request) && sources.has(`${request.namespace}/${request.name}`);
