/**
 * Owns: a file of Maven Central, kept only with the checksum that stands beside it. Called by: lowkey-vault.ts.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EnvHttpProxyAgent, fetch } from 'undici';

// somebody without network should not wait
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;

/** Throws an Error that names the URL and what was wrong with it, or the signal's reason. */
export async function fetchVerified(url: string, file: string, signal: AbortSignal): Promise<void> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: IDLE_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
  });
  const bytesOf = async (address: string) => {
    const answer = await fetch(address, { dispatcher, signal });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  try {
    // of the checksums there, the only one that every file has
    const published = (await bytesOf(`${url}.sha1`)).toString('utf8').trim().slice(0, 40).toLowerCase();
    const content = await bytesOf(url);
    const actual = createHash('sha1').update(content).digest('hex');
    if (actual !== published) throw new Error(`${url} has the sha1 ${actual}, published is ${published}`);
    await keep(content, file);
  } finally {
    await dispatcher.destroy();
  }
}

/** One rename: another process sees a whole file or none. */
async function keep(content: Buffer, file: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, content);
  await rename(draft, file);
}
