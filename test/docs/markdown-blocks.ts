/**
 * Owns: what a page is made of for those who run it: its fenced blocks, and what comments in front of them say.
 * Called by: the tests of documents. Must not: run anything.
 *
 * A comment belongs to the block that follows it, or, between the title and the first block's section, to the page:
 *   <!-- given: NAME -->           page: what is there before it begins, one of GIVEN
 *   <!-- not run: REASON -->       block or page: nobody runs it; the reason is one of NOT_RUN
 *   <!-- saved as: FILE -->        block: the reader saves it under this name
 *   <!-- stays: WORDS -->          block: its last command goes on; the reader reads on once it has said WORDS
 */
import { globSync, readFileSync } from 'node:fs';

export interface Block {
  readonly path: string;
  /** of its first line, from 1 */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly notRun?: string;
  readonly savedAs?: string;
  readonly stays?: string;
}

export interface MarkdownPage {
  readonly path: string;
  readonly given?: string;
  readonly notRun?: string;
  readonly blocks: readonly Block[];
  /** comments that are none of the above, or stand where they mean nothing */
  readonly lost: readonly string[];
}

const DIRECTIVE = /^ *<!-- (given|not run|saved as|stays): (.+) -->$/;
const FENCE = /^( *)```(\w*)$/;

/** Pages with commands that a reader is to paste. */
export function guides(): MarkdownPage[] {
  return ['README.md', ...globSync('docs/guides/*.md').sort()].map(readPage);
}

export function readPage(path: string): MarkdownPage {
  return parsePage(path, readFileSync(path, 'utf8'));
}

export function parsePage(path: string, text: string): MarkdownPage {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  const lost: string[] = [];
  const ofPage: Record<string, string> = {};
  let pending: Record<string, string> = {};
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const directive = DIRECTIVE.exec(line);
    const fence = FENCE.exec(line);
    if (directive) pending[directive[1] ?? ''] = directive[2] ?? '';
    else if (fence) {
      const end = lines.indexOf(`${fence[1]}\`\`\``, at + 1);
      if (end < 0) throw new Error(`${path}:${at + 1}: this fence has no end`);
      blocks.push(block(path, at + 2, fence, lines.slice(at + 1, end), pending));
      pending = {};
      at = end;
    } else if (line.trim() !== '' && Object.keys(pending).length > 0) {
      // a comment with text after it: of the page while no block has come, of nothing afterwards
      if (blocks.length === 0) Object.assign(ofPage, pending);
      else lost.push(...Object.keys(pending).map((name) => `${path}:${at}: ${name}`));
      pending = {};
    }
    if (/^ *<!--/.test(line) && !directive && !/^ *<!-- (generated|\/generated)/.test(line))
      lost.push(`${path}:${at + 1}: ${line.trim()}`);
  }
  const { given, 'not run': notRun } = ofPage;
  return { path, blocks, lost, ...(given && { given }), ...(notRun && { notRun }) };
}

function block(
  path: string,
  line: number,
  [, indent = '', language = '']: RegExpExecArray,
  inside: readonly string[],
  said: Readonly<Record<string, string>>,
): Block {
  const text = inside.map((each) => `${each.slice(indent.length)}\n`).join('');
  const { 'not run': notRun, 'saved as': savedAs, stays } = said;
  return {
    path,
    line,
    language,
    text,
    ...(notRun && { notRun }),
    ...(savedAs && { savedAs }),
    ...(stays && { stays }),
  };
}

/** A command of a console block, and what it prints. */
export interface Shown {
  readonly command: string;
  readonly expected: string;
}

/** `$ ` begins a command; what is indented after a backslash or a pipe at the end of the line goes on with it. */
export function shownIn(console: string): Shown[] {
  const shown: { command: string; expected: string }[] = [];
  let open = false;
  for (const line of console.split('\n')) {
    const last = shown.at(-1);
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2), expected: '' });
    else if (!last) continue;
    else if (open) last.command += `\n${line}`;
    else last.expected += `${line}\n`;
    open = (line.startsWith('$ ') || open) && /(\\|\|)$/.test(line);
  }
  return shown;
}
