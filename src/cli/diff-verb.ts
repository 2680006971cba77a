/** Owns: the command line of `secretscope diff`. It reads, as the caller, and never the data of a Secret. */
import type { Command } from 'commander';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { claimedScopeOf, namespaceFacts } from '../watch/world.ts';
import { type ConnectionFlags, connected, withConnectionFlags, withNamespaceFlag } from './connection.ts';
import { type SecretDifference, secretDifferences } from './diff-secrets.ts';
import { differenceText } from './diff-text.ts';
import { type Side, type TwoWorlds, twoWorlds } from './diff-world.ts';
import { lookAtTarget } from './explain-record.ts';
import { backendName, visibleFacts } from './offline-facts.ts';
import { problemText } from './offline-problem.ts';
import type { Stdin } from './offline-read.ts';
import type { FileWorld } from './offline-world.ts';
import { type PlannedSecret, planClaim, planScope } from './render-plan.ts';
import { filesOf } from './render-verb.ts';
import { collected } from './repeated-flag.ts';
import { escapeText, formatFrom, printData, type Terminal } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

interface DiffFlags extends ConnectionFlags {
  readonly filename: string[];
  readonly output?: string;
}

/** `secretscope diff -f DIR`: what would appear, go or change supplier in which Secret. */
export function addDiff(program: Command, version: string, terminal: Terminal, stdin?: Stdin): void {
  const command = program
    .command('diff')
    .description('show what applying manifests would change in which Secret; ends with 1 if anything does')
    .requiredOption('-f, --filename <path>', 'file or folder, - is stdin; may be repeated', collected)
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action((flags: DiffFlags) =>
      diff(flags, version, terminal, stdin).catch((error: unknown) => {
        throw troubleOf(error);
      }),
    );
  withConnectionFlags(withNamespaceFlag(command));
}

async function diff(
  flags: DiffFlags,
  version: string,
  terminal: Terminal,
  stdin: Stdin | undefined,
): Promise<void> {
  const format = formatFrom(flags.output);
  const { differences, notes } = await connected(flags, version, async ({ kube, namespace }) => {
    // labels of a Namespace decide, too
    const files = await filesOf({ filename: flags.filename, namespace }, stdin, true);
    for (const problem of files.problems) terminal.note(problemText(problem));
    if (files.problems.some(({ severity }) => severity === 'error'))
      throw new ExitError(
        EXIT.cannotTell,
        'these manifests are not valid, so nothing was compared; correct them',
      );
    return compared(kube, files);
  });
  if (format === 'table') {
    for (const difference of differences) terminal.out(differenceText(difference));
    for (const note of notes) terminal.note(escapeText(`note: ${note}`));
    if (differences.length === 0) terminal.note('no Secret would change');
  } else printData(terminal, format, { differences, notes });
  const { length } = differences;
  if (length > 0)
    throw new ExitError(
      EXIT.failed,
      `${length} Secret${length === 1 ? '' : 's'} would change; apply the manifests, or correct them`,
    );
}

interface Compared {
  readonly differences: readonly SecretDifference[];
  readonly notes: readonly string[];
}

async function compared(kube: KubeClient, files: FileWorld): Promise<Compared> {
  const worlds = await twoWorlds(kube, files);
  const before = plansOf(worlds.before, worlds);
  const after = plansOf(worlds.after, worlds);
  // whoever is refused keeps what is there
  const stays = before.secrets.filter(({ holder }) => !after.refusals.has(holder));
  const kept = after.secrets.filter(({ holder }) => !after.refusals.has(holder));
  const differences = await Promise.all(secretDifferences(stays, kept).map((one) => withRecord(kube, one)));
  // what the files make is not there yet
  const ends = worlds.caller.viewEndsBut((object) => files.manifestOf(...kindAndKey(object)) !== undefined);
  const refused = [...after.refusals].map(([holder, why]) => `${holder} would deliver nothing new: ${why}`);
  return { differences, notes: [...ends, ...worlds.notes, ...refused] };
}

function kindAndKey(object: string): [kind: string, key: string] {
  const at = object.indexOf(' ');
  return [object.slice(0, at), object.slice(at + 1)];
}

interface Plans {
  readonly secrets: readonly PlannedSecret[];
  /** Why a scope or claim makes no plan at all, by its name. */
  readonly refusals: ReadonlyMap<string, string>;
}

function plansOf(side: Side, { scopes, claims, caller }: TwoWorlds): Plans {
  const unseen = (
    backend: { refKind: 'SecretBackend' | 'ClusterSecretBackend'; name: string },
    namespace: string,
  ) => caller.isHidden(backendName(backend.refKind, backend.name, namespace));
  const refusals = new Map<string, string>();
  const ofScopes = scopes.flatMap((key) => {
    const view = side.scopes.get(key);
    const facts = view && visibleFacts(side, view, unseen);
    if (!facts) return [];
    const { secrets, refused } = planScope(facts, side.namespaces.values());
    const [first] = refused;
    if (first) refusals.set(`SecretScope ${key}`, first.message);
    return secrets;
  });
  const ofClaims = claims.flatMap((key) => {
    const claim = side.claims.get(key);
    const namespace = namespaceFacts(side, key.split('/')[0] ?? '');
    const scope = side.scopes.get((claim && claimedScopeOf(claim)) ?? '');
    const facts = scope && visibleFacts(side, scope, unseen);
    return claim && facts && namespace ? planClaim(claim, facts, namespace).secrets : [];
  });
  return { secrets: [...ofScopes, ...ofClaims], refusals };
}

/** What is there now, from the Secret's metadata alone. */
async function withRecord(kube: KubeClient, difference: SecretDifference): Promise<SecretDifference> {
  const [namespace = '', name = ''] = difference.secret.split('/');
  const look = await lookAtTarget(kube, namespace, name);
  if (look.kind !== 'found') return { ...difference, there: look.kind === 'absent' ? 'none' : 'unknown' };
  const { holder, keys } = look.record;
  const withNow = difference.keys.map((key) => {
    const names = keys.get(key.key)?.map((one) => `${one.name}@${one.version}`);
    return names ? { ...key, now: names } : key;
  });
  return { ...difference, keys: withNow, ...whose(holder, difference.holder) };
}

function whose(text: string, holder: string): Pick<SecretDifference, 'there' | 'heldBy'> {
  if (text === '') return { there: 'foreign' };
  // as the annotation names a claim, and a scope
  const heldBy = text.startsWith('SecretClaim/') ? text.replace('/', ' ') : `SecretScope ${text}`;
  return heldBy === holder ? { there: 'ours' } : { there: 'foreign', heldBy };
}

/** 1 means that there are differences, as it does for kubectl diff; whatever else failed is more. */
function troubleOf(error: unknown): unknown {
  if (error instanceof ExitError || error instanceof UsageError || !(error instanceof Error)) return error;
  if (isKubeError(error, 'forbidden', 'unauthorized', 'notFound', 'network', 'timeout', 'credentials'))
    return error;
  if (error.name === 'ConfigError') return error;
  const detail = isKubeError(error) && error.serverMessage ? `: ${error.serverMessage}` : '';
  return new ExitError(EXIT.cannotTell, `${error.message}${detail}`);
}
