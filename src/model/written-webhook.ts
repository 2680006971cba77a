/** Owns: reading what the operator writes down of an automation's request for reviewers. Used by: review-webhook.ts. */
import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';
import { HEADER_NAME } from './kinds/webhook-headers.ts';
import { SECRET_NAME } from './names.ts';

const headerName = z.string().regex(HEADER_NAME);
const secret = z.string().regex(SECRET_NAME);
const writtenHeader = z.union([
  z.strictObject({ name: z.literal('Authorization'), bearer: secret }),
  z.strictObject({
    name: headerName,
    hmacSHA256: secret,
    encoding: z.enum(['Base64', 'Hex']),
    prefix: z.string(),
  }),
  z.strictObject({ name: headerName, value: z.string() }),
]);
/** What parse-webhook.ts makes, member by member. */
const writtenSchema = z.strictObject({
  method: z.literal('POST'),
  headers: z.array(writtenHeader),
  payload: z.custom<{ readonly [member: string]: Json }>(isObject),
});
export type WrittenHeader = z.infer<typeof writtenHeader>;
export type WrittenWebhook = z.infer<typeof writtenSchema>;

/**
 * `value` is what `text` is as JSON. Undefined where something would be left out by whoever shows its parts: a member
 * that is unknown here, or one that is there twice.
 */
export function writtenWebhook(value: Json, text: string): WrittenWebhook | undefined {
  const { success, data } = writtenSchema.safeParse(value);
  return success && canonicalIn(value) === text ? data : undefined;
}

/** Undefined for numbers and depths that only somebody else than the operator writes. */
function canonicalIn(value: Json): string | undefined {
  try {
    return canonicalJson(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
