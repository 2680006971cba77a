/**
 * Which texts are registered of one value. Output comes line by line, so every line of a value counts as a secret too:
 * `InitializeSecretMasker` in src/Runner.Worker/Worker.cs and `AddMaskCommandExtension` in
 * src/Runner.Worker/ActionCommandManager.cs of actions/runner.
 */
import type { Addition } from './extra-forms.ts';
import { structuredFormat } from './structured-format.ts';
import { trim } from './white-space.ts';

/** GitHub's switches for debug logs are set as secrets and are none: masking `true` would ruin every log. */
const EXEMPT = /^ACTIONS_(?:STEP|RUNNER)_DEBUG$/i;

/** `{`, `}`, `],`: lines of structured values that are shorter would mask every bracket of a log. */
const MIN_STRUCTURED_LINE = 3;

/** Of a variable: its trimmed value and its trimmed lines. */
export function variableValues(
  name: string,
  value: string,
  additions: ReadonlySet<Addition>,
): readonly string[] {
  if (EXEMPT.test(name)) return [];
  const whole = trim(value);
  const lines = trimmedLines(whole);
  const keepAll = !additions.has('structuredLines') || structuredFormat(whole) === undefined;
  const kept = keepAll ? lines : lines.filter((line) => line.length >= MIN_STRUCTURED_LINE);
  return unique([whole, ...kept]);
}

/** Of the unescaped data of `::add-mask::`: as it is, and its trimmed lines. Nothing when it is blank. */
export function maskValues(data: string): readonly string[] {
  const lines = trimmedLines(data);
  return lines.length === 0 ? [] : unique([data, ...lines]);
}

function trimmedLines(value: string): readonly string[] {
  return value
    .split(/[\r\n]/)
    .map(trim)
    .filter((line) => line !== '');
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)].filter((value) => value !== '');
}
