import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config.ts';
import { KubeError } from '../kube/kube-error.ts';
import { SecretValue } from '../model/secret-value.ts';
import { createLogger, describeError, type Logger } from './logger.ts';

const CANARY = 'canary-7f3a-and-more-than-that';

function logged(use: (log: Logger) => void, level = 'debug'): string {
  const lines: string[] = [];
  use(createLogger(level, { write: (line) => lines.push(line) }));
  return lines.join('');
}

const parsed = (use: (log: Logger) => void) => JSON.parse(logged(use)) as Record<string, unknown>;

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

class Odd extends Error {
  readonly input = CANARY;
  override readonly name = 'Odd';
}

describe('FAULTS 38: the text of an error that is not ours is never printed', () => {
  const mutated = new Error('harmless');
  mutated.message = CANARY;
  it.each<[string, unknown]>([
    ['its message', new Error(CANARY)],
    ['what JSON.parse quotes', thrownBy(() => JSON.parse(CANARY))],
    ['what a URL quotes', thrownBy(() => new URL(`::${CANARY}`))],
    ['what a header quotes', thrownBy(() => new Headers({ a: `\n${CANARY}\n` }))],
    ['its cause', new Error('x', { cause: new Error(CANARY) })],
    ['the cause of an error of ours', new ConfigError('x', { cause: new Error(CANARY) })],
    ['one of several', new AggregateError([new Error(CANARY)], CANARY)],
    ['its members', new Odd('x')],
    ['its name', Object.assign(new Error('x'), { name: `${CANARY} !` })],
    ['its code', Object.assign(new Error('x'), { code: `${CANARY} !` })],
    ['a message that was changed later', mutated],
    ['a message that looks like a stack', new Error(`x\n    at ${CANARY}\n    at f (/${CANARY}:1:1)`)],
    ['something that is no error', CANARY],
    ['an object that is none', { message: CANARY, stack: CANARY }],
  ])('%s', (_case, error) => {
    expect(JSON.stringify(describeError(error))).not.toContain('canary');
    if (!(error instanceof Error)) return;
    const lines = logged((log) => {
      log.error({ err: error }, 'failed');
      log.error({ error }, 'failed');
      log.error({ problem: error, nested: { list: [error] } }, 'failed');
    });
    expect(lines).not.toContain('canary');
    expect(lines.trim().split('\n')).toHaveLength(3);
  });

  it('but its class, its code and the line of code are', () => {
    const error = thrownBy(() => new URL('::'));
    expect(describeError(error)).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_URL' });
    expect(describeError(new Error(CANARY))).toMatchObject({
      at: expect.stringMatching(/logger\.test\.ts:\d+:\d+/),
    });
  });
});

describe('an error of ours', () => {
  it('says what it has to say: it is made of safe words', () => {
    const call = { verb: 'get', resource: 'secrets', target: 'team/app', sensitive: true };
    const error = new KubeError({ kind: 'forbidden', call, status: 403, serverMessage: CANARY });
    expect(parsed((log) => log.error({ err: error }, 'failed'))).toMatchObject({
      level: 'error',
      message: 'failed',
      err: {
        name: 'KubeError',
        message: expect.stringContaining('could not get secrets team/app: forbidden'),
      },
    });
  });

  it('shows neither stack nor cause', () => {
    const line = logged((log) =>
      log.error({ err: new ConfigError('--x is wrong', { cause: new Error(CANARY) }) }, 'failed'),
    );
    expect(line).toContain('--x is wrong');
    expect(line).not.toMatch(/canary|stack|cause/);
  });
});

describe('FAULTS 38: values are not printed, whoever logs them', () => {
  const value = SecretValue.fromText(CANARY);
  const bytes = Buffer.from(CANARY);
  it.each<[string, Record<string, unknown>]>([
    ['in a box', { box: value, nested: { box: value } }],
    ['as bytes', { bytes, nested: [bytes], array: new Uint8Array(bytes) }],
    [
      'under a telling name',
      { value: CANARY, token: CANARY, password: CANARY, data: CANARY, secret: { data: CANARY } },
    ],
  ])('%s', (_case, fields) => {
    const line = logged((log) => log.info(fields, 'x'));
    expect(line).not.toContain('canary');
    expect(line).not.toContain(bytes.toString('base64').slice(0, 8));
    expect(line).not.toContain([...bytes.subarray(0, 4)].join());
  });
});

describe('a line', () => {
  it('is JSON with a level in words, a time and a message', () => {
    expect(parsed((log) => log.warn({ scope: 'team/web', counts: [1, { a: null }] }, 'hello'))).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      scope: 'team/web',
      counts: [1, { a: null }],
      message: 'hello',
    });
    expect(parsed((log) => log.info('hello'))).toMatchObject({ message: 'hello' });
  });

  it('below the level is not written', () => {
    expect(logged((log) => log.info('x'), 'warn')).toBe('');
  });

  it('ends where an object holds itself', () => {
    const self: Record<string, unknown> = {};
    self['self'] = self;
    expect(logged((log) => log.info({ self }, 'x'))).toContain('[deeper]');
  });
});

describe('G20 a token that stands in what is logged on purpose', () => {
  // never issued: the shape alone is what is detected
  const token = `ghp_${'a1B2'.repeat(9)}`;

  it('is masked in messages, fields and errors of our own', () => {
    const lines = logged((log) => {
      log.info(`key ${token} is not granted`);
      log.warn({ key: token, list: [{ name: token }] }, 'not granted');
      log.error({ err: new ConfigError(`got "${token}"`) }, `of ${token}`);
    });
    expect(lines).not.toContain(token);
    expect(lines.match(/\*\*\*/g)).toHaveLength(5);
    for (const line of lines.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('message');
  });
});
