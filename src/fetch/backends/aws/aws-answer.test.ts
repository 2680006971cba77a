import { describe, expect, it } from 'vitest';
import { FAKE_TEXT } from '../../../../test/peers/fake-aws-fault.ts';
import { LoginFailed } from '../account-login.ts';
import { itemVerdict, refusalFrom, verdictOf } from './aws-answer.ts';

const random = () => 0.5;

/** As the SDK throws it. */
function awsError(name: string, rest: object = {}): Error {
  return Object.assign(new Error(`${FAKE_TEXT} of ${name}`), { name, ...rest });
}

const refusal = (name: string, rest: object = {}) => refusalFrom(verdictOf(awsError(name, rest), random));

describe('an error of AWS', () => {
  it.each([
    ['ResourceNotFoundException', 'notFound'],
    ['InvalidRequestException', 'wrongState'],
    ['InvalidParameterException', 'malformed'],
    ['ValidationException', 'malformed'],
    ['ResourceExistsException', 'exists'],
    ['DecryptionFailure', 'undecryptable'],
    ['EncryptionFailure', 'undecryptable'],
  ])('%s says of the secret: %s', (name, kind) => {
    expect(verdictOf(awsError(name), random)).toEqual({ kind, code: name });
    expect(itemVerdict(name, random)).toEqual({ kind, code: name });
  });

  it.each([
    ['AccessDeniedException', { kind: 'denied' }],
    ['AccessDenied', { kind: 'denied' }],
    ['DecryptionFailure', { kind: 'denied', code: 'KeyDenied' }],
    ['ThrottlingException', { kind: 'throttled', afterMs: 1_500 }],
    ['TooManyRequestsException', { kind: 'throttled', afterMs: 1_500 }],
    ['RequestLimitExceeded', { kind: 'throttled', afterMs: 1_500 }],
    ['ExpiredTokenException', { kind: 'identityUnavailable', code: 'CredentialExpired' }],
    ['UnrecognizedClientException', { kind: 'identityUnavailable', code: 'CredentialUnknown' }],
    ['InvalidClientTokenId', { kind: 'identityUnavailable', code: 'CredentialUnknown' }],
    ['InvalidSignatureException', { kind: 'identityUnavailable', code: 'SignatureInvalid' }],
    ['RequestExpired', { kind: 'identityUnavailable', code: 'ClockSkew' }],
    ['RequestTimeTooSkewed', { kind: 'identityUnavailable', code: 'ClockSkew' }],
    ['InternalServiceError', { kind: 'unavailable', code: 'InternalServiceError' }],
    ['TimeoutError', { kind: 'unavailable', code: 'Timeout' }],
    ['SyntaxError', { kind: 'unavailable', code: 'BadAnswer' }],
    ['SomethingNew', { kind: 'unavailable', code: 'SomethingNew' }],
    ['LimitExceededException', { kind: 'unavailable', code: 'LimitExceededException' }],
  ])('%s means %o', (name, answer) => {
    expect(refusal(name)).toEqual(answer);
  });

  it('waits as long as it is told, five minutes at most', () => {
    const told = (header: string) =>
      refusal('ThrottlingException', { $response: { headers: { 'retry-after': header } } });
    expect(told('7')).toEqual({ kind: 'throttled', afterMs: 7_000 });
    expect(told('999999')).toEqual({ kind: 'throttled', afterMs: 300_000 });
    expect(told('Wed, 21 Oct 2026 07:28:00 GMT')).toEqual({ kind: 'throttled', afterMs: 1_500 });
  });

  it('is about the clock where a signature was refused for the time in it', () => {
    const skewed = { $metadata: { clockSkewCorrected: true } };
    expect(refusal('InvalidSignatureException', skewed)).toMatchObject({ code: 'ClockSkew' });
    expect(refusal('ThrottlingException', skewed)).toMatchObject({ kind: 'throttled' });
  });

  it('is no absence without the name for it, whatever the status', () => {
    const page = { $metadata: { httpStatusCode: 404 } };
    expect(refusal('UnknownError', page)).toEqual({ kind: 'unavailable', code: 'UnknownError' });
  });

  it('of a socket keeps its code', () => {
    expect(refusal('Error', { code: 'ECONNREFUSED' })).toEqual({ kind: 'unavailable', code: 'ECONNREFUSED' });
    expect(refusal('Error', { code: `${FAKE_TEXT} in it` })).toEqual({ kind: 'unavailable', code: 'Error' });
  });

  it('THREATS 16: shows nothing but one word of ours or of AWS', () => {
    for (const name of [`${FAKE_TEXT} \u001b[31m`, '', 'x'.repeat(65), 'a b', '__proto__']) {
      const shown = JSON.stringify([refusal(name), refusalFrom(itemVerdict(name, random))]);
      expect(shown).not.toContain(FAKE_TEXT);
      expect(shown).toBe(JSON.stringify(Array(2).fill({ kind: 'unavailable', code: 'UnknownError' })));
    }
    expect(refusalFrom(verdictOf(FAKE_TEXT, random))).toEqual({ kind: 'unavailable', code: 'UnknownError' });
  });

  it('of a failed login is the login’s own answer', () => {
    const answer = { kind: 'identityUnavailable', code: 'TokenRejected' } as const;
    expect(verdictOf(new LoginFailed(answer), random)).toBe(answer);
  });
});
