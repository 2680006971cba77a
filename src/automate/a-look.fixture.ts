import type { StoredTold } from '../model/kinds/automation-status-schema.ts';
import {
  type DueEvent,
  dueEvents,
  type Listener,
  type Look,
  type SeenRequest,
  type SeenTarget,
} from './due-events.ts';

/** When the automation was made. */
export const MADE = Date.parse('2026-03-01T12:00:00Z');
export const NOW = MADE + 60_000;

export const LISTENER: Listener = {
  uid: 'automation-1',
  createdAt: MADE,
  events: ['Materialized', 'Rotated', 'ReviewRequested', 'ReviewApproved', 'ReviewRejected', 'SyncFailed'],
  filter: undefined,
};

export function aLook(changes: Partial<Look> = {}): Look {
  return {
    place: {
      namespace: 'team-web',
      name: 'web-prod',
      uid: 'scope-1',
      organization: 'acme',
      repository: 'web',
      environment: 'prod',
    },
    targets: [],
    requests: [],
    failure: 'none',
    ...changes,
  };
}

export function aTarget(secretName: string, names: readonly string[], createdAt = MADE - 1): SeenTarget {
  return { secretName, names, createdAt };
}

export function aRequest(changes: Partial<SeenRequest> = {}): SeenRequest {
  return {
    uid: 'request-1',
    name: 'web-1',
    consumer: { kind: 'Target', namespace: 'team-web', name: 'web-env', uid: '' },
    state: 'Waiting',
    createdAt: MADE + 1_000,
    decidedAt: undefined,
    by: undefined,
    people: [],
    ...changes,
  };
}

/** One automation that looks again and again, as the operator does: each look starts from what the last one told. */
export class Watcher {
  told: StoredTold | undefined;
  now = NOW;
  readonly listener: Listener;

  constructor(changes: Partial<Listener> = {}) {
    this.listener = { ...LISTENER, ...changes };
  }

  look(changes: Partial<Look>, room = 50): readonly DueEvent[] {
    const due = this.missed(changes, room);
    this.told = due.told;
    return due.events;
  }

  /** A look whose outcome was never stored. */
  missed(changes: Partial<Look>, room = 50): ReturnType<typeof dueEvents> {
    this.now += 1_000;
    return dueEvents(aLook(changes), this.told, this.listener, { now: this.now, room });
  }
}

/** Events on one line each: what, and about what. */
export function shown(events: readonly DueEvent[]): string[] {
  return events.map(({ event, variables: of }) => {
    const about = [
      of['target_name'],
      of['secret_names'],
      of['secret_name'],
      of['request_name'],
      of['reason'],
    ];
    const change = of['secret_version'] && `${of['previous_version']}>${of['secret_version']}`;
    return [event, ...about, change].filter((word) => word !== undefined).join(' ');
  });
}
