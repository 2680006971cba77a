import type { Command } from 'commander';
import { DURATION, durationMs } from '../model/duration.ts';
import { NAMESPACE_PATTERN } from '../model/kinds/common.ts';
import { type Colour, coloured, wantsColour } from './colour.ts';
import { type ConnectionFlags, connected, withConnectionFlags } from './connection.ts';
import { checkEverything, type DoctorSettings } from './doctor-checks.ts';
import { counted, type Finding } from './doctor-finding.ts';
import { escapeText, formatFrom, notANamespace, printData, type Terminal } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

interface DoctorFlags extends ConnectionFlags {
  readonly operatorNamespace: string;
  readonly policySettle: string;
  readonly output?: string;
}

/** `secretscope doctor`: what is needed for secrets to be delivered, looked at as the caller. Changes nothing. */
export function addDoctor(program: Command, version: string, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .description('look for what keeps secrets from being delivered, and say what mends it')
    .option('-n, --namespace <name>', 'only objects of this namespace (default: of every one)')
    .option('--operator-namespace <name>', 'namespace of the operator', 'secretscope-system')
    .option(
      '--policy-settle <duration>',
      "how long policies must be in force before a vote counts: the operator's own flag",
      '60s',
    )
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (flags: DoctorFlags) => doctor(flags, version, terminal));
  withConnectionFlags(command);
}

async function doctor(flags: DoctorFlags, version: string, terminal: Terminal): Promise<void> {
  const format = formatFrom(flags.output);
  const settings = settingsFrom(flags, version);
  const findings = await connected(flags, version, ({ kube }) => checkEverything(kube, settings));
  const problems = findings.filter(({ outcome }) => outcome === 'problem').length;
  if (format === 'table') terminal.out(asLines(findings, wantsColour()));
  else printData(terminal, format, { healthy: problems === 0, checks: findings });
  if (problems > 0)
    throw new ExitError(EXIT.failed, `${counted(problems, 'problem')} found; do what stands below each`);
}

function settingsFrom(
  { namespace, operatorNamespace, policySettle }: DoctorFlags,
  version: string,
): DoctorSettings {
  for (const name of [namespace, operatorNamespace]) {
    if (name !== undefined && !NAMESPACE_PATTERN.test(name)) throw new UsageError(notANamespace(name));
  }
  if (!DURATION.test(policySettle))
    throw new UsageError(`--policy-settle takes a duration such as 60s; got "${escapeText(policySettle)}"`);
  return { version, namespace, operatorNamespace, settleMs: durationMs(policySettle) };
}

const COLOURS: Readonly<Record<Finding['outcome'], Colour>> = {
  ok: 'green',
  warning: 'yellow',
  problem: 'red',
  skipped: 'faint',
};

function asLines(findings: readonly Finding[], withColour: boolean): string {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2;
  const indent = ' '.repeat('problem  '.length + width);
  return findings
    .map((finding) => {
      const { outcome, check, message } = finding;
      const line = `${coloured(outcome.padEnd(7), COLOURS[outcome], withColour)}  ${check.padEnd(width)}${escapeText(message)}`;
      return 'fix' in finding ? `${line}\n${indent}-> ${escapeText(finding.fix)}` : line;
    })
    .join('\n');
}
