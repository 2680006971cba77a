/** Owns: the command line of `secretscope secret`, with gh's flags (spec rows GX40–GX49). What it does is beside it. */
import type { Command } from 'commander';
import type { KubeClient } from '../kube/kube-client.ts';
import type { Masker } from '../mask/masker.ts';
import {
  type Connection,
  type ConnectionFlags,
  connected,
  withConnectionFlags,
  withNamespaceFlag,
} from './connection.ts';
import { collected } from './repeated-flag.ts';
import { type DeleteFlags, deleteOrderFrom, deleteSecret } from './secret-delete.ts';
import { type ListFlags, listOrderFrom, listSecrets } from './secret-list.ts';
import { maskerOf } from './secret-masking.ts';
import { type SetFlags, setOrderFrom } from './secret-order.ts';
import { setSecrets, valuesToSet } from './secret-set.ts';
import { REAL, type SecretSurroundings, type SecretTools } from './secret-tools.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

interface Common {
  readonly version: string;
  readonly terminal: Terminal;
  readonly surroundings: SecretSurroundings;
}

/** `secretscope secret`: what `gh secret` is to GitHub. No value can be read with it. */
export function addSecret(program: Command, version: string, terminal: Terminal, surroundings = REAL): void {
  const common = { version, terminal, surroundings };
  const secret = program
    .command('secret')
    .description('set, list and delete secrets of an organization, a repository or an environment');
  addSet(secret, common);
  addList(secret, common);
  addDelete(secret, common);
  answerGet(secret);
}

/** What kubectl has taught people to try. */
function answerGet(secret: Command): void {
  secret
    .command('get', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(() => {
      throw new UsageError(
        'values are never read back; run a program with them (secretscope exec), ask for a Secret (secretscope claim), or look where they come from (secretscope explain)',
      );
    });
}

function addSet(secret: Command, common: Common): void {
  const command = secret
    .command('set')
    .description('store a value, which nobody can read back')
    .argument('[secret-name]', 'its name; lower case is stored in upper case')
    .option('-b, --body <text>', 'the value itself; it shows in the list of processes and in histories')
    .option('-f, --env-file <file>', 'names and values from a dotenv file; - is stdin')
    .option(
      '-v, --visibility <word>',
      'organization: {all|private|selected} repositories may use it (default: private)',
    )
    .option('-r, --repos <list>', 'organization: the repositories that may, such as a,NAMESPACE/b', collected)
    .option('--encode <how>', 'base64: for files that are no text')
    .option('--key <key>', 'new entry: where its value is kept at the backend (default: by convention)')
    .option('--property <field>', 'with --key: the data key of a Kubernetes Secret')
    .option('--no-store', 'print the sealed value in base64, and store nothing')
    .option('--manifest', 'print a SealedValue to commit to Git, and store nothing')
    .option('--operator-namespace <name>', 'where the operator publishes its keys', 'secretscope-system')
    .option('--timeout <duration>', 'how long to wait until it is stored', '60s')
    .allowExcessArguments()
    .action(async (_: unknown, flags: SetFlags, { args }: Command) => {
      const order = setOrderFrom(args, flags);
      const { terminal, surroundings } = common;
      const { isTerminal, input } = surroundings;
      const read = await valuesToSet(order, { terminal, isTerminal, input });
      const masker = maskerOf(read.values);
      const run: Run = (kube, namespace, tools) => setSecrets(kube, namespace, order, read, tools);
      await withTools(flags, common, run, masker);
    });
  withLevelFlags(command);
}

function addList(secret: Command, common: Common): void {
  const command = secret
    .command('list')
    .alias('ls')
    .description('names, when they were set, and who may use them')
    .option('--effective', 'what applies to the repository or environment, from every level')
    .option('--json [fields]', 'fields as JSON, such as name,updatedAt')
    .option('--output <format>', 'json or yaml: all that is known')
    .allowExcessArguments()
    .action((flags: ListFlags, { args }: Command) => {
      const order = listOrderFrom(args, flags);
      return withTools(flags, common, (kube, namespace, tools) => listSecrets(kube, namespace, order, tools));
    });
  withLevelFlags(command);
  hidden(command, '-q, --jq <expression>');
  hidden(command, '-t, --template <text>');
}

function addDelete(secret: Command, common: Common): void {
  const command = secret
    .command('delete')
    .alias('remove')
    .description('take a value away from everybody, and destroy it')
    .argument('[secret-name]', 'its name')
    .option('-y, --yes', 'do not ask')
    .option('--force', 'also while targets, claims or automations name it')
    .option('--remove-entry', 'take the entry out of the scope, too')
    .option('--timeout <duration>', 'how long to wait until it is deleted', '60s')
    .allowExcessArguments()
    .action((_: unknown, flags: DeleteFlags, { args }: Command) => {
      const order = deleteOrderFrom(args, flags);
      return withTools(flags, common, (kube, namespace, tools) =>
        deleteSecret(kube, namespace, order, tools),
      );
    });
  withLevelFlags(command);
}

function withLevelFlags(command: Command): void {
  command
    .option('-o, --org <scope>', 'organization: NAMESPACE/NAME, or NAME in the namespace')
    .option('-R, --repo <scope>', 'repository: NAMESPACE/NAME, or NAME in the namespace')
    .option('-e, --env <name>', 'environment of the repository');
  hidden(command, '-u, --user');
  hidden(command, '-a, --app <name>');
  withConnectionFlags(withNamespaceFlag(command));
  command.configureOutput({ outputError: (text, write) => write(withoutValues(text)) });
}

/** gh has them, so they get an answer. */
function hidden(command: Command, flags: string): void {
  command.addOption(command.createOption(flags).hideHelp());
}

/** An unknown option may be a value that begins with a hyphen: only what looks like an option is repeated. */
function withoutValues(text: string): string {
  return text.replace(/unknown option '(.*?)'/s, (found, option: string) =>
    /^--?[a-z]+(-[a-z]+)*$/.test(option) && (option.startsWith('--') || option.length === 2)
      ? found
      : 'unknown option',
  );
}

type Run = (kube: KubeClient, namespace: string, tools: SecretTools) => Promise<void>;

async function withTools(
  flags: ConnectionFlags,
  { version, terminal, surroundings }: Common,
  run: Run,
  masker?: Masker,
): Promise<void> {
  const running = async ({ kube, namespace }: Connection) => {
    const leaving = new AbortController();
    const stopListening = surroundings.onLeave(() => leaving.abort());
    const tools = { ...surroundings, terminal, signal: leaving.signal };
    try {
      await run(kube, namespace, tools);
    } finally {
      stopListening();
    }
  };
  await connected(flags, version, running, masker);
}
