import type { Command } from 'commander';
import { NAMESPACE_PATTERN } from '../model/kinds/common.ts';
import { type ConnectionFlags, connected, withConnectionFlags } from './connection.ts';
import { counted } from './doctor-finding.ts';
import { type CountedKind, type FleetStatus, fleetStatus } from './status-fleet.ts';
import { lookAtFleet } from './status-look.ts';
import { escapeText, formatFrom, notANamespace, printData, type Terminal } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

interface StatusFlags extends ConnectionFlags {
  readonly operatorNamespace: string;
  readonly allNamespaces?: boolean;
  readonly output?: string;
}

/** `secretscope status`: the fleet in a dozen lines, as the caller may see it. Changes nothing. */
export function addStatus(program: Command, version: string, terminal: Terminal): void {
  const command = program
    .command('status')
    .description('sum up what there is, how it is, and what needs a person')
    .option('-n, --namespace <name>', 'only objects of this namespace (default: of every one)')
    .option('-A, --all-namespaces', 'of every namespace, which is the default')
    .option('--operator-namespace <name>', 'namespace of the operator', 'secretscope-system')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (flags: StatusFlags) => showStatus(flags, version, terminal));
  withConnectionFlags(command);
}

async function showStatus(flags: StatusFlags, version: string, terminal: Terminal): Promise<void> {
  const format = formatFrom(flags.output);
  const { namespace, operatorNamespace, allNamespaces } = flags;
  if (allNamespaces && namespace !== undefined)
    throw new UsageError('-n names one namespace, and -A means all: take one of them');
  for (const name of [namespace, operatorNamespace])
    if (name !== undefined && !NAMESPACE_PATTERN.test(name)) throw new UsageError(notANamespace(name));
  const status = await connected(flags, version, async ({ kube }) => {
    const now = () => {
      const time = kube.serverTime();
      return time ? time.at + time.ageMs : Date.now();
    };
    return fleetStatus(await lookAtFleet(kube, { namespace, operatorNamespace }, now));
  });
  if (format === 'table') terminal.out(asLines(status));
  else printData(terminal, format, status);
  if (format === 'table') for (const note of status.notes) terminal.note(escapeText(`note: ${note}`));
  if (status.needsAPerson.length > 0)
    throw new ExitError(
      EXIT.failed,
      `${status.needsAPerson.join('; ')}; what mends each: secretscope doctor${namespace === undefined ? '' : ` -n ${namespace}`}`,
    );
}

function asLines(status: FleetStatus): string {
  const { operator, leader, policies, scopes, claims, backends, requests, automations } = status;
  const rows: [string, string | undefined][] = [
    [
      'operator',
      operator && `${operator.ready} of ${operator.wanted} Pods ready, ${operator.images.join(', ')}`,
    ],
    ['leader', leader && leaderText(leader)],
    ['policies', policies && policiesText(policies)],
    ['backends', kindText(backends)],
    ...backends.notReady.map(({ kind, name, reason }): [string, string] => [
      '',
      `${kind} ${name}: ${reason}`,
    ]),
    ['scopes', scopes && kindText(scopes)],
    ['claims', claims && kindText(claims)],
    ['requests', requests && requestsText(requests)],
    [
      'automations',
      automations &&
        `${automations.total}: ${counted(automations.waiting, 'delivery', 'deliveries')} waiting, ${automations.undelivered} given up`,
    ],
  ];
  return rows
    .flatMap(([part, text]) => (text === undefined ? [] : [`${part.padEnd(12)} ${escapeText(text)}`]))
    .join('\n');
}

function leaderText({ identity, leads, renewedSecondsAgo }: NonNullable<FleetStatus['leader']>): string {
  if (identity === '') return 'nobody holds the Lease';
  return `${identity}, renewed ${ageOf(renewedSecondsAgo)} ago${leads ? '' : ': nobody leads any more'}`;
}

function policiesText(policies: Readonly<Record<string, boolean>>): string {
  const by = (standing: boolean) =>
    Object.entries(policies).flatMap(([name, stands]) => (stands === standing ? [name] : []));
  const absent = by(false);
  const standing = `in force for ${by(true).join(', ') || 'none'}`;
  return absent.length > 0 ? `${standing}; not for ${absent.join(', ')}` : standing;
}

function kindText({ total, byReason, needAPerson, degraded, ...rest }: CountedKind): string {
  const counts = (by: Readonly<Record<string, number>>) =>
    Object.entries(by)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ');
  const held = counts(rest.changesPending);
  return [
    [String(total), counts(byReason)].filter((text) => text !== '').join(': '),
    ...(needAPerson > 0 ? [`${needAPerson} ${needAPerson === 1 ? 'needs' : 'need'} a person`] : []),
    ...(held === '' ? [] : [`changes not delivered: ${held}`]),
    ...(degraded > 0 ? [`${degraded} degraded`] : []),
    ...(rest.longestWithoutSuccessSeconds > 0
      ? [`longest without success: ${ageOf(rest.longestWithoutSuccessSeconds)}`]
      : []),
  ].join('; ');
}

function requestsText({ waiting, oldest, oldestAgeSeconds }: NonNullable<FleetStatus['requests']>): string {
  if (waiting === 0) return 'none waits for reviewers';
  return `${waiting} ${waiting === 1 ? 'waits' : 'wait'} for reviewers, the oldest for ${ageOf(oldestAgeSeconds)}: ${oldest ?? ''}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

function ageOf(seconds: number): string {
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${unit}`;
}
