/** Owns: the change that a request asks for, line by line, as text. Used by: review-show.ts. Pure. */
import type { RequestSpec } from '../model/kinds/secret-request.ts';
import { webhookParts } from './review-webhook.ts';
import { quoted } from './review-wording.ts';

type SecretLine = RequestSpec['secrets'][number];
type Webhook = NonNullable<RequestSpec['webhook']>;
type KeyLine = NonNullable<RequestSpec['keys']>[number];
type Change = SecretLine['change'];

const SIGNS: Readonly<Record<Change, string>> = { Added: '+', Changed: '~', Removed: '-', Unchanged: ' ' };
const CHANGES = ['Added', 'Changed', 'Removed', 'Unchanged'] as const;

/**
 * The webhook of an automation, secrets, data keys and namespaces; what is unchanged is counted, and listed only if `all`. With the request that is
 * released now, `before`, changed lines also say what they were.
 */
export function changeLines(spec: RequestSpec, before: RequestSpec | undefined, all: boolean): string[] {
  const { secrets, keys = [], namespaces = [], pin, webhook } = spec;
  // an automation has neither keys nor namespaces
  const hasSecret = spec.consumer.kind !== 'WebhookAutomation';
  const oldSecret = (name: string) => before?.secrets.find((line) => line.name === name);
  const oldKey = (key: string) => before?.keys?.find((line) => line.key === key);
  return [
    ...(webhook ? section('webhook', [webhook], all, (line) => webhookLines(line, before?.webhook)) : []),
    ...section('secrets', secrets, all, (line) => secretLines(line, oldSecret(line.name), pin)),
    ...(hasSecret || keys.length > 0
      ? section('data keys', keys, all, (line) => keyLines(line, oldKey(line.key)))
      : []),
    ...(hasSecret || namespaces.length > 0
      ? section('namespaces', namespaces, all, ({ name, change }) => [`${SIGNS[change]} ${name}`])
      : []),
  ];
}

function section<Line extends { readonly change: Change }>(
  title: string,
  lines: readonly Line[],
  all: boolean,
  textOf: (line: Line) => string[],
): string[] {
  const shown = lines.filter(({ change }) => all || change !== 'Unchanged');
  return ['', `${title}: ${countsText(lines, all)}`, ...shown.flatMap(textOf).map((line) => `  ${line}`)];
}

function countsText(lines: readonly { readonly change: Change }[], all: boolean): string {
  const counts = CHANGES.map((change) => ({
    change,
    count: lines.filter((one) => one.change === change).length,
  }));
  const told = counts
    .filter(({ count }) => count > 0)
    .map(({ change, count }) => `${count} ${change.toLowerCase()}`);
  const hidden = !all && lines.some(({ change }) => change === 'Unchanged');
  return `${told.join(', ') || 'none'}${hidden ? ' (shown with --all)' : ''}`;
}

/** What is written there has to be read as a whole, so that the old one stands below it as a whole. */
function webhookLines(line: Webhook, old: Webhook | undefined): string[] {
  const [target = '', ...request] = webhookParts(line);
  const was = line.change === 'Changed' && old ? webhookParts(old) : [];
  return [
    `${SIGNS[line.change]} ${target}`,
    ...request.map((part) => `    ${part}`),
    ...was.map((part, index) => `    ${index === 0 ? `was ${part}` : part}`),
  ];
}

function secretLines(line: SecretLine, old: SecretLine | undefined, pin: RequestSpec['pin']): string[] {
  const [kept = '', ...rest] = secretParts(line, pin);
  const was = line.change === 'Changed' && old ? differing(secretParts(old, pin), [kept, ...rest]) : [];
  return [
    `${SIGNS[line.change]} ${line.name}: ${kept}`,
    ...rest.map((part) => `    ${part}`),
    ...was.map((part) => `    was ${part}`),
  ];
}

function differing(old: readonly string[], current: readonly string[]): string[] {
  const parts = old.filter((part) => !current.includes(part));
  // UIDs are part of what is approved, and no text that a person compares
  return parts.length > 0 ? parts : ['of the same names: its scope or backend was made again since'];
}

/** Everything that decides what is meant: where in the store, whose entry, which store. */
function secretParts(line: SecretLine, pin: RequestSpec['pin']): string[] {
  const { level, scope, locked, backend, key, property, encoding } = line;
  const kept = [
    `key ${quoted(key)}`,
    ...(property === undefined ? [] : [`property ${JSON.stringify(property)}`]),
    ...(encoding === undefined ? [] : [`encoding ${encoding}`]),
    ...versionText(line, pin),
  ];
  const place = backend.namespace === undefined ? backend.name : `${backend.namespace}/${backend.name}`;
  return [
    kept.join(', '),
    `from ${level} ${scope.namespace}/${scope.name}${locked ? ', locked' : ''}`,
    `in ${backend.kind} ${place}, ${quoted(backend.provider)} ${backend.identity}`,
  ];
}

/** Whether a version is part of what is approved, or only what was current when it was asked. */
function versionText({ version, versionFixed }: SecretLine, pin: RequestSpec['pin']): string[] {
  if (version === undefined) return [];
  if (versionFixed) return [`version ${quoted(version)} fixed by the entry`];
  return [
    `version ${quoted(version)}${pin === 'Version' ? ' and no other' : ' when it was asked, and later ones'}`,
  ];
}

function keyLines(line: KeyLine, old: KeyLine | undefined): string[] {
  const head = `${SIGNS[line.change]} ${line.key}: ${contentText(line)}`;
  const was = line.change === 'Changed' && old ? [`    was ${contentText(old)}`, ...textLines(old)] : [];
  return [head, ...textLines(line), ...was];
}

function textLines({ text }: KeyLine): string[] {
  return text === undefined ? [] : text.split('\n').map((line) => `    | ${line}`);
}

function contentText({ content, name = '' }: KeyLine): string {
  switch (content) {
    case 'Value':
      return `the value of ${name}`;
    case 'Empty':
      return `empty, in the place of ${name}`;
    case 'Template':
      return 'a template';
    case 'DockerConfig':
      return 'logins to registries';
    default:
      return unknownContent(content);
  }
}

function unknownContent(content: never): never {
  throw new Error(`unknown content ${String(content)}; use the secretscope of the operator's version`);
}
