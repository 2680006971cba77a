/**
 * Owns: sealed values as admission sees them: the smallest, the largest, and one whose box holds the largest value.
 * Used by: largest-objects.ts, crd-schema.test.ts, sealed-admission*.test.ts.
 */
import { createSecretKey } from 'node:crypto';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { SecretValue } from '../../src/model/secret-value.ts';
import { encodeEnvelope } from '../../src/seal/envelope.ts';
import { scopeKeyPair } from '../../src/seal/scope-keys.ts';
import { seal } from '../../src/seal/sealed-box.ts';
import type { LargeObject } from './largest-objects.ts';

const LONGEST_NAME = 'S'.repeat(253);

/** The smallest value that is set. */
export const SEALED = {
  scopeRef: { name: 'web' },
  name: 'NPM_TOKEN',
  keyID: '0123456789abcdef',
  sealed: 'A'.repeat(64),
};

/** The smallest deletion. */
export const REMOVAL = {
  scopeRef: { name: 'web' },
  name: 'NPM_TOKEN',
  action: 'Delete',
  requestedAt: '2026-11-22T12:00:00Z',
};

/** Sealed for real, to a key of nobody. */
export async function sealedOf(bytes: number): Promise<typeof SEALED> {
  const scopeUID = '6f0c3c1e-0d8f-4c7f-9c55-0b8f8a2f6f11';
  const { keyID, publicKey } = scopeKeyPair(
    { master: createSecretKey(Buffer.alloc(32, 7)), epoch: 1 },
    scopeUID,
  );
  const value = new SecretValue(Buffer.alloc(bytes, 0xff));
  const plain = encodeEnvelope({ scopeUID, name: LONGEST_NAME, created: Date.now(), value });
  const sealed = (await seal(plain, publicKey)).toString('base64');
  return { ...SEALED, name: LONGEST_NAME, keyID, sealed };
}

function sealedValue(title: string, name: string, spec: object, change: object): LargeObject {
  const object = { apiVersion: API_VERSION, kind: 'SealedValue', metadata: { name }, spec: { ...spec } };
  return { title, plural: 'sealedvalues', namespaced: true, change, object };
}

export const LARGEST_SEALED: readonly LargeObject[] = [
  sealedValue(
    'a SealedValue with the largest box',
    'largest',
    { ...SEALED, scopeRef: { name: 'x'.repeat(253) }, name: LONGEST_NAME, sealed: 'A'.repeat(90_000) },
    { keyID: 'fedcba9876543210', sealed: 'B'.repeat(90_000), ttlSecondsAfterStored: 0 },
  ),
  sealedValue('a SealedValue that deletes', 'removal', REMOVAL, {
    requestedAt: '2026-11-22T13:00:00Z',
    force: true,
  }),
];
