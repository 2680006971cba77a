/**
 * Owns: taking one file out of a zip archive, for which no program can be counted on.
 * Called by: kubernetes-tools.ts. Must not: be used for archives that nobody vouches for.
 */
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

/** The content of the file of that path. Throws where there is none, or the archive is not a plain one below 4 GB. */
export function zipEntry(archive: Buffer, path: string): Buffer {
  // the end record has 22 bytes and a comment that these archives lack
  const end = archive.length - 22;
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new Error('this is no zip archive without comment');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error('the directory of this zip archive is broken');
    const [name, extra, comment] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    if (archive.toString('utf8', at + 46, at + 46 + name) === path) return contentOf(archive, at);
    at += 46 + name + extra + comment;
  }
  throw new Error(`the zip archive has no ${path}`);
}

function contentOf(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const size = archive.readUInt32LE(entry + 20);
  const local = archive.readUInt32LE(entry + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const content = archive.subarray(start, start + size);
  return method === DEFLATED ? inflateRawSync(content) : Buffer.from(content);
}
