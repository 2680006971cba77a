/** What Google does beyond the contract, asked through the backend. Called by the tests of both stand-ins. */
import { expect } from 'vitest';
import { SecretValue } from '../../src/model/secret-value.ts';
import { idle, textRead, versionOf } from '../contract/contract-calls.ts';
import type { ContractSubject } from '../contract/contract-subject.ts';
import { plainGcp } from './gcp-open.ts';

type GcpCheck = (subject: ContractSubject, key: (name: string) => string, port: number) => Promise<void>;
/** Those of the contract fit in: they ask for less. */
export type GcpChecks = Readonly<Record<string, GcpCheck>>;

export const GCP_CHECKS: GcpChecks = {
  'takes the newest version for the latest': async (subject, key) => {
    for (const text of ['one', 'two', 'three']) await subject.store(key('a'), text);
    expect(await textRead(subject, { key: key('a') })).toBe('three');
    expect(await textRead(subject, { key: key('a'), version: 'latest' })).toBe('three');
    expect(await textRead(subject, { key: key('a'), version: '1' })).not.toBe('three');
  },

  'counts versions from one': async (subject, key) => {
    const value = SecretValue.fromText('x');
    expect(await subject.backend.put({ key: key('a') }, value, idle())).toEqual({
      kind: 'stored',
      version: '1',
      earlier: 'none',
    });
    expect(await versionOf(subject, { key: key('a') })).toBe('1');
  },

  'keeps the secrets of a region apart': async (_subject, key, port) => {
    const region = plainGcp(port, { location: 'europe-west3' });
    const ref = { key: key('a').replaceAll('.', '_') };
    try {
      await region.put(ref, SecretValue.fromText('x'), idle());
      const found = [{ kind: 'found', version: '1' }];
      expect(await region.describe([ref], idle())).toEqual(found);
    } finally {
      await region.close();
    }
  },
};
