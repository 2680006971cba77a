/** Owns: what was typed after `secretscope exec`, checked. Used by: exec-verb.ts. Pure. */
import type { ConnectionFlags } from './connection-flags.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface ExecFlags extends ConnectionFlags {
  readonly scope?: string;
  readonly fromDir?: readonly string[];
  readonly include?: readonly string[];
  readonly all?: boolean;
  readonly missing?: string;
  readonly ttl?: string;
  readonly timeout?: string;
  readonly exact?: boolean;
  readonly detect: boolean;
  readonly commands: boolean;
  readonly tty: boolean;
  readonly quiet?: boolean;
}

/** Which of the names that there are. */
export interface WantedNames {
  readonly all: boolean;
  readonly include: readonly string[];
  /** Of a name that is included and that nobody has: an error, or the empty string as in GitHub (G51). */
  readonly missing: 'error' | 'empty';
}

export type ExecSource =
  | { readonly kind: 'scope'; readonly scope: string; readonly ttl: string; readonly timeout: string }
  | { readonly kind: 'folders'; readonly folders: readonly string[] };

export interface ExecOrder {
  readonly source: ExecSource;
  readonly names: WantedNames;
  readonly command: string;
  readonly args: readonly string[];
}

const MINUTES = '10m';

export function execOrder([command = '', ...args]: readonly string[], flags: ExecFlags): ExecOrder {
  if (command === '') throw new UsageError('say which command to run, after --');
  const source = sourceFrom(flags);
  const include = typedNames(flags.include ?? []);
  const { all = false } = flags;
  if (source.kind === 'scope' && !all && include.length === 0)
    throw new UsageError('say which names to take: --include A,B, or --all for whatever the scope has');
  const takesAll = all || include.length === 0;
  return { source, names: { all: takesAll, include, missing: missingFrom(flags.missing) }, command, args };
}

function sourceFrom(flags: ExecFlags): ExecSource {
  const { scope, fromDir = [], ttl, timeout } = flags;
  if (scope !== undefined && fromDir.length > 0)
    throw new UsageError('--scope and --from-dir exclude each other; use either');
  if (scope !== undefined) return { kind: 'scope', scope, ttl: ttl ?? MINUTES, timeout: timeout ?? MINUTES };
  if (fromDir.length === 0)
    throw new UsageError(
      'say where the secrets are: --scope SCOPE in a cluster, or --from-dir DIR where a Secret is mounted',
    );
  if (ttl !== undefined || timeout !== undefined || flags.namespace !== undefined)
    throw new UsageError('--ttl, --timeout and -n are of --scope; leave them out with --from-dir');
  return { kind: 'folders', folders: fromDir };
}

/** `--include A,b`: each once, as it was typed; what a name is called is for its source to say. */
function typedNames(lists: readonly string[]): string[] {
  const entered = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  if (entered.includes(''))
    throw new UsageError('--include takes names of secrets, such as A,B, without spaces in between');
  return [...new Set(entered)];
}

function missingFrom(text = 'error'): WantedNames['missing'] {
  if (text === 'error' || text === 'empty') return text;
  throw new UsageError(`--missing takes error or empty; got "${escapeText(text)}"`);
}
