/**
 * Oracle: no write of a target outside policy, nothing blanked or deleted because of an error, no value regresses.
 * What the scenario allows is derived from its two settled worlds (lawOf).
 */
import { type FaultScenario, lawOf, writtenSources } from '../fault-scenario.ts';
import { NAMESPACES } from '../fault-world.ts';
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import { labelOf } from '../trace.ts';
import type { Evidence, Oracle } from './oracle.ts';

// a change that was acknowledged reaches an operator that sees everything well within this time
const NOTICE_MS = 1_500;

interface SecretBody {
  readonly metadata?: { readonly name?: string };
  readonly data?: Readonly<Record<string, string | null>> | null;
  readonly stringData?: Readonly<Record<string, string>>;
}

export const lawfulWrites: Oracle = (evidence) => {
  const newest = new Map<string, number>();
  const { seen, scenario } = evidence;
  return seen
    .filter((request) => isTargetWrite(request, scenario))
    .flatMap((request) => judge(request, evidence, newest));
};

/** A write that may change a target; asking whether it would be taken is none. Those of sources written-values.ts judges. */
export function isTargetWrite(request: SeenRequest, scenario: FaultScenario): boolean {
  return isSecretWrite(request) && !writtenSources(scenario).has(`${request.namespace}/${request.name}`);
}

export function isSecretWrite({ kind, resource, namespace, url }: SeenRequest): boolean {
  const ours = (NAMESPACES as readonly string[]).includes(namespace);
  return kind === 'write' && resource === 'secrets' && ours && !url.includes('dryRun=');
}

/** `newest`: for each key the place in its law of the newest value that was stored. */
function judge(request: SeenRequest, evidence: Evidence, newest: Map<string, number>): string[] {
  const target = `${request.namespace}/${request.name}`;
  if (request.method === 'DELETE') return judgeDelete(request, target, evidence.scenario);
  const { data, stringData } = request.body as SecretBody;
  if (data === null) return [`${labelOf(request)} blanks all data`];
  const written = Object.entries(data ?? {}).map(([key, base64]): [string, string | undefined] => [
    key,
    base64 === null ? undefined : Buffer.from(base64, 'base64').toString(),
  ]);
  return [...written, ...Object.entries(stringData ?? {})].flatMap(([key, value]) =>
    value === undefined
      ? judgeRemoval(request, target, key, evidence)
      : judgeValue(request, { target, key, value }, evidence, newest),
  );
}

function judgeDelete(request: SeenRequest, target: string, { before, after }: FaultScenario): string[] {
  if (after[target] === undefined && before[target] !== undefined) return [];
  return [`${labelOf(request)} deletes a Secret that has to stay`];
}

function judgeRemoval(request: SeenRequest, target: string, key: string, { scenario }: Evidence): string[] {
  const law = lawOf(scenario, target, key);
  // a key that nobody asked for was put there by hand
  return law === undefined || law.mayGo ? [] : [`${labelOf(request)} takes ${key} away, which has to stay`];
}

function judgeValue(
  request: SeenRequest,
  { target, key, value }: { target: string; key: string; value: string },
  { scenario, times }: Evidence,
  newest: Map<string, number>,
): string[] {
  const law = lawOf(scenario, target, key);
  const place = law?.values.indexOf(value) ?? -1;
  // no value in a message: it may be a real one of another key
  if (law === undefined || place < 0)
    return [`${labelOf(request)} puts into ${key} what was never allowed there`];
  const at = `${target}#${key}`;
  const stored = newest.get(at) ?? 0;
  if (place < stored) return [`${labelOf(request)} puts an older value into ${key} than was there`];
  if (wasStored(request)) newest.set(at, place);
  const known = Math.max(times.acted, times.faultsEnded) + NOTICE_MS;
  return law.mayGo && request.at > known
    ? [`${labelOf(request)} puts ${key} where it was withdrawn from`]
    : [];
}

export const wasStored = ({ upstream }: SeenRequest) => upstream !== undefined && upstream.code < 300;
