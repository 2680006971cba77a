/** Owns: `secretscope automation test --dry-run`: what would be sent, asked of nobody. Used by: automation-verb.ts. */
import { sampleOccasion } from '../automate/test-wish.ts';
import type { AutomationEvent, AutomationSpec } from '../model/kinds/webhook-automation.ts';
import type { Payload } from './automation-order.ts';
import { webhookOf } from './automation-payload.ts';
import { type Preview, previewOf } from './automation-preview.ts';
import { readManifests, type Stdin } from './offline-read.ts';
import { fileWorld } from './offline-world.ts';
import type { Place } from './review-cluster.ts';
import { escapeText, type Format, printData, type Terminal } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

interface DryRun {
  readonly event: AutomationEvent | undefined;
  readonly payload: Payload | undefined;
  readonly format: Format;
}

interface DryRunTools {
  readonly terminal: Terminal;
  readonly version: string;
  readonly random: () => string;
  readonly now: () => number;
}

export function dryRun(
  spec: AutomationSpec,
  { namespace }: Place,
  { event, payload, format }: DryRun,
  { terminal, version, random, now }: DryRunTools,
): void {
  const scope = { namespace, name: spec.scopeRef.name, uid: '' };
  // whose levels they are is not asked
  const levels = { organization: 'organization', repository: 'repository', environment: 'environment' };
  const told = event ?? spec.events[0] ?? 'Materialized';
  const occasion = sampleOccasion(told, random(), { ...scope, ...levels }, now());
  const preview = previewOf(webhookOf(spec, payload), occasion, version);
  if (format === 'table') terminal.out(previewText(preview));
  else printData(terminal, format, preview);
  terminal.note(
    'nothing was sent; placeholders stand in the place of secrets, and the event is a sample, with "organization", "repository" and "environment" in the place of their names',
  );
}

function previewText({ method, url, headers, body }: Preview): string {
  return [`${method} ${url}`, ...headers.map(({ name, value }) => `${name}: ${value}`), '', body]
    .map(escapeText)
    .join('\n');
}

/** The automation as files have it; a name alone is enough where they have only one of it. */
export async function automationInFiles(
  paths: readonly string[],
  { namespace, name }: Place,
  stdin?: Stdin,
): Promise<{ readonly spec: AutomationSpec; readonly place: Place }> {
  const { automations } = fileWorld(
    await readManifests(paths, stdin),
    namespace === '' ? 'default' : namespace,
  );
  const [view, ...others] = [...automations.values()].filter(
    ({ metadata }) => metadata.name === name && (namespace === '' || metadata.namespace === namespace),
  );
  const called = namespace === '' ? name : `${namespace}/${name}`;
  if (!view || others.length > 0)
    throw new ExitError(
      EXIT.notFound,
      `there is ${view ? 'more than one' : 'no'} WebhookAutomation ${called} in these files; name it as NAMESPACE/NAME, or add its file with -f`,
    );
  if (view.spec.kind === 'ok') return { spec: view.spec.value, place: view.metadata };
  throw new ExitError(
    EXIT.failed,
    [`WebhookAutomation ${called} is not valid; correct it:`, ...view.spec.faults].join('\n'),
  );
}
