/**
 * The key of a Google service account from a Secret: the JSON that Google hands out, and nothing that only looks like it.
 * `external_account` and its like name commands, files and addresses; `token_uri` and `universe_domain` name whom the
 * signed assertion is sent to. None of that is ever another than Google's.
 */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { SecretValue } from '../secret-value.ts';
import { type CredentialAnswer, readDocument } from './credential-document.ts';

export interface GoogleKey {
  readonly clientEmail: string;
  /** PEM, PKCS #8, RSA */
  readonly privateKey: SecretValue;
  readonly privateKeyId?: string;
}

/** Whom an assertion is signed for and sent to. */
export const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token';

const PEM = /^-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{1,8192}\n-----END PRIVATE KEY-----\n?$/;
const EMAIL = /^[a-z0-9][a-z0-9._-]{0,62}@(?:[a-z0-9][a-z0-9-]{0,62}\.){1,8}gserviceaccount\.com$/;

// in every key that Google hands out, and of no use here
const passedOver = z.string().max(1024).optional();

const schema = z.strictObject({
  type: z.literal('service_account'),
  client_email: z.string().regex(EMAIL),
  private_key: z.string().regex(PEM).refine(isRsaKey),
  private_key_id: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .optional(),
  token_uri: z.literal(GOOGLE_TOKEN_URI),
  universe_domain: z.literal('googleapis.com').optional(),
  project_id: passedOver,
  client_id: passedOver,
  auth_uri: passedOver,
  auth_provider_x509_cert_url: passedOver,
  client_x509_cert_url: passedOver,
});

const form = {
  schema,
  leading: ['type', 'token_uri', 'universe_domain'],
  credential: ({ client_email, private_key, private_key_id }: z.output<typeof schema>): GoogleKey => ({
    clientEmail: client_email,
    privateKey: SecretValue.fromText(private_key),
    ...(private_key_id !== undefined && { privateKeyId: private_key_id }),
  }),
};

export function parseGoogleKey(bytes: Uint8Array): CredentialAnswer<GoogleKey> {
  return readDocument(bytes, form);
}

/** Here rather than when it signs: OpenSSL's errors name pieces of what it read. */
function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
