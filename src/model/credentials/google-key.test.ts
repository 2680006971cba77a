import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseGoogleKey } from './google-key.ts';

const pem = (type: 'rsa' | 'ec') => {
  const options = { modulusLength: 2048, namedCurve: 'P-256' };
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', options) : generateKeyPairSync('ec', options);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};

const RSA = pem('rsa');
const GOOGLE = {
  type: 'service_account',
  project_id: 'acme',
  private_key_id: '0123abcd',
  private_key: RSA,
  client_email: 'reader@acme.iam.gserviceaccount.com',
  client_id: '1',
  auth_uri: 'https://accounts.google.com/o/oauth2/auth',
  token_uri: 'https://oauth2.googleapis.com/token',
  auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
  client_x509_cert_url: 'https://www.googleapis.com/robot/v1/metadata/x509/reader',
  universe_domain: 'googleapis.com',
};
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const refused = (code: string, ...fields: string[]) => ({ kind: 'refused', code, fields });
const without = (document: object, field: string) =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name !== field));

describe('the key of a Google service account', () => {
  it('is an e-mail address, a key in a box and its identifier', () => {
    const answer = parseGoogleKey(bytes(GOOGLE));
    if (answer.kind !== 'credential') throw new Error(answer.code);
    const { clientEmail, privateKey, privateKeyId } = answer.credential;
    expect([clientEmail, privateKeyId]).toEqual([GOOGLE.client_email, '0123abcd']);
    expect(privateKey.reveal().toString()).toBe(RSA);
    expect(Object.keys(answer.credential)).toEqual(['clientEmail', 'privateKey', 'privateKeyId']);
    expect(inspect(answer, { depth: 9, showHidden: true })).not.toContain('BEGIN');
  });

  it.each(['universe_domain', 'private_key_id', 'project_id', 'client_id', 'auth_uri'])(
    'may be without %s',
    (field) => {
      expect(parseGoogleKey(bytes(without(GOOGLE, field))).kind).toBe('credential');
    },
  );

  it.each(['type', 'private_key', 'client_email', 'token_uri'])('is invalid without %s', (field) => {
    expect(parseGoogleKey(bytes(without(GOOGLE, field)))).toEqual(refused('CredentialInvalid', field));
  });

  it.each([
    'external_account',
    'authorized_user',
    'impersonated_service_account',
    'gdch_service_account',
    'external_account_authorized_user',
    '',
    7,
    null,
    ['service_account'],
  ])('THREATS 3: type %j is refused', (type) => {
    expect(parseGoogleKey(bytes({ ...GOOGLE, type }))).toEqual(refused('CredentialUnsafe', 'type'));
  });

  it.each<[string, object]>([
    ['a file', { credential_source: { file: '/var/run/secrets/kubernetes.io/serviceaccount/token' } }],
    ['a command', { credential_source: { executable: { command: '/bin/sh -c id' } } }],
    ['a URL', { credential_source: { url: 'http://169.254.169.254/' } }],
    ['whom to send a token to', { token_url: 'https://evil.example/' }],
    ['whom to become', { service_account_impersonation_url: 'https://evil.example/' }],
    ['another endpoint', { api_endpoint: 'evil.example' }],
    ['something nobody knows', { zzz: 1 }],
  ])('THREATS 3: a document that names %s is refused', (_case, more) => {
    const account = { type: 'external_account', audience: '//iam', subject_token_type: 'jwt' };
    expect(parseGoogleKey(bytes({ ...GOOGLE, ...more }))).toEqual(refused('CredentialUnsafe', '(other)'));
    expect(parseGoogleKey(bytes({ ...account, ...more }))).toEqual(
      refused('CredentialUnsafe', 'type', '(other)'),
    );
  });

  it.each([
    'http://oauth2.googleapis.com/token',
    'https://oauth2.googleapis.com.evil.example/token',
    'https://oauth2.googleapis.com/token?x',
    'https://oauth2.googleapis.com@evil.example/token',
    'https://OAUTH2.googleapis.com/token',
    'https://accounts.google.com/o/oauth2/token',
    '',
    null,
  ])('THREATS 3: token_uri %j is refused', (token_uri) => {
    expect(parseGoogleKey(bytes({ ...GOOGLE, token_uri }))).toEqual(refused('CredentialUnsafe', 'token_uri'));
  });

  it.each(['evil.example', 'googleapis.com.', 'GOOGLEAPIS.COM', '', null])(
    'THREATS 3: universe_domain %j is refused',
    (universe_domain) => {
      expect(parseGoogleKey(bytes({ ...GOOGLE, universe_domain }))).toEqual(
        refused('CredentialUnsafe', 'universe_domain'),
      );
    },
  );

  it.each<[string, unknown]>([
    ['no PEM', 'hunter2'],
    ['PEM around nothing', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['a key of another kind', pem('ec')],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
    ['two keys', `${RSA}${RSA}`],
    ['a path', '/etc/passwd'],
    ['a list', [RSA]],
  ])('a private key that is %s is refused', (_case, private_key) => {
    expect(parseGoogleKey(bytes({ ...GOOGLE, private_key }))).toEqual(
      refused('CredentialInvalid', 'private_key'),
    );
  });

  it.each([
    'reader@evil.example',
    'a@b@c.gserviceaccount.com',
    'x\n@acme.iam.gserviceaccount.com',
    'reader@gserviceaccount.com.evil.example',
  ])('an address %j that is no service account is refused', (client_email) => {
    expect(parseGoogleKey(bytes({ ...GOOGLE, client_email }))).toEqual(
      refused('CredentialInvalid', 'client_email'),
    );
  });

  it('every field that is wrong is named', () => {
    expect(parseGoogleKey(bytes({}))).toEqual(
      refused('CredentialInvalid', 'type', 'client_email', 'private_key', 'token_uri'),
    );
  });
});
