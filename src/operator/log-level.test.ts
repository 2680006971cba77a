import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { openClient } from '../kube/open-client.ts';
import { eventually } from '../kube/testing/eventually.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { json, ScriptedServer } from '../kube/testing/scripted-server.ts';
import { createLogger } from '../report/logger.ts';
import { followLogLevel, SETTINGS } from './log-level.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(ending.splice(0).map((end) => end())));

/** An operator that logs at `info`, and what the ConfigMap says when it first looks. */
async function following(data: Readonly<Record<string, string>> | undefined) {
  const lines: Record<string, unknown>[] = [];
  const into = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const metadata = { name: SETTINGS, namespace: 'ns', uid: 'u', resourceVersion: '1' };
  const server = await ScriptedServer.start(({ query }, response) => {
    if (query.get('watch') === 'true' && query.has('sendInitialEvents')) return json(response, 422, {});
    if (query.get('watch') === 'true') return;
    expect(query.get('fieldSelector')).toBe(`metadata.name=${SETTINGS}`);
    json(response, 200, {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '1' },
      items: data ? [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }] : [],
    });
  });
  const clock = new FakeClock();
  const { client, close } = openClient({
    endpoint: server.endpoint(),
    clock,
    random: () => 0,
    userAgent: 'test',
  });
  const log = createLogger('info', into);
  const watch = { client, clock, random: () => 0, onError: () => undefined };
  const reflector = followLogLevel({ ...watch, operatorNamespace: 'ns', usual: 'info', log });
  reflector.start();
  ending.push(
    () => reflector.stop(),
    close,
    () => server.stop(),
  );
  await eventually(
    () => reflector.synced,
    () => clock.advance(100),
  );
  return { log, lines };
}

describe('the log level', () => {
  it.each([
    ['says another level', { logLevel: 'debug' }, 'debug'],
    ['says it with a line feed', { logLevel: 'warn\n' }, 'warn'],
    ['says what is no level', { logLevel: 'trace' }, 'info'],
    ['says nothing of it', { other: 'debug' }, 'info'],
    ['is not there', undefined, 'info'],
  ])('where the ConfigMap %s', async (_case, data, level) => {
    expect((await following(data)).log.level).toBe(level);
  });

  it('that changes is told, also where the new one would hide that', async () => {
    const { lines } = await following({ logLevel: 'error' });
    expect(lines).toMatchObject([
      {
        level: 'info',
        from: 'info',
        to: 'error',
        message: expect.stringContaining(`ConfigMap ns/${SETTINGS}`),
      },
    ]);
  });

  it('that is none is told, with those that there are, and without what somebody wrote', async () => {
    const { lines } = await following({ logLevel: 'xoxb-canary' });
    expect(lines).toMatchObject([{ level: 'warn', allowed: ['debug', 'info', 'warn', 'error'] }]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });
});
