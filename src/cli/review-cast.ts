/**
 * Owns: one vote: look at the change, agree, cast it as oneself, hear what it is worth. Used by: review-verb.ts.
 * Nothing here decides whether a vote counts; the operator does, and the API server says who votes.
 */
import { randomInt } from 'node:crypto';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { VoteDecision } from '../model/approval.ts';
import { API_VERSION } from '../model/kinds/common.ts';
import type { Reviewer } from '../model/kinds/protection.ts';
import type { ReviewSpec } from '../model/kinds/request-review.ts';
import { REVIEWS } from '../watch/resources.ts';
import { type Capacity, type CapacityWish, capacityOf } from './review-capacity.ts';
import { type Caller, findRequest, type Place, readCaller } from './review-cluster.ts';
import { readGuard } from './review-guard.ts';
import type { Prompt } from './review-prompt.ts';
import { voteRefusal } from './review-refusal.ts';
import { operatorSays, readShown, type ShownRequest } from './review-request.ts';
import { refuseOtherSubject, requestText } from './review-show.ts';
import { cautions, heardText, missingText, votedText } from './review-vote-text.ts';
import { type Heard, type Pace, waitForWorth } from './review-wait.ts';
import { reviewerText } from './review-wording.ts';
import { escapeText, type Terminal } from './terminal.ts';

export interface Ballot {
  readonly decision: VoteDecision;
  readonly wish: CapacityWish;
  readonly comment: string | undefined;
  /** Whether to go on without asking. */
  readonly yes: boolean;
}

export interface CastTools {
  readonly terminal: Terminal;
  readonly prompt: Prompt;
  readonly pace: Pace;
  readonly now: number;
}

export async function castVote(
  kube: KubeClient,
  place: Place,
  ballot: Ballot,
  tools: CastTools,
): Promise<void> {
  const { terminal, pace } = tools;
  const shown = await readShown(kube, place);
  if (!ballot.yes) terminal.note(`${requestText(shown, false, tools.now)}\n`);
  refuseOtherSubject(shown);
  const spec = await voteOn(kube, place, shown, ballot, tools);
  await agree(spec, place, ballot, tools);
  const vote = await create(kube, place, spec);
  terminal.out(escapeText(votedText(spec, place, vote)));
  const heard = await waitForWorth(kube, vote, pace);
  tell(heard, place, terminal);
  if (ballot.decision === 'Approve' && heard.kind === 'heard' && heard.counted?.status === 'True')
    await tellMissing(kube, place, terminal);
}

/** The operator writes what the request needs before it says what the vote is worth. */
async function tellMissing(kube: KubeClient, place: Place, terminal: Terminal): Promise<void> {
  const request = await findRequest(kube, place);
  const missing = request && missingText(operatorSays(request));
  if (missing !== undefined) terminal.out(escapeText(missing));
}

async function voteOn(
  kube: KubeClient,
  place: Place,
  shown: ShownRequest,
  { decision, wish, comment }: Ballot,
  { terminal }: CastTools,
): Promise<ReviewSpec> {
  const { spec } = shown;
  const caller = await readCaller(kube);
  const guard = await readGuard(kube, { namespace: place.namespace, ...spec.scopeRef }, decision);
  const scope = `${place.namespace}/${spec.scopeRef.name}`;
  const as = granted(capacityOf({ decision, wish, caller, scope, listed: guard?.reviewers }));
  for (const caution of cautions({ decision, as, caller, guard, shown }))
    terminal.note(escapeText(`note: ${caution}`));
  return {
    scopeRef: spec.scopeRef,
    requestRef: { name: place.name, uid: shown.uid },
    subject: shown.subject.computed,
    decision,
    as,
    ...(comment !== undefined && { comment }),
    reviewer: voterOf(caller),
  };
}

function granted(capacity: Capacity): Reviewer {
  if (capacity.kind === 'none') throw new Error(capacity.why);
  return capacity.as;
}

function voterOf({ username, uid }: Caller): ReviewSpec['reviewer'] {
  return { username, ...(uid !== undefined && { uid }) };
}

async function agree(spec: ReviewSpec, place: Place, { yes }: Ballot, { prompt }: CastTools): Promise<void> {
  if (yes) return;
  const question = `${spec.decision} ${place.namespace}/${place.name} as ${reviewerText(spec.as)}?`;
  if (!(await prompt.agrees(escapeText(question))))
    throw new Error('nothing was voted; run it again and answer yes, or add --yes');
}

// without vowels, as the API server makes them for generateName: no word comes of it by chance
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX = 5;
const MAX_NAME = 253;
const TRIES = 3;

/** The name is made here, not by the server: when no answer comes, it says which vote to look for. */
async function create(kube: KubeClient, { namespace, name }: Place, spec: ReviewSpec): Promise<Place> {
  for (let tries = 1; ; tries += 1) {
    const vote = { namespace, name: voteName(name) };
    try {
      const draft = { apiVersion: API_VERSION, kind: REVIEWS.kind, metadata: vote, spec };
      await kube.create(REVIEWS, draft, { fieldManager: 'secretscope-cli' });
      return vote;
    } catch (error) {
      if (!isKubeError(error, 'alreadyExists') || tries === TRIES) throw voteRefusal(error, vote);
    }
  }
}

export function voteName(request: string): string {
  const stem = request.slice(0, MAX_NAME - SUFFIX - 1).replace(/[-.]+$/, '');
  const suffix = Array.from({ length: SUFFIX }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return `${stem}-${suffix}`;
}

function tell(heard: Heard, place: Place, terminal: Terminal): void {
  const told = heardText(heard, place);
  if (told.worth === 'nothing') throw new Error(told.text);
  if (told.worth === 'counts') terminal.out(escapeText(told.text));
  else terminal.note(escapeText(told.text));
}
