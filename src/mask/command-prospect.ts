/** Whether what is there of a line may still become a command: what a stream has to hold back, and nothing else. */
import { ADD_MASK, foldCase, STOP_COMMANDS } from './workflow-command.ts';

/** `command`: it has the name of one, so its whole line is needed. `open`: more text decides. */
export type Prospect = 'command' | 'open' | 'none';

const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const HASH = 0x23;

/** The names to look for. While commands are stopped that is the token alone. */
export class CommandProspect {
  readonly #names: readonly string[];
  readonly #reach: number;

  constructor(stoppedBy: string | undefined) {
    this.#names = (stoppedBy === undefined ? [ADD_MASK, STOP_COMMANDS] : [stoppedBy]).map(foldCase);
    // a prefix of three and a separator of two; a UTF-16 unit takes at most three bytes
    this.#reach = 3 * (Math.max(...this.#names.map((name) => name.length)) + 5);
  }

  /** `bytes`: from the first character of the line on that is no white space. */
  atLineStart(bytes: Uint8Array): Prospect {
    if (bytes[0] !== COLON && bytes[0] !== HASH) return 'none';
    const opening = this.#read(bytes);
    const colons = this.#compare(opening, '::', ['::', ' ']);
    return colons === 'none' ? this.#compare(opening, '##[', [']', ' ']) : colons;
  }

  /** `bytes`: from `##[` on, which may stand anywhere. */
  atBracket(bytes: Uint8Array): Prospect {
    return this.#compare(this.#read(bytes), '##[', [']', ' ']);
  }

  /** Without a character at the end that has not come as a whole. */
  #read(bytes: Uint8Array): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, this.#reach), {
      stream: true,
    });
  }

  #compare(opening: string, prefix: string, separators: readonly string[]): Prospect {
    const folded = foldCase(opening);
    const whole = this.#names.flatMap((name) => separators.map((separator) => prefix + name + separator));
    if (whole.some((text) => folded.startsWith(text))) return 'command';
    return whole.some((text) => text.startsWith(folded)) ? 'open' : 'none';
  }
}

/** The white space that may stand before a command, in UTF-8 and without line ends; a byte order mark too. */
const WHITE: readonly (readonly number[])[] = [
  ...'\t\v\f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff',
].map((character) => [...Buffer.from(character, 'utf8')]);
const LEADS = new Set(WHITE.map(([lead]) => lead));

export interface WhiteSpace {
  readonly end: number;
  /** What follows is the beginning of a character that may be white space too. */
  readonly cut: boolean;
}

export function whiteSpaceFrom(bytes: Uint8Array, start: number): WhiteSpace {
  let end = start;
  // nearly all of it; the rest is looked up
  while (bytes[end] === SPACE || bytes[end] === TAB) end += 1;
  while (LEADS.has(bytes[end])) {
    const rest = bytes.length - end;
    const found = WHITE.find((white) => white.every((byte, at) => at >= rest || bytes[end + at] === byte));
    if (!found) break;
    if (found.length > rest) return { end, cut: true };
    end += found.length;
  }
  return { end, cut: false };
}
