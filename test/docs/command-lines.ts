/**
 * Owns: the command lines of `secretscope` in a block, as words, and whether the real program would take them.
 * Called by: the tests of documents. Must not: run any of them.
 */
import type { Command } from 'commander';

export interface CommandLine {
  readonly words: readonly string[];
  readonly line: string;
}

/** Every `secretscope VERB …` of a shell or console block; an alias of it, and the program run by npm, count too. */
export function commandLines(block: string): CommandLine[] {
  const joined = block.replace(/\\\n\s*/g, ' ');
  return joined.split('\n').flatMap((line) => {
    const uses = [...line.matchAll(/(?:^|[\s;|&(`]|\$\()(?:kubectl )?secretscope(?: --)? (?=[a-z-])/g)];
    return uses.flatMap((use) => {
      const before = line.slice(0, use.index);
      // an object of that name, a flag's value, a comment
      if (/#|(kubectl|helm|gcloud) [^|;]*$|alias [^|;]*$/.test(before)) return [];
      const words = wordsOf(line.slice(use.index + use[0].length));
      return [{ words, line: line.trim() }];
    });
  });
}

/** Up to what ends a command. Quotes are taken off; what the shell would put in is left as one word. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  const token =
    /\s*(?:(#.*|[|;&>)<].*|2>.*)|((?:'[^']*'|"(?:[^"\\]|\\.)*"|\$\([^)]*\)|<\([^)]*\)|\\.|[^\s'"|;&><)])+))/gy;
  for (let match = token.exec(text); match?.[2] !== undefined; match = token.exec(text))
    words.push(match[2].replace(/^(['"])(.*)\1$/s, '$2'));
  return words;
}

/** Why the program would refuse these words; undefined if it would not. */
export function refusal(program: Command, words: readonly string[]): string | undefined {
  let command = program;
  let at = 0;
  for (;;) {
    const named = (name: string) =>
      command.commands.find((each) => [each.name(), ...each.aliases()].includes(name));
    const inner: Command | undefined = named(words[at] ?? '');
    if (!inner) {
      // `review` without a verb lists
      if (/^-|^$/.test(words[at] ?? '')) command = named('list') ?? command;
      break;
    }
    command = inner;
    at += 1;
  }
  const rest = words.slice(at);
  if (rest.includes('--help') || rest.includes('--version')) return undefined;
  if (command === program) return `there is no verb ${words[0]}`;
  return wrongWords(command, rest);
}

function wrongWords(command: Command, words: readonly string[]): string | undefined {
  const ours = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const options = [...command.options, ...(command.parent?.options ?? [])];
  let operands = 0;
  for (let at = 0; at < ours.length; at += 1) {
    const word = ours[at] ?? '';
    if (!/^-[a-zA-Z-]/.test(word)) {
      operands += 1;
      continue;
    }
    const [flag = ''] = word.split('=');
    const option = options.find(({ short, long }) => flag === long || flag === short);
    if (!option) return `${command.name()} has no flag ${flag}`;
    if (option.required && !word.includes('=')) {
      at += 1;
      if (at >= ours.length) return `${flag} needs a value`;
    }
  }
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  const passesOn = words.includes('--') ? Number.POSITIVE_INFINITY : most;
  if (operands > passesOn) return `${command.name()} takes ${most} arguments, not ${operands}`;
  const least = command.registeredArguments.filter(({ required }) => required).length;
  if (operands + (words.includes('--') ? 1 : 0) < least) return `${command.name()} needs ${least} arguments`;
  return undefined;
}
