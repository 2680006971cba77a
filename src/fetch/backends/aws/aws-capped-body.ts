/** Bodies of AWS answers, with an end: a server that streams without one must not fill the memory. */

// BatchGetSecretValue: 20 values × 65,536 bytes × 6 (each byte written as \u0000) = 7.9 MB; 8 MiB leaves the rest
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
}

/** Called by the SDK for every answer, also for errors. */
export async function collectCapped(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // leaving the loop destroys the stream
  for await (const chunk of stream) {
    const piece = Buffer.from(chunk as Uint8Array);
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new AnswerTooLarge(`more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(piece);
  }
  return Buffer.concat(chunks, bytes);
}
