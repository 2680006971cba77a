/**
 * Why STS gave no keys, told by the error's name. Never `denied` or `absent`: no secret was asked for. Pure.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
 */
import type { Random } from '../../../kube/clock.ts';
import type { Refusal } from '../../port.ts';
import { refusalFrom, verdictOf } from './aws-answer.ts';

const CODES: ReadonlyMap<string, string> = new Map([
  // signature, issuer or audience of the service account's token
  ['InvalidIdentityToken', 'TokenRejected'],
  ['IDPRejectedClaim', 'TokenRejected'],
  ['ExpiredToken', 'TokenExpired'],
  // STS cannot fetch the cluster's keys
  ['IDPCommunicationError', 'IssuerUnreachable'],
  // the role's trust policy, or no such role
  ['AccessDenied', 'AssumeRoleDenied'],
  ['RegionDisabled', 'RegionDisabled'],
  ['ValidationError', 'RoleInvalid'],
  ['Validation', 'RoleInvalid'],
  ['MalformedPolicyDocument', 'RoleInvalid'],
]);

export function stsRefusal(error: unknown, random: Random): Refusal {
  const name = error instanceof Error ? error.name.replace(/Exception$/, '') : '';
  const code = CODES.get(name);
  if (code !== undefined) return { kind: 'identityUnavailable', code };
  const refusal = refusalFrom(verdictOf(error, random));
  return refusal.kind === 'denied' ? { kind: 'identityUnavailable', code: 'AssumeRoleDenied' } : refusal;
}
