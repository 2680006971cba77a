import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { inClusterEndpoint } from './in-cluster.ts';
import { loadKubeConfig } from './kube-config.ts';
import { FakeClock } from './testing/fake-clock.ts';

let directory: string;
let clock: FakeClock;
const stale = { fresh: false };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-config-'));
});
afterAll(() => rm(directory, { recursive: true }));
beforeEach(() => {
  clock = new FakeClock();
});

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

const kubeconfig = (
  user: object,
  { name = 'dev', cluster = {}, current = name as string | undefined } = {},
) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(current ? { 'current-context': current } : {}),
    clusters: [
      {
        name,
        cluster: {
          server: `https://${name}.example:6443/`,
          'certificate-authority-data': btoa('CA'),
          ...cluster,
        },
      },
    ],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
  });

const load = (choice: Parameters<typeof loadKubeConfig>[0], environment: Record<string, string> = {}) =>
  loadKubeConfig(choice, clock, { HOME: join(directory, 'nobody'), ...environment });

describe('the cluster is', () => {
  it('the one of --kubeconfig, before everything else', async () => {
    const named = await file('named', kubeconfig({ token: 't' }, { name: 'named' }));
    const other = await file('other', kubeconfig({ token: 't' }, { name: 'other' }));
    const endpoint = await load(
      { kubeconfig: named },
      { KUBECONFIG: other, KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    );
    expect([endpoint.server, endpoint.namespace]).toEqual(['https://named.example:6443', 'ns-named']);
  });

  it('the one of $KUBECONFIG, where the first file wins and missing ones are skipped', async () => {
    const one = await file('one', kubeconfig({ token: '1' }, { name: 'one' }));
    const two = await file('two', kubeconfig({ token: '2' }, { name: 'two' }));
    const environment = { KUBECONFIG: [join(directory, 'missing'), one, two].join(':') };
    expect((await load({}, environment)).server).toBe('https://one.example:6443');
    expect((await load({ context: 'two' }, environment)).server).toBe('https://two.example:6443');
  });

  it('not the one of the Pod when that is forbidden, or a context is named', async () => {
    const environment = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    await expect(load({ inCluster: false }, environment)).rejects.toThrow('no kubeconfig at');
    await expect(load({ context: 'dev' }, environment)).rejects.toThrow('no kubeconfig at');
  });
});

describe('an error says what to do:', () => {
  it.each<[string, Parameters<typeof loadKubeConfig>[0], string]>([
    ['nothing there', {}, 'pass --kubeconfig PATH or set KUBECONFIG'],
    ['a named file that is missing', { kubeconfig: '/nowhere/config' }, 'no kubeconfig at /nowhere/config'],
    [
      'in-cluster outside of one',
      { inCluster: true },
      'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; pass --kubeconfig',
    ],
    ['both', { inCluster: true, kubeconfig: 'x' }, 'not both'],
    ['a group without a user', { asGroups: ['x'] }, '--as-group needs --as USER too'],
  ])('%s', async (_case, choice, message) => {
    await expect(load(choice)).rejects.toThrow(message);
  });

  it('a context that is not there', async () => {
    const path = await file('contexts', kubeconfig({ token: 't' }));
    await expect(load({ kubeconfig: path, context: 'prod' })).rejects.toThrow(
      'no context "prod" in the kubeconfig; there are: dev',
    );
  });

  it('no current context', async () => {
    const path = await file('current', kubeconfig({ token: 't' }, { current: undefined }));
    const text = kubeconfig({ token: 't' }).replace('"current-context":"dev",', '');
    await writeFile(path, text);
    await expect(load({ kubeconfig: path })).rejects.toThrow('pass --context');
  });

  it('a file that is no kubeconfig, which is not quoted', async () => {
    const path = await file('broken', 'users: [token: canary-token\n  {');
    const error = await load({ kubeconfig: path }).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('broken is not a kubeconfig');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-token');
  });
});

describe('the identity of a kubeconfig', () => {
  it('may be a token', async () => {
    const endpoint = await load({ kubeconfig: await file('token', kubeconfig({ token: 'abc' })) });
    expect(await endpoint.identity(stale)).toEqual({ headers: { authorization: 'Bearer abc' } });
    expect(await endpoint.trust(stale)).toEqual({ ca: 'CA', insecure: false });
  });

  it('may be a client certificate, with a server of another name behind a proxy', async () => {
    const cluster = {
      'tls-server-name': 'inside',
      'insecure-skip-tls-verify': true,
      'proxy-url': 'http://proxy:3128',
    };
    const user = { 'client-certificate-data': btoa('CERT'), 'client-key-data': btoa('KEY') };
    const endpoint = await load({ kubeconfig: await file('cert', kubeconfig(user, { cluster })) });
    expect(await endpoint.identity(stale)).toEqual({ headers: {}, cert: 'CERT', key: 'KEY' });
    expect(await endpoint.trust(stale)).toEqual({
      ca: 'CA',
      insecure: true,
      serverName: 'inside',
      proxyUrl: 'http://proxy:3128',
    });
  });

  it('may come from a plugin, which runs again only after 401', async () => {
    const counter = await file('count', '');
    const credential = (token: string) =>
      JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: { token },
      });
    const script = `require('fs').appendFileSync(${JSON.stringify(counter)}, 'x'); const n = require('fs').readFileSync(${JSON.stringify(counter)}).length; console.log(${JSON.stringify(credential('token-N'))}.replace('N', n))`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
    };
    const endpoint = await load({ kubeconfig: await file('exec', kubeconfig({ exec })) });
    const header = async (fresh: boolean) => (await endpoint.identity({ fresh })).headers['authorization'];
    expect([await header(false), await header(false), await header(true), await header(false)]).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-2',
    ]);
  });

  it.each<[string, object, string]>([
    [
      'that is not installed is told with its own hint',
      { command: 'no-such-plugin', installHint: 'get it from the shop' },
      'no-such-plugin could not be started (ENOENT); get it from the shop',
    ],
    [
      'that fails is named',
      { command: process.execPath, args: ['-e', 'process.exit(3)'] },
      'ended with code 3; run it by itself to see why',
    ],
    [
      'that prints what is no credential is named, and not quoted',
      { command: process.execPath, args: ['-e', 'console.log("canary-token")'] },
      'gave no token and no certificate',
    ],
  ])('from a plugin %s', async (_case, exec, message) => {
    const endpoint = await load({ kubeconfig: await file('failing', kubeconfig({ exec })) });
    const error = await endpoint.identity(stale).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(message);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-token');
  });

  it('from a plugin is asked for again when it is over', async () => {
    const counter = await file('expiring', '');
    const status = `{ token: 'n' + n, expirationTimestamp: new Date(${clock.now() + 90_000}).toISOString() }`;
    const script = `const f = require('fs'); f.appendFileSync(${JSON.stringify(counter)}, 'x'); const n = f.readFileSync(${JSON.stringify(counter)}).length; console.log(JSON.stringify({ kind: 'ExecCredential', status: ${status} }))`;
    const exec = { command: process.execPath, args: ['-e', script] };
    const endpoint = await load({ kubeconfig: await file('exec2', kubeconfig({ exec })) });
    const token = async () => (await endpoint.identity(stale)).headers['authorization'];
    expect(await token()).toBe('Bearer n1');
    await clock.advance(61_000);
    expect(await token()).toBe('Bearer n1');
    await clock.advance(61_000);
    expect(await token()).toBe('Bearer n2');
  });

  it('from a plugin is told of the cluster where it asks for that, and of its own variables', async () => {
    const script = `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO); console.log(JSON.stringify({ kind: 'ExecCredential', status: { token: [info.kind, info.spec.interactive, info.spec.cluster.server, process.env.REGION].join(' ') } }))`;
    const exec = {
      command: process.execPath,
      args: ['-e', script],
      provideClusterInfo: true,
      interactiveMode: 'Never',
      env: [{ name: 'REGION', value: 'north' }],
    };
    const endpoint = await load({ kubeconfig: await file('told', kubeconfig({ exec })) });
    const { headers } = await endpoint.identity(stale);
    expect(headers['authorization']).toBe('Bearer ExecCredential false https://dev.example:6443/ north');
  });

  it('G73 from a plugin that shows it on stderr goes into no log where nobody sits', async () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const script = `process.stderr.write('debug: got ${token.slice(0, 9)}'); setTimeout(() => { process.stderr.write('${token.slice(9)}, good\\nnot gh'); console.log(JSON.stringify({ status: { token: 'x' } })); }, 50)`;
    const exec = { command: process.execPath, args: ['-e', script], interactiveMode: 'Never' };
    const said: Uint8Array[] = [];
    const write = vi
      .spyOn(process.stderr, 'write')
      .mockImplementation((piece) => said.push(Buffer.from(piece)) > 0);
    try {
      const endpoint = await load({ kubeconfig: await file('talkative', kubeconfig({ exec })) });
      expect((await endpoint.identity(stale)).headers['authorization']).toBe('Bearer x');
    } finally {
      write.mockRestore();
    }
    expect(Buffer.concat(said).toString()).toBe('debug: got ***, good\nnot gh');
  });

  it('may be a file beside the kubeconfig, read again after a minute', async () => {
    await file('bearer', 'one\n');
    const endpoint = await load({ kubeconfig: await file('beside', kubeconfig({ tokenFile: 'bearer' })) });
    const token = async () => (await endpoint.identity(stale)).headers['authorization'];
    expect(await token()).toBe('Bearer one');
    await file('bearer', 'two\n');
    await clock.advance(60_000);
    expect(await token()).toBe('Bearer two');
  });

  it('with a file that is missing says which', async () => {
    const endpoint = await load({
      kubeconfig: await file('gone', kubeconfig({ 'client-certificate': 'gone.pem' })),
    });
    await expect(endpoint.identity(stale)).rejects.toThrow(
      /client-certificate .*gone\.pem of the kubeconfig could not be read \(ENOENT\)/,
    );
  });

  it('may be a name and a password, and stand for somebody else', async () => {
    const user = { username: 'ana', password: 'p', as: 'ben', 'as-groups': ['ops'] };
    const endpoint = await load({ kubeconfig: await file('basic', kubeconfig(user)) });
    expect((await endpoint.identity(stale)).headers).toEqual({
      authorization: `Basic ${btoa('ana:p')}`,
      'impersonate-user': 'ben',
      'impersonate-group': ['ops'],
    });
  });

  it('may be that of an OIDC provider, whose tokens the official client looks after', async () => {
    const soon = Math.floor(Date.now() / 1000) + 3600;
    const token = ['{}', JSON.stringify({ exp: soon }), '']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
    const user = {
      'auth-provider': {
        name: 'oidc',
        config: {
          'id-token': token,
          'client-id': 'c',
          'idp-issuer-url': 'https://idp.example',
          'refresh-token': 'r',
        },
      },
    };
    const endpoint = await load({ kubeconfig: await file('oidc', kubeconfig(user)) });
    expect((await endpoint.identity(stale)).headers).toEqual({ authorization: `Bearer ${token}` });
  });

  it('may impersonate', async () => {
    const endpoint = await load({
      kubeconfig: await file('as', kubeconfig({ token: 'abc' })),
      as: 'ana',
      asGroups: ['web', 'ops'],
    });
    expect((await endpoint.identity(stale)).headers).toEqual({
      authorization: 'Bearer abc',
      'impersonate-user': 'ana',
      'impersonate-group': ['web', 'ops'],
    });
  });
});

describe('in a Pod', () => {
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };

  async function pod() {
    await file('token', 'one\n');
    await file('ca.crt', 'CA 1');
    await file('namespace', 'operators\n');
    return inClusterEndpoint(environment, clock, directory);
  }

  it('server, namespace and account are those of the Pod', async () => {
    const endpoint = await pod();
    expect([endpoint.server, endpoint.namespace]).toEqual(['https://[fd00::1]:443', 'operators']);
    expect(await endpoint.identity(stale)).toEqual({ headers: { authorization: 'Bearer one' } });
    expect(await endpoint.trust(stale)).toEqual({ ca: 'CA 1' });
  });

  it('token and CA are read again after a minute, and at once after 401', async () => {
    const endpoint = await pod();
    const now = async (fresh: boolean) => [
      (await endpoint.identity({ fresh })).headers['authorization'],
      (await endpoint.trust({ fresh })).ca,
    ];
    await now(false);
    await file('token', 'two');
    await file('ca.crt', 'CA 2');
    expect(await now(false)).toEqual(['Bearer one', 'CA 1']);
    expect(await now(true)).toEqual(['Bearer two', 'CA 2']);
    await file('token', 'three');
    await clock.advance(60_000);
    expect(await now(false)).toEqual(['Bearer three', 'CA 2']);
  });

  it('a file that is missing is named, with what may be wrong', async () => {
    await pod();
    await rm(join(directory, 'token'));
    const endpoint = await inClusterEndpoint(environment, clock, directory);
    await expect(endpoint.identity(stale)).rejects.toThrow(
      'token; does the Pod set automountServiceAccountToken: true?',
    );
  });
});
