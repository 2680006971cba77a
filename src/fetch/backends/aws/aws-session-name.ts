/** The name under which AWS' audit log shows what a service account did. Pure. */
import { createHash } from 'node:crypto';

// AssumeRoleWithWebIdentity, RoleSessionName: 2–64 of [\w+=,.@-]
const MAX_LENGTH = 64;
const DIGEST_LENGTH = 8;

/**
 * `namespace.serviceAccount`, both of which have none but these characters; cut, with a digest of the whole, where it
 * is too long: 55 characters, a dash and 8.
 */
export function sessionNameFor(namespace: string, serviceAccount: string): string {
  const name = `${namespace}.${serviceAccount}`.replace(/[^\w+=,.@-]/g, '-');
  if (name.length <= MAX_LENGTH) return name;
  const digest = createHash('sha256').update(`${namespace}/${serviceAccount}`).digest('hex');
  return `${name.slice(0, MAX_LENGTH - DIGEST_LENGTH - 1)}-${digest.slice(0, DIGEST_LENGTH)}`;
}
