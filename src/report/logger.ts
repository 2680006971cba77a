import { type DestinationStream, pino } from 'pino';
import { withoutTokens } from '../mask/foreign-text.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Every line has a message of our own: given an error alone, a logger would take the error's text for it. */
export interface LogLine {
  (fields: Fields, message: string): void;
  (message: string): void;
}

export interface Logger {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

/** One whose level may change while it is used. */
export interface AdjustableLogger extends Logger {
  level: string;
}

/**
 * JSON logs for machines. An error is logged as its name, kind and message; stack and cause stay out, because
 * libraries put requests and values into them. Messages of our own errors are safe by construction. Tokens that stand
 * somewhere all the same, in a name that somebody chose, are masked.
 */
export function createLogger(level: string, destination?: DestinationStream): AdjustableLogger {
  const options = {
    level,
    base: {},
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: safeFields },
    hooks: { logMethod: maskedLine },
    // the error is described by then; the serializer that pino has itself would look for more
    serializers: { err: (described: unknown) => described },
    redact: {
      paths: ['*.value', '*.token', '*.password', '*.data', 'value', 'token', 'password', 'data'],
      censor: '[redacted]',
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** What is logged: fields, which safeFields masks, and a message. */
function maskedLine(this: pino.Logger, args: Parameters<pino.LogFn>, log: pino.LogFn): void {
  log.apply(
    this,
    args.map((arg) => (typeof arg === 'string' ? withoutTokens(arg, 'log') : arg)) as typeof args,
  );
}

function safeFields(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safe(value, 0)]));
}

// deeper than anything that is logged on purpose; an object that holds itself ends here too
const MAX_DEPTH = 4;

/** Errors and bytes are made safe wherever they stand: as JSON they would show their members. */
function safe(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value);
  if (ArrayBuffer.isView(value)) return '[redacted]';
  if (typeof value === 'string') return withoutTokens(value, 'log');
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => safe(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, safe(item, depth + 1)]));
}

/** The names of error classes whose messages this program writes itself. */
const OWN_ERRORS = new Set(['KubeError', 'ConfigError', 'UsageError']);

/** What may be said of an error that somebody caught: for foreign ones the class, code and place alone. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const name = word(error.name) ?? 'Error';
  if (OWN_ERRORS.has(name)) return { name, message: withoutTokens(error.message, 'log') };
  const code = 'code' in error ? word(error.code) : undefined;
  const at = placeOf(error);
  return { name, ...(code !== undefined && { code }), ...(at !== undefined && { at }) };
}

/** Only what looks like an identifier: whoever makes an error may name it as they like. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][\w.]{0,63}$/.test(value) ? value : undefined;
}

const FRAME = /^ {4}at (?:[\w.<>#[\] ]+ \()?(?:file:\/\/\/|node:|\/)[^\s()]+:\d+:\d+\)?$/;

/** The topmost line of code. The stack begins with the message, whose lines may look like frames. */
function placeOf({ stack = '', message }: Error): string | undefined {
  return stack
    .replace(message, '')
    .split('\n')
    .find((line) => FRAME.test(line))
    ?.trim();
}
