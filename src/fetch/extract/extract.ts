/**
 * What a provider stores → the value that is delivered: picks `property`, undoes `encoding`, checks the size. Pure.
 * Called by the fetcher with the line that was asked for. The payload stays the caller's; each step below owns the
 * bytes it made and the next one wipes them. A failure names fields of the spec, never a piece of the value.
 */
import { isUtf8 } from 'node:buffer';
import { MAX_VALUE_BYTES } from '../../model/names.ts';
import type { PlanLine } from '../../model/plan.ts';
import type { Reason } from '../../model/reasons.ts';
import { SecretValue } from '../../model/secret-value.ts';
import type { Payload } from '../port.ts';
import { decodeBase64 } from './base64-bytes.ts';
import { findJson, type JsonSpan } from './json-scanner.ts';
import { unescapeJson } from './json-text.ts';
import { propertyPath } from './property-path.ts';

/** The fields of an entry that say which part of a payload is its value. */
export type ExtractLine = Pick<PlanLine, 'name' | 'key' | 'property' | 'encoding'>;

/** A box of its own, which the receiver wipes, or why there is none. */
export type Extracted = { readonly kind: 'value'; readonly value: SecretValue } | ExtractFailure;

export interface ExtractFailure {
  readonly kind: 'failed';
  readonly reason: Reason;
  readonly message: string;
}

type Step = { readonly kind: 'bytes'; readonly bytes: Buffer } | ExtractFailure;

// no provider stores more under one key; also what the scanner is given at most
const MAX_PAYLOAD_BYTES = 1_048_576;

/**
 * A string of a JSON value is delivered as its text; a number, boolean, object or array exactly as it is written
 * there, so that no digit is lost.
 */
export function extract(payload: Payload, line: ExtractLine): Extracted {
  const picked = pick(payload, line);
  const decoded = picked.kind === 'bytes' ? decode(picked.bytes, line) : picked;
  return decoded.kind === 'bytes' ? checked(decoded.bytes, line) : decoded;
}

function pick(payload: Payload, line: ExtractLine): Step {
  if (payload.kind === 'fields') return pickField(payload.fields, line);
  const bytes = payload.value.reveal();
  if (bytes.length > MAX_PAYLOAD_BYTES) return tooLarge(line);
  return line.property === undefined ? own(bytes) : pickFromJson(bytes, line, line.property);
}

function pickField(fields: ReadonlyMap<string, SecretValue>, line: ExtractLine): Step {
  const { property } = line;
  if (property === undefined && fields.size !== 1) {
    const what = fields.size === 0 ? 'has no data keys; add one and' : 'has several data keys;';
    return failed(
      line,
      'PropertyMissing',
      `${whole(line)} ${what} set from.property to one of its data keys`,
    );
  }
  const value = property === undefined ? [...fields.values()][0] : fields.get(property);
  if (!value) return propertyMissing(line, `data key "${property}"`);
  return value.byteLength > MAX_PAYLOAD_BYTES ? tooLarge(line) : own(value.reveal());
}

function pickFromJson(bytes: Buffer, line: ExtractLine, property: string): Step {
  if (!isUtf8(bytes)) return unpickable(line, 'ValueNotText', 'is not UTF-8 text');
  const find = findJson(bytes, propertyPath(property));
  switch (find.kind) {
    case 'notJSON':
      return unpickable(line, 'ValueNotJSON', 'is not JSON');
    case 'missing':
      return propertyMissing(line, `property "${property}"`);
    case 'found':
      return leaf(bytes, find.span, line);
  }
}

function leaf(bytes: Buffer, span: JsonSpan, line: ExtractLine): Step {
  if (span.type === 'null') return empty(line);
  if (span.type !== 'string') return own(bytes.subarray(span.start, span.end));
  const text = unescapeJson(bytes.subarray(span.start + 1, span.end - 1));
  if (text) return { kind: 'bytes', bytes: text };
  return failed(
    line,
    'ValueNotText',
    `${part(line)} holds half a surrogate pair; correct it at the provider`,
  );
}

/** Takes over `bytes`. */
function decode(bytes: Buffer, line: ExtractLine): Step {
  if (line.encoding === 'None') return { kind: 'bytes', bytes };
  const decoded = decodeBase64(bytes, line.encoding);
  bytes.fill(0);
  if (decoded) return { kind: 'bytes', bytes: decoded };
  const what = `${part(line)} is not valid ${line.encoding}`;
  return failed(line, 'ValueNotDecodable', `${what}; correct from.encoding or the value at the provider`);
}

/** Takes over `bytes`. */
function checked(bytes: Buffer, line: ExtractLine): Extracted {
  if (bytes.length === 0) return empty(line);
  if (bytes.length <= MAX_VALUE_BYTES) return { kind: 'value', value: new SecretValue(bytes) };
  bytes.fill(0);
  return tooLarge(line);
}

function own(bytes: Buffer): Step {
  return { kind: 'bytes', bytes: Buffer.from(bytes) };
}

function unpickable(line: ExtractLine, reason: Reason, what: string): ExtractFailure {
  const next = `so from.property "${line.property}" cannot be picked; store a JSON value or remove from.property`;
  return failed(line, reason, `${whole(line)} ${what}, ${next}`);
}

function propertyMissing(line: ExtractLine, what: string): ExtractFailure {
  const next = 'add it at the provider or correct from.property';
  return failed(line, 'PropertyMissing', `${whole(line)} has no ${what}; ${next}`);
}

function empty(line: ExtractLine): ExtractFailure {
  return failed(line, 'ValueEmpty', `${part(line)} is empty; store a value or remove the entry`);
}

function tooLarge(line: ExtractLine): ExtractFailure {
  const what = `${part(line)} has more than ${MAX_VALUE_BYTES} bytes`;
  return failed(line, 'ValueTooLarge', `${what}; pick a part of it with from.property or store less`);
}

function failed(line: ExtractLine, reason: Reason, message: string): ExtractFailure {
  return { kind: 'failed', reason, message: `${line.name}: ${message}` };
}

function whole(line: ExtractLine): string {
  return `key "${line.key}"`;
}

function part(line: ExtractLine): string {
  return line.property === undefined ? whole(line) : `"${line.property}" of key "${line.key}"`;
}

/** Whether a value is what its entry says: what could not be decoded for anybody is better not stored. */
export function isDecodable(value: SecretValue, encoding: PlanLine['encoding']): boolean {
  if (encoding === 'None') return true;
  const decoded = decodeBase64(value.reveal(), encoding);
  decoded?.fill(0);
  return decoded !== undefined;
}
