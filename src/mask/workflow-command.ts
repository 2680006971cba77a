/**
 * The workflow commands that concern masking, in a line of output, as `ActionCommand.cs` (src/Runner.Common) and
 * `ActionCommandManager.cs` (src/Runner.Worker) of actions/runner 2.336.0 read them.
 *
 * Where we differ, always so that no value is shown for it:
 * - A stop token that is empty, `pause-logging` or the name of a command ends the step there. Here such a line is no
 *   command: it is shown, and commands go on.
 * - Where a line is another command, such as `::debug::…`, the runner does not look for the old form in it. Here it counts.
 * - The runner compares with the culture of its machine, here only characters count.
 */
import { trimStart } from './white-space.ts';

export type WorkflowCommand =
  | { readonly kind: 'addMask'; readonly data: string }
  | { readonly kind: 'stopCommands'; readonly token: string }
  | { readonly kind: 'resume' }
  | { readonly kind: 'none' };

export const ADD_MASK = 'add-mask';
export const STOP_COMMANDS = 'stop-commands';

const NONE: WorkflowCommand = { kind: 'none' };

/** `line`: without its end. `stoppedBy`: the token of a stop-commands that is in force. */
export function parseCommand(line: string, stoppedBy: string | undefined): WorkflowCommand {
  return interpret(parseColons(line), stoppedBy) ?? interpret(parseBrackets(line), stoppedBy) ?? NONE;
}

interface Parsed {
  readonly name: string;
  readonly data: string;
}

/** `::name params::data` after white space. */
function parseColons(line: string): Parsed | undefined {
  const text = trimStart(line.replace(/^\ufeff/, ''));
  if (!text.startsWith('::')) return undefined;
  const end = text.indexOf('::', 2);
  if (end < 0) return undefined;
  return { name: nameOf(text.slice(2, end)), data: unescapeData(text.slice(end + 2)) };
}

/** The old form `##[name params]data`, which may stand anywhere in a line; only the first `##[` counts. */
function parseBrackets(line: string): Parsed | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  return { name: nameOf(line.slice(start + 3, end)), data: unescapeOldData(line.slice(end + 1)) };
}

function nameOf(header: string): string {
  return header.split(' ', 1)[0] ?? '';
}

function interpret(parsed: Parsed | undefined, stoppedBy: string | undefined): WorkflowCommand | undefined {
  if (!parsed) return undefined;
  const name = foldCase(parsed.name);
  if (stoppedBy !== undefined) return name === foldCase(stoppedBy) ? { kind: 'resume' } : undefined;
  if (name === foldCase(ADD_MASK)) return { kind: 'addMask', data: parsed.data };
  if (name !== foldCase(STOP_COMMANDS) || !isStopToken(parsed.data)) return undefined;
  return { kind: 'stopCommands', token: parsed.data };
}

function unescapeData(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeOldData(data: string): string {
  return data
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%25', '%');
}

/** OrdinalIgnoreCase of .NET: unit by unit, where U+0131 and U+017F are no Latin letters. */
export function foldCase(text: string): string {
  return text.replace(/[^\u0131\u017f]/g, (unit) => {
    const upper = unit.toUpperCase();
    return upper.length === 1 ? upper : unit;
  });
}

const NO_TOKENS = new Set(
  [
    'pause-logging',
    ADD_MASK,
    STOP_COMMANDS,
    'add-matcher',
    'add-path',
    'debug',
    'echo',
    'endgroup',
    'error',
    'group',
    'notice',
    'remove-matcher',
    'save-state',
    'set-env',
    'set-output',
    'warning',
  ].map(foldCase),
);

function isStopToken(token: string): boolean {
  return token !== '' && !NO_TOKENS.has(foldCase(token));
}
