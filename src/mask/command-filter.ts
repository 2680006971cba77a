/**
 * A stream of output in which workflow commands are found and obeyed. Lines with `::add-mask::` are taken out, all other
 * bytes pass as they came, at once: only what may still become a command waits for the rest of its line.
 *
 * As with the runner, a line ends with LF, CR or both, and the lines that stop and resume commands stay in the output.
 * In the old form `##[add-mask]…` a command may follow other text; that text has been shown by then and stays, with the
 * end of its line.
 */
import { BLANK_MASK, type CommandEvents, LONG_COMMAND } from './command-events.ts';
import { CommandProspect, whiteSpaceFrom } from './command-prospect.ts';
import { HeldBytes, LineSearch, PassedBytes, textOf } from './line-bytes.ts';
import { isBlank } from './white-space.ts';
import { parseCommand } from './workflow-command.ts';

const MAX_LINE = 262_144;
/** More white space than that at the beginning of a line is shown; a command may follow it all the same. */
const MAX_WHITE = 4_096;
/** The runner masks tokens that are longer. */
const SHORT_TOKEN = 6;

const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;

/**
 * `start`: only white space so far. `text`: the old form may follow. `plain`: no command may. `command`: held until its
 * line ends. `dropped`: left out until its line ends.
 */
type Place = 'start' | 'text' | 'plain' | 'command' | 'dropped';

export class CommandFilter {
  readonly #on: CommandEvents;
  readonly #out = new PassedBytes();
  readonly #held = new HeldBytes();
  #stoppedBy: string | undefined;
  #prospect = new CommandProspect(undefined);
  #place: Place = 'start';
  /** Something of this line was shown. */
  #begun = false;
  /** The line before was left out and ended with CR: LF may be its other half. */
  #afterCr = false;

  constructor(on: CommandEvents) {
    this.#on = on;
  }

  write(chunk: Uint8Array): Uint8Array[] {
    if (chunk.length > 0) this.#read(this.#place === 'command' ? chunk : this.#held.join(chunk));
    return this.#out.take();
  }

  end(): Uint8Array[] {
    const rest = this.#held.join(new Uint8Array());
    if (this.#place === 'command') this.#obey(rest, new Uint8Array());
    else this.#out.add(rest);
    this.#startLine();
    return this.#out.take();
  }

  #read(bytes: Uint8Array): void {
    const text = new LineSearch(bytes);
    let position = this.#afterCr && bytes[0] === LF ? 1 : 0;
    this.#afterCr = false;
    if (this.#place !== 'command' && this.#place !== 'dropped') {
      const plain = text.plainLines(position);
      if (plain > position) this.#startLine();
      position = this.#pass(bytes, position, plain);
    }
    while (position < bytes.length) {
      this.#afterCr = false;
      position = this.#step(text, position);
    }
  }

  #step(text: LineSearch, position: number): number {
    switch (this.#place) {
      case 'start':
        return this.#atStart(text, position);
      case 'text':
        return this.#inText(text, position);
      case 'plain':
        return this.#toLineEnd(text, position);
      case 'command':
        return this.#inCommand(text, position);
      case 'dropped':
        return this.#drop(text, position);
      default:
        return this.#place satisfies never;
    }
  }

  #atStart(text: LineSearch, position: number): number {
    const { bytes } = text;
    const { end, cut } = whiteSpaceFrom(bytes, position);
    const lineEnd = text.lineEnd(end);
    const isOpen = lineEnd === bytes.length;
    const prospect =
      cut || end === bytes.length ? 'open' : this.#prospect.atLineStart(bytes.subarray(end, lineEnd));
    if (prospect === 'open' && isOpen) return this.#wait(bytes, position, end);
    this.#place = prospect === 'command' ? 'command' : 'text';
    return position;
  }

  #wait(bytes: Uint8Array, position: number, whiteEnd: number): number {
    const held = whiteEnd - position > MAX_WHITE ? this.#pass(bytes, position, whiteEnd) : position;
    this.#begun ||= held > position;
    this.#held.add(bytes.subarray(held));
    return bytes.length;
  }

  #inText(text: LineSearch, position: number): number {
    const { bytes } = text;
    const end = text.lineEnd(position);
    const bracket = text.bracket(position);
    if (bracket >= end)
      return end < bytes.length ? this.#toLineEnd(text, position) : this.#allButHashes(bytes, position);
    const prospect = this.#prospect.atBracket(bytes.subarray(bracket, end));
    this.#begun ||= bracket > position;
    this.#pass(bytes, position, bracket);
    if (prospect === 'open' && end === bytes.length) {
      this.#held.add(bytes.subarray(bracket));
      return bytes.length;
    }
    // only the first bracket of a line counts
    this.#place = prospect === 'command' ? 'command' : 'plain';
    return bracket;
  }

  /** One or two at the end may begin the old form. */
  #allButHashes(bytes: Uint8Array, position: number): number {
    let end = bytes.length;
    while (end > position && end > bytes.length - 2 && bytes[end - 1] === HASH) end -= 1;
    this.#begun ||= end > position;
    this.#pass(bytes, position, end);
    this.#held.add(bytes.subarray(end));
    return bytes.length;
  }

  #toLineEnd(text: LineSearch, position: number): number {
    const end = text.lineEnd(position);
    if (end < text.bytes.length) this.#startLine();
    return this.#pass(text.bytes, position, Math.min(end + 1, text.bytes.length));
  }

  #inCommand(text: LineSearch, position: number): number {
    const { bytes } = text;
    const end = text.lineEnd(position);
    const segment = bytes.subarray(position, end);
    if (this.#held.length + segment.length > MAX_LINE) return this.#giveUp(segment, end);
    if (end === bytes.length) {
      this.#held.add(segment);
      return end;
    }
    const next = text.afterLineEnd(end);
    this.#obey(this.#held.join(segment), bytes.subarray(end, next));
    return next;
  }

  /** A line that resumes commands may be as long as it likes; any other that long is not shown. */
  #giveUp(segment: Uint8Array, end: number): number {
    const line = this.#held.join(segment);
    const resumes = parseCommand(textOf(line), this.#stoppedBy).kind === 'resume';
    if (resumes) this.#stopBy(undefined);
    else this.#on.warning(LONG_COMMAND);
    if (resumes) this.#out.add(line);
    this.#place = resumes ? 'plain' : 'dropped';
    return end;
  }

  #drop(text: LineSearch, position: number): number {
    const end = text.lineEnd(position);
    if (end === text.bytes.length) return end;
    const next = text.afterLineEnd(end);
    this.#leaveOut(text.bytes.subarray(end, next));
    return next;
  }

  #obey(line: Uint8Array, lineEnd: Uint8Array): void {
    const command = parseCommand(textOf(line), this.#stoppedBy);
    if (command.kind === 'addMask') {
      if (isBlank(command.data)) this.#on.warning(BLANK_MASK);
      else this.#on.addMask(command.data);
      this.#leaveOut(lineEnd);
      return;
    }
    if (command.kind === 'stopCommands') {
      if (command.token.length > SHORT_TOKEN) this.#on.maskToken(command.token);
      this.#stopBy(command.token);
    }
    if (command.kind === 'resume') this.#stopBy(undefined);
    this.#out.add(line);
    this.#out.add(lineEnd);
    this.#startLine();
  }

  /** The end of a line goes with it, unless something else of the line was shown. */
  #leaveOut(lineEnd: Uint8Array): void {
    if (this.#begun) this.#out.add(lineEnd);
    else this.#afterCr = lineEnd.length === 1 && lineEnd[0] === CR;
    this.#startLine();
  }

  #startLine(): void {
    this.#place = 'start';
    this.#begun = false;
  }

  #stopBy(token: string | undefined): void {
    this.#stoppedBy = token;
    this.#prospect = new CommandProspect(token);
  }

  #pass(bytes: Uint8Array, start: number, end: number): number {
    this.#out.add(bytes.subarray(start, end));
    return end;
  }
}
