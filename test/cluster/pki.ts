/**
 * Owns: the certificates of a test cluster, made in process so that nobody needs openssl.
 * Called by: control-plane.ts. Must not: be used for anything that is not on loopback and short-lived.
 */
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface SigningKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

// P-256 because a key takes a millisecond; RSA would cost half of the start-up time
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR = 3_600_000;
const LIFETIME = 365 * 24 * HOUR;
// a container's clock may lag behind the machine's
const CLOCK_SKEW = HOUR;

export async function createAuthority(commonName: string): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      ...validity(),
      serialNumber: serial(),
      name: [{ CN: [commonName] }],
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(true, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

/** For a server on loopback, reachable under the given names as well. */
export function issueServerCertificate(
  authority: KeyedCertificate,
  dnsNames: readonly string[],
): Promise<KeyedCertificate> {
  const names = [
    { type: 'ip' as const, value: '127.0.0.1' },
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
  ];
  return issue(authority, new Name([{ CN: [dnsNames[0] ?? '127.0.0.1'] }]), [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names),
  ]);
}

/** Kubernetes reads the common name as the user and each organization as a group. */
export function issueClientCertificate(
  authority: KeyedCertificate,
  user: string,
  groups: readonly string[],
): Promise<KeyedCertificate> {
  // typed values, because of a plain string the library would interpret quotes and a leading #
  const subject = new Name([
    { CN: [{ utf8String: user }] },
    ...groups.map((group) => ({ O: [{ utf8String: group }] })),
  ]);
  return issue(authority, subject, [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])]);
}

export async function createSigningKey(): Promise<SigningKey> {
  const keys = await generateKeys();
  const spki = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return {
    privateKey: await privatePem(keys.privateKey),
    publicKey: PemConverter.encode(spki, 'PUBLIC KEY'),
  };
}

async function issue(
  authority: KeyedCertificate,
  subject: Name,
  extensions: Extension[],
): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create(
    {
      ...validity(),
      serialNumber: serial(),
      subject,
      issuer: new X509Certificate(authority.certificate).subjectName.toJSON(),
      publicKey: keys.publicKey,
      signingKey: await importPrivateKey(authority.key),
      signingAlgorithm: ALGORITHM,
      extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true), ...extensions],
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await privatePem(keys.privateKey) };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = PemConverter.decode(pem);
  if (der === undefined) throw new Error('the authority key holds no PEM block');
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']);
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - CLOCK_SKEW), notAfter: new Date(now + LIFETIME) };
}

// neither negative nor shorter than 16 bytes as a DER integer
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
