/**
 * A client secret of an Entra application from a Secret. The authority comes from the backend's cloud, never from here.
 */
import { z } from 'zod';
import { SecretValue } from '../secret-value.ts';
import { type CredentialAnswer, readDocument, readFields, type SecretFields } from './credential-document.ts';

export interface AzureClientSecret {
  /** a UUID or a domain: it becomes a segment of the authority's path */
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: SecretValue;
}

const UUID = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
const DOMAIN = /^(?=.{4,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

const form = {
  schema: z.strictObject({
    // `common` and its like mean any tenant; they have no dot
    tenantId: z.string().refine((text) => UUID.test(text) || DOMAIN.test(text)),
    clientId: z.string().regex(UUID),
    clientSecret: z.string().regex(/^[!-~]{8,512}$/),
  }),
  credential: ({ tenantId, clientId, clientSecret }: Fields): AzureClientSecret => ({
    tenantId,
    clientId,
    clientSecret: SecretValue.fromText(clientSecret),
  }),
};

interface Fields {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A Secret with a data key for each field. */
export function azureClientSecretOf(fields: SecretFields): CredentialAnswer<AzureClientSecret> {
  return readFields(fields, form);
}

/** A JSON document with the same fields under one data key. */
export function parseAzureClientSecret(bytes: Uint8Array): CredentialAnswer<AzureClientSecret> {
  return readDocument(bytes, form);
}
