/**
 * Owns: the one annotation of a pod template that the operator sets, and what it says: the last restarts, with the
 * changes that each was for. It restarts the workload by being new, keeps a restart from being repeated, and carries
 * the bound on restarts over to the next operator.
 */
import type { Instant } from './approval.ts';

export const RESTARTED_ANNOTATION = 'secretscope.dev/restartedAt';

/** One workload is restarted so often within an hour, and no more. */
export const RESTARTS_OF_A_WORKLOAD = 6;

export interface RestartMark {
  readonly at: Instant;
  /** Names of the changes, one for each Secret that had changed. */
  readonly changes: readonly string[];
}

// 64 targets of one scope may name the same workload, each with one change of 10 characters: 6 × 64 × 11 = 4 kB
const MAX_TEXT = 5_000;
const MARK = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)=([-_A-Za-z0-9]+(?:,[-_A-Za-z0-9]+)*)$/;

/** Newest first; no more than the bound needs. */
export function marksText(marks: readonly RestartMark[]): string {
  return newestFirst(marks)
    .slice(0, RESTARTS_OF_A_WORKLOAD)
    .map(({ at, changes }) => `${new Date(at).toISOString()}=${changes.join(',')}`)
    .join(' ');
}

/** What cannot be read says nothing: the annotation lies where tenants write. */
export function parseMarks(text: string | undefined): RestartMark[] {
  if (text === undefined || text.length > MAX_TEXT) return [];
  const marks = text.split(' ').flatMap((part) => {
    const [, at = '', changes = ''] = MARK.exec(part) ?? [];
    const time = Date.parse(at);
    return Number.isNaN(time) ? [] : [{ at: time, changes: changes.split(',') }];
  });
  return newestFirst(marks).slice(0, RESTARTS_OF_A_WORKLOAD);
}

/** Both together, each restart once. */
export function mergeMarks(some: readonly RestartMark[], others: readonly RestartMark[]): RestartMark[] {
  const byTime = new Map([...some, ...others].map((mark) => [`${mark.at} ${mark.changes.join()}`, mark]));
  return newestFirst([...byTime.values()]);
}

function newestFirst(marks: readonly RestartMark[]): RestartMark[] {
  return [...marks].sort((a, b) => b.at - a.at);
}
