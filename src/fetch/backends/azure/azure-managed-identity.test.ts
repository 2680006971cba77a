import { expect, it } from 'vitest';
import { inProcess, metadataService } from '../ambient-fixture.ts';

it('is the managed identity of the machine where there is no workload identity', async () => {
  const service = await metadataService(() => ({
    access_token: 'tok',
    expires_on: Math.floor(Date.now() / 1000) + 3_600,
    resource: 'https://vault.azure.net',
    token_type: 'Bearer',
  }));
  const program = `
    const { azureAmbient } = await import('./src/fetch/backends/azure/azure-ambient.ts');
    const authority = { url: 'https://login.microsoftonline.com', vaultScope: 'https://vault.azure.net/.default' };
    const found = await azureAmbient(authority).getToken('x').catch(failure);
    told({ token: found.token, answer: found.answer });`;
  const env = { HOME: '/nonexistent', IDENTITY_ENDPOINT: `${service.url}/msi`, IDENTITY_HEADER: 'x' };
  expect(await inProcess(program, env)).toEqual({ token: 'tok' });
});
