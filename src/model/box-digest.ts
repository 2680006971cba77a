/** Owns: naming a sealed box. A box is different each time a value is sealed, so its digest tells nothing about the value. */
import { createHash } from 'node:crypto';

export function digestOf(box: Buffer): string {
  return `sha256:${createHash('sha256').update(box).digest('hex')}`;
}
