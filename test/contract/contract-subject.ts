/** What a backend under contract must bring along besides itself. Types only. */
import type { Backend, Refusal } from '../../src/fetch/port.ts';

export interface ContractSubject {
  readonly backend: Backend;
  /** where a single value is put; undefined where a key is one value */
  readonly property: string | undefined;
  /** What a person does at the provider, by other means than the backend. */
  store(key: string, content: string): Promise<void>;
  /** From now on the provider answers everything like this; undefined when it is well again. */
  trouble(kind: TroubleKind | undefined): Promise<void>;
  /** how often values were read so far, as the provider itself counts */
  valueReads(): Promise<number>;
  close(): Promise<void>;
}

export type TroubleKind = Extract<Refusal['kind'], 'denied' | 'throttled' | 'unavailable'>;

export interface ContractOptions {
  /** a test that this backend cannot pass, by its title, and why that is right */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
}
