/** Owns: the operator's log as a person reads it. Called by: dev.ts. Must not: drop anything. */

const LEVEL_COLOURS: Readonly<Record<string, number>> = { debug: 90, info: 32, warn: 33, error: 31 };
const GREY = 90;

/**
 * `12:34:56.789 warn  message key=value …` of one line of JSON; whatever else is printed stays as it is.
 * `colours` only for a terminal.
 */
export function prettyLine(line: string, colours: boolean): string {
  const entry = parsed(line);
  if (!entry) return line;
  const { time = '', level = '', message = '', ...rest } = entry;
  const paint = (text: string, colour: number) => (colours ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const clock = /T([\d:.]+)Z$/.exec(String(time))?.[1] ?? String(time);
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`);
  return [
    paint(clock, GREY),
    paint(String(level).padEnd(5), LEVEL_COLOURS[String(level)] ?? 0),
    String(message),
    ...(fields.length > 0 ? [paint(fields.join(' '), GREY)] : []),
  ].join(' ');
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    // half a line of a process that was killed
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}
