/** Owns: `secretscope secret delete`: the value is taken away from everybody and destroyed. Used by: secret-verb.ts. */
import type { KubeClient } from '../kube/kube-client.ts';
import { quoted } from './completion-tree.ts';
import type { ConnectionFlags } from './connection.ts';
import { failureOf } from './secret-batch.ts';
import { type FoundScope, findScope, keyOfScope } from './secret-found-scope.ts';
import { millisecondsFrom } from './secret-order.ts';
import { ownedByGit, patchScope } from './secret-scope-patch.ts';
import { passingName, sealedManifest } from './secret-seal.ts';
import type { SecretTools } from './secret-tools.ts';
import { FlagError, nameFrom } from './secret-usage.ts';
import { type Settled, sendSealed } from './secret-wait.ts';
import { type LevelFlags, type Wanted, wantedFrom } from './secret-wanted.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface DeleteFlags extends ConnectionFlags, LevelFlags {
  readonly namespace?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly removeEntry?: boolean;
  readonly timeout: string;
}

export interface DeleteOrder {
  readonly wanted: Wanted;
  readonly name: string;
  readonly yes: boolean;
  readonly force: boolean;
  readonly removeEntry: boolean;
  readonly timeoutMs: number;
}

export function deleteOrderFrom(args: readonly string[], flags: DeleteFlags): DeleteOrder {
  const wanted = wantedFrom('delete', flags);
  const [entered] = args;
  if (entered === undefined || args.length > 1)
    throw new FlagError('delete', `accepts 1 arg(s), received ${args.length}`);
  const { yes = false, force = false, removeEntry = false } = flags;
  const name = nameFrom('delete', entered);
  return { wanted, name, yes, force, removeEntry, timeoutMs: millisecondsFrom('delete', flags.timeout) };
}

const TTL_SECONDS = 60;

export async function deleteSecret(
  kube: KubeClient,
  namespace: string,
  order: DeleteOrder,
  tools: SecretTools,
): Promise<void> {
  const { name, wanted, yes, removeEntry } = order;
  if (!yes && !tools.input.canAsk)
    throw new FlagError('delete', '--yes is required where nobody can be asked');
  const scope = await findScope(kube, namespace, wanted);
  const failed = `failed to delete secret ${name}`;
  if (!scope.spec.secrets?.some((entry) => entry.name === name))
    throw new ExitError(
      EXIT.notFound,
      `${failed}: scope ${keyOfScope(scope)} has no entry ${name}; those that it has: secretscope secret list ${flagsOf(scope, wanted)}`,
    );
  if (!yes) await confirm(name, scope, tools);
  try {
    await destroy(kube, scope, order, tools);
  } catch (error) {
    throw failureOf(failed, error);
  }
  if (removeEntry) await withoutEntry(kube, scope, name);
  if (!tools.isTerminal) return;
  tools.terminal.out(`✓ Deleted secret ${name} from ${targetText(scope, wanted)}`);
  if (!removeEntry)
    tools.terminal.note(`its entry stays in scope ${keyOfScope(scope)}; --remove-entry takes that out, too`);
}

/** With them a command that is pasted finds the scope again, whatever the namespace of the context. */
function flagsOf(scope: FoundScope, wanted: Wanted): string {
  const key = keyOfScope(scope);
  switch (wanted.level) {
    case 'Organization':
      return `--org ${key}`;
    case 'Repository':
      return `--repo ${key}`;
    case 'Environment':
      return `--env ${/^[\w.-]+$/.test(wanted.name) ? wanted.name : quoted(escapeText(wanted.name))} --repo ${scope.owner}`;
    default:
      throw new Error(`unknown level ${JSON.stringify(wanted satisfies never)}`);
  }
}

/** Spec row GX49: of an environment both it and its repository. */
function targetText({ owner }: FoundScope, wanted: Wanted): string {
  return wanted.level === 'Environment' ? `${wanted.name} environment on ${owner}` : owner;
}

async function confirm(name: string, scope: FoundScope, { askLine }: SecretTools): Promise<void> {
  const answer = await askLine(
    `The value of ${name} in scope ${keyOfScope(scope)} is taken away from everybody at once, and destroyed.\nType ${name} or y to confirm:`,
  );
  if (answer === name || /^y(es)?$/i.test(answer)) return;
  throw new ExitError(EXIT.failed, `not confirmed; ${name} stays as it is`);
}

async function destroy(
  kube: KubeClient,
  scope: FoundScope,
  { name, force, timeoutMs }: DeleteOrder,
  { terminal, random, now, pace, signal }: SecretTools,
): Promise<void> {
  const draft = sealedManifest(scope, passingName(name, random()), {
    name,
    action: 'Delete',
    requestedAt: new Date(now()).toISOString(),
    ...(force && { force }),
    ttlSecondsAfterStored: TTL_SECONDS,
  });
  const tell = (text: string) => terminal.note(`${name}: ${text}`);
  const settled = await sendSealed(kube, draft, { pace, signal, tell, timeoutMs });
  const refusal = refusalIn(settled);
  if (refusal !== undefined) throw new ExitError(EXIT.failed, refusal);
  if (settled.kind === 'softDeleted') terminal.note(`note: nobody gets it any more, but ${settled.why}`);
}

function refusalIn(settled: Settled): string | undefined {
  switch (settled.kind) {
    case 'deleted':
    case 'softDeleted':
      return undefined;
    case 'inUse':
      return [
        'it is still in use, and nothing was deleted; change these first, or add --force:',
        ...settled.usedBy,
      ].join('\n');
    case 'refused':
      return settled.why;
    case 'stored':
      return 'the operator says that it stored something; look at the SealedValues of the namespace';
    default:
      throw new Error(`unknown outcome ${JSON.stringify(settled satisfies never)}`);
  }
}

async function withoutEntry(kube: KubeClient, scope: FoundScope, name: string): Promise<void> {
  const git = ownedByGit(scope.raw);
  if (git !== undefined)
    throw new ExitError(
      EXIT.undeliverable,
      `the value of ${name} is deleted; scope ${keyOfScope(scope)} is managed by ${git}, so take its entry out of spec.secrets there`,
    );
  await patchScope(kube, scope, [{ kind: 'remove', name }]);
}
