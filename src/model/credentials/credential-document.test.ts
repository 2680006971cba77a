import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsKeyPairOf, parseAwsKeyPair } from './aws-key-pair.ts';
import { parseAzureClientSecret } from './azure-client-secret.ts';
import { MAX_CREDENTIAL_BYTES } from './credential-document.ts';
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
const AWS = { accessKeyId: 'AKIA0123456789ABCDEF', secretAccessKey: 'k'.repeat(40) };
const AZURE = {
  tenantId: '00000000-1111-2222-3333-abcdefabcdef',
  clientId: '99999999-1111-2222-3333-abcdefabcdef',
  clientSecret: 'abc~DEF.ghi_jkl-mno',
};

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const fieldsOf = (fields: Readonly<Record<string, string>>) =>
  new Map(Object.entries(fields).map(([name, text]) => [name, bytes(text)]));
const refused = (code: string, ...fields: string[]) => ({ kind: 'refused', code, fields });

const PARSERS = [parseGoogleKey, parseAwsKeyPair, parseAzureClientSecret];
const CANARY = 'canary7f3a';

describe('any document', () => {
  it('FAULTS 52: is read up to its bound and not beyond', () => {
    const padded = (size: number) => bytes(JSON.stringify(GOOGLE).padEnd(size));
    expect(parseGoogleKey(padded(MAX_CREDENTIAL_BYTES)).kind).toBe('credential');
    for (const parse of PARSERS)
      expect(parse(padded(MAX_CREDENTIAL_BYTES + 1))).toEqual(refused('CredentialTooLarge'));
    const large = { ...AWS, sessionToken: 't'.repeat(MAX_CREDENTIAL_BYTES) };
    expect(awsKeyPairOf(fieldsOf(large))).toEqual(refused('CredentialTooLarge'));
  });

  it.each<[string, string]>([
    ['deep lists', '['.repeat(8000) + ']'.repeat(8000)],
    ['deep objects', '{"a":'.repeat(3000)],
    ['no JSON', `${CANARY}`],
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['nothing', ''],
  ])('FAULTS 52: %s is unreadable', (_case, text) => {
    for (const parse of PARSERS) expect(parse(bytes(text))).toEqual(refused('CredentialUnreadable'));
  });

  it('text in another encoding is unreadable, wherever it stands', () => {
    const text = Buffer.from(JSON.stringify({ ...GOOGLE, project_id: '?' }));
    text[text.indexOf('?')] = 0xff;
    expect(parseGoogleKey(text)).toEqual(refused('CredentialUnreadable'));
  });

  it('FAULTS 52: __proto__ lends no field', () => {
    const lent = `{"__proto__": ${JSON.stringify(AWS)}}`;
    expect(parseAwsKeyPair(bytes(lent))).toEqual(refused('CredentialUnsafe', '(other)'));
    expect(Object.hasOwn(Object.prototype, 'accessKeyId')).toBe(false);
    const deep = bytes(`{"type": ${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}`);
    expect(parseGoogleKey(deep)).toEqual(refused('CredentialUnsafe', 'type'));
  });

  it('THREATS 16: whatever it is, parsing never throws and never repeats it', () => {
    const names = fc.oneof(
      fc.constantFrom(...Object.keys(GOOGLE), ...Object.keys(AWS), ...Object.keys(AZURE), '__proto__'),
      fc.string().map((text) => `${CANARY}${text}`),
    );
    const values = fc.oneof(
      fc.string().map((text) => `${CANARY}${text}`),
      fc.constant({ [CANARY]: [CANARY] }),
      fc.jsonValue(),
    );
    const document = fc
      .array(fc.tuple(names, values))
      .map((pairs) =>
        bytes(`{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`),
      );
    const input = fc.oneof(
      document,
      fc.uint8Array(),
      fc.string().map((text) => bytes(`${CANARY}${text}`)),
    );
    fc.assert(
      fc.property(input, (raw) => {
        for (const parse of PARSERS) {
          const answer = parse(raw);
          expect(answer.kind).toBe('refused');
          expect(inspect(answer, { depth: 9, showHidden: true })).not.toContain(CANARY);
        }
      }),
    );
  });

  it('THREATS 16: one wrong field of a good document is named and not shown', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(GOOGLE)), fc.jsonValue(), (field, value) => {
        const wrong = { [CANARY]: value };
        const answer = parseGoogleKey(bytes({ ...GOOGLE, [field]: wrong }));
        expect(answer).toMatchObject({ kind: 'refused', fields: [field] });
        expect(JSON.stringify(answer)).not.toContain(CANARY);
      }),
    );
  });
});
