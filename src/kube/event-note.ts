/**
 * What an event says, and the name that follows from it. Pure.
 * Called by event-recorder.ts.
 */
import { createHash } from 'node:crypto';
import { foreignText } from '../mask/foreign-text.ts';
import { type KubeDraft, type KubeObject, resource } from './kube-objects.ts';
import { microTime } from './micro-time.ts';

/** The object that an event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  /** absent for cluster-scoped objects, whose events go to `default` */
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid: string;
}

export interface EventNote {
  readonly regarding: EventSubject;
  readonly related?: EventSubject | undefined;
  readonly type: 'Normal' | 'Warning';
  /** one word from the documented list */
  readonly reason: string;
  /** one word: what was being done */
  readonly action: string;
  /** for a person. Must not hold a secret value: every reader of events in the namespace sees it */
  readonly note: string;
  /** tells one occurrence from the next, such as a condition's lastTransitionTime; the same again is a repetition */
  readonly transition?: string | undefined;
}

export const EVENTS = resource<EventObject>({
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
});

export interface EventObject extends KubeObject {
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

// limits of the API
const NOTE_LIMIT = 1024;
const NAME_LIMIT = 253;

/** Equal for the same thing said twice, before and after a restart. */
export function eventName({ regarding, type, reason, action, note, transition }: EventNote): string {
  const identity = JSON.stringify([regarding.uid, type, reason, action, note, transition ?? null]);
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return `${regarding.name.slice(0, NAME_LIMIT - digest.length - 1).replace(/[^a-z0-9]+$/, '')}.${digest}`;
}

export function eventNamespace({ regarding }: EventNote): string {
  return regarding.namespace ?? 'default';
}

export interface Reporter {
  /** `secretscope.dev/operator` */
  readonly controller: string;
  /** the Pod's name */
  readonly instance: string;
}

export function eventDraft(event: EventNote, reporter: Reporter, atMs: number): KubeDraft {
  const { regarding, related, type, reason, action, note } = event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: eventNamespace(event), name: eventName(event) },
    eventTime: microTime(atMs),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, 128),
    type,
    reason: reason.slice(0, 128),
    action: action.slice(0, 128),
    note: foreignText(note, { limit: NOTE_LIMIT, place: 'event' }),
    regarding,
    ...(related ? { related } : {}),
  };
}

/** `count` is of all occurrences; the first one is the event itself. */
export function seriesPatch(count: number, atMs: number): { series: EventObject['series'] } {
  return { series: { count, lastObservedTime: microTime(atMs) } };
}
