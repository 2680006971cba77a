/** An azure backend under contract, and the keys of the contract as names that a vault can have. Called by its tests. */
import { AzureBackend, type AzureBackendOptions } from '../../src/fetch/backends/azure/azure-backend.ts';
import {
  type AzureCredential,
  type AzureLoginOptions,
  AzureWorkloadIdentity,
} from '../../src/fetch/backends/azure/azure-login.ts';
import type { Backend, SecretRef } from '../../src/fetch/port.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import type { TroubleKind } from '../contract/contract-subject.ts';
import type { AzureSubject } from './azure-checks.ts';
import type { AzureGateway } from './azure-gateway.ts';
import { FakeAzure } from './fake-azure.ts';
import { CLIENT, clusterToken, TENANT } from './fake-azure-tokens.ts';
import { type FakeReply, refusal } from './fake-azure-vault.ts';

/** What Azure has not, whoever plays it. */
export const AZURE_SKIPS = [
  {
    test: 'stores one property and leaves the others',
    reason:
      'a secret of Azure is one value, and a vault has no conditional write that could change a part of it',
  },
  {
    test: 'reports a change of a key',
    reason: 'nothing is pushed without Event Grid and a queue; versions are asked for',
  },
];

/** Where the fake's tokens come from. */
export function loginOptions(fake: FakeAzure): AzureLoginOptions {
  const authority = { url: fake.authorityUrl, vaultScope: 'https://vault.azure.net/.default' };
  const clocked = { clock: systemClock, random: () => 0.5 };
  return { ...clocked, agent: fake.agent, authority, tenantId: TENANT, clientId: CLIENT };
}

/** The service account's token, exchanged at the fake tenant. */
export function workloadIdentity(
  fake: FakeAzure,
  change: Partial<AzureLoginOptions> = {},
  token: () => string = clusterToken,
): AzureWorkloadIdentity {
  const assertion = async () => SecretValue.fromText(token());
  return new AzureWorkloadIdentity({ ...loginOptions(fake), ...change, assertion });
}

export function openAzure(
  fake: FakeAzure,
  change: Partial<AzureBackendOptions> = {},
  credential: AzureCredential = workloadIdentity(fake),
): AzureBackend {
  return new AzureBackend({
    clock: systemClock,
    vaultUrl: fake.vaultUrl,
    credential,
    agent: fake.agent,
    ...change,
  });
}

const TROUBLE: Readonly<Record<TroubleKind, FakeReply | 'hangUp'>> = {
  denied: refusal(403, 'Forbidden', 'ForbiddenByRbac'),
  throttled: { ...refusal(429, 'Throttled'), headers: { 'retry-after': '7' } },
  unavailable: 'hangUp',
};

export async function fakeSubject(): Promise<AzureSubject> {
  const fake = await FakeAzure.open();
  const backend = openAzure(fake);
  const names = new HyphenNames();
  return {
    backend: names.around(backend),
    stranger: openAzure(fake, {}, anyToken),
    property: undefined,
    store: async (key, content) => {
      fake.vault.store(names.nameOf(key), content);
    },
    disable: async (key, version) => fake.vault.change(names.nameOf(key), version, { enabled: false }),
    trouble: async (kind) => {
      fake.trouble = kind && TROUBLE[kind];
    },
    valueReads: async () => fake.valueReads,
    close: async () => {
      await backend.close();
      await fake.close();
    },
  };
}

/** What every double but ours takes for a token. */
const anyToken: AzureCredential = {
  getToken: async () => {
    const soon = Date.now() + 3_600_000;
    return { token: 'any', expiresOnTimestamp: soon, refreshAfterTimestamp: soon };
  },
  forget: () => undefined,
};

/** Before a double that speaks API version 7.6 at most, and whose challenges name itself. */
export function gatewaySubject(gateway: AzureGateway): AzureSubject {
  const names = new HyphenNames();
  const backend = new AzureBackend({
    clock: systemClock,
    vaultUrl: gateway.url,
    agent: gateway.agent,
    credential: anyToken,
    apiVersion: '7.6',
    trustAnyChallenge: true,
  });
  const person = async (method: string, path: string, body: object) => {
    await gateway.person(method, `/secrets/${path}?api-version=7.6`, body);
  };
  return {
    backend: names.around(backend),
    stranger: backend,
    property: undefined,
    store: (key, value) => person('PUT', names.nameOf(key), { value }),
    disable: (key, version) =>
      person('PATCH', `${names.nameOf(key)}/${version}`, { attributes: { enabled: false } }),
    trouble: async (kind) => {
      gateway.trouble = kind;
    },
    valueReads: async () => gateway.valueReads,
    close: async () => {
      await backend.close();
      await gateway.close();
    },
  };
}

/** The keys of the contract have dots between their segments; names at a vault have hyphens. */
export class HyphenNames {
  readonly #keys = new Map<string, string>();

  /** What is no key of the contract's goes through as it is. */
  nameOf(key: string): string {
    if (!/^t\d+\./.test(key)) return key;
    const name = key.replaceAll('.', '--');
    this.#keys.set(name, key);
    return name;
  }

  /** A backend that takes the contract's keys. */
  around(backend: Backend): Backend {
    const named = <R extends SecretRef>(ref: R): R => ({ ...ref, key: this.nameOf(ref.key) });
    return {
      capabilities: backend.capabilities,
      describe: (refs, signal) => backend.describe(refs.map(named), signal),
      read: (refs, signal) => backend.read(refs.map(named), signal),
      put: (ref, value, signal) => backend.put(named(ref), value, signal),
      remove: (ref, signal) => backend.remove(named(ref), signal),
      check: (signal) => backend.check(signal),
      close: () => backend.close(),
      list: async (prefix, signal) => {
        const answer = await backend.list(prefix.replaceAll('.', '--'), signal);
        if (answer.kind !== 'listed') return answer;
        return { ...answer, keys: answer.keys.map((name) => this.#keys.get(name) ?? name) };
      },
    };
  }
}
