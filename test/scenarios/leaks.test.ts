import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/report/logger.ts';
import { createMetrics } from '../../src/report/metrics.ts';
import { findLeaks } from '../scenarios-support/canaries.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import { personOf, type Thing } from '../scenarios-support/person.ts';

const CANARIES = {
  first: 'canary-5Qz/first"value+one',
  rotated: 'canary-8Rt/rotated"value+two',
  encoded: 'canary-3Km not base64 at all!',
  binary: 'canary-7Wd\u0000binary',
};
const VALUES = Object.values(CANARIES);
const PLANTED = 'planted-4Hs/canary"value';

const brokenBytes = (text: string) =>
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text)]).toString('base64');

describe('secret values', () => {
  let cluster: OperatedCluster;

  beforeAll(async () => {
    cluster = await operatedCluster('leaks', { logLevel: 'debug' });
    await cluster.team('vault');
  }, 60_000);

  afterAll(() => cluster?.stop());

  /** Everything that somebody without the right to read the Secret may see. */
  async function channels(): Promise<Map<string, string>> {
    const read = async (path: string) => JSON.stringify((await cluster.platform.call('GET', path)).body);
    const { argv, environment } = await startOf(cluster.operator.pid);
    return new Map([
      ['logs and crash output', unescaped(cluster.operator.output)],
      ['events', unescaped(await read('/apis/events.k8s.io/v1/events'))],
      [
        'scopes: status, managedFields, annotations',
        unescaped(await read('/apis/secretscope.dev/v1alpha1/secretscopes')),
      ],
      ['backends', unescaped(await read('/apis/secretscope.dev/v1alpha1/secretbackends'))],
      ['target metadata', unescaped(await targetMetadata())],
      ['metrics', await cluster.operator.metrics()],
      ['argv', argv],
      ['environment', environment],
      [
        'audit log',
        (await cluster.audit.since(cluster.ready)).map(({ uri }) => decodeURIComponent(uri)).join('\n'),
      ],
    ]);
  }

  async function targetMetadata(): Promise<string> {
    const { body } = await cluster.platform.call(
      'GET',
      '/api/v1/secrets?labelSelector=secretscope.dev%2Fmanaged%3Dtrue',
    );
    return JSON.stringify((body as { items: { metadata: object }[] }).items.map(({ metadata }) => metadata));
  }

  const found = async (channel: string) =>
    findLeaks([PLANTED], await channels()).some((leak) => leak.channel === channel);

  describe('the detector finds what is planted', () => {
    it.each(['debug', 'info', 'warn', 'error'] as const)('in a log line of level %s', (level) => {
      const lines: string[] = [];
      const log = createLogger('debug', { write: (line: string) => void lines.push(line) });
      log[level](`a careless message: ${PLANTED}`);
      expect(findLeaks([PLANTED], new Map([['logs', unescaped(lines.join())]]))).not.toEqual([]);
    });

    it('in an event', async () => {
      await cluster.have(plantedEvent());
      expect(await found('events')).toBe(true);
      await cluster.gone(plantedEvent());
    });

    it('in a status and in annotations', async () => {
      const operator = await personOf(cluster.operatorKubeconfig);
      const scope = scopeThing('planted', 'vault', { level: 'Repository' });
      await cluster.have(scope);
      await cluster.untilReady('vault', 'planted', 'True');
      const { status } = await operator.merge(
        scope,
        { status: { lastHandledReconcileAt: PLANTED } },
        '/status',
      );
      await operator.close();
      expect(status).toBe(200);
      expect(await found('scopes: status, managedFields, annotations')).toBe(true);
      await cluster.gone(scope);
    });

    it('in managedFields', async () => {
      const scope = scopeThing('planted', 'vault', { level: 'Repository' });
      await cluster.have({ ...scope, metadata: { ...scope.metadata, labels: { 'planted-4Hs': 'x' } } });
      const all = await channels();
      expect(findLeaks(['planted-4Hs'], all).map(({ channel }) => channel)).toContain(
        'scopes: status, managedFields, annotations',
      );
      await cluster.gone(scope);
    });

    it('in an annotation of a target', async () => {
      const labels = { 'secretscope.dev/managed': 'true' };
      const target = secretThing('vault', 'planted');
      await cluster.have({
        ...target,
        metadata: { ...target.metadata, labels, annotations: { note: PLANTED } },
      });
      expect(await found('target metadata')).toBe(true);
      await cluster.gone(target);
    });

    it('in how a process was started', async () => {
      const env = { ...process.env, PLANTED };
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', PLANTED], { env });
      const started = new Map(Object.entries(await startOf(child.pid ?? 0)));
      child.kill('SIGKILL');
      const channels = new Set(findLeaks([PLANTED], started).map(({ channel }) => channel));
      expect([...channels].sort()).toEqual(['argv', 'environment']);
    });

    it('in a metric', async () => {
      const metrics = createMetrics();
      metrics.apiCall('get', PLANTED, '200', 1);
      const text = (await metrics.registry.metrics()).replaceAll('\\"', '"');
      expect(findLeaks([PLANTED], new Map([['metrics', text]]))).not.toEqual([]);
    });

    it('in what a crash prints', async () => {
      const crash = promisify(execFile)(process.execPath, [
        '-e',
        `throw new Error(${JSON.stringify(PLANTED)})`,
      ]);
      const output = await crash.then(String, (error: { stderr: string }) => error.stderr);
      expect(findLeaks([PLANTED], new Map([['crash', unescaped(output)]]))).not.toEqual([]);
    });

    it.each([
      ['base64', Buffer.from(PLANTED).toString('base64')],
      ['base64 inside a longer text', Buffer.from(`ab${PLANTED}cd`).toString('base64')],
      ['hex', Buffer.from(PLANTED).toString('hex')],
      ['the first ten characters', PLANTED.slice(0, 10)],
      ['an unkeyed hash', createHash('sha256').update(PLANTED).digest('hex')],
      ['percent-encoding', encodeURIComponent(PLANTED)],
    ])('in %s', (_form, text) => {
      expect(findLeaks([PLANTED], new Map([['any', `before ${text} after`]]))).not.toEqual([]);
    });
  });

  it('show nowhere but in their target, through deliveries, rotations, repairs and every error, at log level debug', async () => {
    await cluster.have(
      secretThing('vault', 'good', { value: CANARIES.first }),
      secretThing('vault', 'odd', { encoded: CANARIES.encoded }),
      { ...secretThing('vault', 'bytes'), data: { value: brokenBytes(CANARIES.binary) } },
      scopeThing('busy', 'vault', {
        level: 'Repository',
        backendRef: LOCAL,
        secrets: [
          { name: 'GOOD', from: { key: 'good', property: 'value' } },
          { name: 'ENCODED', from: { key: 'odd', property: 'encoded', encoding: 'Base64' } },
          { name: 'BYTES', from: { key: 'bytes', property: 'value' } },
          { name: 'GONE', from: { key: 'good', property: 'nothing' } },
        ],
        targets: [
          // the API server refuses what is no JSON, and says so in its own words
          {
            secretName: 'refused',
            include: ['GOOD'],
            type: 'kubernetes.io/dockerconfigjson',
            keys: { GOOD: '.dockerconfigjson' },
          },
          // somebody else's
          { secretName: 'good', include: ['GOOD'] },
          {
            secretName: 'busy',
            include: ['GOOD', 'ENCODED', 'GONE'],
            template: { 'app.json': '{"v":${BYTES | json}}', 'all.txt': '${GOOD | url}' },
          },
          {
            secretName: 'pull',
            dockerConfig: { registries: [{ server: 'r.example', username: 'u', password: '${GOOD}' }] },
          },
        ],
      }),
    );
    await until(async () =>
      expect((await cluster.secret('vault', 'busy'))?.data['GOOD']).toBe(CANARIES.first),
    );
    await cluster.have(secretThing('vault', 'good', { value: CANARIES.rotated }));
    await until(async () =>
      expect((await cluster.secret('vault', 'busy'))?.data['GOOD']).toBe(CANARIES.rotated),
    );
    await cluster.platform.merge(secretThing('vault', 'busy'), {
      data: { GOOD: Buffer.from('hand edit').toString('base64') },
    });
    await until(async () =>
      expect((await cluster.secret('vault', 'busy'))?.data['GOOD']).toBe(CANARIES.rotated),
    );
    // by hand: the value itself, and what proves that the Secret is ours
    await cluster.platform.merge(secretThing('vault', 'busy'), {
      data: { COPY: Buffer.from(CANARIES.rotated).toString('base64') },
      metadata: { annotations: { 'secretscope.dev/delivery': null } },
    });
    await until(async () =>
      expect((await cluster.secret('vault', 'busy'))?.annotations['secretscope.dev/delivery']).toBeDefined(),
    );
    await cluster.gone(secretThing('vault', 'odd'));
    await cluster.untilReady('vault', 'busy', 'False');
    await cluster.operator.stop();
    const output = cluster.operator.output;
    await cluster.restartOperator({ logLevel: 'debug' });
    await cluster.untilReady('vault', 'busy', 'False');
    const all = await channels();
    all.set('logs before the restart', unescaped(output));
    expect(findLeaks(VALUES, all)).toEqual([]);
  }, 60_000);

  it('nothing of all this was done by system:masters', async () => {
    expect(await cluster.requestsByMasters()).toEqual([]);
  });
});

/** How a process was started, as everybody on its machine may see. */
async function startOf(pid: number): Promise<{ argv: string; environment: string }> {
  const proc = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8');
  return { argv: await proc('cmdline'), environment: await proc('environ') };
}

/** JSON escapes would hide a value from a search: read it as a person would. */
function unescaped(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

function plantedEvent(): Thing {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'planted', namespace: 'vault' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'test',
    reportingInstance: 'test',
    action: 'Plant',
    reason: 'Planted',
    type: 'Normal',
    regarding: { kind: 'Namespace', name: 'vault', namespace: 'vault' },
    note: `a careless note: ${PLANTED}`,
  };
}
