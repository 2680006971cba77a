/** Owns: what was typed after `secretscope claim`, checked, as the claim to make. Used by: claim-verb.ts, exec-order.ts. Pure. */
import { DURATION, durationMs } from '../model/duration.ts';
import { NAMESPACE_PATTERN, OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';
import type { ClaimSpec } from '../model/kinds/secret-claim.ts';
import { canonicalName, nameFaults } from '../model/names.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface OrderFlags {
  readonly include: readonly string[];
  readonly secret: string;
  readonly name?: string;
  readonly snapshot?: boolean;
  readonly live?: boolean;
  readonly ttl?: string;
  readonly timeout: string;
  readonly output?: string;
}

export interface ClaimOrder {
  readonly name: string;
  readonly spec: ClaimSpec;
  readonly timeoutMs: number;
  /** `undefined`: the name of the Secret alone. */
  readonly format: 'json' | 'yaml' | undefined;
}

export function orderFrom(scope: string, flags: OrderFlags): ClaimOrder {
  const { snapshot = false, live = false } = flags;
  if (snapshot && live) throw new UsageError('--snapshot and --live exclude each other; use either');
  const secretName = objectName('--secret', flags.secret);
  return {
    name: objectName('--name', flags.name ?? secretName),
    spec: {
      scopeRef: scopeRefFrom(scope),
      include: includedNames(flags.include),
      secretName,
      // a job wants one picture that nobody changes under it
      mode: live ? 'Live' : 'Snapshot',
      ...(flags.ttl !== undefined && { ttl: ttlFrom(flags.ttl) }),
    },
    timeoutMs: milliseconds('--timeout', flags.timeout),
    format: formatFrom(flags.output),
  };
}

export function scopeRefFrom(text: string): ClaimSpec['scopeRef'] {
  const parts = text.split('/');
  const [name = '', namespace] = parts.toReversed();
  const right = parts.length <= 2 && isObjectName(name);
  if (!right || (namespace !== undefined && !isNamespace(namespace)))
    throw new UsageError(`"${escapeText(text)}" is not a scope; use NAME or NAMESPACE/NAME`);
  return { ...(namespace !== undefined && { namespace }), name };
}

/** `--include A,b --include C`: each name once, in upper case as `gh secret` stores them. */
export function includedNames(lists: readonly string[]): string[] {
  const entered = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  const wrong = entered.filter((name) => nameFaults(name).length > 0);
  if (wrong.length > 0)
    throw new UsageError(
      `--include takes names of secrets, such as A,B: letters, digits and _, no digit first and no GITHUB_; got ${wrong.map((name) => `"${escapeText(name)}"`).join(', ')}`,
    );
  return [...new Set(entered.map(canonicalName))];
}

function objectName(flag: string, text: string): string {
  if (isObjectName(text)) return text;
  throw new UsageError(
    `${flag} takes the name of an object: small letters, digits, - and .; got "${escapeText(text)}"`,
  );
}

function isObjectName(text: string): boolean {
  return text.length <= 253 && OBJECT_NAME_PATTERN.test(text);
}

export function isNamespace(text: string): boolean {
  return text.length <= 63 && NAMESPACE_PATTERN.test(text);
}

const MIN_TTL_MS = 60_000;
const MAX_TTL_MS = 720 * 3_600_000;

export function ttlFrom(text: string): string {
  const ms = milliseconds('--ttl', text);
  if (ms >= MIN_TTL_MS && ms <= MAX_TTL_MS) return text;
  throw new UsageError(`--ttl takes 1m to 720h; got "${text}"`);
}

export function milliseconds(flag: string, text: string): number {
  if (DURATION.test(text)) return durationMs(text);
  throw new UsageError(`${flag} takes a duration such as 30s, 10m or 1h30m; got "${escapeText(text)}"`);
}

function formatFrom(text: string | undefined): ClaimOrder['format'] {
  if (text === undefined || text === 'json' || text === 'yaml') return text;
  throw new UsageError(
    `-o takes json or yaml; got "${escapeText(text)}". Without it the name of the Secret is printed`,
  );
}
