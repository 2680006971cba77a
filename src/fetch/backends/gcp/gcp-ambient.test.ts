import { describe, expect, it } from 'vitest';
import { inProcess, metadataService } from '../ambient-fixture.ts';

const LIBRARY = 'google-auth-library';
const NOWHERE = { HOME: '/nonexistent', METADATA_SERVER_DETECTION: 'none' };

interface Found {
  readonly tokens: readonly { readonly token?: string; readonly answer?: object; readonly shown?: string }[];
  readonly before: boolean;
  readonly after: boolean;
}

/** Asks for tokens: `[false, true]` asks a second time because the first one was refused. */
function tokensOf(env: NodeJS.ProcessEnv, freshness: readonly boolean[] = [false]): Promise<Found> {
  const program = `
    const { gcpAmbient } = await import('./src/fetch/backends/gcp/gcp-ambient.ts');
    const ask = gcpAmbient();
    const before = loaded.includes('${LIBRARY}');
    const tokens = [];
    for (const fresh of ${JSON.stringify(freshness)})
      tokens.push(await ask({ fresh }).then((token) => ({ token: text(token) }), failure));
    told({ tokens, before, after: loaded.includes('${LIBRARY}') });`;
  return inProcess(program, { ...NOWHERE, ...env });
}

describe('the operator’s own identity at Google', () => {
  it('is what the metadata server hands out, kept, and had anew when Google refused it', async () => {
    let count = 0;
    const service = await metadataService(({ url = '' }) =>
      url.includes('/token')
        ? { access_token: `ya29.${++count}`, expires_in: 3_600, token_type: 'Bearer' }
        : { universe_domain: 'googleapis.com' },
    );
    const env = { GCE_METADATA_HOST: service.host, METADATA_SERVER_DETECTION: 'assume-present' };
    const { tokens, before, after } = await tokensOf(env, [false, false, true]);
    expect(tokens.map(({ token }) => token)).toEqual(['ya29.1', 'ya29.1', 'ya29.2']);
    expect([before, after]).toEqual([false, true]);
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['there is none', {}],
    ['its file is not there', { GOOGLE_APPLICATION_CREDENTIALS: '/cAnary7.json' }],
  ])('THREATS 16: if %s, that is all that is said: no file, no address', async (_case, env) => {
    const { tokens } = await tokensOf(env);
    expect(tokens[0]?.answer).toEqual({ kind: 'identityUnavailable', code: 'NoAmbientIdentity' });
    expect(tokens[0]?.shown).not.toContain('cAnary7');
  });

  it('THREATS 4: is asked for by no backend that names another one', async () => {
    const program = `
      const { gcpConnection } = await import('./src/fetch/backends/gcp/gcp-connection.ts');
      const { cloudAccess, FakeCluster } = await import('./src/fetch/backends/cloud-access-fixture.ts');
      const pool = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/main';
      const auths = [
        { serviceAccountRef: { namespace: 'team', name: 'reader' }, audience: pool },
        { secretRef: { namespace: 'team', name: 'keys' } },
      ];
      const answers = [];
      for (const auth of auths) {
        const identity = { projectID: 'acme-prod', auth };
        const backend = gcpConnection(identity, {}, cloudAccess(new FakeCluster())).open();
        answers.push((await backend.check(new AbortController().signal)).code);
        await backend.close();
      }
      const ours = loaded.filter((name) => name === '${LIBRARY}' || name === './gcp-ambient.ts');
      told({ answers, ours });`;
    // the wiring knows of it, and nobody loads the library
    expect(await inProcess(program, NOWHERE)).toEqual({
      answers: ['NotResolved', 'CredentialMissing'],
      ours: ['./gcp-ambient.ts'],
    });
  });
});
