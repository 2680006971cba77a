/** Owns: the end of a process by an error that nobody handled. Used by: app.ts. */
import type { Logger } from './logger.ts';

/** Node would print the error as a whole, with whatever a library put into it; the log describes it instead. */
export function endOnUncaught(log: Logger): void {
  process.once('uncaughtException', (error) => {
    log.error({ err: error }, 'ended by an error that nobody handled');
    process.exit(1);
  });
}
