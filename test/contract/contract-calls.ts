/** How the contract speaks to a backend, whether its keys are one value or several. Called by its parts. */
import type { Backend, Payload, ReadableRef, SecretRef } from '../../src/fetch/port.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import type { ContractSubject, TroubleKind } from './contract-subject.ts';

/** By title. `key` makes a key that no other test uses. */
export type Checks = Readonly<
  Record<string, (subject: ContractSubject, key: (name: string) => string) => Promise<void>>
>;

export function idle(): AbortSignal {
  return new AbortController().signal;
}

/** As a scheduler does: no call carries more references than the backend takes. */
export async function inBatches<A, R extends SecretRef>(
  size: number,
  refs: readonly R[],
  call: (batch: readonly R[]) => Promise<readonly A[]>,
): Promise<A[]> {
  const answers: A[] = [];
  for (let at = 0; at < refs.length; at += size) answers.push(...(await call(refs.slice(at, at + size))));
  return answers;
}

export function refFor({ property }: ContractSubject, key: string): { key: string; property?: string } {
  return property === undefined ? { key } : { key, property };
}

export function textOf({ property }: ContractSubject, payload: Payload): string {
  const value = payload.kind === 'value' ? payload.value : payload.fields.get(property ?? '');
  return value?.reveal().toString('utf8') ?? 'no such property';
}

/** The value, or the kind of the answer without one. */
export async function textRead(subject: ContractSubject, ref: ReadableRef): Promise<string> {
  const [answer] = await subject.backend.read([ref], idle());
  return answer?.kind === 'found' ? textOf(subject, answer.payload) : String(answer?.kind);
}

export async function versionRead({ backend }: ContractSubject, ref: ReadableRef): Promise<string> {
  const [answer] = await backend.read([ref], idle());
  return answer?.kind === 'found' ? answer.version : String(answer?.kind);
}

export async function versionOf({ backend }: ContractSubject, ref: SecretRef): Promise<string> {
  const [answer] = await backend.describe([ref], idle());
  return answer?.kind === 'found' ? answer.version : String(answer?.kind);
}

/** Every named value of a key. */
export async function fieldsOf(backend: Backend, key: string): Promise<Record<string, string>> {
  const [answer] = await backend.read([{ key }], idle());
  if (answer?.kind !== 'found' || answer.payload.kind !== 'fields') return {};
  const texts = [...answer.payload.fields].map(([name, value]) => [name, value.reveal().toString('utf8')]);
  return Object.fromEntries(texts);
}

/** Its version. */
export async function put(subject: ContractSubject, key: string, text: string): Promise<string> {
  const answer = await subject.backend.put(refFor(subject, key), SecretValue.fromText(text), idle());
  if (answer.kind !== 'stored') throw new Error(`not stored but ${answer.kind}`);
  return answer.version;
}

/** What the backend answers to everything that it can be asked about a key. */
export async function everyAnswer(subject: ContractSubject, key: string, text = 'x') {
  const { backend } = subject;
  const ref = refFor(subject, key);
  const [describe] = await backend.describe([{ key }], idle());
  const [read] = await backend.read([{ key }], idle());
  const list = await backend.list(key, idle());
  const put = await backend.put(ref, SecretValue.fromText(text), idle());
  return { describe, read, list, put, remove: await backend.remove(ref, idle()) };
}

/** everyAnswer while the provider is in trouble. */
export async function during(kind: TroubleKind, subject: ContractSubject, key: (name: string) => string) {
  await subject.store(key('a'), 'x');
  await subject.trouble(kind);
  try {
    return await everyAnswer(subject, key('a'));
  } finally {
    await subject.trouble(undefined);
  }
}
