/** Owns: `secretscope automation replay`: deliveries that were given up are sent again. Used by: automation-verb.ts. */
import { type DeliveryQueue, queueIn } from '../automate/delivery-queue.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { MAX_WAITING } from '../model/kinds/automation-status-schema.ts';
import { REPLAY_ANNOTATION } from '../watch/views.ts';
import { asked } from './automation-asking.ts';
import { placeText, readAutomation, statusOf } from './automation-object.ts';
import type { AutomationTools } from './automation-tools.ts';
import type { Place } from './review-cluster.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface ReplayOrder {
  /** `all`, or the id of one delivery. */
  readonly which: string;
  readonly timeoutMs: number;
}

/** With their ids, so that a receiver that had one after all can tell. */
export async function replayDeliveries(
  kube: KubeClient,
  place: Place,
  { which, timeoutMs }: ReplayOrder,
  tools: AutomationTools,
): Promise<void> {
  const seen = await readAutomation(kube, place, { signal: tools.signal });
  const wanted = idsOf(queueIn(statusOf(seen)).undelivered).filter((id) => which === 'all' || id === which);
  if (wanted.length === 0 && which === 'all')
    return tools.terminal.note(
      `automation ${placeText(place)} has given up no delivery; nothing is to be sent again`,
    );
  if (wanted.length === 0)
    throw new ExitError(
      EXIT.notFound,
      `automation ${placeText(place)} has given up no delivery ${which}; those that it has: secretscope automation list -n ${place.namespace} -o yaml`,
    );
  const value = `${tools.random()}:${which}`;
  const queue = await asked(
    kube,
    seen,
    {
      what: 'replay',
      annotation: REPLAY_ANNOTATION,
      value,
      answerIn: (status) => (status['lastHandledReplay'] === value ? queueIn(status) : undefined),
    },
    { ...tools, timeoutMs },
  );
  tell(wanted, queue, place, tools);
}

function idsOf(deliveries: DeliveryQueue['waiting']): string[] {
  return deliveries.map(({ id }) => id);
}

/** What is not among those that were given up was put back, and may have been delivered since. */
function tell(wanted: readonly string[], queue: DeliveryQueue, place: Place, tools: AutomationTools): void {
  const left = wanted.filter((id) => idsOf(queue.undelivered).includes(id));
  const back = wanted.length - left.length;
  if (back > 0)
    tools.terminal.out(`${deliveries(back)} of ${placeText(place)} put back, to be sent in order`);
  if (left.length === 0) return;
  throw new ExitError(
    EXIT.failed,
    `${deliveries(left.length)} of ${placeText(place)} stayed where they were, since at most ${MAX_WAITING} wait; run this again when some are delivered`,
  );
}

function deliveries(count: number): string {
  return `${count} ${count === 1 ? 'delivery' : 'deliveries'}`;
}
