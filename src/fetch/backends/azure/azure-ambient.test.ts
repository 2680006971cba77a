import { describe, expect, it } from 'vitest';
import { inProcess } from '../ambient-fixture.ts';

const LIBRARY = '@azure/identity';
const APP = '11111111-2222-3333-4444-555555555555';
// nothing listens there: a managed identity is looked for at once and not found
const NOWHERE = { HOME: '/nonexistent', AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' };

interface Found {
  readonly answer: object;
  readonly shown: string;
  readonly before: boolean;
  readonly after: boolean;
}

function tokenOf(env: NodeJS.ProcessEnv): Promise<Found> {
  const program = `
    const { azureAmbient } = await import('./src/fetch/backends/azure/azure-ambient.ts');
    const authority = { url: 'https://login.microsoftonline.com', vaultScope: 'https://vault.azure.net/.default' };
    const credential = azureAmbient(authority);
    const before = loaded.includes('${LIBRARY}');
    const found = await credential.getToken('https://evil.example/.default').catch(failure);
    told({ ...found, before, after: loaded.includes('${LIBRARY}') });`;
  return inProcess(program, { ...NOWHERE, ...env });
}

describe('the operator’s own identity at Azure', () => {
  it.each<[string, NodeJS.ProcessEnv]>([
    ['there is none', {}],
    [
      'its token is not there',
      { AZURE_TENANT_ID: APP, AZURE_CLIENT_ID: APP, AZURE_FEDERATED_TOKEN_FILE: '/cAnary7' },
    ],
    ['only a developer’s is there', { AZURE_USERNAME: 'cAnary7', AZURE_CLIENT_SECRET: 'cAnary7' }],
  ])('THREATS 16: if %s, that is all that is said: no file, no address', async (_case, env) => {
    const { answer, shown, before, after } = await tokenOf(env);
    expect(answer).toEqual({ kind: 'identityUnavailable', code: 'NoAmbientIdentity' });
    expect(shown).not.toMatch(/cAnary7|127\.0\.0\.1/);
    expect([before, after]).toEqual([false, true]);
  });

  it('THREATS 4: is asked for by no backend that names another one', async () => {
    const program = `
      const { azureConnection } = await import('./src/fetch/backends/azure/azure-connection.ts');
      const { cloudAccess, FakeCluster } = await import('./src/fetch/backends/cloud-access-fixture.ts');
      const answers = [];
      const tenantID = '${APP}';
      const auths = [
        { serviceAccountRef: { namespace: 'team', name: 'reader' }, tenantID, clientID: tenantID },
        { secretRef: { namespace: 'team', name: 'app' } },
      ];
      for (const auth of auths) {
        const backend = azureConnection({ vaultName: 'acme', auth }, {}, cloudAccess(new FakeCluster())).open();
        answers.push((await backend.check(new AbortController().signal)).code);
        await backend.close();
      }
      told({ answers, loaded: loaded.includes('${LIBRARY}') });`;
    expect(await inProcess(program, NOWHERE)).toEqual({
      answers: ['NotResolved', 'NotResolved'],
      loaded: false,
    });
  });
});
