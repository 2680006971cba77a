import { COMPLETED, type CompletionFlag, type CompletionNode } from './completion-tree.ts';

/** For fish: one line for each verb and each flag. */
export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const lines = COMPLETED.flatMap((program) => [
    `complete -c ${program} -f`,
    ...nodes.flatMap((node) => nodeLines(program, node)),
  ]);
  return [
    '# fish completion of secretscope; load it with: secretscope completion fish | source',
    ...lines,
  ].join('\n');
}

function nodeLines(program: string, { path, verbs, flags, words }: CompletionNode): string[] {
  const inner = verbs.map(({ name }) => name);
  const here = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const notYet = inner.length === 0 ? [] : [`not __fish_seen_subcommand_from ${inner.join(' ')}`];
  const line = (conditions: readonly string[], rest: string) =>
    `complete -c ${program}${conditions.length === 0 ? '' : ` -n ${quotedForFish(conditions.join('; and '))}`} ${rest}`;
  return [
    ...verbs.map(({ name, summary }) =>
      line([...here, ...notYet], `-a ${name} -d ${quotedForFish(summary)}`),
    ),
    ...(words.length === 0 ? [] : [line(here, `-a ${quotedForFish(words.join(' '))}`)]),
    ...flags.map((flag) => line([...here, ...notYet], flagPart(flag))),
  ];
}

function flagPart({ names, summary, takes, values }: CompletionFlag): string {
  const spelled = names.map((name) =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  const value = { nothing: [], file: ['-r', '-F'], text: ['-x'] }[takes];
  const offers = values.length === 0 ? [] : [`-a ${quotedForFish(values.join(' '))}`];
  return [...spelled, ...value, ...offers, `-d ${quotedForFish(summary)}`].join(' ');
}

function quotedForFish(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
