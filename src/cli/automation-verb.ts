/** Owns: the command line of `secretscope automation`. What the verbs do is in the files beside it. */
import type { Command } from 'commander';
import type { KubeClient } from '../kube/kube-client.ts';
import { deleteAutomation } from './automation-delete.ts';
import { automationInFiles, dryRun } from './automation-dry-run.ts';
import { listAutomations } from './automation-list.ts';
import { readAutomation, specOf } from './automation-object.ts';
import { checkNamespace, eventFrom, placeFrom, whichFrom } from './automation-order.ts';
import { readPayload } from './automation-payload.ts';
import { replayDeliveries } from './automation-replay.ts';
import { type AutomationSurroundings, type AutomationTools, REAL } from './automation-tools.ts';
import { type TestOrder, tryAutomation } from './automation-try.ts';
import { milliseconds } from './claim-order.ts';
import { type ConnectionFlags, connected, withConnectionFlags, withNamespaceFlag } from './connection.ts';
import { collected } from './repeated-flag.ts';
import type { Place } from './review-cluster.ts';
import { formatFrom, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface Common {
  readonly version: string;
  readonly terminal: Terminal;
  readonly surroundings: AutomationSurroundings;
}

/** `secretscope automation`: webhooks of a scope. No value and no word of a receiver is shown by any of these. */
export function addAutomation(
  program: Command,
  version: string,
  terminal: Terminal,
  surroundings: AutomationSurroundings = REAL,
): void {
  const common = { version, terminal, surroundings };
  const automation = program
    .command('automation')
    .description('list, test, replay and delete the webhooks that tell other systems of a scope');
  addList(automation, common);
  addTest(automation, common);
  addReplay(automation, common);
  addDelete(automation, common);
}

const AUTOMATION = 'name of the WebhookAutomation, or namespace/name';

interface ListFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean;
  readonly output?: string;
}

function addList(automation: Command, common: Common): void {
  const command = automation
    .command('list')
    .alias('ls')
    .description('what each one is told of, and how its deliveries go')
    .option('-A, --all-namespaces', 'of every namespace')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (flags: ListFlags) => {
      const { allNamespaces: everywhere = false } = flags;
      const order = { everywhere, format: formatFrom(flags.output) };
      if (everywhere && flags.namespace !== undefined)
        throw new UsageError('-A is every namespace and -n is one; use either');
      checkNamespace(flags.namespace);
      await withTools(flags, common, (kube, namespace, tools) =>
        listAutomations(kube, namespace, order, tools),
      );
    });
  withConnectionFlags(withNamespaceFlag(command));
}

interface TestFlags extends ConnectionFlags {
  readonly event?: string;
  readonly payload?: string;
  readonly dryRun?: boolean;
  readonly filename?: string[];
  readonly timeout: string;
  readonly output?: string;
}

function addTest(automation: Command, common: Common): void {
  const command = automation
    .command('test')
    .description('have one delivery sent at once, and see how it is taken; nothing of it is kept')
    .argument('<automation>', AUTOMATION)
    .option('--event <event>', 'which event to tell, as a sample (default: the first of spec.events)')
    .option('--payload <file>', 'JSON to send instead of spec.payload; - is stdin')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('-f, --filename <path>', 'with --dry-run: read it from manifests; may be repeated', collected)
    .option('--timeout <duration>', 'how long to wait', '30s')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action((automation: string, flags: TestFlags) => test(automation, flags, common));
  withConnectionFlags(withNamespaceFlag(command));
}

async function test(automation: string, flags: TestFlags, common: Common): Promise<void> {
  const at = placeFrom(automation, flags.namespace);
  const { filename = [], dryRun: isDry = false } = flags;
  if (filename.length > 0 && !isDry)
    throw new UsageError('-f is for --dry-run; the operator tests what is in the cluster');
  if (filename.includes('-') && flags.payload === '-')
    throw new UsageError('-f and --payload cannot both be stdin; name a file for one of them');
  const order: TestOrder = {
    event: eventFrom(flags.event),
    timeoutMs: milliseconds('--timeout', flags.timeout),
    format: formatFrom(flags.output),
    payload: await readPayload(flags.payload, common.surroundings.input),
  };
  if (filename.length > 0) {
    const { spec, place } = await automationInFiles(filename, at(flags.namespace ?? ''));
    return dryRun(spec, place, order, { ...common, ...common.surroundings });
  }
  await withTools(flags, common, (kube, namespace, tools) =>
    isDry ? dryRunIn(kube, at(namespace), order, tools) : tryAutomation(kube, at(namespace), order, tools),
  );
}

async function dryRunIn(
  kube: KubeClient,
  place: Place,
  order: TestOrder,
  tools: AutomationTools,
): Promise<void> {
  dryRun(specOf(await readAutomation(kube, place)), place, order, tools);
}

interface ReplayFlags extends ConnectionFlags {
  readonly delivery?: string;
  readonly all?: boolean;
  readonly timeout: string;
}

function addReplay(automation: Command, common: Common): void {
  const command = automation
    .command('replay')
    .description('send deliveries again that were given up, with the ids that they had')
    .argument('<automation>', AUTOMATION)
    .option('--delivery <id>', 'this one')
    .option('--all', 'all of them, the oldest first')
    .option('--timeout <duration>', 'how long to wait', '30s')
    .action(async (automation: string, flags: ReplayFlags) => {
      const at = placeFrom(automation, flags.namespace);
      const which = whichFrom(flags.delivery, flags.all === true);
      const order = { which, timeoutMs: milliseconds('--timeout', flags.timeout) };
      await withTools(flags, common, (kube, namespace, tools) =>
        replayDeliveries(kube, at(namespace), order, tools),
      );
    });
  withConnectionFlags(withNamespaceFlag(command));
}

interface DeleteFlags extends ConnectionFlags {
  readonly yes?: boolean;
}

function addDelete(automation: Command, common: Common): void {
  const command = automation
    .command('delete')
    .alias('remove')
    .description('delete it, with what it has not delivered; asks first')
    .argument('<automation>', AUTOMATION)
    .option('-y, --yes', 'do not ask')
    .action(async (automation: string, flags: DeleteFlags) => {
      const at = placeFrom(automation, flags.namespace);
      await withTools(flags, common, (kube, namespace, tools) =>
        deleteAutomation(kube, at(namespace), flags.yes === true, tools),
      );
    });
  withConnectionFlags(withNamespaceFlag(command));
}

type Run = (kube: KubeClient, namespace: string, tools: AutomationTools) => Promise<void>;

async function withTools(flags: ConnectionFlags, common: Common, run: Run): Promise<void> {
  const { version, terminal, surroundings } = common;
  await connected(flags, version, async ({ kube, namespace }) => {
    const leaving = new AbortController();
    const stopListening = surroundings.onLeave(() => leaving.abort());
    const tools = { ...surroundings, terminal, version, signal: leaving.signal };
    try {
      await run(kube, namespace, tools);
    } finally {
      stopListening();
    }
  });
}
