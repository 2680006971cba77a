import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { type Certificate, type Listening, serve } from './http-server.ts';
import type { Admission } from './scrape-access.ts';
import { followCertificate, selfSigned } from './server-certificate.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

const NOW = Date.now();
const ROUTES = { '/metrics': () => ({ status: 200, body: 'secretscope_leading 1\n' }) };

async function guarded(admission: Admission, certificate: Certificate): Promise<Listening> {
  const guard = { certificate, admit: async () => admission };
  const server = await serve({ host: '127.0.0.1', port: 0 }, ROUTES, () => undefined, guard);
  ending.push(() => server.close());
  return server;
}

interface Got {
  readonly status: number | undefined;
  readonly body: string;
  readonly challenge: string | undefined;
}

const fetched = (port: number, path = '/metrics') =>
  new Promise<Got>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, rejectUnauthorized: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, body, challenge: response.headers['www-authenticate'] }),
      );
    }).on('error', reject);
  });

const shownBy = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    }).on('error', reject);
  });

const printOf = ({ cert }: Certificate) => new X509Certificate(cert).fingerprint256;

describe('a certificate of its own', () => {
  it('is valid now and for ten years, and another one each time', async () => {
    const [one, other] = await Promise.all([selfSigned('metrics', NOW), selfSigned('metrics', NOW)]);
    const { validFromDate, validToDate, subject } = new X509Certificate(one.cert);
    expect(validFromDate.getTime()).toBeLessThan(NOW);
    expect(validToDate.getTime() - NOW).toBeGreaterThan(9.9 * 365 * 86_400_000);
    expect(subject).toBe('CN=metrics');
    expect(printOf(one)).not.toBe(printOf(other));
  });
});

describe('a guarded server', () => {
  it.each<[Admission, Got]>([
    ['admitted', { status: 200, body: 'secretscope_leading 1\n', challenge: undefined }],
    ['unknown', { status: 401, body: '', challenge: 'Bearer' }],
    ['refused', { status: 403, body: '', challenge: undefined }],
    ['undecided', { status: 503, body: '', challenge: undefined }],
  ])('answers whoever is %s, and says nothing of why', async (admission, answer) => {
    const { port } = await guarded(admission, await selfSigned('metrics', NOW));
    expect(await fetched(port)).toEqual(answer);
  });

  it('speaks HTTPS only', async () => {
    const { port } = await guarded('admitted', await selfSigned('metrics', NOW));
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('cuts off whoever does not end their request', { timeout: 15_000 }, async () => {
    const { port } = await guarded('admitted', await selfSigned('metrics', NOW));
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    const said: string[] = [];
    socket.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(said.join('')).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe('a certificate from files', () => {
  async function followed() {
    const folder = await mkdtemp(join(tmpdir(), 'secretscope-cert-'));
    ending.push(() => rm(folder, { recursive: true }));
    const write = async ({ cert, key }: Certificate) => {
      await writeFile(join(folder, 'tls.crt'), cert);
      await writeFile(join(folder, 'tls.key'), key);
    };
    const [first, second] = await Promise.all([selfSigned('first', NOW), selfSigned('second', NOW)]);
    await write(first);
    const { port, renew } = await guarded('admitted', first);
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const looked = () => new Promise<void>((resolve) => setTimeout(resolve, 50));
    ending.push(followCertificate({ folder, first, clock, renew, onError: (error) => errors.push(error) }));
    const look = async () => {
      await clock.advance(60_000);
      await looked();
    };
    return { first, second, write, port, errors, look };
  }

  it('is shown as soon as it was renewed and somebody looked', async () => {
    const { first, second, write, port, look } = await followed();
    expect(await shownBy(port)).toBe(printOf(first));
    await write(second);
    await look();
    expect(await shownBy(port)).toBe(printOf(second));
  });

  it('that is half written is told, the one before stays, and the whole one is taken later', async () => {
    const { first, second, write, port, errors, look } = await followed();
    await write({ cert: second.cert, key: first.key });
    await look();
    expect(await shownBy(port)).toBe(printOf(first));
    expect(errors).toHaveLength(1);
    await write(second);
    await look();
    expect(await shownBy(port)).toBe(printOf(second));
  });
});
