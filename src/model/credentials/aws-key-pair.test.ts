import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { awsKeyPairOf, parseAwsKeyPair } from './aws-key-pair.ts';

const AWS = { accessKeyId: 'AKIA0123456789ABCDEF', secretAccessKey: 'k'.repeat(40) };
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const fieldsOf = (fields: Readonly<Record<string, string>>) =>
  new Map(Object.entries(fields).map(([name, text]) => [name, bytes(text)]));
const refused = (code: string, ...fields: string[]) => ({ kind: 'refused', code, fields });

describe('a key pair of AWS', () => {
  it.each([
    ['data keys', () => awsKeyPairOf(fieldsOf({ ...AWS, sessionToken: 't'.repeat(400) }))],
    ['a document', () => parseAwsKeyPair(bytes({ ...AWS, sessionToken: 't'.repeat(400) }))],
  ])('comes from %s', (_case, read) => {
    const answer = read();
    if (answer.kind !== 'credential') throw new Error(answer.code);
    expect(answer.credential.accessKeyId).toBe(AWS.accessKeyId);
    expect(answer.credential.secretAccessKey.reveal().toString()).toBe(AWS.secretAccessKey);
    expect(answer.credential.sessionToken?.byteLength).toBe(400);
    expect(inspect(answer, { depth: 9 })).not.toContain('kkkk');
  });

  it('needs no session token, and a newline at an end is no part of it', () => {
    const answer = awsKeyPairOf(fieldsOf({ ...AWS, secretAccessKey: `${AWS.secretAccessKey}\r\n` }));
    if (answer.kind !== 'credential') throw new Error(answer.code);
    expect(Object.keys(answer.credential)).toEqual(['accessKeyId', 'secretAccessKey']);
    expect(answer.credential.secretAccessKey.byteLength).toBe(40);
  });

  it.each([
    'credential_process',
    'role_arn',
    'web_identity_token_file',
    'source_profile',
    'AWS_PROFILE',
    '__proto__',
    'constructor',
  ])('THREATS 3: a Secret with %s is refused', (name) => {
    const more = new Map([...fieldsOf(AWS), [name, bytes('/bin/sh')]]);
    expect(awsKeyPairOf(more)).toEqual(refused('CredentialUnsafe', '(other)'));
  });

  it('is invalid where a field is missing, is no text or has characters that AWS never uses', () => {
    expect(awsKeyPairOf(new Map())).toEqual(refused('CredentialInvalid', 'accessKeyId', 'secretAccessKey'));
    expect(awsKeyPairOf(fieldsOf({ ...AWS, accessKeyId: 'AKIA 0123456789ABCDEF' }))).toEqual(
      refused('CredentialInvalid', 'accessKeyId'),
    );
    const unreadable = new Map([...fieldsOf(AWS), ['sessionToken', Buffer.from([0xff, 0xfe])]]);
    expect(awsKeyPairOf(unreadable)).toEqual(refused('CredentialInvalid', 'sessionToken'));
  });
});
