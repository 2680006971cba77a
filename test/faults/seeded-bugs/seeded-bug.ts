/**
 * Owns: what a seeded bug is, and putting one into a source text.
 * Used by: the proof that the harness finds bugs. Each is small, and a run without faults ends as if it were not there.
 */

export interface Edit {
  /** from the root of the checkout */
  readonly file: string;
  /** occurs exactly once in the file */
  readonly find: string;
  readonly replace: string;
}

export interface SeededBug {
  readonly id: string;
  /** one line */
  readonly what: string;
  /** where it was met before: a URL, a paper and its name of the bug, or `own` */
  readonly source: string;
  readonly edits: readonly Edit[];
  /** words that are all in the id of every plan that has to catch it */
  readonly plans: readonly string[];
  /** which oracle speaks then, and what it says */
  readonly oracle: string;
}

/** The text of a file with every edit of the bug that is about it. Throws when an edit does not apply exactly once. */
export function seeded(bug: SeededBug, file: string, text: string): string {
  return bug.edits
    .filter((edit) => edit.file === file)
    .reduce((before, edit) => edited(bug.id, edit, before), text);
}

/** Every file that the bug changes, once. */
export function filesOf({ edits }: SeededBug): string[] {
  return [...new Set(edits.map(({ file }) => file))];
}

function edited(id: string, { file, find, replace }: Edit, text: string): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${id}: its text has to occur once in ${file}: ${find}`);
  return before + replace + after;
}
