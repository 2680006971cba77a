/** Owns: all that differs between what is seen of a scope and what was told, and what is told afterwards. */
import type { Instant } from '../model/approval.ts';
import type { StoredTold } from '../model/kinds/automation-status-schema.ts';
import { requestChanges } from './request-changes.ts';
import type { Change, Listener, Look, News } from './scope-look.ts';
import { targetChanges, versionChanges } from './target-changes.ts';
import {
  MAX_FAILURE,
  MAX_TARGETS,
  MAX_VERSIONS,
  type Marks,
  readTold,
  storedTold,
  type Told,
} from './told-marks.ts';

export interface SeenChanges {
  readonly changes: readonly Change[];
  /** What is told once the changes are that are let through; the others keep the mark that they had. */
  readonly told: (isTold: (change: Change) => boolean) => StoredTold;
}

export function changesOf(
  look: Look,
  stored: StoredTold | undefined,
  listener: Listener,
  now: Instant,
): SeenChanges {
  const told = readTold(stored);
  const failure = look.failure === undefined ? undefined : failureChanges(look.failure, told);
  const requests = look.requests && requestChanges(look.requests, told, listener);
  const targets = look.targets && targetChanges(look.targets, told, listener, now);
  const versions = look.targets && versionChanges(look.targets, told, now);
  return {
    changes: [failure, requests, targets, versions].flatMap((changes) => changes ?? []),
    told: (isTold) => {
      const marks = (changes: readonly Change[]) => marksAfter(changes, isTold);
      return storedTold({
        failure: failure === undefined ? told.failure : [...marks(failure).values()][0],
        requests: requests === undefined ? told.requests : marks(requests),
        targets: targets === undefined ? told.targets : withGone(marks(targets), told.targets, MAX_TARGETS),
        versions:
          versions === undefined ? told.versions : withGone(marks(versions), told.versions, MAX_VERSIONS),
      });
    },
  };
}

function marksAfter(changes: readonly Change[], isTold: (change: Change) => boolean): Map<string, string> {
  const marks = new Map<string, string>();
  for (const change of changes) {
    const mark = isTold(change) ? change.is : change.was;
    if (mark !== undefined) marks.set(change.key, mark);
  }
  return marks;
}

/** Marks of what is no longer there stay while there is room: a Secret that was deleted and made again is no news. */
function withGone(marks: Map<string, string>, before: Marks | undefined, most: number): Marks {
  for (const [key, mark] of before ?? []) if (!marks.has(key) && marks.size < most) marks.set(key, mark);
  return marks;
}

function failureChanges(failure: Exclude<Look['failure'], undefined>, told: Told): Change[] {
  if (failure === 'none') return [];
  const { reason, message, since } = failure;
  const before = reasonsTold(told.failure, since);
  const isNew = !before.includes(reason);
  const reasons = isNew ? [...before, reason] : before;
  const news: News = {
    event: 'SyncFailed',
    at: Date.parse(since),
    identity: [reason, since],
    people: [],
    variables: { reason, message },
  };
  const is = failureMark(reasons, since);
  return [{ section: 'failure', key: '', news: isNew ? news : undefined, was: told.failure, is }];
}

/** Of one failure that changes to and fro between reasons, each of them is told once. */
function reasonsTold(mark: string | undefined, since: string): readonly string[] {
  return mark?.endsWith(` ${since}`) ? mark.slice(0, -since.length - 1).split(',') : [];
}

/** As many as there is room for; the oldest makes room. */
function failureMark(reasons: readonly string[], since: string): string {
  const mark = `${reasons.join(',')} ${since}`;
  if (mark.length <= MAX_FAILURE) return mark;
  return reasons.length > 1 ? failureMark(reasons.slice(1), since) : mark.slice(0, MAX_FAILURE);
}
