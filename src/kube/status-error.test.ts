import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Masker } from '../mask/masker.ts';
import { isKubeError, KubeError, type KubeErrorKind } from './kube-error.ts';
import { parseRetryAfter, parseStatus, statusError } from './status-error.ts';

const call = { verb: 'apply', resource: 'secrets', target: 'team/db', sensitive: true };
const open = { ...call, resource: 'configmaps', sensitive: false };

describe('an answer of the API server becomes', () => {
  it.each<[KubeErrorKind, number, string | undefined]>([
    ['notFound', 404, 'NotFound'],
    ['alreadyExists', 409, 'AlreadyExists'],
    ['conflict', 409, 'Conflict'],
    ['conflict', 409, undefined],
    ['forbidden', 403, 'Forbidden'],
    ['unauthorized', 401, 'Unauthorized'],
    ['gone', 410, undefined],
    ['gone', 500, 'Expired'],
    ['invalid', 400, 'BadRequest'],
    ['invalid', 422, 'Invalid'],
    ['throttled', 429, 'TooManyRequests'],
    ['timeout', 504, 'Timeout'],
    ['tooLarge', 413, 'RequestEntityTooLarge'],
    ['server', 500, 'InternalError'],
    ['server', 503, undefined],
    ['badAnswer', 302, undefined],
  ])('%s from %i %s', (kind, status, reason) => {
    expect(statusError(call, status, { reason })).toMatchObject({ kind, status, reason });
  });
});

describe('an error', () => {
  const canary = 'hunter2-canary';
  const body = {
    reason: `Invalid ${canary}`,
    message: `Secret "db" is invalid: data[x]: Invalid value: "${canary}"`,
    details: {
      causes: [{ reason: canary, message: canary, field: canary }, { reason: 'FieldValueInvalid' }],
    },
  };

  it('about a Secret shows nothing that the server wrote but machine-readable words', () => {
    const error = statusError(call, 422, body);
    const shown =
      inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error) + error.stack;
    expect(shown).not.toContain(canary);
    expect(error.causes).toEqual(['FieldValueInvalid']);
  });

  it('about anything else keeps the message apart from its own', () => {
    const error = statusError(open, 422, body);
    expect(error.serverMessage).toBe(body.message);
    expect(error.message).toBe('could not apply configmaps team/db: invalid (HTTP 422)');
  });

  it('about a Secret keeps no word that Kubernetes does not have itself: a webhook chooses its own', () => {
    const said = { reason: 'hunterCanary', details: { causes: [{ reason: 'hunterCanary' }] } };
    expect(statusError(call, 422, said)).toMatchObject({ reason: undefined, causes: [] });
    expect(statusError(open, 422, said).reason).toBe('hunterCanary');
  });

  it('has no token in its message, nor a value that whoever asked knows of, be it cut or not', () => {
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const masker = new Masker({ detect: true });
    masker.addValue(canary);
    const message = `saw ${token}`;
    expect(statusError(open, 422, { message }).serverMessage).toBe('saw ***');
    const long = `saw ${token} ${'x'.repeat(1_010)}${canary}`;
    const { serverMessage } = statusError(open, 422, { message: long }, undefined, masker);
    expect(serverMessage).toBe(`saw *** ${'x'.repeat(1_010)}***`);
    expect(statusError(call, 422, { message }, undefined, masker).serverMessage).toBeUndefined();
  });

  it('keeps no control characters, and no more than a page, of a message', () => {
    const error = statusError(open, 500, { message: `a\u001b[31m\r\nb\u202e${'x'.repeat(5000)}` });
    expect(error.serverMessage).toMatch(/^a\\u\{1b\}\[31m b\\u\{202e\}x+…$/);
    expect(error.serverMessage).toHaveLength(1024);
  });

  it('cannot be given a message of a Secret', () => {
    const error = new KubeError({ kind: 'invalid', call, serverMessage: canary });
    expect(inspect(error)).not.toContain(canary);
  });

  it('says what to do next where that is known', () => {
    expect(statusError(call, 403, undefined).message).toBe(
      'could not apply secrets team/db: forbidden (HTTP 403); grant the verb on this resource to the account in use',
    );
  });

  it('is recognised by its kind', () => {
    const error = statusError(call, 409, { reason: 'Conflict' });
    expect([isKubeError(error), isKubeError(error, 'gone', 'conflict'), isKubeError(error, 'gone')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isKubeError(new Error('conflict'), 'conflict')).toBe(false);
  });
});

it('an answer that is not a Status says nothing', () => {
  expect(parseStatus('<html>secret</html>')).toBeUndefined();
  expect(parseStatus('"text"')).toBeUndefined();
  expect(parseStatus('[]')).toBeUndefined();
});

it.each<[string | undefined, number | undefined]>([
  [undefined, undefined],
  ['0', 0],
  ['3', 3_000],
  ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['soon', undefined],
  ['-1', undefined],
])('Retry-After %s means %s ms', (header, ms) => {
  expect(parseRetryAfter(header, Date.UTC(2026, 0, 1))).toBe(ms);
});

it('the wait in the body counts when there is no header', () => {
  const busy = { details: { retryAfterSeconds: 2 } };
  expect(statusError(call, 429, busy).retryAfterMs).toBe(2000);
  expect(statusError(call, 429, busy, 7).retryAfterMs).toBe(7);
  expect(statusError(call, 429, { details: { retryAfterSeconds: 'x' } }).retryAfterMs).toBeUndefined();
});
