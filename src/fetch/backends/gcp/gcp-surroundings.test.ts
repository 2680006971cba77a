/** Nothing but what a backend was given decides where it goes and as whom. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROGRAM = resolve('test/peers/gcp-surroundings.ts');
let home: string;
let trap: Server;
let caught = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'secretscope-gcp-'));
  trap = createServer((socket) => {
    caught++;
    socket.destroy();
  });
  await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  trap.close();
  await rm(home, { recursive: true, force: true });
});

/** Everything that Google's libraries are known to look for, each pointing at the trap. */
async function hostile(): Promise<NodeJS.ProcessEnv> {
  const at = `127.0.0.1:${(trap.address() as AddressInfo).port}`;
  const proof = join(home, 'program-ran');
  const credentials = {
    type: 'external_account',
    audience: 'x',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `http://${at}/token`,
    credential_source: { file: '/etc/hostname' },
    universe_domain: 'evil.example',
  };
  const command = { cert_provider_command: ['/bin/sh', '-c', `touch ${proof}`] };
  await mkdir(join(home, '.config/gcloud'), { recursive: true });
  await mkdir(join(home, '.secureConnect'), { recursive: true });
  await writeFile(join(home, 'credentials.json'), JSON.stringify(credentials));
  await writeFile(
    join(home, '.config/gcloud/application_default_credentials.json'),
    JSON.stringify(credentials),
  );
  await writeFile(join(home, '.secureConnect/context_aware_metadata.json'), JSON.stringify(command));
  const proxies = [
    'http_proxy',
    'https_proxy',
    'grpc_proxy',
    'all_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
  ];
  return {
    ...Object.fromEntries(proxies.map((name) => [name, `http://${at}`])),
    NODE_USE_ENV_PROXY: '1',
    HOME: home,
    GOOGLE_APPLICATION_CREDENTIALS: join(home, 'credentials.json'),
    GOOGLE_CLOUD_PROJECT: 'evil-project',
    GCLOUD_PROJECT: 'evil-project',
    GOOGLE_CLOUD_QUOTA_PROJECT: 'evil-project',
    GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'evil.example',
    GOOGLE_API_USE_CLIENT_CERTIFICATE: 'true',
    GOOGLE_API_USE_MTLS_ENDPOINT: 'always',
    GCE_METADATA_HOST: at,
    GCE_METADATA_IP: at,
    METADATA_SERVER_DETECTION: 'assume-present',
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: join(home, 'no-such-file'),
    GRPC_TRACE: 'all',
    GRPC_VERBOSITY: 'DEBUG',
    GOOGLE_SDK_NODE_LOGGING: 'all',
    GOOGLE_SDK_NODE_ENABLE_TRACING: 'true',
  };
}

async function run(env: NodeJS.ProcessEnv) {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM], { env, timeout: 60_000 });
  return { stderr, result: JSON.parse(stdout) as { correct: boolean; of: string[] } };
}

describe('THREATS 3: the surroundings of a Google backend', () => {
  it('change nothing: no credentials, project, host, proxy, root or program of theirs, and no log', async () => {
    const plain = await run({ HOME: home });
    const surrounded = await run(await hostile());
    expect(surrounded.result).toEqual(plain.result);
    expect(surrounded.result.correct).toBe(true);
    expect(surrounded.result.of).toContain('projects/acme-prod/secrets/a/versions/latest');
    expect(caught).toBe(0);
    expect(await readdir(home)).not.toContain('program-ran');
    expect(surrounded.stderr).not.toMatch(/cAnary|ya29|eyJ|Bearer|accessSecretVersion/i);
  });

  it('see nothing of the client library before the first call', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import { plainGcp } from './test/peers/gcp-open.ts';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('google-gax'));
      const backend = plainGcp(1);
      const before = loaded();
      await backend.describe([{ key: 'a' }], new AbortController().signal);
      process.stdout.write(JSON.stringify({ before, after: loaded() }));
      await backend.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toEqual({ before: false, after: true });
  });
});
