/** Owns: what was typed after `secretscope automation`, checked. Used by: automation-verb.ts. Pure. */
import type { Json } from '../model/canonical-json.ts';
import { OBJECT_NAME_PATTERN } from '../model/kinds/common.ts';
import { AUTOMATION_EVENTS, type AutomationEvent } from '../model/kinds/webhook-automation.ts';
import { isNamespace } from './claim-order.ts';
import type { Place } from './review-cluster.ts';
import { escapeText, notANamespace } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export type Payload = Record<string, Json>;

/** Checked before anything is asked; the namespace of the context is known only then. */
export function placeFrom(text: string, flag: string | undefined): (namespace: string) => Place {
  checkNamespace(flag);
  const parts = text.split('/');
  const [name = '', namespace] = parts.toReversed();
  const isRight = parts.length <= 2 && name.length <= 253 && OBJECT_NAME_PATTERN.test(name);
  if (!isRight || (namespace !== undefined && !isNamespace(namespace)))
    throw new UsageError(`"${escapeText(text)}" is not an automation; use NAME or NAMESPACE/NAME`);
  if (namespace !== undefined && flag !== undefined && flag !== namespace)
    throw new UsageError(`-n says namespace ${flag}, the automation says ${namespace}; use either`);
  return (current) => ({ namespace: namespace ?? current, name });
}

export function checkNamespace(name: string | undefined): void {
  if (name !== undefined && !isNamespace(name)) throw new UsageError(notANamespace(name));
}

/** Undefined: the first that the automation is told of. */
export function eventFrom(text: string | undefined): AutomationEvent | undefined {
  if (text === undefined) return undefined;
  const event = AUTOMATION_EVENTS.find((one) => one.toLowerCase() === text.toLowerCase());
  if (event !== undefined) return event;
  throw new UsageError(`--event takes ${AUTOMATION_EVENTS.join(', ')}; got "${escapeText(text)}"`);
}

/** `all`, or one id. */
export function whichFrom(delivery: string | undefined, all: boolean): string {
  if (all && delivery !== undefined)
    throw new UsageError('--all and --delivery exclude each other; use either');
  if (all) return 'all';
  if (delivery === undefined)
    throw new UsageError(
      'say which deliveries to send again: --delivery ID, or --all; those that were given up: secretscope automation list -o yaml',
    );
  if (/^[0-9A-Za-z-]{1,36}$/.test(delivery) && delivery !== 'all') return delivery;
  throw new UsageError(`--delivery takes the id of a delivery; got "${escapeText(delivery)}"`);
}

/** Nothing of what it holds is repeated: it may be what nobody should see. */
export function payloadIn(text: string): Payload {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError('--payload is no JSON; give an object, such as {"text": "${event_type}"}');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Payload;
  throw new UsageError('--payload is no JSON object; give one, such as {"text": "${event_type}"}');
}
