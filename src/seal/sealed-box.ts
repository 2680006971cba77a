/**
 * Owns: libsodium's sealed boxes, GitHub's format (spec row GX31). Loaded when the first box is made or opened: the library
 * is a megabyte that most processes never need.
 */
import type { ScopeKeyPair } from './scope-keys.ts';

/** crypto_box_SEALBYTES: an ephemeral public key and a MAC. */
export const SEAL_BYTES = 48;

async function sodium() {
  const { default: library } = await import('libsodium-wrappers');
  await library.ready;
  return library;
}

export async function seal(plain: Buffer, publicKey: Buffer): Promise<Buffer> {
  const library = await sodium();
  return Buffer.from(library.crypto_box_seal(plain, publicKey));
}

/** Undefined where it was made for another key, or somebody changed it: a sealed box does not tell these apart. */
export async function open(
  box: Buffer,
  { publicKey, privateKey }: ScopeKeyPair,
): Promise<Buffer | undefined> {
  if (box.length < SEAL_BYTES) return undefined;
  const library = await sodium();
  try {
    return Buffer.from(library.crypto_box_seal_open(box, publicKey, privateKey));
  } catch (error) {
    // the library's only answer to a box that it cannot open
    if (error instanceof Error && error.message.startsWith('incorrect key pair')) return undefined;
    throw error;
  }
}
