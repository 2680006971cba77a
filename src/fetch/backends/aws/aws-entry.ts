/** A value as AWS hands it out, and the answer made of it. Pure; called by the readers. */
import { SecretValue } from '../../../model/secret-value.ts';
import type { ReadAnswer } from '../../port.ts';

/** The common part of GetSecretValue's answer and one of BatchGetSecretValue's. */
export interface AwsEntry {
  readonly Name?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}

/** A box of its own for each call, so that whoever asked may wipe it. */
export function entryAnswer(key: string, entry: AwsEntry): ReadAnswer {
  if (entry.Name !== key) return { kind: 'unavailable', code: 'WrongSecret' };
  const value = secretOf(entry);
  if (!value || !entry.VersionId) return { kind: 'unavailable', code: 'BadAnswer' };
  return { kind: 'found', version: entry.VersionId, payload: { kind: 'value', value } };
}

function secretOf({ SecretString, SecretBinary }: AwsEntry): SecretValue | undefined {
  if (SecretString !== undefined) return SecretValue.fromText(SecretString);
  return SecretBinary && new SecretValue(Buffer.from(SecretBinary));
}
