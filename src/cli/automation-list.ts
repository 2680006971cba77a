/** Owns: `secretscope automation list`: what each one tells whom, and how that goes. Used by: automation-verb.ts. */
import { hostOf } from '../automate/allowed-host.ts';
import { queueIn } from '../automate/delivery-queue.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { listPages } from '../kube/list-pages.ts';
import type { StoredDelivery } from '../model/kinds/automation-status-schema.ts';
import { AUTOMATIONS } from '../watch/resources.ts';
import { fieldsOf, specOf, statusOf } from './automation-object.ts';
import type { AutomationTools } from './automation-tools.ts';
import { ageText, conditionOf, statusText } from './review-wording.ts';
import { missingRight } from './secret-rights.ts';
import { escapeText, type Format, printData, table } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

interface ListedAutomation {
  readonly namespace: string;
  readonly name: string;
  readonly scope: string;
  readonly events: readonly string[];
  /** Without the path, which may be a credential. */
  readonly host: string;
  readonly ready?: { readonly status: string; readonly reason: string; readonly message: string };
  /** What reviewers decide on. */
  readonly request?: string;
  /** `undelivered`: given up since it was made, also those that were sent again or are kept no longer. */
  readonly counts: { readonly waiting: number; readonly delivered: number; readonly undelivered: number };
  readonly lastDelivery?: { readonly at: string; readonly event: string; readonly code: number | null };
  /** Those that can be replayed. */
  readonly undelivered: readonly Pick<StoredDelivery, 'id' | 'event' | 'at' | 'attempts' | 'last'>[];
}

export interface ListOrder {
  /** Of every namespace. */
  readonly everywhere: boolean;
  readonly format: Format;
}

export async function listAutomations(
  kube: KubeClient,
  namespace: string,
  { everywhere, format }: ListOrder,
  { terminal, now }: AutomationTools,
): Promise<void> {
  const { automations, notes } = await found(kube, everywhere ? undefined : namespace, namespace);
  if (format !== 'table') return printData(terminal, format, { notes, automations });
  if (automations.length > 0) terminal.out(asTable(automations, now()));
  else
    terminal.note(
      `there are no automations ${everywhere ? 'in any namespace' : `in namespace ${escapeText(namespace)}`}`,
    );
  for (const note of [...notes, ...automations.flatMap(notesOf)]) terminal.note(escapeText(`note: ${note}`));
}

async function found(kube: KubeClient, namespace: string | undefined, own: string) {
  const automations: ListedAutomation[] = [];
  const notes: string[] = [];
  try {
    for await (const page of listPages(kube, AUTOMATIONS, { namespace }))
      for (const raw of page.items) {
        const listed = listedAutomation(raw);
        if (typeof listed === 'string') notes.push(listed);
        else automations.push(listed);
      }
  } catch (error) {
    throw await listRefusal(kube, error, own);
  }
  return { automations, notes };
}

async function listRefusal(kube: KubeClient, error: unknown, namespace: string): Promise<unknown> {
  if (isKubeError(error, 'notFound'))
    return new ExitError(
      EXIT.notFound,
      'this cluster knows no automations; have its admin install SecretScope, with its CRDs',
    );
  if (!isKubeError(error, 'forbidden')) return error;
  const right = { verb: 'list', resource: AUTOMATIONS.plural, namespace, role: 'secretscope-view' } as const;
  return missingRight(kube, error, 'automations cannot be listed', right);
}

/** A text: why it cannot be read. */
function listedAutomation(raw: KubeObject): ListedAutomation | string {
  try {
    return asListed(raw);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

function asListed(raw: KubeObject): ListedAutomation {
  const { scopeRef, events, url } = specOf(raw);
  const status = statusOf(raw);
  const { waiting, undelivered, counts } = queueIn(status);
  const ready = conditionOf({ ...raw, spec: undefined }, 'Ready');
  const request = statusText(status['request']);
  const last = lastIn(status);
  return {
    namespace: raw.metadata.namespace ?? '',
    name: raw.metadata.name,
    scope: scopeRef.name,
    events,
    host: hostOf(url),
    ...(ready && { ready: { status: ready.status, reason: ready.reason, message: ready.message } }),
    ...(request !== undefined && { request }),
    counts: { ...counts, waiting: waiting.length },
    ...(last && { lastDelivery: last }),
    undelivered: undelivered.map(({ id, event, at, attempts, last: ended }) => ({
      id,
      event,
      at,
      attempts,
      ...(ended && { last: ended }),
    })),
  };
}

function lastIn(status: Readonly<Record<string, unknown>>): ListedAutomation['lastDelivery'] | undefined {
  const { at, event, code } = fieldsOf(status['lastDelivery']);
  if (typeof at !== 'string' || typeof event !== 'string') return undefined;
  return { at, event, code: typeof code === 'number' ? code : null };
}

const COLUMNS = [
  'NAMESPACE',
  'NAME',
  'SCOPE',
  'EVENTS',
  'HOST',
  'READY',
  'REASON',
  'WAITING',
  'DELIVERED',
  'UNDELIVERED',
  'LAST',
] as const;

function asTable(automations: readonly ListedAutomation[], now: number): string {
  const rows = automations.map(
    ({ namespace, name, scope, events, host, ready, counts, undelivered, lastDelivery }) => [
      namespace,
      name,
      scope,
      events.join(','),
      host,
      statusText(ready?.status) ?? '',
      statusText(ready?.reason) ?? '',
      String(counts.waiting),
      String(counts.delivered),
      String(undelivered.length),
      lastDelivery ? `${lastDelivery.code ?? ''} ${ageText(lastDelivery.at, now)} ago`.trim() : '',
    ],
  );
  return table(COLUMNS, rows);
}

/** What somebody can do about it. */
function notesOf({ namespace, name, ready, request, undelivered }: ListedAutomation): string[] {
  const count = undelivered.length;
  // the request stays in the status when it is decided; then nobody is asked any more
  const review = ready?.reason === 'AwaitingApproval' && request !== undefined;
  return [
    ...(ready && ready.status !== 'True' ? [`${namespace}/${name}: ${ready.reason}: ${ready.message}`] : []),
    ...(review
      ? [`${namespace}/${name} asks reviewers: secretscope review show ${namespace}/${request}`]
      : []),
    ...(count > 0
      ? [
          `${namespace}/${name} gave up ${count} ${count === 1 ? 'delivery' : 'deliveries'}; to send again: secretscope automation replay ${namespace}/${name} --all`,
        ]
      : []),
  ];
}
