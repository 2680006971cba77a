/** Owns: what can be seen of a scope, who listens, and what a difference is. Types only. */
import type { Consumer, Instant, RequestState } from '../model/approval.ts';
import type { AutomationEvent, AutomationSpec } from '../model/kinds/webhook-automation.ts';

/** A Secret of the scope, as its record says. */
export interface SeenTarget {
  readonly secretName: string;
  readonly createdAt: Instant;
  /** NAME@version, sorted. */
  readonly names: readonly string[];
}

/** A request on the scope. */
export interface SeenRequest {
  readonly uid: string;
  readonly name: string;
  readonly consumer: Consumer;
  readonly state: RequestState;
  readonly createdAt: Instant;
  readonly decidedAt: Instant | undefined;
  /** How it was released: approve, elapse, bypass or carry. */
  readonly by: string | undefined;
  /** Who asked, of one that waits; who voted, of one that is decided. */
  readonly people: readonly string[];
}

/** What can be seen of a scope now. */
export interface Look {
  /** Empty where there is none. */
  readonly place: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly organization: string;
    readonly repository: string;
    readonly environment: string;
  };
  /** Undefined: cannot be told now. Nothing follows from it, and what was told stays. */
  readonly targets: readonly SeenTarget[] | undefined;
  /** Undefined: as above. */
  readonly requests: readonly SeenRequest[] | undefined;
  /** `since` is an instant as the condition has it. Undefined: as above. */
  readonly failure:
    | { readonly reason: string; readonly message: string; readonly since: string }
    | 'none'
    | undefined;
}

/** The automation that listens. */
export interface Listener {
  readonly uid: string;
  readonly createdAt: Instant;
  readonly events: AutomationSpec['events'];
  readonly filter: AutomationSpec['filter'];
}

/** A change that an automation may be told of. */
export interface News {
  readonly event: AutomationEvent;
  /** When it happened; undefined where only the look is known. */
  readonly at: Instant | undefined;
  /** What makes it this event and no other: the delivery id is derived from it. */
  readonly identity: readonly string[];
  readonly people: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** What differs from what was told, and the mark that says it was told. */
export interface Change {
  readonly section: 'failure' | 'requests' | 'targets' | 'versions';
  readonly key: string;
  /** Undefined: only the mark changes. */
  readonly news: News | undefined;
  readonly was: string | undefined;
  readonly is: string;
}
