/** What only Azure does, tried on whoever plays it. Called by the tests of the azure backend. */
import { expect } from 'vitest';
import type { Backend } from '../../src/fetch/port.ts';
import { idle, put, textRead, versionOf } from '../contract/contract-calls.ts';
import type { ContractSubject } from '../contract/contract-subject.ts';

export interface AzureSubject extends ContractSubject {
  /** with a token that no tenant issued */
  readonly stranger: Backend;
  /** What a person does to the current version. */
  disable(key: string, version: string): Promise<void>;
}

export type AzureChecks = Readonly<
  Record<string, (subject: AzureSubject, key: (name: string) => string) => Promise<void>>
>;

export const AZURE_CHECKS: AzureChecks = {
  'calls a disabled secret disabled, neither absent nor denied': async (subject, key) => {
    const version = await put(subject, key('a'), 'x');
    await subject.disable(key('a'), version);
    expect(await versionOf(subject, { key: key('a') })).toBe('disabled');
    expect(await textRead(subject, { key: key('a') })).toBe('disabled');
  },

  'takes no token but those of its tenant': async ({ stranger }) => {
    expect(await stranger.check(idle())).toMatchObject({ kind: 'identityUnavailable' });
  },

  'lists every page': async ({ backend, store }, key) => {
    const names = Array.from({ length: 60 }, (_, n) => key(`many.${String(n).padStart(2, '0')}`));
    for (const name of names) await store(name, 'x');
    const all = { kind: 'listed', keys: names, truncated: false };
    expect(await backend.list(key('many'), idle())).toEqual(all);
  },

  'pins a version that is not the newest': async (subject, key) => {
    await subject.store(key('a'), 'old');
    const old = await versionOf(subject, { key: key('a') });
    await subject.store(key('a'), 'new');
    expect(await versionOf(subject, { key: key('a'), version: old })).toBe(old);
    expect(await textRead(subject, { key: key('a'), version: old })).toBe('old');
    expect(await textRead(subject, { key: key('a') })).toBe('new');
  },
};
