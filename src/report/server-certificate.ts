/** What a server shows on HTTPS: made at the start, or read from files that somebody renews. Used by the metrics server. */
import { webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kube/clock.ts';
import type { Certificate } from './http-server.ts';

// nobody trusts it by its issuer, so nothing is won by renewing it: no process is this old
const LIFETIME_MS = 10 * 365 * 24 * 3_600_000;
// the clock of whoever scrapes may lag behind
const SKEW_MS = 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
// kubelets show a renewed Secret within a minute or two
const LOOK_EVERY_MS = 60_000;

/** Its key never leaves this process. Encrypts, and proves nothing of who answers. */
export async function selfSigned(name: string, now: number): Promise<Certificate> {
  // with the first of them: who serves on loopback never loads it
  const { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import(
    '@peculiar/x509'
  );
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: [{ CN: [name] }],
      notBefore: new Date(now - SKEW_MS),
      notAfter: new Date(now + LIFETIME_MS),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
    },
    webcrypto,
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

// positive as a DER integer, and of 16 bytes
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** As a Secret of type kubernetes.io/tls is mounted. */
export async function readCertificate(folder: string): Promise<Certificate> {
  const [cert, key] = await Promise.all(
    ['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { cert: cert ?? '', key: key ?? '' };
}

export interface Renewal {
  readonly folder: string;
  readonly first: Certificate;
  readonly clock: Clock;
  /** Throws for what is no certificate and its key. */
  readonly renew: (certificate: Certificate) => void;
  /** The one before stays; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Looks every minute until it is ended. */
export function followCertificate({ folder, first, clock, renew, onError }: Renewal): () => void {
  let shown = first;
  let ended = false;
  let cancel: () => void = () => undefined;
  const look = async () => {
    try {
      const found = await readCertificate(folder);
      if (!ended && (found.cert !== shown.cert || found.key !== shown.key)) {
        renew(found);
        shown = found;
      }
    } catch (error) {
      onError(error);
    }
    if (!ended) cancel = clock.after(LOOK_EVERY_MS, () => void look());
  };
  cancel = clock.after(LOOK_EVERY_MS, () => void look());
  return () => {
    ended = true;
    cancel();
  };
}
