/** The four kinds of question that a scheduler puts to a backend. Called by scheduler.ts. */
import type { Operation } from './operation.ts';
import type {
  Backend,
  Capabilities,
  CheckAnswer,
  ListAnswer,
  ReadAnswer,
  ReadableRef,
  Refusal,
  SecretRef,
  SurveyPage,
  VersionAnswer,
} from './port.ts';

/** A read and the version it is wanted for: two versions are two questions, although both read what is current. */
export interface ReadQuery {
  readonly ref: ReadableRef;
  readonly wanted: string;
}

/** No version has this name: whatever is current is wanted, and nobody knows yet what that is. */
export const UNKNOWN_VERSION = '';

/** Equal for references to the same secret, if they are asked for in the same way. */
export function refKey({ key, version, unread }: SecretRef): string {
  return JSON.stringify(unread ? [key, version ?? null, 'unread'] : [key, version ?? null]);
}

/** Where describing reads no value, one answer serves those who may read it and those who may not. */
export function describedAs(ref: SecretRef, { describesByReading }: Capabilities): SecretRef {
  if (!ref.unread || describesByReading) return ref;
  const { unread: _unread, ...shared } = ref;
  return shared;
}

export function describing(backend: Backend): Operation<SecretRef, VersionAnswer> {
  const { batchSize } = backend.capabilities;
  const call = (refs: readonly SecretRef[], signal: AbortSignal) => backend.describe(refs, signal);
  return { name: 'describe', batchSize, keyOf: refKey, call, done: nothing };
}

/** One at a time and on their own: what they ask for is scarce, and nobody who may read waits behind them. */
export function describingUnread(backend: Backend): Operation<SecretRef, VersionAnswer> {
  return { ...describing(backend), batchSize: 1, abreast: 1 };
}

/** `done` takes over the payload of every read, once everybody who asked has seen it. */
export function reading(
  backend: Backend,
  done: (query: ReadQuery, answer: ReadAnswer | Refusal) => void,
): Operation<ReadQuery, ReadAnswer> {
  const { batchSize } = backend.capabilities;
  const keyOf = ({ ref, wanted }: ReadQuery) => JSON.stringify([ref.key, ref.version ?? null, wanted]);
  const call = (queries: readonly ReadQuery[], signal: AbortSignal) => {
    const refs = queries.map(({ ref }) => ref);
    return backend.read(refs, signal);
  };
  return { name: 'read', batchSize, keyOf, call, done };
}

export function listing(backend: Backend): Operation<string, ListAnswer> {
  const call = oneByOne((prefix: string, signal) => backend.list(prefix, signal));
  return { name: 'list', batchSize: 1, keyOf: (prefix) => prefix, call, done: nothing };
}

/** One page; `''` is the first. */
export function surveying(backend: Backend): Operation<string, SurveyPage> {
  const call = oneByOne((cursor: string, signal) =>
    backend.survey
      ? backend.survey(cursor === '' ? undefined : cursor, signal)
      : Promise.resolve<Refusal>({ kind: 'unavailable', code: 'NoSurvey' }),
  );
  return { name: 'survey', batchSize: 1, keyOf: (cursor) => cursor, call, done: nothing };
}

export function checking(backend: Backend): Operation<'self', CheckAnswer> {
  const call = oneByOne((_self, signal) => backend.check(signal));
  return { name: 'check', batchSize: 1, keyOf: (self) => self, call, done: nothing };
}

function oneByOne<Q, A>(call: (query: Q, signal: AbortSignal) => Promise<A | Refusal>) {
  return (queries: readonly Q[], signal: AbortSignal) =>
    Promise.all(queries.map((query) => call(query, signal)));
}

function nothing(): void {
  // these answers hold no value
}
