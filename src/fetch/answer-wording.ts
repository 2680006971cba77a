/**
 * What a scope's owner is told when a line has no version or value. Pure; called by the fetcher.
 * Names the entry, the key, the backend and the next step: fields of specs and one code, never a provider's text. The
 * same trouble always has the same words, so that a condition does not change with every attempt.
 */
import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import type { CheckAnswer, NoAnswer, Refusal } from './port.ts';

export type Failed = Extract<LineVersion, { kind: 'failed' }>;

/** `namespace/name`, or the name of a ClusterSecretBackend. */
export function backendLabel({ id }: Pick<PlanLine['backend'], 'id'>): string {
  return id.namespace === '' ? id.name : `${id.namespace}/${id.name}`;
}

/** The same words whether or not the key exists. */
export function notGranted(line: PlanLine): Failed {
  const what = `backend ${backendLabel(line.backend)} does not grant key "${line.key}" to this scope`;
  return failed('KeyNotGranted', `${line.name}: ${what}; ask its owner for a grant`);
}

/** `name` of the entry, where it is about one. */
export function backendMissing(backend: Pick<PlanLine['backend'], 'id'>, name?: string): Failed {
  const what = `backend ${backendLabel(backend)} does not exist any more`;
  const failure = failed('BackendMissing', `${what}; create it or correct spec.backendRef`);
  return name === undefined ? failure : prefixed(name, failure);
}

export function lineFailure(line: PlanLine, answer: NoAnswer): Failed {
  const key = `key "${line.key}"`;
  const backend = `backend ${backendLabel(line.backend)}`;
  switch (answer.kind) {
    case 'absent':
      return entry(line, 'SecretMissing', `${backend} has no ${key}; store it there or correct from.key`);
    case 'versionGone':
      return entry(
        line,
        'VersionGone',
        `${backend} no longer has ${versionOf(line)} of ${key}; ${versionStep(line)}`,
      );
    case 'denied':
      return entry(
        line,
        'BackendDenied',
        `the identity of ${backend} may not read ${key}; grant it that right`,
      );
    case 'sourceRefused':
      return entry(line, 'SourceRefused', `${key} of ${backend} ${NEVER_A_SOURCE}; correct from.key`);
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return prefixed(line.name, refusal(backend, answer));
  }
}

/** For the backend's own Ready condition. */
export function checkFailure(
  backend: Pick<PlanLine['backend'], 'id'>,
  answer: Exclude<CheckAnswer, { kind: 'reachable' }>,
): Failed {
  return refusal(`backend ${backendLabel(backend)}`, answer);
}

const NEVER_A_SOURCE =
  'is never a source: it is delivered by SecretScope, is a credential of the cluster, or lies in a reserved namespace';

function refusal(backend: string, answer: Refusal): Failed {
  switch (answer.kind) {
    case 'denied':
      return failed(
        'BackendDenied',
        `the identity of ${backend} is not let in; grant it access at the provider`,
      );
    case 'sourceRefused':
      return failed('SourceRefused', `what ${backend} points at ${NEVER_A_SOURCE}; correct its spec`);
    case 'identityUnavailable':
      return failed(
        'IdentityUnavailable',
        `${backend} gets no token of the service account in its auth (${codeOf(answer.code)}); check that the account exists, that the namespace is enrolled with it (secretscope enroll NAMESPACE --service-account NAME) and that it lends its identity (verb lend on secretbackends, as secretscope init writes it)`,
      );
    case 'throttled':
      return {
        ...failed('BackendThrottled', `${backend} is asked too often; it is asked again by itself`),
        afterMs: answer.afterMs,
      };
    case 'unavailable':
      return failed(
        'BackendUnavailable',
        `${backend} did not answer (${codeOf(answer.code)}); it is asked again by itself`,
      );
  }
}

function entry(line: PlanLine, reason: Reason, message: string): Failed {
  return prefixed(line.name, failed(reason, message));
}

function prefixed(name: string, failure: Failed): Failed {
  return { ...failure, message: `${name}: ${failure.message}` };
}

function failed(reason: Reason, message: string): Failed {
  return { kind: 'failed', reason, message };
}

function versionOf(line: PlanLine): string {
  return line.version === undefined ? 'that version' : `version "${line.version}"`;
}

function versionStep(line: PlanLine): string {
  return line.version === undefined ? 'it is asked again' : 'name another in from.version or remove that';
}

/** Codes come from sockets, providers and libraries; only one plain word of them is shown. */
function codeOf(code: string): string {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(code) ? code : 'Unknown';
}
