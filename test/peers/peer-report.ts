/**
 * Owns: what is said of each peer at the end of a run: a line with its name, version, what passed and what differs from
 * the provider, and the provider's page for each difference. Called by: peer-suite.ts, which writes it; scripts/test.ts,
 * which shows it.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { isMissing } from '../cluster/cluster-dir.ts';

/** Where a peer is known not to do what its provider does. */
export interface Difference {
  readonly reason: string;
  /** what the provider says about it */
  readonly page: string;
}

export interface PeerReport {
  readonly name: string;
  readonly version: string;
  readonly passed: number;
  /** by the title of the check */
  readonly differed: Readonly<Record<string, Difference>>;
  /** why it was not there */
  readonly missing?: string;
}

/** The file that reports go to: set by scripts/test.ts. */
export const REPORT_FILE = 'SECRETSCOPE_PEERS_REPORT';

export async function tellPeer(report: PeerReport): Promise<void> {
  const file = process.env[REPORT_FILE];
  if (file === undefined) process.stdout.write(`${linesOf(report).join('\n')}\n`);
  else await appendFile(file, `${JSON.stringify(report)}\n`);
}

/** One report for each peer: of several, which come from tests that were tried again, the last one counts. */
export async function toldPeers(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const reports = new Map<string, PeerReport>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const report = JSON.parse(line) as PeerReport;
    reports.set(report.name, report);
  }
  return [...reports.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(linesOf);
}

function linesOf({ name, version, passed, differed, missing }: PeerReport): string[] {
  if (missing !== undefined) return [`${name}: not there: ${missing}`];
  const differences = Object.entries(differed);
  const counted = `${differences.length} expected difference${differences.length === 1 ? '' : 's'}`;
  return [
    `${name} ${version}: ${passed} passed, ${counted}`,
    ...differences.map(([title, { reason, page }]) => `  "${title}": ${reason} (${page})`),
  ];
}
