import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeAws } from '../../../../test/peers/fake-aws.ts';

const run = promisify(execFile);
const FIXTURE = 'test/peers/aws-environment-fixture.ts';

describe('the environment of the operator', () => {
  let fake: FakeAws;
  let trap: FakeAws;
  let dir: string;
  beforeAll(async () => {
    [fake, trap, dir] = await Promise.all([
      FakeAws.open(),
      FakeAws.open(),
      mkdtemp(join(tmpdir(), 'secretscope-env-')),
    ]);
    fake.secrets.store.add(fake.secrets.store.create('a'), { SecretString: 'x' }, 'v'.repeat(32));
    const text = `[default]\nregion = us-gov-west-1\nendpoint_url = ${trap.url}\nmax_attempts = 9\n`;
    await writeFile(join(dir, 'config'), text);
    await writeFile(join(dir, 'token'), 'a.b.c');
  });
  afterAll(async () => {
    await Promise.all([fake.close(), trap.close(), rm(dir, { recursive: true })]);
  });

  /** What the process answered, and what the provider saw of it. */
  async function use(env: Readonly<Record<string, string>>) {
    fake.calls.length = 0;
    const { stdout, stderr } = await run(process.execPath, [FIXTURE, fake.url], { env });
    const changing = /^(authorization|x-amz-date|amz-sdk-invocation-id)$/;
    const seen = fake.calls.map(({ operation, headers }) => [
      operation,
      Object.entries(headers).filter(([name]) => !changing.test(name)),
    ]);
    const order = seen.map((call) => JSON.stringify(call)).sort();
    return { ...(JSON.parse(stdout) as { asked: string[]; answers: unknown[] }), stderr, seen: order };
  }

  function hostile(): Record<string, string> {
    const config = join(dir, 'config');
    return {
      AWS_REGION: 'us-gov-west-1',
      AWS_DEFAULT_REGION: 'us-gov-west-1',
      AWS_PROFILE: 'nobody',
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: config,
      AWS_ACCESS_KEY_ID: 'AKIDOTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
      AWS_SESSION_TOKEN: 'other',
      AWS_ROLE_ARN: 'arn:aws:iam::999999999999:role/operator',
      AWS_ROLE_SESSION_NAME: 'operator',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(dir, 'token'),
      AWS_CONTAINER_CREDENTIALS_FULL_URI: trap.url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: trap.url,
      AWS_ENDPOINT_URL: trap.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: trap.url,
      AWS_ENDPOINT_URL_STS: trap.url,
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      AWS_MAX_ATTEMPTS: '9',
      AWS_RETRY_MODE: 'adaptive',
      AWS_DEFAULTS_MODE: 'nonsense',
      AWS_SDK_UA_APP_ID: 'told-by-the-environment',
      AWS_EXECUTION_ENV: 'told-by-the-environment',
      AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a,noAuth',
      AWS_SIGV4A_SIGNING_REGION_SET: '*',
      AWS_LAMBDA_FUNCTION_NAME: 'told-by-the-environment',
      _X_AMZN_TRACE_ID: 'Root=told-by-the-environment',
      AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'true',
      HTTP_PROXY: trap.url,
      HTTPS_PROXY: trap.url,
      http_proxy: trap.url,
      https_proxy: trap.url,
    };
  }

  it('THREATS 3: changes nothing: no request, no host, no key, no answer', async () => {
    const clean = await use({ HOME: dir });
    expect(clean.asked).toEqual(['secretsmanager.eu-west-1.amazonaws.com', 'sts.eu-west-1.amazonaws.com']);
    expect(clean.answers[0]).toMatchObject([{ kind: 'found' }, { kind: 'absent' }]);
    expect(clean.stderr).toBe('');
    expect(await use({ HOME: dir, ...hostile() })).toEqual(clean);
    expect(trap.calls).toEqual([]);
  });

  it('does not load the SDK before the first request', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import { AwsBackend } from './src/fetch/backends/aws/aws-backend.ts';
      import { systemClock as clock } from './src/kube/clock.ts';
      const { cache } = createRequire(process.cwd() + '/');
      const loaded = () => Object.keys(cache).some((path) => path.includes('@aws-sdk'));
      const credentials = async () => { throw new Error('none'); };
      const at = { region: 'eu-west-1', endpoint: '${fake.url}' };
      const backend = new AwsBackend({ ...at, credentials, clock, random: () => 0 });
      const before = loaded();
      await backend.check(new AbortController().signal);
      await backend.close();
      console.log(before, loaded());`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toBe('false true\n');
  });
});
