/** In a file of its own: what a library reads from the environment it reads when it is loaded. */
import { globSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { idle } from '../../../../test/contract/contract-calls.ts';
import { openAzure } from '../../../../test/peers/azure-subject.ts';
import { FakeAzure } from '../../../../test/peers/fake-azure.ts';
import { CLIENT } from '../../../../test/peers/fake-azure-tokens.ts';
import { SecretValue } from '../../../model/secret-value.ts';

const NOWHERE = 'http://127.0.0.1:9';
const HOSTILE: Readonly<Record<string, string>> = {
  AZURE_AUTHORITY_HOST: NOWHERE,
  AZURE_TENANT_ID: 'evil',
  AZURE_CLIENT_ID: 'evil',
  AZURE_CLIENT_SECRET: 'evil',
  AZURE_CLIENT_CERTIFICATE_PATH: '/etc/passwd',
  AZURE_FEDERATED_TOKEN_FILE: '/etc/passwd',
  AZURE_REGIONAL_AUTHORITY_NAME: 'evil',
  AZURE_TOKEN_CREDENTIALS: 'dev',
  AZURE_USERNAME: 'evil',
  AZURE_PASSWORD: 'evil',
  AZURE_KUBERNETES_TOKEN_PROXY: NOWHERE,
  AZURE_LOG_LEVEL: 'verbose',
  AZURE_HTTP_USER_AGENT: 'evil',
  IDENTITY_ENDPOINT: NOWHERE,
  IDENTITY_HEADER: 'evil',
  MSI_ENDPOINT: NOWHERE,
  HTTPS_PROXY: NOWHERE,
  HTTP_PROXY: NOWHERE,
  ALL_PROXY: 'this is no URL',
  MSAL_FORCE_REGION: 'evil',
  REGION_NAME: 'evil',
};

// what the SDK's log would be written with
const printed = vi.spyOn(process.stderr, 'write');
beforeEach(() => {
  for (const [name, value] of Object.entries(HOSTILE)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
  printed.mockClear();
});
afterAll(() => printed.mockRestore());

describe('THREATS 4: whatever the environment says', () => {
  it('the same vault is asked with the same identity, and nothing is logged', async () => {
    const fake = await FakeAzure.open();
    const backend = openAzure(fake);
    expect(await backend.put({ key: 'a' }, SecretValue.fromText('cAnary'), idle())).toMatchObject({
      kind: 'stored',
    });
    expect(await backend.read([{ key: 'a' }], idle())).toMatchObject([{ kind: 'found' }]);
    fake.trouble = { status: 401, body: 'cAnary' };
    expect(await backend.list('', idle())).toMatchObject({ kind: 'identityUnavailable' });
    const [form, ...others] = fake.tokens.exchanges;
    expect([form?.get('client_id'), others.length]).toEqual([CLIENT, 0]);
    expect(printed).not.toHaveBeenCalled();
    await fake.close();
  });

  it('no library is loaded before a vault is asked, and none that finds credentials by itself', () => {
    for (const path of globSync('src/fetch/backends/azure/*.ts').filter(
      (each) => !each.endsWith('.test.ts'),
    )) {
      const text = readFileSync(path, 'utf8');
      expect(text).not.toMatch(/^import (?!type\b)[^;]*from '@azure\//m);
      expect(text).not.toMatch(/process\.env/);
      // only where the cluster's admin said `ambient`
      if (!path.endsWith('azure-ambient.ts')) expect(text).not.toMatch(/(from|import\() ?'@azure\/identity'/);
    }
  });
});
