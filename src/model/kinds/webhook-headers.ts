/** Owns: which headers an automation may set. Used by: webhook-automation.ts. */
import { z } from 'zod';
import { PRINTABLE } from './common.ts';
import { type Rule, withRules } from './schema-rules.ts';

/** A field name of RFC 9110. */
export const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** What HTTP itself, this product or a proxy decides by. */
export const RESERVED_HEADERS = [
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-secretscope-delivery',
  'x-secretscope-event',
] as const;

const reserved = `[${RESERVED_HEADERS.map((one) => `'${one}'`).join(', ')}]`;

const headerFields = z.strictObject({
  name: z.string().min(1).max(128).regex(HEADER_NAME).describe('Name of the header.'),
  value: z
    .string()
    .max(2048)
    .regex(PRINTABLE)
    .describe('Its value, in which ${NAME} and ${event_type} are replaced, as in payload.'),
});

/** The rule is of each header, so that the path of the message says which one it is. */
export const headerSchema = withRules(headerFields, {
  rule: `!(self.name.lowerAscii() in ${reserved})`,
  message: `these headers are not yours to set: ${RESERVED_HEADERS.join(', ')}`,
  fieldPath: '.name',
  holds: ({ name }) => !isReserved(name),
}).describe('One header.');

interface HeaderSetters {
  readonly headers?: readonly { readonly name: string }[] | undefined;
  readonly accessToken?: unknown;
  readonly signature?: { readonly header?: string | undefined } | undefined;
}

/** Receivers and proxies differ in which of two headers of one name they believe. */
export const HEADER_RULES: readonly Rule<HeaderSetters>[] = [
  {
    rule: "!has(self.headers) || !has(self.accessToken) || !self.headers.exists(h, h.name.lowerAscii() == 'authorization')",
    message: 'accessToken is sent as Authorization, so headers must not set it as well',
    fieldPath: '.headers',
    holds: ({ headers = [], accessToken }) =>
      accessToken === undefined || !headers.some(({ name }) => isAuthorization(name)),
  },
  {
    rule: `!has(self.signature) || !has(self.signature.header) || !(self.signature.header.lowerAscii() in ${reserved} || self.signature.header.lowerAscii() == 'authorization')`,
    message: `a signature cannot be sent in one of these headers; choose another, or leave header out: authorization, ${RESERVED_HEADERS.join(', ')}`,
    fieldPath: '.signature.header',
    holds: ({ signature: { header = '' } = {} }) => !isReserved(header) && !isAuthorization(header),
  },
];

function isReserved(header: string): boolean {
  return (RESERVED_HEADERS as readonly string[]).includes(header.toLowerCase());
}

function isAuthorization(header: string): boolean {
  return header.toLowerCase() === 'authorization';
}
