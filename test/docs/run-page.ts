/**
 * Owns: a page followed from its beginning, as by a reader who pastes every block and compares what it prints.
 * Called by: the scenarios of documents. Must not: help the page: what a reader needs, the page has to say.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingLine } from './expected-output.ts';
import { type Block, type MarkdownPage, shownIn } from './markdown-blocks.ts';
import type { PageShell, Ran } from './page-shell.ts';

// the slowest block installs everything; the longest wait is for what is delivered after that
const ONE_BLOCK = 60_000;
// adopting an existing Secret may take half a minute
const UNTIL_SHOWN = 40_000;

/** What only looks may be looked at again until it shows what it should: the operator works at its own pace. */
const LOOKS = /^(kubectl (get|logs|auth|events)|secretscope (explain|diff|status|review( -n| list| show|$)))/;

/** Says of every block that failed what went wrong with it: what follows may fail for the same reason. */
export async function runPage(open: () => PageShell, folder: string, page: MarkdownPage): Promise<void> {
  let terminal = open();
  const failed: string[] = [];
  for (const block of page.blocks) {
    if (block.savedAs !== undefined) writeFileSync(join(folder, block.savedAs), block.text);
    if (block.notRun !== undefined) continue;
    try {
      // what follows a failure may fail for the same reason, and is not waited for
      await runBlock(terminal, block, failed.length === 0 ? UNTIL_SHOWN : 0);
    } catch (error) {
      failed.push(`${block.path}:${block.line}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (block.stays !== undefined) terminal = open();
  }
  if (failed.length > 0) throw new Error(failed.join('\n\n'));
}

// the reader's folder has links into this checkout: what npm removes there is removed here
const INSTALLS = /\bnpm (ci|i|install|uninstall)\b/;

async function runBlock(terminal: PageShell, block: Block, patience: number): Promise<void> {
  if (INSTALLS.test(block.text)) throw new Error('npm installs through links; mark the block as not run');
  if (block.stays !== undefined) await terminal.leaveRunning(block.text, block.stays, ONE_BLOCK);
  else if (block.language === 'sh') requireSuccess(await terminal.run(block.text, ONE_BLOCK));
  else if (block.language === 'console')
    for (const { command, expected } of shownIn(block.text))
      await show(terminal, command, expected, patience);
}

/** A command that shows an error, or answers no, may end with a code. */
async function show(terminal: PageShell, command: string, expected: string, patience: number): Promise<void> {
  const deadline = performance.now() + (LOOKS.test(command) ? patience : 0);
  for (;;) {
    const ran = await terminal.run(command, ONE_BLOCK);
    const missing = missingLine(expected, ran.printed);
    const fails = ran.code !== 0 && !/^(error|no$)/im.test(expected);
    if (missing === undefined && !fails) return;
    if (performance.now() > deadline) {
      requireSuccess(fails ? ran : { ...ran, code: 0 });
      throw new Error(`$ ${command}\ndoes not show: ${missing}\nbut:\n${ran.printed}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function requireSuccess({ code, printed }: Ran): void {
  if (code !== 0) throw new Error(`it ended with ${code}:\n${printed}`);
}
