/** The fakes' judgement of tokens: one that let a bad token pass would make every scenario of identities worthless. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issuerFrom, judgeToken, singleKeyIssuer } from './trusted-issuer.ts';

const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const RSA = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const NOW = Date.UTC(2026, 0, 1);
const SECOND = NOW / 1_000;
const URL = 'https://cluster.test';
const SUBJECT = 'system:serviceaccount:a:b';
const GOOD = { iss: URL, sub: SUBJECT, aud: ['cloud'], exp: SECOND + 600, nbf: SECOND };

function token(claims: object, key: KeyObject = EC.privateKey, head: object = { alg: 'ES256', kid: 'one' }) {
  const text = [head, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

const jwks = { keys: [{ ...EC.publicKey.export({ format: 'jwk' }), kid: 'one' }] };
const expected = {
  issuer: issuerFrom({ issuer: URL }, jwks),
  audiences: ['cloud'],
  subject: SUBJECT,
  now: NOW,
};
const faults = (text: string) => [...judgeToken(text, expected).faults];

describe('a token', () => {
  it('that is all it should be has no fault, and its claims are told', () => {
    expect(judgeToken(token(GOOD), expected)).toEqual({ faults: new Set(), claims: GOOD });
  });

  it.each([
    ['issuer', { iss: 'https://other.test' }],
    ['issuer', { iss: `${URL}/` }],
    ['audience', { aud: ['other'] }],
    ['audience', { aud: [] }],
    ['subject', { sub: 'system:serviceaccount:a:c' }],
    ['expired', { exp: SECOND }],
    ['expired', { exp: undefined }],
    ['expired', { nbf: SECOND + 1 }],
  ])('has its fault named: %s for %j', (fault, change) => {
    expect(faults(token({ ...GOOD, ...change }))).toEqual([fault]);
  });

  it.each([
    ['another key', token(GOOD, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)],
    ['a key of another name', token(GOOD, EC.privateKey, { alg: 'ES256', kid: 'two' })],
    ['no name of a key', token(GOOD, EC.privateKey, { alg: 'ES256' })],
    ['another algorithm than the key has', token(GOOD, EC.privateKey, { alg: 'RS256', kid: 'one' })],
    ['the algorithm none', token(GOOD, EC.privateKey, { alg: 'none', kid: 'one' })],
    ['no signature', `${token(GOOD).split('.').slice(0, 2).join('.')}.`],
    [
      'the signature of another token',
      [...token(GOOD).split('.').slice(0, 2), token({}).split('.')[2]].join('.'),
    ],
    ['no token at all', 'not.a.token'],
    ['nothing', ''],
  ])('with %s says nothing: its claims are not even looked at', (_what, text) => {
    expect(judgeToken(text, expected)).toEqual({ faults: new Set(['signature']), claims: {} });
  });

  it('of an issuer with one RSA key needs no name of it', () => {
    const issuer = singleKeyIssuer(URL, RSA.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const signed = token(GOOD, RSA.privateKey, { alg: 'RS256' });
    expect(judgeToken(signed, { ...expected, issuer }).faults.size).toBe(0);
  });
});
