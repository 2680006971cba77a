/** Owns: the command line of `secretscope render`. It asks no cluster and no provider. */
import type { Command } from 'commander';
import { NAMESPACE_PATTERN } from '../model/kinds/common.ts';
import {
  type AnnotationStyle,
  annotationStyle,
  githubCommand,
  gitlabReport,
  type Problem,
  problemText,
} from './offline-problem.ts';
import { readManifests, type Stdin } from './offline-read.ts';
import { type FileWorld, fileWorld } from './offline-world.ts';
import { automationText, type RenderedAutomation } from './render-automation.ts';
import { type RenderedSecret, renderedSecret, secretText } from './render-secrets.ts';
import { renderWorld } from './render-world.ts';
import { collected } from './repeated-flag.ts';
import { escapeText, type Format, formatFrom, notANamespace, printData, type Terminal } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

interface RenderFlags {
  readonly filename: string[];
  readonly namespace: string;
  readonly namespaceLabels?: string[];
  readonly annotations?: string;
  readonly strict?: boolean;
  readonly output?: string;
}

/** `secretscope render -f DIR`: the Secrets that manifests would make, and what is wrong with them. */
export function addRender(program: Command, _version: string, terminal: Terminal, stdin?: Stdin): void {
  program
    .command('render')
    .description(
      'show the Secrets that manifests would make, values masked, and what is wrong; asks no cluster',
    )
    .requiredOption('-f, --filename <path>', 'file or folder, - is stdin; may be repeated', collected)
    .option('-n, --namespace <name>', 'namespace of manifests that name none', 'default')
    .option(
      '--namespace-labels <labels>',
      'labels of a Namespace that is in no file, NAME=key=value,…',
      collected,
    )
    .option(
      '--annotations <style>',
      'github, gitlab or none: problems as CI shows them (default: github in GitHub Actions)',
    )
    .option('--strict', 'end with 1 for warnings, too')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (flags: RenderFlags) => {
      const format = formatFrom(flags.output);
      const style = annotationStyle(flags.annotations, process.env);
      if (style === 'gitlab' && format !== 'table')
        throw new UsageError('--annotations gitlab prints a report of its own; leave -o out');
      const found = await rendered(flags, stdin);
      print(found, { format, style, terminal });
      end(found.problems, flags.strict === true);
    });
}

/** As `-o json` prints it. */
interface Found {
  readonly secrets: readonly RenderedSecret[];
  readonly automations: readonly RenderedAutomation[];
  readonly problems: readonly Problem[];
}

async function rendered(flags: RenderFlags, stdin: Stdin | undefined): Promise<Found> {
  const files = await filesOf(flags, stdin);
  const { secrets, automations, problems } = renderWorld(files, flags.namespaceLabels ?? []);
  return { secrets: secrets.map(renderedSecret), automations, problems };
}

/** Manifests of ours, or a message: a wrong folder must not pass for a clean one. */
export async function filesOf(
  { filename, namespace }: { readonly filename: readonly string[]; readonly namespace: string },
  stdin: Stdin | undefined,
  namespacesCount = false,
): Promise<FileWorld> {
  if (!NAMESPACE_PATTERN.test(namespace)) throw new UsageError(notANamespace(namespace));
  const files = await readManifests(filename, stdin);
  const world = fileWorld(files, namespace);
  const { scopes, claims, automations, backends, clusterBackends, sealed, problems } = world;
  const sizes = [scopes, claims, automations, backends, clusterBackends].map(({ size }) => size);
  const ours = sizes.reduce((sum, size) => sum + size, sealed.length);
  if (ours + problems.length + (namespacesCount ? world.namespaces.size : 0) === 0)
    throw new UsageError(
      `no manifests of secretscope.dev in ${filename.map(escapeText).join(', ')}; name the folder that has them with -f`,
    );
  return world;
}

interface Printing {
  readonly format: Format;
  readonly style: AnnotationStyle;
  readonly terminal: Terminal;
}

/** A report for CI alone is on stdout; of everything else problems are on stderr. */
function print({ secrets, automations, problems }: Found, { format, style, terminal }: Printing): void {
  const text = () =>
    [
      ...secrets.map(secretText),
      ...(secrets.length > 0 ? [FOOTER] : automations.length > 0 ? [] : ['no Secrets']),
      ...automations.map(automationText),
    ].join('\n\n');
  if (format !== 'table') printData(terminal, format, { secrets, automations, problems });
  else if (style === 'gitlab') terminal.note(text());
  else terminal.out(text());
  // a finding has a file; what no file tells is said beside the report
  const isFound = ({ file }: Problem) => style === 'gitlab' && file !== undefined;
  if (style === 'gitlab') printData(terminal, 'json', gitlabReport(problems.filter(isFound)));
  const isCommand = ({ severity }: Problem) => style === 'github' && severity !== 'note';
  // GitHub reads commands from stdout; there they must not be in the way of JSON
  const say =
    format === 'table' ? (line: string) => terminal.out(line) : (line: string) => terminal.note(line);
  for (const problem of problems) {
    if (isCommand(problem)) say(githubCommand(problem));
    else if (!isFound(problem)) terminal.note(problemText(problem));
  }
}

const FOOTER =
  'every Secret also gets the labels secretscope.dev/managed and app.kubernetes.io/managed-by, and annotations of the operator';

function end(problems: readonly Problem[], strict: boolean): void {
  const count = (severity: Problem['severity']) => problems.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors === 0 && (warnings === 0 || !strict)) return;
  const what = errors > 0 ? counted(errors, 'error') : counted(warnings, 'warning');
  throw new ExitError(
    EXIT.failed,
    `${what}: correct ${errors + warnings === 1 ? 'it' : 'them'} before this is applied`,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
