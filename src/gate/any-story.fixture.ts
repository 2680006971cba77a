/** Random stories for properties that hold whatever happens, and a second judge that knows the rules by heart. */
import fc from 'fast-check';
import type { LedgerEntry, VoteFacts } from '../model/approval.ts';
import type { Protection, Reviewer } from '../model/kinds/protection.ts';
import { aGate, DAY, type Gate, HOUR, people, reviewer, START } from './a-gate.fixture.ts';

const PEOPLE = ['ana', 'ben', 'carol', 'dev', 'root', 'mallory', 'system:serviceaccount:ci:bot'] as const;
const CAPACITIES = ['ana', 'ben', 'carol', '@leads', '@owners', 'ci:bot', 'team-web:bot'] as const;
const PLANS = [['A'], ['B'], ['A', 'B'], ['A=other', 'B'], ['A@2'], ['A', 'B', 'C'], []] as const;
const DECISIONS = ['Approve', 'Approve', 'Approve', 'Reject', 'Revoke', 'Bypass'] as const;

/** One thing that happens; `tell` does it to a gate. */
export interface Happening {
  readonly text: string;
  readonly tell: (gate: Gate) => void;
}

const happening = (text: string, tell: (gate: Gate) => void) => ({
  text,
  tell,
  [fc.toStringMethod]: () => text,
});

const protection: fc.Arbitrary<Protection> = fc.record(
  {
    requiredReviewers: fc
      .uniqueArray(fc.constantFrom(...CAPACITIES), { maxLength: 4 })
      .map((texts): Reviewer[] => texts.map(reviewer)),
    minApprovals: fc.integer({ min: 1, max: 3 }),
    preventSelfReview: fc.boolean(),
    waitTimerMinutes: fc.constantFrom(0, 30, 2880),
    pin: fc.constantFrom('Access', 'Version'),
    pendingTTL: fc.constantFrom('1h', '720h'),
    grantTTL: fc.constantFrom('1h', '48h'),
    onRevoke: fc.constantFrom('Delete', 'Retain'),
    allowBypass: fc.boolean(),
  },
  { requiredKeys: [] },
);

const vote = fc
  .record({
    decision: fc.constantFrom(...DECISIONS),
    username: fc.constantFrom(...PEOPLE),
    as: fc.constantFrom(...CAPACITIES),
    offset: fc.constantFrom(0, 0, 0, -1, 1, 90),
    fault: fc.constantFrom('none', 'none', 'none', 'none', 'scope', 'subject', 'uid', 'deleting', 'right'),
  })
  .map(({ decision, username, as, offset, fault }) =>
    happening(
      `${username} as ${as}: ${decision}${fault === 'none' ? '' : ` (wrong ${fault})`} ${offset}`,
      (gate) => {
        if (gate.facts.ledger.entries.length === 0) return;
        const at = (gate.facts.now - START) / 1000 + offset;
        const change: Partial<VoteFacts> = {
          ...(fault === 'scope' && { scopeUID: 'x' }),
          ...(fault === 'subject' && { subject: 'v1:sha256:x' }),
          ...(fault === 'uid' && { request: { name: 'web-1', uid: 'x' } }),
          ...(fault === 'deleting' && { deleting: true }),
        };
        const voter = {
          ...(fault === 'right' && ({ capacity: decision === 'Bypass' ? 'approve' : 'bypass' } as const)),
        };
        gate.cast(decision, username, { as, at, change, voter });
      },
    ),
  );

const others: fc.Arbitrary<Happening> = fc.oneof(
  fc
    .constantFrom(...PLANS)
    .map((plan) => happening(`wants ${plan.join('')}`, (gate) => void gate.wants(...plan))),
  fc
    .tuple(fc.constantFrom(...PEOPLE), fc.constantFrom('authorized', 'notAuthorized', 'unknown'))
    .map(([name, standing]) =>
      happening(`${name} is ${standing}`, (gate) => void gate.standing(name, standing)),
    ),
  protection.map((change) =>
    happening(`protection ${JSON.stringify(change)}`, (gate) => void gate.with({ protection: change })),
  ),
  fc
    .uniqueArray(fc.constantFrom('dev', 'ana', 'ben', 'system:serviceaccount:flux:flux'), { maxLength: 2 })
    .map((names) => happening(`authors ${names}`, (gate) => void gate.authors(people(...names)))),
  fc
    .constantFrom('', 'one', 'two')
    .map((askedAgain) => happening(`asked again: ${askedAgain}`, (gate) => void gate.with({ askedAgain }))),
  fc.constantFrom(
    happening('the policies are gone', (gate) => void gate.with({ policies: { settleMs: 60_000 } })),
  ),
  fc.constantFrom(
    happening(
      'the policies are back',
      (gate) => void gate.with({ policies: { settleMs: 60_000, inForceSince: gate.facts.now } }),
    ),
  ),
  fc.constantFrom(
    happening('the oldest vote vanishes', (gate) => void gate.with({ votes: gate.facts.votes.slice(1) })),
  ),
  fc.constantFrom(
    happening(
      'blind',
      (gate) => void gate.with({ unknown: [{ reason: 'ApprovalUnknown', message: 'no answer' }] }),
    ),
    happening('seeing', (gate) => void gate.with({ unknown: [] })),
  ),
);

const time = fc
  .constantFrom(1, 30, 61, HOUR, DAY, 31 * DAY)
  .map((seconds) =>
    happening(`${seconds} s pass`, (gate) => void gate.with({ now: gate.facts.now + seconds * 1000 })),
  );

/** What happens to one environment, votes and time more often than the rest. */
export const anyStory: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: vote }, { weight: 2, arbitrary: time }, { weight: 3, arbitrary: others }),
  { minLength: 3, maxLength: 24 },
);

export const anyGate: fc.Arbitrary<Gate> = fc
  .tuple(protection, fc.constantFrom(0, 2_000), fc.constantFrom(...PLANS))
  .map(([change, skewMs, plan]) =>
    aGate({ requiredReviewers: [reviewer('ana'), reviewer('ben'), reviewer('@leads')], ...change })
      .with({ skewMs })
      .wants(...plan),
  );

/** The votes of `decision` that count for a request that waits: the rules of votes in one breath, for tests only. */
export function validVotes(gate: Gate, entry: LedgerEntry, decisions: readonly string[]): VoteFacts[] {
  const { protection: settings = {}, policies, now, skewMs, ledger, chainNamespaces } = gate.facts;
  const key = ({ kind, namespace = '', name }: Reviewer) => `${kind}/${namespace}/${name}`;
  const listed = (settings.requiredReviewers ?? [])
    .filter(({ namespace }) => !chainNamespaces.includes(namespace ?? ''))
    .map(key);
  const authors = [...entry.authors.names, ...ledger.authors.names];
  const ttl = settings.pendingTTL === '1h' ? HOUR : 30 * DAY;
  return gate.facts.votes.filter((one) => {
    const speaksFor = one.voter.countsFor.filter((reviewerRef) => listed.includes(key(reviewerRef)));
    const no = one.decision === 'Reject' || one.decision === 'Revoke';
    const bypass = one.decision === 'Bypass';
    const kinds = bypass ? [one.as.kind] : speaksFor.map(({ kind }) => kind);
    const lapsed = kinds.every((kind) => kind === 'Group') && now >= one.castAt + DAY * 1000 - skewMs;
    return (
      decisions.includes(one.decision) &&
      one.request.uid === entry.request.uid &&
      one.request.name === entry.request.name &&
      one.subject === entry.subject.digest &&
      one.scopeUID === entry.subject.scopeUID &&
      one.castAt >= entry.createdAt - skewMs &&
      one.castAt <= now + skewMs &&
      (no || one.castAt < entry.createdAt + ttl * 1000 - skewMs) &&
      (no || !one.deleting) &&
      policies.inForceSince !== undefined &&
      one.castAt >= policies.inForceSince + policies.settleMs + skewMs &&
      one.voter.standing === 'authorized' &&
      one.voter.capacity === (bypass ? 'bypass' : 'approve') &&
      (bypass ? settings.allowBypass === true && one.hasComment : speaksFor.length > 0) &&
      (!one.voter.username.startsWith('system:') ||
        speaksFor.some(({ kind }) => kind === 'ServiceAccount')) &&
      (no || !settings.preventSelfReview || !authors.includes(one.voter.username)) &&
      (no || !lapsed)
    );
  });
}
