/** Owns: the step between a ledger as it is stored and as the gate reads it. Called by whoever reads and writes one. */
import type { Authors, CountedVote, LedgerEntry, Subject } from '../model/approval.ts';
import type { LedgerSpec, RequestRecord } from '../model/kinds/scope-ledger.ts';
import { timeText } from './wording.ts';

type StoredVotes = NonNullable<RequestRecord['decided']>['votes'];

/**
 * The entries of a ledger, in the order in which they were made. `subjects` are those of the requests that are still
 * there, by UID, computed anew from their specs. Where one is missing, or is not the one that was recorded, nothing
 * is known of its lines: it covers nothing any more, and what was decided about its digest stays decided.
 */
export function entriesOf(
  { scope, requests = [] }: LedgerSpec,
  subjects: ReadonlyMap<string, Subject>,
): LedgerEntry[] {
  return requests
    .map((stored) => entryOf(stored, subjectOfRecord(scope.uid, stored, subjects.get(stored.uid))))
    .sort((a, b) => a.createdAt - b.createdAt);
}

/** An entry as the ledger stores it; the lines stay in the request. */
export function recordOf({
  request,
  subject,
  state,
  createdAt,
  authors,
  askedAgain,
  decided,
  grant,
}: LedgerEntry): RequestRecord {
  return {
    ...request,
    consumer: consumerOf(subject),
    subject: subject.digest,
    state,
    createdAt: timeText(createdAt),
    ...(authorsMatter(state) && { authors: [...authors.names], authorsComplete: authors.complete }),
    ...asked(askedAgain),
    ...(decided && {
      decided: {
        at: timeText(decided.at),
        votes: storedVotes(decided.votes),
        ...asked(decided.askedAgain),
        ...(decided.secret && { secret: decided.secret }),
      },
    }),
    ...(grant && {
      grant: {
        at: timeText(grant.at),
        by: grant.by,
        votes: storedVotes(grant.votes),
        ...(grant.expiresAt !== undefined && { expiresAt: timeText(grant.expiresAt) }),
      },
    }),
  };
}

/** Who has changed what the scope covers; a ledger that does not say so is incomplete. */
export function authorsIn(stored: Pick<LedgerSpec, 'authors' | 'authorsComplete'>): Authors {
  return { names: stored.authors ?? [], complete: stored.authorsComplete ?? false };
}

function entryOf(stored: RequestRecord, subject: Subject): LedgerEntry {
  const { uid, name, state, createdAt, askedAgain = '', decided, grant } = stored;
  return {
    request: { name, uid },
    subject,
    askedAgain,
    createdAt: Date.parse(createdAt),
    authors: authorsIn(stored),
    state,
    ...(decided && {
      decided: {
        at: Date.parse(decided.at),
        votes: countedVotes(decided.votes),
        askedAgain: decided.askedAgain ?? '',
        ...(decided.secret && { secret: decided.secret }),
      },
    }),
    ...(grant && {
      grant: {
        at: Date.parse(grant.at),
        by: grant.by,
        votes: countedVotes(grant.votes),
        ...(grant.expiresAt !== undefined && { expiresAt: Date.parse(grant.expiresAt) }),
      },
    }),
  };
}

/** Whoever asked may neither approve nor withdraw a rejection; nothing else is asked of them later. */
function authorsMatter(state: LedgerEntry['state']): boolean {
  return state === 'Waiting' || state === 'Rejected';
}

function subjectOfRecord(scopeUID: string, stored: RequestRecord, known: Subject | undefined): Subject {
  if (known?.digest === stored.subject && known.scopeUID === scopeUID) return known;
  const consumer = { ...stored.consumer, uid: stored.consumer.uid ?? '' };
  return { scopeUID, consumer, digest: stored.subject, pin: 'Access', lines: [] };
}

function consumerOf({ consumer: { uid, ...rest } }: Subject): RequestRecord['consumer'] {
  return uid === '' ? rest : { ...rest, uid };
}

function asked(askedAgain: string): { askedAgain?: string } {
  return askedAgain === '' ? {} : { askedAgain };
}

function storedVotes(votes: readonly CountedVote[]): StoredVotes {
  return votes.map((vote) => ({ ...vote, castAt: timeText(vote.castAt) }));
}

function countedVotes(votes: StoredVotes): CountedVote[] {
  return votes.map((vote) => ({ ...vote, castAt: Date.parse(vote.castAt) }));
}
