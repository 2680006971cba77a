/**
 * The Google backend as the contract speaks to it. Google's names have no `.`, which the contract separates with; `_`
 * takes its place on the way in and out. Called by the tests of the backend, whatever stands in for Google.
 */

import type { Backend, SecretRef } from '../../src/fetch/port.ts';
import type { ContractSubject } from '../contract/contract-subject.ts';
import type { GcpGateway } from './gcp-gateway.ts';
import { plainGcp } from './gcp-open.ts';

/** Differences between the contract and Google, whoever plays Google. */
export const GCP_DIFFERENCES = [
  {
    test: 'describes and lists without reading a value',
    reason: 'Google tells versions by access; what describe keeps of it is tested beside the backend',
  },
  {
    test: 'stores one property and leaves the others',
    reason: 'a secret at Google is one value',
  },
  { test: 'reports a change of a key', reason: 'Pub/Sub is not read yet' },
] as const;

type Provider = Pick<ContractSubject, 'store' | 'trouble' | 'valueReads' | 'close'>;

/** `provider` takes keys as Google writes them. */
export function gcpSubject(backend: Backend, provider: Provider): ContractSubject {
  let stored = 0;
  return {
    ...provider,
    backend: contractual(backend),
    property: undefined,
    // numbers are counted for each secret: older versions make those of neighbours differ
    store: async (key, content) => {
      if (stored++ % 2 === 1) await provider.store(googleKey(key), 'older');
      await provider.store(googleKey(key), content);
    },
    close: async () => {
      await backend.close();
      await provider.close();
    },
  };
}

/** Google behind a gateway, which makes the trouble and counts; `store` is what a person does, in Google's own keys. */
export function gcpBehind(gateway: GcpGateway, store: ContractSubject['store']): ContractSubject {
  return gcpSubject(plainGcp(gateway.port), {
    store,
    trouble: async (kind) => {
      gateway.trouble = kind;
    },
    valueReads: async () => gateway.valueReads,
    close: () => gateway.close(),
  });
}

const googleKey = (key: string) => key.replaceAll('.', '_');

function contractual(backend: Backend): Backend {
  const into = <R extends SecretRef>(ref: R): R => ({ ...ref, key: googleKey(ref.key) });
  return {
    capabilities: backend.capabilities,
    describe: (refs, signal) => backend.describe(refs.map(into), signal),
    read: (refs, signal) => backend.read(refs.map(into), signal),
    list: async (prefix, signal) => {
      const answer = await backend.list(googleKey(prefix), signal);
      if (answer.kind !== 'listed') return answer;
      return { ...answer, keys: answer.keys.map((key) => key.replaceAll('_', '.')) };
    },
    put: (ref, value, signal) => backend.put(into(ref), value, signal),
    remove: (ref, signal) => backend.remove(into(ref), signal),
    check: (signal) => backend.check(signal),
    close: () => backend.close(),
  };
}
