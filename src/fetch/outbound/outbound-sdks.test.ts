/** The clouds' own clients, given the connector's agents: what they would do on their own they do not do here. */
import { generateKeyPairSync } from 'node:crypto';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { GoogleAuth, JWT, OAuth2Client } from 'google-auth-library';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OutboundConnector } from './outbound-connector.ts';
import { outboundCode } from './outbound-error.ts';
import { authority, HOST, httpServer, httpsServer, PUBLIC, playInternet } from './outbound-fixture.ts';
import type { Resolve } from './resolve-host.ts';

const VAULT = 'acme.vault.azure.net';
const GOOGLE = 'secretmanager.googleapis.com';
const AUTHORITY = 'login.microsoftonline.com';
const OAUTH = 'oauth2.googleapis.com';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const TOKEN = { token: 'x', expiresOnTimestamp: Date.now() + 3_600_000 };

const agentsFor = (host: string, resolve: Resolve) =>
  new OutboundConnector({ resolve }).agents({ hosts: [host], caBundle: authority.certificate });

const aws = (resolve: Resolve) => {
  const { https, http } = agentsFor(HOST, resolve);
  const client = new SecretsManagerClient({
    region: 'eu-west-1',
    endpoint: `https://${HOST}`,
    credentials: { accessKeyId: 'AKIA0123456789ABCDEF', secretAccessKey: 'x' },
    requestHandler: new NodeHttpHandler({ httpsAgent: https, httpAgent: http }),
    maxAttempts: 1,
  });
  return client.send(new ListSecretsCommand({}));
};

const azure = (resolve: Resolve) => {
  const client = new SecretClient(
    `https://${VAULT}`,
    { getToken: async () => TOKEN },
    {
      agent: agentsFor(VAULT, resolve).https,
      retryOptions: { maxRetries: 0 },
    },
  );
  return client.getSecret('db');
};

const google = (resolve: Resolve) => {
  const { fetch } = agentsFor(GOOGLE, resolve);
  const authClient = new OAuth2Client({ transporterOptions: { fetchImplementation: fetch } });
  authClient.setCredentials({ access_token: 'x', expiry_date: Date.now() + 3_600_000 });
  const client = new SecretManagerServiceClient({ auth: new GoogleAuth({ authClient }), fallback: true });
  return client.accessSecretVersion(
    { name: 'projects/p/secrets/s/versions/latest' },
    { retry: null, timeout: 5_000 },
  );
};

const entra = (resolve: Resolve) =>
  new ClientSecretCredential('acme.onmicrosoft.com', '99999999-1111-2222-3333-abcdefabcdef', 'x', {
    agent: agentsFor(AUTHORITY, resolve).https,
    authorityHost: `https://${AUTHORITY}`,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
  }).getToken('https://vault.azure.net/.default');

const serviceAccount = (resolve: Resolve) => {
  const { fetch } = agentsFor(OAUTH, resolve);
  const options = { email: 'r@acme.iam.gserviceaccount.com', key: RSA, scopes: ['x'] };
  return new JWT({ ...options, transporterOptions: { fetchImplementation: fetch } }).authorize();
};

const SDKS: readonly [string, string, (resolve: Resolve) => Promise<unknown>][] = [
  ['AWS', HOST, aws],
  ['Azure', VAULT, azure],
  ['Google', GOOGLE, google],
];

afterEach(() => vi.unstubAllEnvs());

describe.each(SDKS)('the client of %s', (_cloud, host, call) => {
  it('THREATS 4: reaches the cloud through the connector and no proxy of the environment', async () => {
    const proxied = vi.fn();
    const { port: proxy } = await httpServer(proxied);
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${proxy}`);
    const paths: (string | undefined)[] = [];
    const { port } = await httpsServer(
      (request, response) => {
        paths.push(request.url);
        response.setHeader('content-type', 'application/json').end(
          JSON.stringify({
            SecretList: [],
            value: 'v',
            id: `https://${host}/secrets/db/1`,
            name: 'projects/p/secrets/s/versions/1',
            payload: {},
          }),
        );
      },
      [host],
    );
    const dialled = playInternet(port);
    await expect(call(async () => [PUBLIC])).resolves.toBeDefined();
    expect(dialled.flatMap(({ addresses }) => addresses)).toEqual([PUBLIC.address]);
    expect([paths.length, proxied.mock.calls]).toEqual([1, []]);
  });

  it('THREATS 4: is refused what DNS makes private', async () => {
    const error: unknown = await call(async () => [{ address: '10.0.0.1', family: 4 }]).catch(
      (caught: unknown) => caught,
    );
    expect(outboundCode(error)).toBe('AddressRefused');
  });

  it('FAULTS 47: follows no redirect', async () => {
    const paths: (string | undefined)[] = [];
    const { port } = await httpsServer(
      (request, response) => {
        paths.push(request.url);
        response.writeHead(307, { location: `https://${host}/elsewhere` }).end();
      },
      [host],
    );
    playInternet(port);
    await expect(call(async () => [PUBLIC])).rejects.toThrow();
    expect(paths).not.toContain('/elsewhere');
    expect(paths).toHaveLength(1);
  });
});

describe.each<[string, string, (resolve: Resolve) => Promise<unknown>]>([
  ['Azure', AUTHORITY, entra],
  ['Google', OAUTH, serviceAccount],
])('the token client of %s', (_cloud, host, call) => {
  it('THREATS 4: is refused what DNS makes private, and follows no redirect', async () => {
    const paths: (string | undefined)[] = [];
    const { port } = await httpsServer(
      (request, response) => {
        paths.push(request.url);
        response.writeHead(307, { location: `https://${host}/elsewhere` }).end();
      },
      [host],
    );
    const dialled = playInternet(port);
    // MSAL keeps the reason to itself
    await expect(call(async () => [{ address: '10.0.0.1', family: 4 }])).rejects.toThrow();
    expect(paths).toEqual([]);
    await expect(call(async () => [PUBLIC])).rejects.toThrow();
    expect(paths.length).toBeGreaterThan(0);
    expect(paths).not.toContain('/elsewhere');
    expect(new Set(dialled.flatMap(({ addresses }) => addresses))).toEqual(new Set([PUBLIC.address]));
  });
});
