/** Owns: the command line of `secretscope claim`. What it does is in the files beside it. */
import type { Command } from 'commander';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { deleteText, makeClaim, placeText } from './claim-make.ts';
import { type ClaimOrder, isNamespace, type OrderFlags, orderFrom } from './claim-order.ts';
import { type ClaimSurroundings, REAL } from './claim-surroundings.ts';
import { waitForClaim } from './claim-wait.ts';
import { type ConnectionFlags, connected, withConnectionFlags, withNamespaceFlag } from './connection.ts';
import { collected } from './repeated-flag.ts';
import type { Place } from './review-cluster.ts';
import { notANamespace, printData, type Terminal } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

interface ClaimFlags extends ConnectionFlags, OrderFlags {
  readonly wait: boolean;
}

/** `secretscope claim SCOPE`: secrets for a job; prints the name of their Secret once it is there. */
export function addClaim(program: Command, version: string, terminal: Terminal, surroundings = REAL): void {
  const command = program
    .command('claim')
    .description('ask for some names of a scope in one Secret, and wait until it is there')
    .argument('<scope>', 'name of the SecretScope, or namespace/name')
    .requiredOption('--include <names>', 'names of secrets, such as A,B; may be repeated', collected)
    .requiredOption('--secret <name>', 'name of the Secret')
    .option('--name <claim>', 'name of the claim (default: that of the Secret)')
    .option('--snapshot', 'read once, never changed, gone with the claim (default)')
    .option('--live', 'a Secret that follows its sources')
    .option('--ttl <duration>', 'how long the Secret stays, 1m to 720h (default: as long as the claim)')
    .option('--timeout <duration>', 'how long to wait', '10m')
    .option('--no-wait', 'make the claim, and do not wait')
    .option('-o, --output <format>', 'json or yaml: the claim instead of the name of the Secret')
    .action((scope: string, flags: ClaimFlags) => claim(scope, flags, { version, terminal, surroundings }));
  withConnectionFlags(withNamespaceFlag(command));
}

interface ClaimTools {
  readonly version: string;
  readonly terminal: Terminal;
  readonly surroundings: ClaimSurroundings;
}

async function claim(scope: string, flags: ClaimFlags, tools: ClaimTools): Promise<void> {
  const order = orderFrom(scope, flags);
  if (flags.namespace !== undefined && !isNamespace(flags.namespace))
    throw new UsageError(notANamespace(flags.namespace));
  await connected(flags, tools.version, async ({ kube, namespace }) => {
    const place = { namespace, name: order.name };
    const leaving = new AbortController();
    const stopListening = tools.surroundings.onLeave(() => leaving.abort());
    try {
      await claimAt(kube, place, order, flags.wait, leaving.signal, tools);
    } catch (error) {
      throw leaving.signal.aborted ? left(error, place) : error;
    } finally {
      stopListening();
    }
  });
}

async function claimAt(
  kube: KubeClient,
  place: Place,
  { spec, timeoutMs, format }: ClaimOrder,
  wait: boolean,
  signal: AbortSignal,
  { terminal, surroundings }: ClaimTools,
): Promise<void> {
  const made = await makeClaim(kube, place, spec, signal);
  terminal.note(
    `claim ${placeText(place)} ${made.again ? 'is there already, with the same spec' : 'is made'}`,
  );
  if (spec.mode === 'Snapshot' && spec.ttl === undefined)
    terminal.note(`note: without --ttl its Secret stays until the claim is deleted: ${deleteText(place)}`);
  if (!wait) {
    terminal.note(`look with: kubectl get secretclaim ${place.name} -n ${place.namespace}`);
    if (format) printData(terminal, format, shown(made.claim));
    return;
  }
  const { pace } = surroundings;
  const delivered = await waitForClaim(kube, made.claim, place, { terminal, pace, timeoutMs, signal });
  if (format) printData(terminal, format, shown(delivered));
  else terminal.out(spec.secretName);
}

/** As `kubectl get` prints it, without who manages which field. */
function shown({ metadata, ...rest }: KubeObject): object {
  const { managedFields: _, ...told } = metadata;
  return { ...rest, metadata: told };
}

/** The claim outlives whoever waits: taking it back is a decision of its own. */
function left(error: unknown, place: Place): unknown {
  const interrupted =
    isKubeError(error, 'aborted') || (error instanceof Error && error.name === 'AbortError');
  if (!interrupted) return error;
  return new ExitError(
    EXIT.interrupted,
    `interrupted; claim ${placeText(place)} stays, and is delivered all the same. To delete it: ${deleteText(place)}`,
  );
}
