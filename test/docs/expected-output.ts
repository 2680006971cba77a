/**
 * Owns: whether a command printed what its page shows.
 * Called by: run-page.ts. Must not: demand what differs from run to run: widths of columns, ages, times, drawn names.
 */

/** What of a line is of one run only, and what stands for it. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\\?\.\d+)?Z/g, '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z'],
  [/\b\d+(?:s|m|h|d|ms)\b/g, '(?:\\d+(?:s|m|h|d|ms))+'],
  [/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, '[0-9a-f-]{36}'],
  [/\b[0-9a-f]{12,64}\b/g, '[0-9a-f]+'],
];

/** Answers the first line that is missing, or undefined. `…` is any text; alone on its line, any number of lines. */
export function missingLine(expected: string, printed: string): string | undefined {
  const lines = printed.split('\n').map((line) => line.trimEnd());
  let at = 0;
  let anywhere = false;
  for (const line of trimmed(expected)) {
    if (/^[\s│├└─]*…$/u.test(line)) {
      anywhere = true;
      continue;
    }
    const found = lines.findIndex((each, index) => index >= at && matches(line, each));
    if (found < 0 || (!anywhere && lines.slice(at, found).some((each) => each !== ''))) return line;
    at = found + 1;
    anywhere = false;
  }
  return undefined;
}

function trimmed(expected: string): string[] {
  return expected.split('\n').filter((line) => line.trim() !== '');
}

function matches(expected: string, line: string): boolean {
  let pattern = expected.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  for (const [changing, stands] of CHANGING) pattern = pattern.replace(changing, () => stands);
  pattern = pattern.replace(/…/g, () => '.*').replace(/\s+/g, '\\s+');
  return new RegExp(`^\\s*${pattern}$`, 'u').test(line);
}
