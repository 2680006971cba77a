/**
 * Owns: the bytes of a header or of a body, with values in the place of holes. One pass: what a value holds is never read
 * as a template. Copies of values are zeroed as soon as they are in; no message quotes one.
 */
import { isUtf8 } from 'node:buffer';
import type { Reason } from '../model/reasons.ts';
import type { SecretValue } from '../model/secret-value.ts';
import { applyFilter } from '../model/text-filters.ts';
import type { Hole, WebhookPart } from './webhook-parts.ts';

/** Bytes of a body; a payload may use one value many times. */
export const MAX_BODY_BYTES = 1_048_576;
/** Bytes of one header; common servers take 8 or 16 KiB of all of them. */
export const MAX_HEADER_BYTES = 8_192;

export interface Failure {
  readonly kind: 'failed';
  readonly reason: Reason;
  readonly message: string;
}

/** What holes are filled with. */
export interface Filling {
  readonly values: ReadonlyMap<string, SecretValue>;
  readonly variables: Readonly<Record<string, string>>;
}

/** How the bytes of a place are made from those of a value. */
interface Place {
  readonly limit: number;
  /** Fresh bytes, or why the value cannot stand there. */
  readonly shaped: (bytes: Buffer, hole: Hole) => Buffer | Failure;
  readonly tooLong: () => Failure;
}

/** The body: each hole is inside a JSON string. */
export function fillBody(parts: readonly WebhookPart[], filling: Filling): Buffer | Failure {
  return fill(parts, filling, {
    limit: MAX_BODY_BYTES,
    shaped: (bytes, hole) =>
      isUtf8(bytes)
        ? jsonEscaped(bytes)
        : failed(
            'ValueNotText',
            `payload: the value of ${hole.name} is not UTF-8 text, as JSON is; write \${${hole.name} | base64}`,
          ),
    tooLong: () =>
      failed('ValueTooLarge', `the body has more than ${MAX_BODY_BYTES} bytes; use fewer or shorter values`),
  });
}

/** One header; `advice` says what is to be done about a value that no header can hold. */
export function fillHeader(
  header: string,
  parts: readonly WebhookPart[],
  filling: Filling,
  advice: string,
): Buffer | Failure {
  const bytes = fill(parts, filling, {
    limit: MAX_HEADER_BYTES,
    shaped: (bytes, { kind, name }) => {
      // of events: a name that somebody chose must not stop the automation, and is no secret
      if (kind === 'variable') return Buffer.from(bytes.toString('utf8').replace(/[^ -~]/gu, '?'), 'latin1');
      return bytes.every(isPrintable) ? Buffer.from(bytes) : notForHeader(header, name, advice);
    },
    tooLong: () =>
      failed(
        'HeaderInvalid',
        `header ${header} has more than ${MAX_HEADER_BYTES} bytes; use a shorter value`,
      ),
  });
  // the schema refuses it in what is written; that no header can be smuggled in must not rest on it alone
  if (Buffer.isBuffer(bytes) && !bytes.every(isPrintable)) {
    bytes.fill(0);
    return failed(
      'HeaderInvalid',
      `header ${header} may only hold printable ASCII; change how it is written`,
    );
  }
  return bytes;
}

function notForHeader(header: string, name: string, advice: string): Failure {
  return failed(
    'HeaderInvalid',
    `header ${header}: the value of ${name} has a line end or another character that no header can hold; ${advice}`,
  );
}

function fill(parts: readonly WebhookPart[], filling: Filling, place: Place): Buffer | Failure {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for (const part of parts) {
      const piece = part.kind === 'text' ? Buffer.from(part.text, 'utf8') : filled(part, filling, place);
      if (!Buffer.isBuffer(piece)) return piece;
      pieces.push(piece);
      length += piece.length;
      if (length > place.limit) return place.tooLong();
    }
    return Buffer.concat(pieces);
  } finally {
    for (const piece of pieces) piece.fill(0);
  }
}

function filled(hole: Hole, { values, variables }: Filling, place: Place): Buffer | Failure {
  const value = hole.kind === 'secret' ? values.get(hole.name)?.reveal() : (variables[hole.name] ?? '');
  if (value === undefined)
    return failed('InternalError', `${hole.name} was not read; the operator tries again`);
  const bytes = filtered(Buffer.from(value), hole);
  if (!Buffer.isBuffer(bytes)) return bytes;
  const shaped = place.shaped(bytes, hole);
  bytes.fill(0);
  return shaped;
}

/** Takes the bytes over: what it returns is fresh, and what it was given is zeroed, unless it is that. */
function filtered(bytes: Buffer, { name, filters }: Hole): Buffer | Failure {
  let now = bytes;
  for (const filter of filters) {
    const next = applyFilter(filter, now);
    now.fill(0);
    if (next === undefined)
      return failed(
        'ValueNotText',
        `the value of ${name} is not UTF-8 text, which the filter ${filter} needs; use base64 alone`,
      );
    now = next;
  }
  return now;
}

const isPrintable = (byte: number) => byte >= 0x20 && byte <= 0x7e;
const SHORT_ESCAPES = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** UTF-8 as JSON.stringify writes it between the quotes; without a string, which could not be zeroed. */
function jsonEscaped(bytes: Buffer): Buffer {
  // at most \u001f for one byte
  const room = Buffer.alloc(bytes.length * 6);
  let at = 0;
  for (const byte of bytes) {
    const short = SHORT_ESCAPES.get(byte) ?? (byte < 0x20 ? `\\u${byte.toString(16).padStart(4, '0')}` : '');
    if (short === '') room[at++] = byte;
    else at += room.write(short, at, 'latin1');
  }
  const escaped = Buffer.from(room.subarray(0, at));
  room.fill(0);
  return escaped;
}

export function failed(reason: Reason, message: string): Failure {
  return { kind: 'failed', reason, message };
}
