/** Owns: what is typed with a vote, checked before anything is asked of the cluster. Used by: review-verb.ts. */
import type { VoteDecision } from '../model/approval.ts';
import { PRINTABLE } from '../model/kinds/common.ts';
import type { ConnectionFlags } from './connection.ts';
import type { CapacityWish } from './review-capacity.ts';
import type { Ballot } from './review-cast.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface VoteFlags extends ConnectionFlags {
  readonly comment?: string;
  readonly yes?: boolean;
}

/** As the kind allows (THREATS 24: it reaches terminals). */
const MAX_COMMENT = 256;

export function ballotFrom(
  decision: VoteDecision,
  flags: VoteFlags,
  canAsk: boolean,
  request: string,
): Ballot {
  const { comment, as, yes = false } = flags;
  checkComment(decision, comment);
  const wish = wishFrom(as);
  if (decision === 'Bypass' && wish.kind === 'group')
    throw new UsageError('nobody bypasses as a group: it is your own right; leave --as out');
  if (!yes && !canAsk)
    throw new UsageError(
      `there is no terminal to ask on; look at the change with secretscope review show ${request}, then vote with --yes`,
    );
  return { decision, wish, comment, yes };
}

function checkComment(decision: VoteDecision, comment: string | undefined): void {
  if (decision === 'Bypass' && (comment ?? '').trim() === '')
    throw new UsageError('a bypass needs a reason: --comment "why it cannot wait"');
  if (comment === undefined) return;
  if (comment.length > MAX_COMMENT)
    throw new UsageError(`--comment takes at most ${MAX_COMMENT} characters; this one has ${comment.length}`);
  if (PRINTABLE.test(comment)) return;
  const odd = [...comment].find((character) => !PRINTABLE.test(character)) ?? '';
  throw new UsageError(`--comment takes printable ASCII only; leave out "${escapeText(odd)}"`);
}

function wishFrom(as: string | undefined): CapacityWish {
  if (as === undefined) return { kind: 'listed' };
  if (as === 'user') return { kind: 'self' };
  const [, name] = /^group:(.+)$/s.exec(as) ?? [];
  if (name !== undefined) return { kind: 'group', name };
  throw new UsageError(
    `--as takes user, or group:NAME: how you are listed, not whom to act as; got "${escapeText(as)}"`,
  );
}
