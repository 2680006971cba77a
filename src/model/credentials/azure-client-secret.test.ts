import { describe, expect, it } from 'vitest';
import { azureClientSecretOf, parseAzureClientSecret } from './azure-client-secret.ts';

const AZURE = {
  tenantId: '00000000-1111-2222-3333-abcdefabcdef',
  clientId: '99999999-1111-2222-3333-abcdefabcdef',
  clientSecret: 'abc~DEF.ghi_jkl-mno',
};

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const fieldsOf = (fields: Readonly<Record<string, string>>) =>
  new Map(Object.entries(fields).map(([name, text]) => [name, bytes(text)]));
const refused = (code: string, ...fields: string[]) => ({ kind: 'refused', code, fields });

describe('a client secret of Azure', () => {
  it.each([
    ['data keys', azureClientSecretOf(fieldsOf({ ...AZURE, tenantId: 'acme.onmicrosoft.com' }))],
    ['a document', parseAzureClientSecret(bytes(AZURE))],
  ])('comes from %s', (_case, answer) => {
    if (answer.kind !== 'credential') throw new Error(answer.code);
    expect(answer.credential.clientId).toBe(AZURE.clientId);
    expect(answer.credential.clientSecret.reveal().toString()).toBe(AZURE.clientSecret);
  });

  it.each([
    'common',
    'organizations',
    'consumers',
    '../x',
    'acme.com/..',
    'acme.com?x',
    'acme..com',
    '-a.com',
    '',
    'a.1',
  ])('THREATS 3: tenant %j is refused', (tenantId) => {
    expect(parseAzureClientSecret(bytes({ ...AZURE, tenantId }))).toEqual(
      refused('CredentialInvalid', 'tenantId'),
    );
  });

  it.each(['authorityHost', 'clientCertificatePath', 'azure_federated_token_file'])(
    'THREATS 3: %s is refused',
    (name) => {
      expect(parseAzureClientSecret(bytes({ ...AZURE, [name]: 'https://evil.example' }))).toEqual(
        refused('CredentialUnsafe', '(other)'),
      );
    },
  );

  it('a client is a UUID, a secret is printable', () => {
    expect(
      parseAzureClientSecret(bytes({ ...AZURE, clientId: 'app', clientSecret: 'with a space' })),
    ).toEqual(refused('CredentialInvalid', 'clientId', 'clientSecret'));
  });
});
