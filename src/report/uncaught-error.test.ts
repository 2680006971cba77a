import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:9' } }],
  users: [{ name: 'none', user: { token: 'none' } }],
});
const CANARY = 'canary-7f3a-and-more';

it.each([
  [
    'thrown',
    `setTimeout(() => { throw Object.assign(new TypeError('${CANARY}'), { input: '${CANARY}' }); })`,
  ],
  ['rejected', `void Promise.reject(new TypeError('${CANARY}'))`],
  ['no error at all', `void Promise.reject('${CANARY}')`],
])(
  'FAULTS 38: an error that nobody handles (%s) ends the process and is told without its text',
  async (_case, fault) => {
    const script = `
    import { createLogger } from './src/report/logger.ts';
    import { endOnUncaught } from './src/report/uncaught-error.ts';
    endOnUncaught(createLogger('info'));
    ${fault}`;
    const ended = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const { code, stdout, stderr } = await ended.then(
      () => ({ code: 0, stdout: '', stderr: '' }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      level: 'error',
      message: 'ended by an error that nobody handled',
    });
    expect(stdout + stderr).not.toContain('canary');
  },
);

it('FAULTS 38: so ends the operator, of which an error comes out that nobody handles', async () => {
  const fault = `setTimeout(() => { throw new TypeError('${CANARY}'); }, 500)`;
  // an API server that is not there is waited for
  const folder = await mkdtemp(join(tmpdir(), 'uncaught-'));
  const kubeconfig = join(folder, 'config');
  await writeFile(kubeconfig, KUBECONFIG);
  const args = ['--import', `data:text/javascript,${encodeURIComponent(fault)}`, 'src/main.ts', 'run'];
  const ended = promisify(execFile)(process.execPath, [...args, '--kubeconfig', kubeconfig]);
  const { code, stdout, stderr } = await ended.then(
    () => ({ code: 0, stdout: '', stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  await rm(folder, { recursive: true });
  expect(stdout).toContain('ended by an error that nobody handled');
  expect(stdout + stderr).not.toContain('canary');
  expect(code).toBe(1);
});
