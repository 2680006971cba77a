import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

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
