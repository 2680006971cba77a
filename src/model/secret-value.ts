import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * A value that cannot be printed: JSON, string conversion and `util.inspect` all show `[redacted]`.
 *
 * The bytes are private and a Buffer, not a string, so that `wipe()` can zero them. Only the modules on the
 * allow-list of `test/architecture.test.ts` may call `reveal()`.
 */
export class SecretValue {
  readonly #bytes: Buffer;
  #wiped = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static fromText(text: string): SecretValue {
    return new SecretValue(Buffer.from(text, 'utf8'));
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** The bytes themselves, not a copy. Throws once wiped, so that a zeroed value is never delivered. */
  reveal(): Buffer {
    if (this.#wiped) throw new Error('this secret value has been wiped; read it again');
    return this.#bytes;
  }

  /** A box of its own with the same bytes, for a holder with another lifetime. */
  copy(): SecretValue {
    return new SecretValue(Buffer.from(this.reveal()));
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
