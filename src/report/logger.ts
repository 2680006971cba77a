import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/**
 * JSON logs for machines. An error is logged as its name, kind and message; stack and cause stay out, because
 * libraries put requests and values into them. Messages of our own errors are safe by construction.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: {},
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError, error: describeError },
    redact: {
      paths: ['*.value', '*.token', '*.password', '*.data', 'value', 'token', 'password', 'data'],
      censor: '[redacted]',
    },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** The names of error classes whose messages this program writes itself. */
const OWN_ERRORS = new Set(['KubeError', 'ConfigError', 'UsageError']);

/** What may be said of an error that somebody caught: for foreign ones the class and code alone. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const where = error.stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim();
  const place = where === undefined ? {} : { at: where };
  return OWN_ERRORS.has(error.name)
    ? { name: error.name, message: error.message }
    : { name: error.name, ...code, ...place };
}
