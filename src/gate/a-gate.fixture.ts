/** A gate for tests, told as a story: `aGate().reviewers('ana').asked().at(60).approve('ana').is()`. */
import type {
  Authors,
  CoveredLine,
  GateFacts,
  LedgerEntry,
  Subject,
  VoteDecision,
  VoteFacts,
  VoterFacts,
  WantedSubject,
} from '../model/approval.ts';
import type { Protection, Reviewer } from '../model/kinds/protection.ts';
import type { GateDecision, Verdict, VoteWeight } from '../model/verdict.ts';
import { ask } from './ask.ts';
import { type EdgeName, record } from './edges.ts';
import { decide } from './gate.ts';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** When requests are made, unless a story says otherwise; times in stories are seconds after it. */
export const START = Date.parse('2026-01-01T00:00:00Z');

export const user = (name: string): Reviewer => ({ kind: 'User', name });
export const group = (name: string): Reviewer => ({ kind: 'Group', name });
export const account = (namespace: string, name: string): Reviewer => ({
  kind: 'ServiceAccount',
  namespace,
  name,
});
/** `@leads` is a group, `ci:bot` a service account, anything else a user. */
export function reviewer(text: string): Reviewer {
  if (text.startsWith('@')) return group(text.slice(1));
  const [namespace, name] = text.split(':');
  return name === undefined ? user(text) : account(namespace ?? '', name);
}

/** A line named for what it delivers: `A` or `A@2`, the second version, or `A=other`, from another place. */
export function line(text: string): CoveredLine {
  const [rest = '', version = '1'] = text.split('@');
  const [id = '', place = 'store'] = rest.split('=');
  return { id, digest: `sha256:${id}-${place}`, version };
}

export const TARGET: Subject['consumer'] = { kind: 'Target', namespace: 'prod', name: 'web', uid: '' };

/** The subject of a plan of such lines; whoever approves versions has them in the digest. */
export function subject(texts: readonly string[], more: Partial<WantedSubject> = {}): WantedSubject {
  const lines = texts.map(line);
  const pin = more.pin ?? 'Access';
  const seen = lines.map(({ id, digest, version }) =>
    pin === 'Version' ? [id, digest, version] : [id, digest],
  );
  const digest = `v1:sha256:${JSON.stringify([seen, more.consumer ?? TARGET])}`;
  return { scopeUID: 'scope', consumer: TARGET, digest, pin, lines, unknownLines: [], ...more };
}

export const people = (...names: string[]): Authors => ({ names, complete: true });

interface Cast {
  readonly as?: string;
  readonly at?: number;
  readonly change?: Partial<VoteFacts>;
  readonly voter?: Partial<VoterFacts>;
}

export const aGate = (protection: Protection = {}): Gate => new Gate(protection);

export class Gate {
  facts: GateFacts;
  /** Every edge that was taken, in order. */
  readonly taken: EdgeName[] = [];
  readonly #standing = new Map<string, VoterFacts['standing']>();
  #requests = 0;
  #votes = 0;

  constructor(protection: Protection) {
    this.facts = {
      protection,
      wanted: subject(['A']),
      askedAgain: '',
      ledger: { authors: people('dev'), entries: [] },
      votes: [],
      policies: { inForceSince: START - DAY * 1000, settleMs: 60_000 },
      chainNamespaces: ['prod', 'team-web', 'acme-org'],
      groupVoteTTLMs: DAY * 1000,
      now: START,
      skewMs: 0,
      unknown: [],
    };
  }

  /** The same gate at this moment, to ask what if. */
  copy(): Gate {
    const other = new Gate({}).with(this.facts);
    other.#votes = this.#votes;
    other.#requests = this.#requests;
    for (const [name, standing] of this.#standing) other.#standing.set(name, standing);
    return other;
  }

  with(change: Partial<GateFacts>): this {
    this.facts = { ...this.facts, ...change };
    return this;
  }

  protect(change: Protection): this {
    return this.with({ protection: { ...this.facts.protection, ...change } });
  }

  reviewers(...texts: string[]): this {
    return this.protect({ requiredReviewers: texts.map(reviewer) });
  }

  wants(...lines: string[]): this {
    return this.with({ wanted: subject(lines, { pin: this.facts.protection?.pin ?? 'Access' }) });
  }

  authors(authors: Authors): this {
    return this.with({ ledger: { ...this.facts.ledger, authors } });
  }

  at(seconds: number): this {
    return this.with({ now: START + seconds * 1000 });
  }

  /** From now on a live check says this of the voter. */
  standing(name: string, standing: VoterFacts['standing']): this {
    this.#standing.set(name, standing);
    return this.with({ votes: this.facts.votes.map((vote) => this.#checked(vote)) });
  }

  cast(decision: VoteDecision, username: string, { as = username, at, change, voter }: Cast = {}): this {
    const { request, subject: about } = this.request;
    const capacity = reviewer(as);
    const vote: VoteFacts = {
      uid: `vote-${++this.#votes}`,
      decision,
      scopeUID: about.scopeUID,
      request,
      subject: about.digest,
      as: capacity,
      hasComment: decision === 'Bypass',
      castAt: at === undefined ? this.facts.now : START + at * 1000,
      deleting: false,
      voter: {
        username,
        uid: '',
        capacity: decision === 'Bypass' ? 'bypass' : 'approve',
        standing: 'authorized',
        countsFor: [capacity, user(username)],
        ...voter,
      },
      ...change,
    };
    return this.with({ votes: [...this.facts.votes, voter?.standing ? vote : this.#checked(vote)] });
  }

  approve(username: string, cast: Cast = {}): this {
    return this.cast('Approve', username, cast);
  }

  reject(username: string, cast: Cast = {}): this {
    return this.cast('Reject', username, cast);
  }

  revoke(username: string, cast: Cast = {}): this {
    return this.cast('Revoke', username, cast);
  }

  bypass(username: string, cast: Cast = {}): this {
    return this.cast('Bypass', username, cast);
  }

  /** Decides and remembers, makes the requests that are needed, until nothing moves any more: as the operator does. */
  settle(): this {
    for (let round = 0; round < 9; round++) {
      const { steps, wanted } = this.decide();
      this.#record(steps);
      if (wanted.kind === 'unrequested') this.#ask();
      else if (steps.length === 0) return this;
    }
    throw new Error(`the gate does not come to rest: ${this.taken.join(', ')}`);
  }

  /** The same word for `settle`, where a story begins. */
  asked(): this {
    return this.settle();
  }

  decide(): GateDecision<EdgeName> {
    return decide(this.facts);
  }

  /** The request that was made last. */
  get request(): LedgerEntry {
    const last = this.facts.ledger.entries.at(-1);
    if (!last) throw new Error('nothing was requested; call asked() first');
    return last;
  }

  /** What is said of the wanted plan, in a few words. */
  is(): string {
    return verdictText(this.decide().wanted);
  }

  /** What is said of the plan that was released last. */
  live(): string {
    const live = this.decide().live;
    return live
      ? `${live.entry.subject.lines.map(({ id }) => id).join('')} ${verdictText(live.verdict)}`
      : 'nothing';
  }

  /** What each vote is worth, in the order of casting. */
  worth(): string[] {
    return this.decide().votes.map(({ weight }) => weightText(weight));
  }

  #checked(vote: VoteFacts): VoteFacts {
    const standing = this.#standing.get(vote.voter.username);
    return standing === undefined ? vote : { ...vote, voter: { ...vote.voter, standing } };
  }

  #record(steps: GateDecision<EdgeName>['steps']): void {
    this.taken.push(...steps.map(({ edge }) => edge));
    const { ledger } = this.facts;
    this.with({ ledger: { ...ledger, entries: record(ledger.entries, steps) } });
  }

  #ask(): void {
    const { wanted, now } = this.facts;
    const n = ++this.#requests;
    if (wanted) this.#record([ask(wanted, { name: `web-${n}`, uid: `request-${n}` }, now, this.facts)]);
  }
}

const weightText = ({ kind, reason }: VoteWeight) => (kind === 'counts' ? 'counts' : `${kind} ${reason}`);

/** `open by approve of ana`, `waiting for approvals 0/1 and timer`, `rejected`, … */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'open': {
      const names = verdict.votes.map(({ username }) => username).sort();
      return `open by ${verdict.by}${names.length > 0 ? ` of ${names.join(', ')}` : ''}`;
    }
    case 'waiting':
      return `waiting for ${verdict.on
        .map((cause) => (cause.kind === 'timer' ? 'timer' : `approvals ${cause.given}/${cause.required}`))
        .join(' and ')}`;
    case 'undecidable':
      return `undecidable ${verdict.reason}`;
    case 'revoked':
      return `revoked, ${verdict.secret}`;
    case 'expired':
      return `expired ${verdict.what}, ${verdict.secret}`;
    case 'unrequested':
    case 'impossible':
    case 'authorsUnknown':
    case 'rejected':
    case 'withdrawn':
    case 'superseded':
      return verdict.kind;
    default:
      return unreachable(verdict);
  }
}

function unreachable(verdict: never): never {
  throw new Error(`no words for ${JSON.stringify(verdict)}`);
}
