import { X509Certificate } from 'node:crypto';
import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AuditLog, parseAuditLog } from './cluster/audit-log.ts';
import { parseClusterArguments } from './cluster/cluster-arguments.ts';
import { cacheRoot, makeClusterDir, namedClusterDir } from './cluster/cluster-dir.ts';
import { renderKubeconfig, writeKubeconfig } from './cluster/kubeconfig.ts';
import { createAuthority, issueClientCertificate, issueServerCertificate } from './cluster/pki.ts';
import { AUDIT_POLICY } from './cluster/server-flags.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cluster-tooling-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true });
});

describe('the arguments of npm run cluster', () => {
  it.each([
    ['up', { kind: 'up', name: 'default' }],
    ['up --name two', { kind: 'up', name: 'two' }],
    ['down', { kind: 'down', name: 'default' }],
    ['status', { kind: 'status', name: undefined }],
    [
      'user alice --group dev --group ops',
      { kind: 'user', name: 'default', user: 'alice', groups: ['dev', 'ops'] },
    ],
    ['user bob', { kind: 'user', name: 'default', user: 'bob', groups: [] }],
    ['--help', { kind: 'help' }],
  ])('understands: %s', (line, expected) => {
    expect(parseClusterArguments(line.split(' '))).toEqual(expected);
  });

  it.each([
    ['', 'which command?'],
    ['start', 'unknown command "start"'],
    ['up now', 'unexpected: now'],
    ['user', 'whose kubeconfig?'],
    ['user a b', 'unexpected: b'],
    ['up --group dev', '--group makes no sense'],
    ['up --nam x', "Unknown option '--nam'"],
    ['up --name', "'--name <value>' argument missing"],
  ])('refuses: %s', (line, message) => {
    const command = parseClusterArguments(line.split(' ').filter((word) => word !== ''));
    expect(command).toMatchObject({ kind: 'mistake', message: expect.stringContaining(message) });
  });
});

describe('the directory of a cluster', () => {
  it('lies in the cache, which SECRETSCOPE_CACHE, then XDG_CACHE_HOME, move', () => {
    expect(cacheRoot({ SECRETSCOPE_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheRoot({ XDG_CACHE_HOME: '/b' })).toBe('/b/secretscope');
    expect(namedClusterDir('x', { SECRETSCOPE_CACHE: '/a' })).toBe('/a/clusters/x');
  });

  it.each(['../x', 'A', '', 'x'.repeat(41), '-x'])('cannot be named "%s"', (name) => {
    expect(() => namedClusterDir(name)).toThrow('cluster name');
  });

  it('is refused when a socket in it would have too long a path', async () => {
    await expect(makeClusterDir(`/${'x'.repeat(120)}`)).rejects.toThrow('too long for a socket');
  });
});

describe('certificates', () => {
  it('name the user and every group as they are, also with commas and quotes', async () => {
    const authority = await createAuthority('ca');
    const issued = await issueClientCertificate(authority, 'alice', [
      'system:masters',
      'a, O=b',
      'say "c"',
      '#d',
      'é',
    ]);
    const { subject, ...certificate } = new X509Certificate(issued.certificate).toLegacyObject();
    expect(certificate.issuer).toEqual({ CN: 'ca' });
    expect(subject).toEqual({ CN: 'alice', O: ['system:masters', 'a, O=b', 'say "c"', '#d', 'é'] });
  });

  it('of a server are good for loopback and verify against the authority', async () => {
    const authority = await createAuthority('ca');
    const server = new X509Certificate((await issueServerCertificate(authority, ['localhost'])).certificate);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(server.verify(new X509Certificate((await createAuthority('ca')).certificate).publicKey)).toBe(
      false,
    );
  });
});

describe('a kubeconfig', () => {
  const input = { cluster: 'c', url: 'https://127.0.0.1:1', authority: 'CA', user: 'alice' };

  it('has everything inline', () => {
    const credential = { certificate: 'CERT', key: 'KEY' };
    expect(parse(renderKubeconfig({ ...input, credential, namespace: 'team' }))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: input.url, 'certificate-authority-data': 'Q0E=' } }],
      users: [{ name: 'alice', user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' } }],
      contexts: [{ name: 'alice@c', context: { cluster: 'c', user: 'alice', namespace: 'team' } }],
      'current-context': 'alice@c',
    });
  });

  it('is readable by its owner only', async () => {
    const path = await writeKubeconfig(join(scratch, 'k', 'one'), { ...input, credential: { token: 't' } });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('the audit log', () => {
  const event = {
    stage: 'ResponseComplete',
    verb: 'get',
    requestURI: '/api/v1/namespaces/team/secrets/s',
    user: { username: 'alice', groups: ['dev'] },
    objectRef: { resource: 'secrets', namespace: 'team', name: 's', apiVersion: 'v1' },
    responseStatus: { code: 403 },
    requestReceivedTimestamp: '2026-01-02T03:04:05.678901Z',
  };

  it('is read line by line, leaving out a line which is still being written', () => {
    const [entry, ...more] = parseAuditLog(`${JSON.stringify(event)}\n{"verb":"cre`);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      user: 'alice',
      groups: ['dev'],
      verb: 'get',
      apiGroup: '',
      resource: 'secrets',
      namespace: 'team',
      name: 's',
      code: 403,
      timestamp: new Date('2026-01-02T03:04:05.678Z'),
    });
  });

  it('is read from where the line that was being written began', async () => {
    const path = join(scratch, 'audit.log');
    const [log, line] = [new AuditLog(path), JSON.stringify(event)];
    await writeFile(path, line.slice(0, 40));
    expect(await log.mark()).toEqual({ offset: 0 });
    await appendFile(path, `${line.slice(40)}\n${line.slice(0, 100)}`);
    const mark = await log.mark();
    await appendFile(path, `${line.slice(100)}\n`);
    expect(await log.since(mark)).toHaveLength(1);
    expect(await log.since()).toHaveLength(2);
  });

  it('never records objects, so that no secret value can be in it', () => {
    expect(AUDIT_POLICY.rules.map(({ level }) => level)).toEqual(['Metadata', 'Metadata']);
  });
});
