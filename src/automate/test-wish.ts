/** Owns: what the annotation secretscope.dev/test asks for, and an event that did not happen, to test with (spec row WX7). */
import type { Json } from '../model/canonical-json.ts';
import { PRINTABLE } from '../model/kinds/common.ts';
import { AUTOMATION_EVENTS, type AutomationEvent } from '../model/kinds/webhook-automation.ts';
import type { Look } from './due-events.ts';
import { EVENT_VARIABLES } from './event-variables.ts';
import type { Occasion } from './render-webhook.ts';
import { oneLine } from './variable-text.ts';

/** A test delivery that somebody asks for. */
export interface TestWish {
  /** Of the one who asks: status.test says it again. */
  readonly id: string;
  readonly event: AutomationEvent;
  /** Sent in the place of spec.payload. */
  readonly payload: Record<string, Json> | undefined;
}

export interface InvalidWish {
  readonly kind: 'invalid';
  readonly fault: string;
}

const MAX_ID = 63;
const MEMBERS: readonly string[] = ['id', 'event', 'payload'];

/** Undefined without the annotation. No fault repeats what it holds: it may be a payload with anything in it. */
export function testWish(annotation: string | undefined): TestWish | InvalidWish | undefined {
  if (annotation === undefined || annotation === '') return undefined;
  const wish = objectIn(annotation);
  if (wish === undefined) return invalid('is not a JSON object such as {"id": "1", "event": "Rotated"}');
  const { id, event, payload } = wish;
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID || !PRINTABLE.test(id))
    return invalid(`needs an id of 1 to ${MAX_ID} printable ASCII characters`);
  if (!isEvent(event)) return invalid(`needs an event, one of ${AUTOMATION_EVENTS.join(', ')}`);
  if (payload !== undefined && !isObject(payload)) return invalid('has a payload that is not a JSON object');
  if (Object.keys(wish).some((name) => !MEMBERS.includes(name)))
    return invalid(`has a member that is none of ${MEMBERS.join(', ')}`);
  return { id, event, payload };
}

/** An event as it could be, of this scope. `now` in milliseconds since 1970. */
export function sampleOccasion(
  event: AutomationEvent,
  id: string,
  place: Look['place'],
  now: number,
): Occasion {
  const variables = {
    event_type: event,
    event_time: new Date(now).toISOString(),
    event_author: 'somebody@example.com',
    delivery_id: id,
    entity_name: place.organization,
    project_name: place.repository,
    environment_name: place.environment,
    scope_namespace: place.namespace,
    scope_name: place.name,
    ...sampleOf(event, place),
  };
  const lines = Object.entries(variables).map(([name, text]) => [name, oneLine(text)]);
  return { id, event, variables: Object.fromEntries(lines) };
}

function sampleOf(event: AutomationEvent, place: Look['place']): Record<string, string> {
  const samples: Record<string, string> = {
    target_name: place.name,
    secret_names: 'DATABASE_URL,EXAMPLE_TOKEN',
    secret_name: 'EXAMPLE_TOKEN',
    secret_version: '2',
    previous_version: '1',
    request_name: `${place.name}-1`,
    consumer_kind: 'Target',
    consumer_namespace: place.namespace,
    consumer_name: place.name,
    decision: 'approve',
    reason: 'BackendUnavailable',
    message: 'this is a test: nothing has failed',
  };
  return Object.fromEntries(EVENT_VARIABLES[event].map((name) => [name, samples[name] ?? '']));
}

function invalid(why: string): InvalidWish {
  return { kind: 'invalid', fault: `the annotation secretscope.dev/test ${why}` };
}

function objectIn(text: string): Record<string, Json> | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: Json): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEvent(value: Json | undefined): value is AutomationEvent {
  return (AUTOMATION_EVENTS as readonly unknown[]).includes(value);
}
