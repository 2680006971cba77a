/** Owns: `secretscope review show` and the text of a request. Used by: review-verb.ts; votes show the same text. */
import type { KubeClient } from '../kube/kube-client.ts';
import type { RequestSpec } from '../model/kinds/secret-request.ts';
import type { Place } from './review-cluster.ts';
import { changeLines } from './review-lines.ts';
import { readShown, type ShownRequest, type ShownVote } from './review-request.ts';
import { ageText, authorsText, consumerText, quoted, reviewerText, worthText } from './review-wording.ts';
import { escapeText, type Format, printData, type Terminal } from './terminal.ts';

interface ShowTools {
  readonly terminal: Terminal;
  readonly format: Format;
  readonly all: boolean;
  readonly now: number;
}

export async function showRequest(kube: KubeClient, place: Place, tools: ShowTools): Promise<void> {
  const { terminal, format, all, now } = tools;
  const shown = await readShown(kube, place);
  if (format === 'table') terminal.out(requestText(shown, all, now));
  else printData(terminal, format, shown);
  refuseOtherSubject(shown);
}

/** Whoever votes would vote on something else than they read (THREATS 24). */
export function refuseOtherSubject({ request, subject }: ShownRequest): void {
  if (subject.same) return;
  throw new Error(
    [
      `REFUSED: request ${request} does not hold what it says it asks for`,
      `it says     ${subject.named}`,
      `it holds    ${subject.computed}`,
      'do not vote on it, by no other way either: somebody else than the operator made or changed it',
      'tell whoever runs the operator, and ask them for its log and for the audit log of this request',
    ].join('\n'),
  );
}

/** All that a reviewer has to know, every line of it safe for a terminal. */
export function requestText(shown: ShownRequest, all: boolean, now: number): string {
  const { spec, votes, notes } = shown;
  return [
    `SecretRequest ${shown.request}`,
    ...fields(aboutFields(shown, now)),
    ...changeLines(spec, shown.before, all),
    '',
    `votes: ${votes.length === 0 ? 'none' : votes.length}`,
    ...votes.flatMap((vote) => voteLines(vote, now)),
    '',
    'the operator says:',
    ...fields(operatorFields(shown)),
    ...notes.map((note) => `note: ${note}`),
  ]
    .map(escapeText)
    .join('\n');
}

type Field = readonly [name: string, text: string | undefined];

function fields(all: readonly Field[]): string[] {
  return all.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(14)} ${text}`]));
}

function aboutFields({ spec, before, subject, createdAt }: ShownRequest, now: number): Field[] {
  const { scopeRef, consumer, secret, pin, replaces, askedAgain } = spec;
  return [
    ['scope', scopeRef.name],
    ['for', consumerText(consumer)],
    ['Secret', secret && withBefore(secretText(secret), before?.secret && secretText(before.secret))],
    ['pin', `${PINS[pin]}${before && before.pin !== pin ? `; it is ${before.pin} now` : ''}`],
    ['asked by', authorsText(spec)],
    ['asked', createdAt && `${ageText(createdAt, now)} ago, at ${createdAt}`],
    ['asked again', askedAgain === undefined ? undefined : quoted(askedAgain)],
    ['compared with', replaces ? `${replaces.name}, which is released` : 'nothing: no request is released'],
    [
      'subject',
      subject.same ? `${subject.computed}, computed from what is shown here` : 'REFUSED, see below',
    ],
  ];
}

function secretText({ name, type }: { name: string; type: string }): string {
  return `${name}, type ${type}`;
}

function withBefore(text: string, before: string | undefined): string {
  return before === undefined || before === text ? text : `${text}; it is ${before} now`;
}

const PINS: Readonly<Record<RequestSpec['pin'], string>> = {
  Access: 'Access: whatever version is current will be delivered',
  Version: 'Version: exactly the versions listed here',
};

function voteLines(vote: ShownVote, now: number): string[] {
  const { decision, by, as, comment, castAt, samePlan, operatorSays } = vote;
  const when = castAt === undefined ? '' : `, ${ageText(castAt, now)} ago`;
  const why = comment === undefined ? '' : `: ${JSON.stringify(comment)}`;
  return [
    `  ${decision} by ${quoted(by)} as ${reviewerText(as)}${when}${why}`,
    ...(samePlan ? [] : ['    it names another plan, so it counts for nothing']),
    `    the operator says: ${worthText(operatorSays)}`,
  ];
}

function operatorFields({ operatorSays }: ShownRequest): Field[] {
  const { state, approvals, expires, ready } = operatorSays;
  return [
    ['state', state ?? 'nothing yet'],
    ['approvals', approvals],
    [state === 'Waiting' || state === undefined ? 'waits until' : 'until', expires],
    ['why', ready && `${ready.reason}: ${ready.message}`],
  ];
}
