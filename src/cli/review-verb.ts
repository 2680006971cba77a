/** Owns: the command line of `secretscope review`. What the verbs do is in the files beside it. */
import type { Command } from 'commander';
import type { VoteDecision } from '../model/approval.ts';
import { NAMESPACE_PATTERN, OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';
import { type ConnectionFlags, connected, withNamespaceFlag } from './connection.ts';
import { ballotFrom, type VoteFlags } from './review-ballot.ts';
import { castVote } from './review-cast.ts';
import type { Place } from './review-cluster.ts';
import { listWaiting } from './review-list.ts';
import { type Prompt, terminalPrompt } from './review-prompt.ts';
import { showRequest } from './review-show.ts';
import type { Pace } from './review-wait.ts';
import { escapeText, formatFrom, notANamespace, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** What tests put in the place of a person and of time. */
export interface Surroundings {
  readonly prompt: Prompt;
  readonly pace: Pace;
  now(): number;
}

const REAL: Surroundings = {
  prompt: terminalPrompt,
  // the operator looks at a vote within a second or two; who waits for longer wonders
  pace: { forMs: 10_000, everyMs: 500 },
  now: Date.now,
};

interface Common {
  readonly version: string;
  readonly terminal: Terminal;
  readonly surroundings: Surroundings;
}

/** `secretscope review`: what waits for reviewers, what it would change, and their votes, as the caller. */
export function addReview(program: Command, version: string, terminal: Terminal, surroundings = REAL): void {
  const common = { version, terminal, surroundings };
  const review = program
    .command('review')
    .description('look at requests that wait for reviewers, and vote on them');
  addList(review, common);
  addShow(review, common);
  addVote(review, common, 'approve', 'Approve', 'say yes to the change');
  addVote(review, common, 'reject', 'Reject', 'say no to it; that decides');
  addVote(review, common, 'revoke', 'Revoke', 'take a release back, or a rejection');
  addVote(review, common, 'bypass', 'Bypass', 'release it without approval; needs --comment');
}

interface ListFlags extends ConnectionFlags {
  readonly allNamespaces?: boolean;
  readonly all?: boolean;
  readonly output?: string;
}

function addList(review: Command, { version, terminal, surroundings }: Common): void {
  const command = review
    .command('list', { isDefault: true })
    .description('the requests that wait, with your own votes')
    .option('-A, --all-namespaces', 'of every namespace')
    .option('--all', 'also those that are decided')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    // `review NAME` ends up here, and deserves a better answer than that there are too many arguments
    .allowExcessArguments()
    .action(async (flags: ListFlags, { args }: Command) => {
      const format = formatFrom(flags.output);
      const { allNamespaces: everywhere = false, all = false } = flags;
      refuseRest(args);
      if (everywhere && flags.namespace !== undefined)
        throw new UsageError('-A is every namespace and -n is one; use either');
      checkNamespace(flags.namespace);
      const tools = { terminal, format, everywhere, all, now: surroundings.now() };
      await connected(flags, version, ({ kube, namespace }) => listWaiting(kube, namespace, tools));
    });
  withClusterFlags(command);
}

function refuseRest([first]: readonly string[]): void {
  if (first === undefined) return;
  throw new UsageError(
    `"${escapeText(first)}" is none of list, show, approve, reject, revoke and bypass; to look at a request: secretscope review show REQUEST`,
  );
}

interface ShowFlags extends ConnectionFlags {
  readonly all?: boolean;
  readonly output?: string;
}

function addShow(review: Command, { version, terminal, surroundings }: Common): void {
  const command = review
    .command('show')
    .description('the change line by line, who asked, and who has voted')
    .argument('<request>', REQUEST)
    .option('--all', 'also what stays as it is')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (request: string, flags: ShowFlags) => {
      const { all = false } = flags;
      const tools = { terminal, format: formatFrom(flags.output), all, now: surroundings.now() };
      const at = placeFrom(request, flags.namespace);
      await connected(flags, version, ({ kube, namespace }) => showRequest(kube, at(namespace), tools));
    });
  withClusterFlags(command);
}

function addVote(
  review: Command,
  common: Common,
  verb: string,
  decision: VoteDecision,
  description: string,
): void {
  const { version, terminal, surroundings } = common;
  const command = review
    .command(verb)
    .description(description)
    .argument('<request>', REQUEST)
    .option('--comment <text>', 'why; printable ASCII, at most 256 characters')
    .option(
      '--as <capacity>',
      'user, or group:NAME: which listed reviewer you speak for (default: as you are listed)',
    )
    .option('-y, --yes', 'do not show the change, do not ask')
    .action(async (request: string, flags: VoteFlags) => {
      const { prompt, pace } = surroundings;
      const at = placeFrom(request, flags.namespace);
      const ballot = ballotFrom(decision, flags, prompt.canAsk, request);
      const tools = { terminal, prompt, pace, now: surroundings.now() };
      // `as` is the capacity here, never somebody else: a vote is cast by whoever the kubeconfig says
      const { as: _, ...connection } = flags;
      await connected(connection, version, ({ kube, namespace }) =>
        castVote(kube, at(namespace), ballot, tools),
      );
    });
  withClusterFlags(command);
}

const REQUEST = 'name of the SecretRequest, or namespace/name';

/** Those of the other verbs, without impersonation: `--as` means something else here. */
function withClusterFlags(command: Command): void {
  withNamespaceFlag(command)
    .option(
      '--kubeconfig <path>',
      'kubeconfig to use (default: $KUBECONFIG, else the Pod, else ~/.kube/config)',
    )
    .option('--context <name>', 'context of the kubeconfig');
}

/** Checked before anything is asked; the namespace of the context is known only then. */
function placeFrom(text: string, flag: string | undefined): (namespace: string) => Place {
  checkNamespace(flag);
  const parts = text.split('/');
  const [name = '', namespace] = parts.toReversed();
  const named = parts.length <= 2 && OBJECT_NAME_PATTERN.test(name);
  if (!named || (namespace !== undefined && !NAMESPACE_PATTERN.test(namespace)))
    throw new UsageError(`"${escapeText(text)}" is not a request; use NAME or NAMESPACE/NAME`);
  if (namespace !== undefined && flag !== undefined && flag !== namespace)
    throw new UsageError(`-n says namespace ${flag}, the request says ${namespace}; use either`);
  return (current) => ({ namespace: namespace ?? current, name });
}

function checkNamespace(name: string | undefined): void {
  if (name !== undefined && !NAMESPACE_PATTERN.test(name)) throw new UsageError(notANamespace(name));
}
