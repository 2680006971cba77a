/** Owns: what was typed after `secretscope secret set`, checked (spec rows GX41–GX45). Used by: secret-set.ts. Pure. */
import { DURATION, durationMs } from '../model/duration.ts';
import type { ConnectionFlags } from './connection.ts';
import { FlagError, nameFrom, type SecretVerb, wordFrom } from './secret-usage.ts';
import { type LevelFlags, type Wanted, wantedFrom } from './secret-wanted.ts';
import { escapeText } from './terminal.ts';

export interface SetFlags extends ConnectionFlags, LevelFlags {
  readonly namespace?: string;
  readonly visibility?: string;
  readonly repos?: readonly string[];
  readonly body?: string;
  /** False: `--no-store`. */
  readonly store: boolean;
  readonly manifest?: boolean;
  readonly envFile?: string;
  readonly encode?: string;
  readonly key?: string;
  readonly property?: string;
  readonly operatorNamespace: string;
  readonly timeout: string;
}

/** Where the values come from. */
export type ValueSource =
  | { readonly kind: 'body'; readonly name: string; readonly text: string }
  /** A prompt where there is a terminal, else all of stdin. */
  | { readonly kind: 'ask'; readonly name: string }
  /** `-` is stdin. */
  | { readonly kind: 'envFile'; readonly path: string };

export const VISIBILITIES = ['all', 'private', 'selected'] as const;

/** Which repositories may use a secret of an organization. */
export interface WantedAccess {
  readonly visibility: (typeof VISIBILITIES)[number];
  readonly repositories: readonly string[];
}

export interface SetOrder {
  readonly wanted: Wanted;
  readonly source: ValueSource;
  /** Undefined: neither flag was given. */
  readonly access: WantedAccess | undefined;
  /** What to print instead of storing anything. */
  readonly print: 'box' | 'manifest' | undefined;
  readonly base64: boolean;
  /** Where a new entry is kept. Undefined: by convention. */
  readonly key: string | undefined;
  readonly property: string | undefined;
  readonly operatorNamespace: string;
  readonly timeoutMs: number;
}

export function setOrderFrom(args: readonly string[], flags: SetFlags): SetOrder {
  const wanted = wantedFrom('set', flags);
  const { body, envFile, store, manifest = false } = flags;
  if (body !== undefined && envFile !== undefined) refuse('specify only one of `--body` or `--env-file`');
  if (envFile !== undefined && !store) refuse('specify only one of `--env-file` or `--no-store`');
  if (manifest && !store) refuse('specify only one of `--manifest` or `--no-store`');
  refuseRest(args, flags.repos);
  const print = store ? (manifest ? 'manifest' : undefined) : 'box';
  const access = accessFrom(flags, wanted);
  if (access !== undefined && print !== undefined)
    refuse('`--visibility` and `--repos` change the scope; leave them out where nothing is stored');
  const source = sourceFrom(args, flags);
  const { key, property } = flags;
  if (source.kind === 'envFile' && key !== undefined) refuse('specify only one of `--env-file` or `--key`');
  if (property !== undefined && key === undefined) refuse('`--property` is only supported with `--key`');
  return {
    wanted,
    source,
    access,
    print,
    base64: flags.encode !== undefined && wordFrom('set', '--encode', ['base64'], flags.encode) === 'base64',
    key,
    property,
    operatorNamespace: flags.operatorNamespace,
    timeoutMs: millisecondsFrom('set', flags.timeout),
  };
}

function refuse(message: string): never {
  throw new FlagError('set', message);
}

/** What is too much is never repeated: it may be a value in the wrong place. */
function refuseRest(args: readonly string[], repos: readonly string[] = []): void {
  if (args.length <= 1) return;
  const found = `accepts at most 1 arg(s), received ${args.length}`;
  // spec row K3
  const split = repos.some((list) => list.trimEnd().endsWith(','));
  refuse(
    split
      ? `${found}: the list of --repos has a space after its comma, where it ended; write --repos a,b, or quote the list`
      : `${found}; a value goes to stdin, the prompt or --body`,
  );
}

function sourceFrom([entered]: readonly string[], { body, envFile, encode }: SetFlags): ValueSource {
  if (envFile !== undefined) {
    if (entered !== undefined) refuse('specify only one of a secret name or `--env-file`');
    if (encode !== undefined) refuse('specify only one of `--env-file` or `--encode`');
    return { kind: 'envFile', path: envFile };
  }
  if (entered === undefined) return refuse('must pass name argument');
  const name = nameFrom('set', entered);
  return body === undefined ? { kind: 'ask', name } : { kind: 'body', name, text: body };
}

function accessFrom({ visibility, repos }: SetFlags, { level }: Wanted): WantedAccess | undefined {
  const repositories = namesIn(repos);
  const isOrganization = level === 'Organization';
  if (visibility === undefined && repos === undefined) return undefined;
  if (visibility === undefined) {
    // gh looks these up, and forgets them
    if (!isOrganization) refuse('`--repos` is only supported with `--org`');
    return { visibility: 'selected', repositories };
  }
  if (!isOrganization) refuse('`--visibility` is only supported with `--org`');
  const word = wordFrom('set', '-v, --visibility', VISIBILITIES, visibility);
  if (word !== 'selected' && repositories.length > 0)
    refuse('`--repos` is only supported with `--visibility=selected`');
  if (word === 'selected' && repositories.length === 0)
    refuse('`--repos` list required with `--visibility=selected`');
  return { visibility: word, repositories };
}

/** `--repos a,b --repos c` */
function namesIn(lists: readonly string[] = []): string[] {
  return [...new Set(lists.flatMap((list) => list.split(',')).map((name) => name.trim()))].filter(
    (name) => name !== '',
  );
}

export function millisecondsFrom(verb: SecretVerb, text: string): number {
  if (DURATION.test(text)) return durationMs(text);
  throw new FlagError(verb, `--timeout takes a duration such as 30s or 2m; got "${escapeText(text)}"`);
}
