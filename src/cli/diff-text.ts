/** Owns: differences as a list for people. Used by: diff-verb.ts. Pure. */
import type { Change, KeyDifference, KeySource, SecretDifference } from './diff-secrets.ts';
import { gateText } from './explain-gate.ts';
import { escapeText } from './terminal.ts';

const SIGNS: Readonly<Record<Change, string>> = { added: '+', removed: '-', changed: '~' };

/** Every line is safe for a terminal. */
export function differenceText(difference: SecretDifference): string {
  const { secret, holder, change, type, labels, annotations, gate, keys } = difference;
  return [
    `${SIGNS[change]} Secret ${secret} of ${holder}${fateText(difference)}`,
    ...(gate ? [`    what is new or other waits for reviewers: ${gateText(gate)}`] : []),
    ...(type ? [`    ~ type: ${type.from} → ${type.to}`] : []),
    ...metadataLines('label', labels),
    ...metadataLines('annotation', annotations),
    ...keys.map((key) => `    ${SIGNS[key.change]} ${key.key}: ${keyText(key, difference)}`),
  ]
    .map(escapeText)
    .join('\n');
}

function fateText({ change, deletionPolicy, there, heldBy }: SecretDifference): string {
  if (change === 'removed')
    return deletionPolicy === 'Retain'
      ? ': it stays, and is nobody’s (deletionPolicy: Retain)'
      : ': it is deleted';
  if (change === 'added' && there === 'foreign')
    return `: one of this name is there and belongs to ${heldBy ?? 'somebody else'}, so nothing is written (TargetConflict); choose another secretName`;
  return '';
}

function metadataLines(
  what: string,
  change:
    | { readonly from: Readonly<Record<string, string>>; readonly to: Readonly<Record<string, string>> }
    | undefined,
): string[] {
  if (!change) return [];
  const { from, to } = change;
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].sort().flatMap((key) => {
    const [before, after] = [Object.hasOwn(from, key), Object.hasOwn(to, key)];
    const text = (map: Readonly<Record<string, string>>) => JSON.stringify(map[key]);
    if (before && after)
      return from[key] === to[key] ? [] : [`    ~ ${what} ${key}: ${text(from)} → ${text(to)}`];
    return [`    ${after ? '+' : '-'} ${what} ${key}: ${text(after ? to : from)}`];
  });
}

function keyText(key: KeyDifference, { there }: SecretDifference): string {
  const { from, to, change, message, textChanges } = key;
  if (textChanges) return `another text of ${to?.content}`;
  if (change === 'removed')
    return `${from ? sourceText(from) : 'its last value'}${message === undefined ? '' : `; ${message}`}${nowText(key, there)}`;
  if (change === 'added') return to ? sourceText(to) : '';
  return `${from ? sourceText(from) : 'its last value'} → ${to ? sourceText(to) : ''}${nowText(key, there)}`;
}

/** What the delivery record says: a key that was planned and never delivered does not go. */
function nowText({ now }: KeyDifference, there: SecretDifference['there']): string {
  if (there === 'unknown' || there === undefined) return '';
  return now === undefined || now.length === 0 ? ' (is not in the Secret now)' : ` (now ${now.join(', ')})`;
}

function sourceText({ content, names }: KeySource): string {
  if (content === 'empty') return 'empty, since nobody supplies it';
  const sources = names.map(({ name, level, scope, key, property, version, backend }) => {
    const parts = [
      `key ${key}`,
      ...(property === undefined ? [] : [`property ${property}`]),
      ...(version === undefined ? [] : [`version ${version}`]),
    ];
    return `${content === 'value' ? '' : `${name} from `}${level} ${scope} (${parts.join(', ')} in ${backend})`;
  });
  return `${content === 'value' ? '' : `${content} of `}${sources.join(', ') || 'no secret'}`;
}
