/** Owns: asking a person for a value, or for a yes. Used by: secret-set.ts, secret-delete.ts. Nothing typed is echoed. */
import { EXIT, ExitError, UsageError } from './usage-error.ts';

/** The keyboard: a terminal's stdin, or what a test puts in its place. */
export interface Keyboard extends NodeJS.EventEmitter {
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
}

const ENTER = new Set([0x0a, 0x0d]);
const INTERRUPT = 0x03;
const END = 0x04;
const ERASE = new Set([0x08, 0x7f]);
const ERASE_ALL = 0x15;

/** One line, as bytes; whoever gets them wipes them. */
export async function askUnseen(
  keyboard: Keyboard,
  screen: { write(text: string): unknown },
  question: string,
): Promise<Buffer> {
  // first, since what is typed from the question on must not be echoed
  keyboard.setRawMode(true);
  screen.write(`${question} `);
  try {
    return await typedLine(keyboard);
  } finally {
    keyboard.setRawMode(false);
    keyboard.pause();
    screen.write('\n');
  }
}

function typedLine(keyboard: Keyboard): Promise<Buffer> {
  const line = new TypedLine();
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => {
      keyboard.off('data', onData).off('end', onEnd);
      line.wipe();
      act();
    };
    const onEnd = () => finish(() => reject(interrupted()));
    const onData = (chunk: Buffer) => {
      const state = line.type(chunk);
      chunk.fill(0);
      if (state === 'going') return;
      if (state === 'interrupted') return finish(() => reject(interrupted()));
      if (state === 'several') return finish(() => reject(new UsageError(SEVERAL)));
      const value = line.value();
      finish(() => resolve(value));
    };
    keyboard.on('data', onData).on('end', onEnd);
    keyboard.resume();
  });
}

const SEVERAL =
  'what was pasted has several lines, and a prompt takes one; nothing was set. Give it on stdin: secretscope secret set NAME < FILE';

function interrupted(): ExitError {
  return new ExitError(EXIT.interrupted, 'interrupted; nothing was set');
}

type LineState = 'going' | 'ended' | 'interrupted' | 'several';

class TypedLine {
  // a terminal's own line holds 4 kB; a paste in raw mode may be longer
  #bytes = Buffer.alloc(4_096);
  #length = 0;

  type(chunk: Buffer): LineState {
    for (const [index, byte] of chunk.entries()) {
      if (ENTER.has(byte)) return isRestBlank(chunk.subarray(index)) ? 'ended' : 'several';
      if (byte === INTERRUPT) return 'interrupted';
      if (byte === END) return this.#length === 0 ? 'interrupted' : 'ended';
      if (ERASE.has(byte)) this.#eraseCharacter();
      else if (byte === ERASE_ALL) this.#length = 0;
      else this.#add(byte);
    }
    return 'going';
  }

  value(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  wipe(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  #add(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = Buffer.alloc(this.#bytes.length * 2);
      this.#bytes.copy(larger);
      this.#bytes.fill(0);
      this.#bytes = larger;
    }
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  /** All bytes of it: those after the first begin with 10. */
  #eraseCharacter(): void {
    while (this.#length > 0) {
      this.#length -= 1;
      if (((this.#bytes[this.#length] ?? 0) & 0xc0) !== 0x80) return;
    }
  }
}

function isRestBlank(rest: Buffer): boolean {
  return rest.every((byte) => ENTER.has(byte));
}
