/**
 * Owns: what `${…}` in lower case may be called, and which event fills it. One that an event lacks is blank, as W&B's
 * `${alias}` is (spec row WX4); a name that is in none of these lists is refused when the automation is read.
 */
import { AUTOMATION_EVENTS, type AutomationEvent } from '../model/kinds/webhook-automation.ts';

/** Of every event. entity_name is the organization, project_name the repository (spec row WX4). */
export const COMMON_VARIABLES: readonly string[] = [
  'event_type',
  'event_time',
  'event_author',
  'delivery_id',
  'entity_name',
  'project_name',
  'environment_name',
  'scope_namespace',
  'scope_name',
];

const CONSUMER = ['request_name', 'consumer_kind', 'consumer_namespace', 'consumer_name'];

/** What each event has besides those. */
export const EVENT_VARIABLES: Readonly<Record<AutomationEvent, readonly string[]>> = {
  Materialized: ['target_name', 'secret_names'],
  Rotated: ['secret_name', 'secret_version', 'previous_version'],
  ReviewRequested: CONSUMER,
  ReviewApproved: [...CONSUMER, 'decision'],
  ReviewRejected: CONSUMER,
  SyncFailed: ['reason', 'message'],
};

/** Every variable that there is. */
export const ALL_VARIABLES: ReadonlySet<string> = new Set([
  ...COMMON_VARIABLES,
  ...AUTOMATION_EVENTS.flatMap((event) => EVENT_VARIABLES[event]),
]);
