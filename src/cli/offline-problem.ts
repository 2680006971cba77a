/** Owns: what is wrong or not known in manifests, and how CI systems want to hear it. Used by: render and diff. Pure. */
import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Manifest } from './offline-read.ts';
import { escapeText } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * `error`: it keeps something from being delivered. `warning`: it may, or somebody will not get what they expect.
 * `note`: what the files do not tell.
 */
export type Severity = 'error' | 'warning' | 'note';

export interface Problem {
  readonly severity: Severity;
  readonly reason: string;
  readonly message: string;
  /** `SecretScope team-web/web`; absent where a file cannot be read. */
  readonly object?: string;
  readonly file?: string;
  readonly line?: number;
}

/** Of one manifest: at which field, and what. */
export type Tell = (severity: Severity, path: string, reason: string, message: string) => Problem;

/** A problem at a field of a manifest. */
export function problemAt(
  manifest: Manifest | undefined,
  path: string,
  told: { severity: Severity; reason: string; message: string; object: string },
): Problem {
  const { severity, reason, message, object } = told;
  return {
    severity,
    reason,
    message,
    object,
    ...(manifest && { file: manifest.file, line: manifest.lineOf(path) }),
  };
}

/** Each thing is told once: at the entry that causes it, and not again at each target that names it. */
export function toldOnce(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ object, reason, message }) => {
    const said = JSON.stringify([object, reason, message]);
    return seen.has(said) ? false : seen.add(said);
  });
}

const STYLES = ['github', 'gitlab', 'none'] as const;
export type AnnotationStyle = (typeof STYLES)[number];

/** Without the flag GitHub Actions is recognised by what it sets. */
export function annotationStyle(flag: string | undefined, environment: NodeJS.ProcessEnv): AnnotationStyle {
  if (flag === undefined) return environment['GITHUB_ACTIONS'] === 'true' ? 'github' : 'none';
  const style = STYLES.find((known) => known === flag);
  if (!style) throw new UsageError(`--annotations takes ${STYLES.join(', ')}; got "${escapeText(flag)}"`);
  return style;
}

/** `error: scopes.yaml:12: KeyNotGranted: …`, as editors and people read it. */
export function problemText({ severity, reason, message, object, file, line }: Problem): string {
  const place = file === undefined ? (object ?? '') : `${pathText(file)}:${line ?? 1}`;
  return escapeText(`${severity}: ${place}: ${reason}: ${message}`);
}

/**
 * A workflow command; notes have none, since GitHub shows ten of a kind.
 * https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
 */
export function githubCommand({ severity, reason, message, object, file, line }: Problem): string {
  const place = file === undefined ? '' : `file=${property(pathText(file))},line=${line ?? 1},`;
  const about = object === undefined ? message : `${object}: ${message}`;
  return `::${severity} ${place}title=${property(reason)}::${data(escapeText(about))}`;
}

/** The runner decodes these, and takes whatever else it is given as text. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(escapeText(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

const GITLAB_SEVERITY: Readonly<Record<Severity, string>> = {
  error: 'critical',
  warning: 'minor',
  note: 'info',
};

/** A report for `artifacts: reports: codequality`. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
export function gitlabReport(problems: readonly Problem[]): object[] {
  return problems.map((problem) => {
    const { severity, reason, message, object = '', file = 'stdin', line = 1 } = problem;
    // without the line: a finding that only moved is the same one
    const identity = JSON.stringify([pathText(file), object, reason, message]);
    return {
      description: escapeText(object === '' ? message : `${object}: ${message}`),
      check_name: reason,
      fingerprint: createHash('sha256').update(identity).digest('hex'),
      severity: GITLAB_SEVERITY[severity],
      location: { path: pathText(file), lines: { begin: line } },
    };
  });
}

/** From the folder that CI works in, as its annotations want it. */
function pathText(file: string): string {
  if (file === 'stdin') return file;
  const path = relative('.', file);
  return path.startsWith('..') ? file : path;
}
