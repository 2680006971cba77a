/** Owns: the values of one run of an automation, from the fetch to the last request. Used by: reconcile-automation.ts. */
import type { PlanLine } from '../../model/plan.ts';
import type { SecretValue } from '../../model/secret-value.ts';
import type { Finding } from '../../report/conditions.ts';
import type { Deps } from '../deps.ts';
import { ToldFailures } from '../told-failure.ts';
import type { Automated } from './automated-scope.ts';

export type RunValues =
  | { readonly kind: 'read'; readonly values: ReadonlyMap<string, SecretValue> }
  | { readonly kind: 'failed'; readonly findings: readonly Finding[] };

/** By name; whoever asks wipes them. What cannot be read leaves nothing behind. */
export async function readValues(
  { automation, facts }: Automated,
  lines: readonly PlanLine[],
  deps: Deps,
  signal: AbortSignal,
): Promise<RunValues> {
  if (lines.length === 0) return { kind: 'read', values: new Map() };
  const told = new ToldFailures(automation, facts.scope.id.uid, deps);
  const context = { tenant: automation.metadata.namespace, signal };
  const versions = await deps.fetch.versions(lines, context, () => true);
  const wanted = lines.flatMap((line, index) => {
    const version = knownVersion(versions[index]);
    return version === undefined ? [] : [{ line, version }];
  });
  const unversioned = lines.flatMap((line, index) => failed(line, versions[index], told));
  if (unversioned.length > 0) return { kind: 'failed', findings: unversioned };
  const answers = await deps.fetch.values(wanted, context);
  const unread = wanted.flatMap(({ line }, index) => failed(line, answers[index], told));
  const values = new Map<string, SecretValue>();
  for (const [index, answer] of answers.entries())
    if (answer.kind === 'value') values.set(wanted[index]?.line.name ?? '', answer.value);
  if (unread.length === 0 && values.size === lines.length) return { kind: 'read', values };
  wipeAll(values);
  return { kind: 'failed', findings: unread.length > 0 ? unread : [NOT_READ] };
}

const NOT_READ: Finding = {
  reason: 'InternalError',
  message: 'a value was not read; the operator tries again',
};

type Version = Awaited<ReturnType<Deps['fetch']['versions']>>[number];
type Answer = Version | Awaited<ReturnType<Deps['fetch']['values']>>[number];

function knownVersion(answer: Version | undefined): string | undefined {
  return answer?.kind === 'known' ? answer.version : undefined;
}

function failed(line: PlanLine, answer: Answer | undefined, told: ToldFailures): Finding[] {
  if (answer === undefined) return [NOT_READ];
  const shown = told.of(line, answer);
  return shown.kind === 'failed' ? [{ reason: shown.reason, message: shown.message }] : [];
}

export function wipeAll(values: ReadonlyMap<string, SecretValue>): void {
  for (const value of values.values()) value.wipe();
}
