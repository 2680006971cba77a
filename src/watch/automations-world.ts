import type { Known } from './approval-world.ts';
import type { AutomationView } from './views.ts';
import type { ReadStore } from './world.ts';

/** What is watched of webhook automations; an older installation lacks the kind. */
export interface AutomationsWorld {
  readonly automations: ReadStore<AutomationView>;
  readonly automationsKnown: () => Known;
}

/** Index of automations by the scope that they name, as `namespace/name`. */
export const BY_AUTOMATED_SCOPE = 'automated';

/** `namespace/name` of the scope that an automation names, which is beside it. */
export function automatedScopeOf({ metadata, spec }: AutomationView): string | undefined {
  return spec.kind === 'ok' ? `${metadata.namespace}/${spec.value.scopeRef.name}` : undefined;
}

/** Indexes of the store of automations. */
export const AUTOMATION_INDEXES: Readonly<Record<string, (view: AutomationView) => readonly string[]>> = {
  [BY_AUTOMATED_SCOPE]: (view) => [automatedScopeOf(view)].filter((key) => key !== undefined),
};
