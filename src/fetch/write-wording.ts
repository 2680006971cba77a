/**
 * What is said when a value was not stored or not deleted. Pure; called by the fetcher. In the words of answer-wording.ts:
 * the entry, the key, the backend and the next step, never a value and never a provider's text.
 */
import { parseIdentity } from '../model/backend-identity.ts';
import type { PlanLine } from '../model/plan.ts';
import { backendLabel, entry, type Failed, prefixed, refusal } from './answer-wording.ts';
import type { Refusal, WriteRefused } from './port.ts';

export type Writing = 'store' | 'delete';

/** What a value has, and may have at most. */
export interface Sizes {
  readonly bytes: number;
  readonly maxBytes: number;
}

export function writeFailure(line: PlanLine, doing: Writing, answer: WriteRefused | Refusal): Failed {
  const backend = `backend ${backendLabel(line.backend)}`;
  switch (answer.kind) {
    case 'refused':
      return refusedFailure(line, doing, answer);
    case 'denied':
      return entry(line, 'BackendDenied', deniedText(line, doing, answer));
    case 'sourceRefused':
      return entry(
        line,
        'SourceRefused',
        `${place(line)} is never written: it is delivered by SecretScope, is a credential of the cluster, or lies in a reserved namespace; correct from.key`,
      );
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return prefixed(line.name, refusal(backend, answer));
  }
}

/** Said before the provider is asked. */
export function tooLarge(line: PlanLine, { bytes, maxBytes }: Sizes): Failed {
  const what = `the value has ${bytes} bytes, and backend ${backendLabel(line.backend)} takes ${maxBytes} at most`;
  return entry(line, 'ValueTooLarge', `${what}; store a smaller one, or split it over several entries`);
}

/** Nobody would get what is stored. */
export function pinnedFailure(line: PlanLine): Failed {
  const what = `the entry names version "${line.version}" of key "${line.key}", and would not deliver another one`;
  return entry(line, 'EntryPinned', `${what}; remove from.version, then write again`);
}

function refusedFailure(line: PlanLine, doing: Writing, { why }: WriteRefused): Failed {
  const at = place(line);
  const part = `"${line.property}" of ${at}`;
  switch (why) {
    case 'tooLarge':
      return entry(
        line,
        'ValueTooLarge',
        `the value is larger than ${at} can be; store a smaller one, or split it`,
      );
    case 'notText':
      return entry(
        line,
        'ValueNotText',
        `${at} takes text, and the value is no UTF-8; store it in Base64 with from.encoding: Base64`,
      );
    case 'keyInvalid':
      return entry(
        line,
        'KeyInvalid',
        `${at} is no name that a secret can have there; correct from.key or from.property`,
      );
    case 'wholeOnly':
      return entry(
        line,
        'WriteRefused',
        `a part of a secret cannot be ${doing === 'store' ? 'stored' : 'deleted'} by itself: change ${part} at the provider, or give the entry a key of its own without from.property`,
      );
    case 'partNeeded':
      return entry(
        line,
        'WriteRefused',
        `${at} is a Secret with data keys; set from.property to one of them`,
      );
    case 'softDeleted':
      return entry(
        line,
        'SoftDeleted',
        `${at} is deleted, and the provider keeps it and its name for some days; restore or purge it there, or give the entry another key; it is tried again by itself`,
      );
    case 'conflict':
      return entry(
        line,
        'BackendUnavailable',
        `somebody else wrote ${at} at the same moment; it is tried again by itself`,
      );
    case 'rejected':
      return entry(line, 'WriteRefused', `${at} ${REJECTED[line.backend.provider] ?? 'may not be changed'}`);
    default:
      return why satisfies never;
  }
}

const REJECTED: Readonly<Record<string, string>> = {
  aws: 'may not be changed: another service of AWS keeps it, or it has replicas; change it there, or give the entry another key',
  kubernetes:
    'may not be changed: the Secret is immutable, or an admission policy is against it; ask its owner, or give the entry another key',
};

function deniedText(line: PlanLine, doing: Writing, { code }: Extract<Refusal, { kind: 'denied' }>): string {
  const identity = whoWrites(line.backend);
  const key = `key "${line.key}"`;
  if (code === 'Firewall')
    return `the provider's firewall keeps this operator from ${key}; let its address in there`;
  if (code === 'KeyDenied')
    return `${identity} may not use the encryption key of ${key}; grant it kms:GenerateDataKey and kms:Decrypt on that key`;
  return `${identity} may not ${doing} ${key}; grant it ${RIGHTS[line.backend.provider]?.[doing] ?? 'that right'}`;
}

/** Whoever owns the backend is told which account that is; of a shared one it is its admin's business. */
function whoWrites(backend: PlanLine['backend']): string {
  const identity = `the identity of backend ${backendLabel(backend)}`;
  const account = backend.refKind === 'SecretBackend' && parseIdentity(backend.identity)?.kubernetes;
  if (!account) return identity;
  return `ServiceAccount ${account.namespace}/${account.serviceAccount}, ${identity},`;
}

const RIGHTS: Readonly<Record<string, Readonly<Record<Writing, string>>>> = {
  aws: {
    store: 'secretsmanager:PutSecretValue, and secretsmanager:CreateSecret if there is no such secret yet',
    delete: 'secretsmanager:DescribeSecret and secretsmanager:DeleteSecret',
  },
  gcp: {
    store:
      'roles/secretmanager.secretVersionManager on the secret, and secretmanager.secrets.create on the project if there is no such secret yet',
    delete: 'secretmanager.secrets.delete on the secret',
  },
  azure: {
    store: 'the role Key Vault Secrets Officer on the vault (secret permissions set and list)',
    delete:
      'the role Key Vault Secrets Officer on the vault (secret permission delete, and purge to delete for good)',
  },
  kubernetes: {
    store: 'the verbs get, create and patch on secrets in that namespace',
    delete: 'the verbs get, patch and delete on secrets in that namespace',
  },
};

function place(line: PlanLine): string {
  return `key "${line.key}" of backend ${backendLabel(line.backend)}`;
}
