/**
 * Owns: what is inside a sealed box. libsodium's box binds nothing but the key, so what it is for is told inside
 * (THREATS 14). May look into the value; its faults never repeat any of it.
 */
import { z } from 'zod';
import { MAX_SECRET_NAME, SECRET_NAME } from '../model/names.ts';
import { SecretValue } from '../model/secret-value.ts';

/** What a value is sealed for. */
export interface Envelope {
  readonly scopeUID: string;
  readonly name: string;
  /** When it was sealed, milliseconds since 1970: an older one never replaces a newer one. */
  readonly created: number;
  readonly value: SecretValue;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

const envelopeSchema = z.strictObject({
  v: z.literal(1),
  scopeUID: z.string().min(1).max(64),
  name: z.string().min(1).max(MAX_SECRET_NAME).regex(SECRET_NAME),
  created: z.string().regex(INSTANT),
  value: z.string().regex(BASE64),
});

export function encodeEnvelope({ scopeUID, name, created, value }: Envelope): Buffer {
  const text = JSON.stringify({
    v: 1,
    scopeUID,
    name,
    created: new Date(created).toISOString(),
    value: value.reveal().toString('base64'),
  });
  return Buffer.from(text, 'utf8');
}

/** Undefined where it is none: why is not told, since every parser's text would show what it stumbled over. */
export function decodeEnvelope(bytes: Buffer): Envelope | undefined {
  const parsed = envelopeSchema.safeParse(jsonOf(bytes));
  if (!parsed.success) return undefined;
  const { scopeUID, name, value } = parsed.data;
  const created = Date.parse(parsed.data.created);
  if (Number.isNaN(created)) return undefined;
  return { scopeUID, name, created, value: new SecretValue(Buffer.from(value, 'base64')) };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    // its message repeats what it could not read
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
