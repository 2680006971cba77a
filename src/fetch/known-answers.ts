/** When two answers say the same, and what a look at the account says of one. Pure; called by knowledge.ts. */
import type { ListAnswer, SecretRef, VersionAnswer } from './port.ts';
import type { Look } from './survey.ts';
import type { Verdict } from './tracked-answers.ts';

/** A fixed version is asked for by itself: a list tells the current one. */
export function verdictOn(
  look: Look,
  { key, version }: SecretRef,
  answer: VersionAnswer,
  verifiedAt: number,
): Verdict {
  const entry = look.entries.get(key);
  if (!entry || version !== undefined) return 'silent';
  const told = entry.version;
  if (told !== undefined) return answer.kind === 'found' && answer.version === told ? 'true' : 'doubtful';
  // without a version in the list: true if it was true when the list last showed the same
  return verifiedAt >= (look.sameSince(key) ?? look.begunAt) ? 'true' : 'doubtful';
}

/** undefined for answers that say nothing about the secret itself. */
export function digestOf(answer: VersionAnswer | ListAnswer): string | undefined {
  switch (answer.kind) {
    case 'found':
      return `found ${answer.version}`;
    case 'listed':
      return `listed ${JSON.stringify([answer.truncated, ...answer.keys])}`;
    case 'absent':
    case 'softDeleted':
    case 'versionGone':
    case 'disabled':
    case 'denied':
    case 'sourceRefused':
      return answer.kind;
    case 'identityUnavailable':
    case 'throttled':
    case 'unavailable':
      return undefined;
  }
}
