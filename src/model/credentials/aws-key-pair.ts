/**
 * A static key pair of AWS from a Secret: identifier, secret and, for a temporary one, its session token. No profile, no
 * process, no role, no file.
 */
import { z } from 'zod';
import { SecretValue } from '../secret-value.ts';
import { type CredentialAnswer, readDocument, readFields, type SecretFields } from './credential-document.ts';

export interface AwsKeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretValue;
  readonly sessionToken?: SecretValue;
}

const form = {
  schema: z.strictObject({
    // 16 to 128 word characters, as AWS documents them
    accessKeyId: z.string().regex(/^[A-Za-z0-9_]{16,128}$/),
    secretAccessKey: z.string().regex(/^[A-Za-z0-9/+=]{16,128}$/),
    sessionToken: z
      .string()
      .regex(/^[A-Za-z0-9/+=_-]{16,8192}$/)
      .optional(),
  }),
  credential: ({ accessKeyId, secretAccessKey, sessionToken }: Fields): AwsKeyPair => ({
    accessKeyId,
    secretAccessKey: SecretValue.fromText(secretAccessKey),
    ...(sessionToken !== undefined && { sessionToken: SecretValue.fromText(sessionToken) }),
  }),
};

interface Fields {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A Secret with a data key for each field. */
export function awsKeyPairOf(fields: SecretFields): CredentialAnswer<AwsKeyPair> {
  return readFields(fields, form);
}

/** A JSON document with the same fields under one data key. */
export function parseAwsKeyPair(bytes: Uint8Array): CredentialAnswer<AwsKeyPair> {
  return readDocument(bytes, form);
}
