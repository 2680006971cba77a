/**
 * A cloud on this machine, in one shape whichever it is: what an operator is started with so that it takes it for the
 * cloud, what a person stores there, and what may go wrong there. Used by scenarios and by the demo, which run the
 * operator as a process of its own: so everything is on loopback, and what is HTTPS has an authority in a file.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type KeyedCertificate } from '../cluster/pki.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

export type Cloud = 'aws' | 'gcp' | 'azure';

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface StandIn {
  readonly cloud: Cloud;
  /** what a ClusterSecretBackend names instead of the cloud */
  readonly endpoint: string;
  /** flags of the operator */
  readonly flags: readonly string[];
  /** between the parts of a key */
  readonly separator: string;
  /** what the operator asks its tokens for */
  readonly audience: string;
  /** false: values are text, and bytes are kept as Base64 */
  readonly keepsBytes: boolean;
  /** how often an identity was exchanged, or tried to be */
  readonly exchanges: number;
  /** how often a value was read */
  readonly reads: number;
  /** tokens of service accounts that it was shown, in their order */
  readonly shown: readonly string[];
  /** what must show nowhere: those tokens, and every credential that it gave out or takes */
  readonly secrets: readonly string[];
  /** Whose tokens count, and of which one account: `system:serviceaccount:NAMESPACE:NAME`. */
  trust(issuer: TrustedIssuer, subject: string): void;
  /** The block of a ClusterSecretBackend, by the name of its field. */
  block(auth: object): Readonly<Record<string, object>>;
  /** Reads as a service account of the cluster. */
  workload(account: ObjectName): object;
  /** Data of a Secret with a credential that it takes. */
  stored(): Readonly<Record<string, string>>;
  /** That credential counts no longer; a new one does. */
  replaceStored(): void;
  /** A new version, as a person stores it; its name. */
  store(key: string, value: string | Buffer): string;
  erase(key: string): void;
  /** From now on the identity may not read this key; or may again. */
  deny(key: string, denied: boolean): void;
  /** From now on every read is too many; or none is. */
  throttle(on: boolean): void;
  /** Every credential that it gave out has ended. */
  expire(): void;
  /** Whether anybody asked for this key. */
  wasAsked(key: string): boolean;
  close(): Promise<void>;
}

export interface TestAuthority extends KeyedCertificate {
  /** PEM of the certificate, for --insecure-test-ca */
  readonly file: string;
  remove(): Promise<void>;
}

export async function testAuthority(name: string): Promise<TestAuthority> {
  const authority = await createAuthority(name);
  const folder = await mkdtemp(join(tmpdir(), 'secretscope-stand-in-'));
  const file = join(folder, 'ca.pem');
  await writeFile(file, authority.certificate);
  return { ...authority, file, remove: () => rm(folder, { recursive: true, force: true }) };
}
