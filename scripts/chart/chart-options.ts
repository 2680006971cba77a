/**
 * Owns: which flags of `secretscope run` are values of the chart, with the words of the command line about them.
 * Called by: operator-chart.ts, chart-values.ts.
 */
import { wholeProgram } from '../../src/cli/program.ts';
import { VERSION } from '../../src/version.ts';
import type { Holes } from './template-text.ts';

export interface ChartOption {
  /** as in --log-level */
  readonly flag: string;
  /** as in options.logLevel */
  readonly name: string;
  readonly description: string;
  /** what the operator does without it, where that can be said */
  readonly otherwise: string | undefined;
  readonly isList: boolean;
}

// where it listens, who it is and what only tests may: the chart says these itself, or nobody does
const NOT_VALUES = /^(kubeconfig|context|namespace|no-leader-elect|(health|metrics)-.*|insecure-.*)$/;

/** In the order of `secretscope run --help`. Throws where there is no such command. */
export async function chartOptions(): Promise<ChartOption[]> {
  const run = (await wholeProgram(VERSION)).commands.find((command) => command.name() === 'run');
  if (!run) throw new Error('secretscope has no verb run');
  return run.options
    .map((option) => ({ ...option, long: option.long?.replace(/^--/, '') ?? '' }))
    .filter(({ long }) => !NOT_VALUES.test(long))
    .map(({ long, description, defaultValue, variadic }) => ({
      flag: long,
      name: long.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      description,
      otherwise: typeof defaultValue === 'string' ? defaultValue : undefined,
      isList: variadic,
    }));
}

/** `--flag=value`, and for a list one for each. */
export function optionHole({ flag, name, isList }: ChartOption, holes: Holes): string {
  const word = isList ? 'range' : 'with';
  return holes.of((indent) =>
    [
      `${indent}{{- ${word} .Values.options.${name} }}`,
      `${indent}- {{ printf "--${flag}=%v" . | quote }}`,
      `${indent}{{- end }}`,
    ].join('\n'),
  );
}
