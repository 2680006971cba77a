/** An AWS backend under contract, with a person's own client beside it. Called by the tests of both peers. */
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { AwsBackend, type AwsBackendOptions } from '../../src/fetch/backends/aws/aws-backend.ts';
import type { AwsCredentials } from '../../src/fetch/backends/aws/aws-credentials.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import type { ContractSubject } from '../contract/contract-subject.ts';
import { FakeAws, type FakeTrouble, KEYS, REGION } from './fake-aws.ts';

export interface AwsSubject extends ContractSubject {
  readonly backend: AwsBackend;
  /** what a person uses */
  readonly person: SecretsManager;
}

export const staticKeys: AwsCredentials = async () => ({
  accessKeyId: KEYS.accessKeyId,
  secretAccessKey: SecretValue.fromText(KEYS.secretAccessKey),
});

export function openBackend(endpoint: string, change: Partial<AwsBackendOptions> = {}): AwsBackend {
  return new AwsBackend({
    region: REGION,
    endpoint,
    credentials: staticKeys,
    removal: { kind: 'forced' },
    clock: systemClock,
    random: () => 0.5,
    ...change,
  });
}

/** `endpoint` for the backend, perhaps behind a gateway; `direct` for the person. */
export function awsSubject(
  endpoint: string,
  direct: string,
  rest: Pick<ContractSubject, 'trouble' | 'valueReads' | 'close'>,
): AwsSubject {
  const backend = openBackend(endpoint);
  const person = new SecretsManager({
    region: REGION,
    endpoint: direct,
    credentials: { ...KEYS },
    maxAttempts: 1,
  });
  return {
    backend,
    person,
    property: undefined,
    store: (key, content) => storeAs(person, key, content),
    ...rest,
    close: async () => {
      person.destroy();
      await backend.close();
      await rest.close();
    },
  };
}

const TROUBLE: Readonly<Record<string, FakeTrouble>> = {
  denied: { kind: 'error', name: 'AccessDeniedException' },
  throttled: { kind: 'error', name: 'ThrottlingException' },
  unavailable: { kind: 'hangUp' },
};

export async function fakeSubject(): Promise<AwsSubject & { readonly fake: FakeAws }> {
  const fake = await FakeAws.open();
  const subject = awsSubject(fake.url, fake.url, {
    trouble: async (kind) => {
      const trouble = kind && TROUBLE[kind];
      if (trouble) fake.trouble.set('*', trouble);
      else fake.trouble.clear();
    },
    valueReads: async () => fake.count('GetSecretValue', 'BatchGetSecretValue'),
    close: () => fake.close(),
  });
  return { ...subject, fake };
}

async function storeAs(person: SecretsManager, key: string, text: string): Promise<void> {
  try {
    await person.createSecret({ Name: key, SecretString: text });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ResourceExistsException') throw error;
    await person.putSecretValue({ SecretId: key, SecretString: text });
  }
}

/** What AWS has not, whoever plays it. */
export const AWS_SKIPS = [
  {
    test: 'stores one property and leaves the others',
    reason: 'a secret of AWS is one value: property names a part of its JSON, which its owner composes',
  },
  {
    test: 'reports a change of a key',
    reason: 'nothing is pushed without EventBridge and a queue; versions are asked for',
  },
];
