/**
 * What a scope's owner is told when a line has no version or value. Pure; called by the fetcher.
 * Names the entry, the key, the backend and the next step: fields of specs and one code, never a provider's text. The
 * same trouble always has the same words, so that a condition does not change with every attempt.
 */
import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import {
  type CodeMeaning,
  IDENTITY_CODES,
  IDENTITY_REFUSED,
  meaningOf,
  UNAVAILABLE_CODES,
} from './code-wording.ts';
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

/** The same words whether or not the key exists. */
export function writeNotGranted(line: PlanLine): Failed {
  const what = `backend ${backendLabel(line.backend)} does not let this scope write key "${line.key}"`;
  return failed('KeyNotGranted', `${line.name}: ${what}; ask its owner for a grant with operations: [Write]`);
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
      return entry(
        line,
        'SecretMissing',
        `${backend} has no ${key}${placeOf(line)}; store it there or correct from.key`,
      );
    case 'softDeleted':
      return entry(
        line,
        'SoftDeleted',
        `${key} of ${backend} is deleted, and the provider keeps it for some days; restore it there or correct from.key`,
      );
    case 'disabled':
      return entry(
        line,
        'VersionDisabled',
        `${backend} has ${key}, but ${versionOf(line)} is disabled, expired or not valid yet; enable it there or store a new one`,
      );
    case 'versionGone':
      return entry(
        line,
        'VersionGone',
        `${backend} no longer has ${versionOf(line)} of ${key}; ${versionStep(line)}`,
      );
    case 'denied':
      return entry(line, 'BackendDenied', deniedText(answer, `the identity of ${backend}`, key));
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

export function refusal(backend: string, answer: Refusal): Failed {
  switch (answer.kind) {
    case 'denied':
      return failed('BackendDenied', deniedText(answer, `the identity of ${backend}`, 'it'));
    case 'sourceRefused':
      return failed('SourceRefused', `what ${backend} points at ${NEVER_A_SOURCE}; correct its spec`);
    case 'identityUnavailable':
      return worded(backend, answer.code, meaningOf(IDENTITY_CODES, answer.code) ?? IDENTITY_REFUSED);
    case 'throttled':
      return {
        ...failed('BackendThrottled', `${backend} is asked too often; it is asked again by itself`),
        afterMs: answer.afterMs,
      };
    case 'unavailable':
      return worded(backend, answer.code, meaningOf(UNAVAILABLE_CODES, answer.code) ?? NO_ANSWER);
  }
}

const NO_ANSWER: CodeMeaning = {
  reason: 'BackendUnavailable',
  what: 'did not answer',
  next: 'it is asked again by itself',
};

function worded(backend: string, code: string, { reason, what, next }: CodeMeaning): Failed {
  return failed(reason, `${backend} ${what} (${codeOf(code)}); ${next}`);
}

function deniedText({ code }: Extract<Refusal, { kind: 'denied' }>, identity: string, key: string): string {
  if (code === 'KeyDenied')
    return `${identity} may not use the encryption key of ${key}; grant it kms:Decrypt on that key`;
  if (code === 'VersionDenied')
    return `${identity} may not be told the version of ${key} without its value, which may not be read before that is approved; grant it secretmanager.versions.get`;
  if (code === 'Firewall')
    return `the provider's firewall keeps this operator from ${key}; let its address in there`;
  return key === 'it'
    ? `${identity} is not let in; grant it access at the provider`
    : `${identity} may not read ${key}; grant it that right`;
}

/** Where it was looked for: the usual mistake is another region, project or vault. */
function placeOf({ backend }: PlanLine): string {
  const { aws, gcp, azure } = (backend.identity ?? {}) as Places;
  if (aws) return ` in region ${aws.region}`;
  if (gcp)
    return ` in project ${gcp.projectID}${gcp.location === undefined ? '' : `, location ${gcp.location}`}`;
  return azure ? ` in vault ${azure.vaultName} (if it was deleted, it may be restored there)` : '';
}

interface Places {
  readonly aws?: { readonly region: string };
  readonly gcp?: { readonly projectID: string; readonly location?: string };
  readonly azure?: { readonly vaultName: string };
}

export function entry(line: PlanLine, reason: Reason, message: string): Failed {
  return prefixed(line.name, failed(reason, message));
}

export function prefixed(name: string, failure: Failed): Failed {
  return { ...failure, message: `${name}: ${failure.message}` };
}

function failed(reason: Reason, message: string): Failed {
  return { kind: 'failed', reason, message };
}

function versionOf(line: PlanLine): string {
  return line.version === undefined ? 'its current version' : `version "${line.version}"`;
}

function versionStep(line: PlanLine): string {
  return line.version === undefined ? 'it is asked again' : 'name another in from.version or remove that';
}

/** Codes come from sockets, providers and libraries; only one plain word of them is shown. */
function codeOf(code: string): string {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(code) ? code : 'Unknown';
}
