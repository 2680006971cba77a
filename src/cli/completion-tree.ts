import type { Command, Option } from 'commander';
import { FORMATS } from './terminal.ts';

/** What a shell has to know of the program, or of one verb of it. */
export interface CompletionNode {
  /** words that lead to it; none for the program itself */
  readonly path: readonly string[];
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly CompletionFlag[];
  /** what an argument may be, where that is a fixed list */
  readonly words: readonly string[];
}

export interface CompletionFlag {
  /** `-o`, `--output` */
  readonly names: readonly string[];
  readonly summary: string;
  readonly takes: 'nothing' | 'file' | 'text';
  /** what it may be given, where that is a fixed list */
  readonly values: readonly string[];
}

const HELP: CompletionFlag = {
  names: ['-h', '--help'],
  summary: 'show the flags',
  takes: 'nothing',
  values: [],
};

/** The program, every verb, and every verb of a verb. */
export function completionTree(program: Command): CompletionNode[] {
  return nodesOf(program, []);
}

function nodesOf(command: Command, path: readonly string[]): CompletionNode[] {
  const shown = new Set(command.createHelp().visibleCommands(command));
  const commands = command.commands.filter((verb) => shown.has(verb));
  const node: CompletionNode = {
    path,
    verbs: commands.map((verb) => ({ name: verb.name(), summary: verb.description() })),
    flags: [...command.options.filter(({ hidden }) => !hidden).map(flagOf), HELP],
    words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  return [node, ...commands.flatMap((verb) => nodesOf(verb, [...path, verb.name()]))];
}

function flagOf(option: Option): CompletionFlag {
  const { short, long, description, flags } = option;
  const takesValue = option.required || option.optional;
  return {
    names: [short, long].filter((name) => name !== undefined),
    summary: description,
    takes: !takesValue ? 'nothing' : /[<[](path|file|dir)\b/i.test(flags) ? 'file' : 'text',
    values: takesValue ? valuesOf(option) : [],
  };
}

/** The formats of `-o`, and words in `{a|b}`, are checked by each verb, which names its own. */
function valuesOf({ argChoices, long, description }: Option): readonly string[] {
  if (argChoices) return argChoices;
  const words = /\{([a-z|]+)\}/.exec(description)?.[1];
  if (words !== undefined) return words.split('|');
  return long === '--output' ? FORMATS.filter((format) => description.includes(format)) : [];
}

/** For a case of a shell: every flag that takes a value, under its path. */
export function valueFlags(nodes: readonly CompletionNode[]): { path: string; flag: CompletionFlag }[] {
  return nodes.flatMap(({ path, flags }) =>
    flags.filter(({ takes }) => takes !== 'nothing').map((flag) => ({ path: path.join(' '), flag })),
  );
}

/** For shells that take what is between single quotes as it is. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The programs that the completion is for. */
export const COMPLETED = ['secretscope', 'kubectl-secretscope'] as const;
