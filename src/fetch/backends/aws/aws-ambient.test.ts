import { describe, expect, it } from 'vitest';
import { inProcess, metadataService } from '../ambient-fixture.ts';

const LIBRARY = '@aws-sdk/credential-provider-node';
const NOWHERE = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };

interface Found {
  readonly keys: readonly { readonly id?: string; readonly answer?: object; readonly shown?: string }[];
  readonly before: boolean;
  readonly after: boolean;
}

/** Asks for keys: `[false, true]` asks a second time because the first ones were refused. */
function keysOf(env: NodeJS.ProcessEnv, freshness: readonly boolean[] = [false]): Promise<Found> {
  const program = `
    const { awsAmbient } = await import('./src/fetch/backends/aws/aws-ambient.ts');
    const ask = awsAmbient('eu-west-1');
    const before = loaded.includes('${LIBRARY}');
    const shown = ({ accessKeyId: id, secretAccessKey, sessionToken }) =>
      ({ id, secret: text(secretAccessKey), session: text(sessionToken) });
    const keys = [];
    for (const fresh of ${JSON.stringify(freshness)}) keys.push(await ask({ fresh }).then(shown, failure));
    told({ keys, before, after: loaded.includes('${LIBRARY}') });`;
  return inProcess(program, { ...NOWHERE, ...env });
}

describe('the operator’s own identity at AWS', () => {
  it('is what its environment says, and the library is loaded with the first question', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' };
    expect(await keysOf(env)).toEqual({
      keys: [{ id: 'AKIAOWN', secret: 's', session: 't' }],
      before: false,
      after: true,
    });
  });

  it('is what the Pod’s own service hands out, kept, and had anew when AWS refused it', async () => {
    let count = 0;
    const service = await metadataService(() => ({
      AccessKeyId: `AKIA${++count}`,
      SecretAccessKey: 's',
      Token: 't',
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    }));
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.url}/v1/credentials` };
    const { keys } = await keysOf(env, [false, false, true]);
    expect(keys.map(({ id }) => id)).toEqual(['AKIA1', 'AKIA1', 'AKIA2']);
    expect(service.asked).toEqual(['/v1/credentials', '/v1/credentials']);
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['there is none', {}],
    ['its profile is not there', { AWS_PROFILE: 'cAnary7', AWS_CONFIG_FILE: '/cAnary7' }],
    ['its token is not there', { AWS_WEB_IDENTITY_TOKEN_FILE: '/cAnary7', AWS_ROLE_ARN: 'arn:cAnary7' }],
  ])('THREATS 16: if %s, that is all that is said: no file, no address', async (_case, env) => {
    const { keys } = await keysOf(env);
    expect(keys[0]?.answer).toEqual({ kind: 'identityUnavailable', code: 'NoAmbientIdentity' });
    expect(keys[0]?.shown).not.toContain('cAnary7');
  });

  it('THREATS 4: is asked for by no backend that names another one', async () => {
    const program = `
      const { awsConnection } = await import('./src/fetch/backends/aws/aws-connection.ts');
      const { cloudAccess, FakeCluster } = await import('./src/fetch/backends/cloud-access-fixture.ts');
      const serviceAccountRef = { namespace: 'team', name: 'reader' };
      const auths = [
        { serviceAccountRef, roleARN: 'arn:aws:iam::123456789012:role/reader' },
        { secretRef: { namespace: 'team', name: 'keys' } },
      ];
      const answers = [];
      for (const auth of auths) {
        const identity = { region: 'eu-west-1', auth };
        const backend = awsConnection(identity, {}, cloudAccess(new FakeCluster())).open();
        answers.push((await backend.check(new AbortController().signal)).code);
        await backend.close();
      }
      told(answers);`;
    const service = await metadataService(() => ({}));
    const env = { ...NOWHERE, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${service.url}/v1/credentials` };
    expect(await inProcess(program, env)).toEqual(['NotResolved', 'CredentialMissing']);
    expect(service.asked).toEqual([]);
  });
});
