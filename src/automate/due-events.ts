/**
 * Owns: what of a scope is news to an automation: the difference between what is seen now and what was told. Nothing
 * rests on having seen every change: what was missed is told by the next look, and what was told is not told again.
 */
import { createHash } from 'node:crypto';
import type { Instant } from '../model/approval.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { StoredTold } from '../model/kinds/automation-status-schema.ts';
import type { AutomationEvent } from '../model/kinds/webhook-automation.ts';
import { byName } from '../model/names.ts';
import type { Change, Listener, Look } from './scope-look.ts';
import { changesOf } from './seen-changes.ts';
import { joinedNames, oneLine } from './variable-text.ts';

export type { Listener, Look, SeenRequest, SeenTarget } from './scope-look.ts';

/** One event that is to be delivered. */
export interface DueEvent {
  readonly id: string;
  readonly event: AutomationEvent;
  readonly variables: Readonly<Record<string, string>>;
}

const RANK: Readonly<Record<Change['section'], number>> = {
  failure: 0,
  requests: 1,
  targets: 2,
  versions: 3,
};

/**
 * The events of this look, by time where it is known, and what is told once they are stored. `events` and `filter` decide
 * what becomes an event; what is told goes on all the same, so that a switch that is turned later tells no history.
 * Of more than `room` events the rest stays untold, and comes with a later look. `at.now` in milliseconds since 1970.
 */
export function dueEvents(
  look: Look,
  told: StoredTold | undefined,
  listener: Listener,
  at: { readonly now: Instant; readonly room: number },
): { readonly events: readonly DueEvent[]; readonly told: StoredTold } {
  const seen = changesOf(look, told, listener, at.now);
  const wanted = seen.changes
    .map((change) => ({ change, event: eventOf(change, look, listener, at.now) }))
    .filter(({ event }) => event !== undefined && isWanted(event, listener))
    .sort((a, b) => inOrder(a.change, b.change));
  const room = Math.max(0, at.room);
  const untold = new Set(wanted.slice(room).map(({ change }) => change));
  return {
    events: wanted.slice(0, room).flatMap(({ event }) => event ?? []),
    told: seen.told((change) => !untold.has(change)),
  };
}

function inOrder(a: Change, b: Change): number {
  return timeOf(a) - timeOf(b) || RANK[a.section] - RANK[b.section] || byName(a.key, b.key);
}

/** What has no time of its own happened at some time until now: after all that has. Finite, to be subtracted. */
function timeOf({ news }: Change): number {
  return knownTime(news?.at) ?? Number.MAX_SAFE_INTEGER;
}

/** A timestamp that could not be read is none. */
function knownTime(at: Instant | undefined): Instant | undefined {
  return at !== undefined && Number.isFinite(at) ? at : undefined;
}

function isWanted(event: DueEvent, { events, filter = [] }: Listener): boolean {
  const { variables } = event;
  return (
    events.includes(event.event) &&
    filter.every(({ variable, values }) => values.includes(variables[variable] ?? ''))
  );
}

function eventOf({ news }: Change, look: Look, listener: Listener, now: Instant): DueEvent | undefined {
  if (news === undefined) return undefined;
  const { event, identity, people } = news;
  const id = deliveryId([listener.uid, event, ...identity]);
  const { place } = look;
  const all = {
    event_type: event,
    event_time: new Date(knownTime(news.at) ?? now).toISOString(),
    event_author: joinedNames(people),
    delivery_id: id,
    entity_name: place.organization,
    project_name: place.repository,
    environment_name: place.environment,
    scope_namespace: place.namespace,
    scope_name: place.name,
    ...news.variables,
  };
  const variables = Object.entries(all)
    .map(([name, text]) => [name, oneLine(text)] as const)
    // blank is what a variable is that an event lacks: nothing has to be kept for that
    .filter(([, text]) => text !== '');
  return { id, event, variables: Object.fromEntries(variables) };
}

/** In the form of a UUID (version 8 of RFC 9562: of one's own making), as receivers expect it. */
function deliveryId(identity: readonly string[]): string {
  const hex = createHash('sha256').update(canonicalJson(identity)).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) % 4];
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
