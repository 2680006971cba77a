import type { RequestView, ReviewView } from './approval-views.ts';
import { BY_REQUEST_UID } from './approval-world.ts';
import { automatedScopeOf, BY_AUTOMATED_SCOPE } from './automations-world.ts';
import { onlyStatusChanged, sameAsked } from './same-views.ts';
import type { AutomationView, ScopeView } from './views.ts';
import type { Wake } from './wake-up.ts';
import { keyOf, parentKeyOf, type ReadStore } from './world.ts';

interface Automations extends ReadStore<AutomationView> {
  keys(): Iterable<string>;
}

/** Decides which webhook automations a change concerns: those of a scope of which there may be something to tell. */
export class AutomationWakeUp {
  readonly #scopes: ReadStore<ScopeView>;
  readonly #automations: Automations;
  readonly #requests: ReadStore<RequestView>;
  readonly #wake: Wake;

  constructor(
    scopes: ReadStore<ScopeView>,
    automations: Automations,
    requests: ReadStore<RequestView>,
    wake: Wake,
  ) {
    this.#scopes = scopes;
    this.#automations = automations;
    this.#requests = requests;
    this.#wake = wake;
  }

  /** An automation changed: itself, and the scope that it names, whose ledger remembers what it asked for. */
  automation(key: string, before: AutomationView | undefined, after: AutomationView | undefined): void {
    if (onlyStatusChanged(before, after) && sameAsked(before, after) && sameWishes(before, after)) return;
    this.#wake('automation', key);
    const scopes = [before, after].flatMap((view) => (view && automatedScopeOf(view)) ?? []);
    for (const scope of new Set(scopes)) this.#wakeUpwards(scope);
  }

  /** Every level above says who uses its entries. */
  #wakeUpwards(scope: string): void {
    const seen = new Set<string>();
    for (let key: string | undefined = scope; key !== undefined && !seen.has(key); ) {
      seen.add(key);
      this.#wake('scope', key);
      const view = this.#scopes.get(key);
      key = view && parentKeyOf(view);
    }
  }

  /** Something about a scope, a level above it, one of its Secrets or its ledger changed. */
  scope(key: string): void {
    for (const { metadata } of this.#automations.by(BY_AUTOMATED_SCOPE, key))
      this.#wake('automation', keyOf(metadata));
  }

  /** Whether a scope fails is told from its conditions. */
  conditions(key: string, before: ScopeView | undefined, after: ScopeView | undefined): void {
    if (readyOf(before) !== readyOf(after)) this.scope(key);
  }

  /** A request or a vote changed, came or went: the automation that it is, or was, about. */
  approval(before: RequestView | ReviewView | undefined, after: RequestView | ReviewView | undefined): void {
    if (onlyStatusChanged(before, after)) return;
    const requests = [before, after].flatMap((view) => (view ? this.#requestsOf(view) : []));
    for (const { spec } of requests) {
      if (spec.kind === 'ok' && spec.value.consumer.kind === 'WebhookAutomation')
        this.#wake('automation', keyOf(spec.value.consumer));
    }
  }

  all(): void {
    for (const key of this.#automations.keys()) this.#wake('automation', key);
  }

  #requestsOf(view: RequestView | ReviewView): readonly RequestView[] {
    if ('subject' in view) return [view];
    return view.spec.kind === 'ok' ? this.#requests.by(BY_REQUEST_UID, view.spec.value.requestRef.uid) : [];
  }
}

function sameWishes(before: AutomationView | undefined, after: AutomationView | undefined): boolean {
  return before?.test === after?.test && before?.replay === after?.replay;
}

function readyOf(view: ScopeView | undefined): string {
  const ready = view?.conditions.find(({ type }) => type === 'Ready');
  return ready ? `${ready.status} ${ready.reason} ${ready.lastTransitionTime}` : '';
}
