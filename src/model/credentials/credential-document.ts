/**
 * Credentials that somebody put into a Secret, read by our own schemas and by nothing else. Pure; used by the three
 * clouds' files beside this one.
 * A credential document of a cloud is a program: it names commands, files and addresses for a library to use. So no
 * library ever sees one; what is taken from it are strings of a known form, and whatever else stands in it refuses it.
 * Must not: put anything of the document into an answer. A field's name is told only when the schema knows it.
 */
import type { z } from 'zod';

export type CredentialFault =
  /** longer than any credential of that cloud */
  | 'CredentialTooLarge'
  /** not UTF-8, not JSON, or not an object */
  | 'CredentialUnreadable'
  /** a field is missing, or has no form that the cloud hands out */
  | 'CredentialInvalid'
  /** it wants something done: another kind of credential, another host, a field that nobody needs */
  | 'CredentialUnsafe';

/** `fields` are names of ours, in their order, and `(other)` for all that we do not know. */
export type CredentialAnswer<Credential> =
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'refused'; readonly code: CredentialFault; readonly fields: readonly string[] };

/** The data of a Secret, one field for each key. */
export type SecretFields = ReadonlyMap<string, Uint8Array>;

export interface CredentialForm<Shape extends z.ZodObject, Credential> {
  readonly schema: Shape;
  /** Fields that, where they are there and not as they have to be, lead somewhere else. */
  readonly leading?: readonly string[];
  readonly credential: (fields: z.output<Shape>) => Credential;
}

// Google's key, the longest, has 2.4 kB, AWS' session tokens have up to 4 kB; JSON.parse of 16 kB cannot be deep enough
// to hurt
export const MAX_CREDENTIAL_BYTES = 16_384;
const OTHER = '(other)';

/** A JSON document. */
export function readDocument<Shape extends z.ZodObject, Credential>(
  bytes: Uint8Array,
  form: CredentialForm<Shape, Credential>,
): CredentialAnswer<Credential> {
  if (bytes.byteLength > MAX_CREDENTIAL_BYTES) return refused('CredentialTooLarge');
  const document = objectOf(bytes);
  return document === undefined ? refused('CredentialUnreadable') : judged(document, form);
}

/** One text for each field. A newline at the end comes from an editor or `echo`, never from a cloud. */
export function readFields<Shape extends z.ZodObject, Credential>(
  fields: SecretFields,
  form: CredentialForm<Shape, Credential>,
): CredentialAnswer<Credential> {
  const size = [...fields.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (size > MAX_CREDENTIAL_BYTES) return refused('CredentialTooLarge');
  const document = new Map<string, unknown>();
  for (const [name, bytes] of fields) document.set(name, textOf(bytes)?.replace(/\r?\n$/, '') ?? null);
  return judged(document, form);
}

function judged<Shape extends z.ZodObject, Credential>(
  document: ReadonlyMap<string, unknown>,
  form: CredentialForm<Shape, Credential>,
): CredentialAnswer<Credential> {
  const known = Object.keys(form.schema.shape);
  // only names of ours go into an object: `__proto__` would not be a field of it
  const own = known.filter((name) => document.has(name)).map((name) => [name, document.get(name)]);
  const result = form.schema.safeParse(Object.fromEntries(own));
  const others = [...document.keys()].filter((name) => !known.includes(name));
  if (result.success && others.length === 0)
    return { kind: 'credential', credential: form.credential(result.data) };
  const broken = known.filter((name) => result.error?.issues.some(({ path }) => path[0] === name));
  const unsafe = broken.filter((name) => form.leading?.includes(name) && document.has(name));
  if (unsafe.length > 0 || others.length > 0)
    return refused('CredentialUnsafe', [...unsafe, ...(others.length > 0 ? [OTHER] : [])]);
  return refused('CredentialInvalid', broken);
}

function objectOf(bytes: Uint8Array): ReadonlyMap<string, unknown> | undefined {
  const text = textOf(bytes);
  const parsed = text === undefined ? undefined : jsonOf(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  return new Map(Object.entries(parsed));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // its message quotes the text
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function refused(code: CredentialFault, fields: readonly string[] = []): CredentialAnswer<never> {
  return { kind: 'refused', code, fields };
}
