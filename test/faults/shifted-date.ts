/**
 * Owns: another time of day than that of the machine, for a process that is started with `--import` of this file: by so many
 * milliseconds as SECRETSCOPE_TEST_CLOCK_MS says. Used by: plans with a clock that is wrong. Timers go as before.
 */
const shiftMs = Number(process.env['SECRETSCOPE_TEST_CLOCK_MS'] ?? '0');
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});

function now(): number {
  return RealDate.now() + shiftMs;
}

// a file that exports nothing is no module
export {};
