/** Owns: an explanation as a tree for people. Used by: explain-verb.ts. Pure. */
import type { ExplainedName, Explanation } from './explain-answer.ts';
import type { Delivered } from './explain-delivered.ts';
import { type GateRequest, gateText } from './explain-gate.ts';
import type { ExplainedCandidate, Supplier } from './explain-names.ts';
import { escapeText } from './terminal.ts';

interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

const VERDICTS: Readonly<Record<ExplainedCandidate['verdict'], string>> = {
  supplies: 'supplies the value',
  shadowed: 'hidden by a more specific level',
  overruled: 'overruled by a locked entry above',
  notGranted: 'not granted to this repository',
  beyondLimit: 'granted, but beyond the first 100 names',
  notAdmitted: 'not admitted by this level',
  notTrusted: 'not trusted by this level',
};

/** Every line is safe for a terminal: names, messages and files are other people's text. */
export function asTree(explanation: Explanation): string {
  const { level, scope, refused = [], refusedLevels = [], names, gate } = explanation;
  const branches: Branch[] = [
    ...aboutBranches(explanation),
    ...(gate ? [{ text: `gate: ${gateText(gate)}`, below: gate.requests.map(requestBranch) }] : []),
    ...refused.map(({ message }) => ({ text: `nothing is delivered: ${message}` })),
    ...refusedLevels.map((one) => ({ text: `nothing comes from ${one.level} ${one.scope}: ${one.why}` })),
    ...names.map(nameBranch),
    ...(names.length === 0 && refused.length === 0 ? [{ text: 'no names' }] : []),
  ];
  const head = explanation.for === undefined ? '' : `, for a claim of namespace ${explanation.for}`;
  return [`${level} ${scope}${head}`, ...drawn(branches), ...explanation.notes.map((note) => `note: ${note}`)]
    .map(escapeText)
    .join('\n');
}

function drawn(branches: readonly Branch[], indent = ''): string[] {
  return branches.flatMap(({ text, below = [] }, index) => {
    const isLast = index === branches.length - 1;
    return [
      `${indent}${isLast ? '└─' : '├─'} ${text}`,
      ...drawn(below, `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}

function aboutBranches({ ready, sealingKey, restarts = [] }: Explanation): Branch[] {
  const since = ready?.since === undefined ? '' : ` since ${ready.since}`;
  return [
    ...(ready ? [{ text: `Ready ${ready.status}${since}: ${ready.reason}: ${ready.message}` }] : []),
    ...(sealingKey === undefined ? [] : [{ text: `sealing key ${sealingKey}` }]),
    ...restarts.map((text) => ({ text })),
  ];
}

function requestBranch({ request, for: consumer, state, approvals, expires, ...told }: GateRequest): Branch {
  const { reason, message, since, changes } = told;
  const head = [
    `SecretRequest ${request} for ${consumer}: ${state ?? 'not looked at yet'}`,
    ...(approvals === undefined ? [] : [`approvals ${approvals}`]),
    ...(expires === undefined ? [] : [`until ${expires}`]),
  ];
  const why = [reason, message].filter((text) => text !== undefined).join(': ');
  const waits = state === undefined || state === 'Waiting';
  return {
    text: head.join(', '),
    below: [
      ...(why === '' ? [] : [{ text: `${why}${since === undefined ? '' : ` (since ${since})`}` }]),
      ...(changes.length > 0 && waits
        ? [{ text: `asks for ${changes.map(({ name, change }) => `${name} (${change})`).join(', ')}` }]
        : []),
      ...(waits ? [{ text: `secretscope review show ${request}` }] : []),
    ],
  };
}

function nameBranch(name: ExplainedName): Branch {
  const { suppliedBy, reason = '', message = '', delivered = [], waitsFor = [], candidates } = name;
  const { notDelivered = [] } = name;
  const head = suppliedBy ? supplierText(suppliedBy) : `${reason}: ${message}`;
  return {
    text: `${name.name}: ${head}`,
    below: [
      ...delivered.map((one) => ({ text: deliveredText(one) })),
      ...(name.operatorSays === undefined ? [] : [{ text: `the operator says: ${name.operatorSays}` }]),
      ...notDelivered.map((request) => ({ text: `not delivered: SecretRequest ${request}` })),
      ...waitsFor.map((request) => ({ text: `waits for SecretRequest ${request}` })),
      ...candidates.map((candidate) => ({ text: candidateText(candidate, suppliedBy ? undefined : reason) })),
    ],
  };
}

function supplierText({ level, scope, version, backend, backendUnseen }: Supplier): string {
  const pinned = version === undefined ? '' : `, version ${version} and no other`;
  const doubt = backendUnseen ? `, if ${backend} grants the key: it cannot be seen here` : '';
  return `from ${level} ${scope}${pinned}${doubt}`;
}

function deliveredText({ secret, dataKeys = [], version, from, sinceAtLatest }: Delivered): string {
  const parts = [
    `delivered${version === undefined ? '' : ` in version ${version}`}`,
    ...(from === undefined ? ['from a scope that is not seen here'] : [`from ${from}`]),
    ...(secret === undefined ? [] : [`in Secret ${secret} (${dataKeys.join(', ')})`]),
  ];
  const since =
    sinceAtLatest === undefined ? '; since when is not known' : `, since ${sinceAtLatest} at the latest`;
  return `${parts.join(' ')}${since}`;
}

/** `refusal`: why nobody supplies the name. */
function candidateText(candidate: ExplainedCandidate, refusal: string | undefined): string {
  const { level, scope, key, locked, verdict, rule, why, version } = candidate;
  const marks = [
    `key ${key}`,
    ...(version === undefined ? [] : [`version ${version} there`]),
    ...(locked ? ['locked'] : []),
  ];
  // of a winner, and of what another level hides, the verdict says it all
  const isTold = why === undefined || rule === 'locked' || rule === 'precedence' || rule === 'limit';
  const hindrance = verdict === 'supplies' ? (why ?? refusal) : undefined;
  const told =
    hindrance === undefined
      ? `${VERDICTS[verdict]}${isTold ? '' : `: ${why}`}`
      : `keeps the name, and does not deliver: ${hindrance}`;
  return `${level} ${scope} (${marks.join(', ')}): ${told}`;
}
