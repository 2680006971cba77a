/** Owns: who holds Secrets, as the watches show them: scopes by their targets, and claims. */
import { type Holder, holderText } from '../materialize/delivery-record.ts';
import type { ClaimView, ScopeView } from '../watch/views.ts';

export type HoldingView = ScopeView | ClaimView;

export function isClaim(view: HoldingView): view is ClaimView {
  return view.kind === 'SecretClaim';
}

export function holderOf(view: HoldingView): Holder {
  return isClaim(view) ? { kind: 'SecretClaim', ...view.metadata } : view.metadata;
}

/** As the index of target Secrets and the interests name it. */
export const holderKeyOf = (view: HoldingView): string => holderText(holderOf(view));

/** Whoever has a plan of its own: a scope, a claim or a webhook automation. */
export type Named = Pick<HoldingView, 'kind' | 'metadata'>;
const FIELDS: Readonly<Record<string, string>> = { SecretClaim: 'claim', WebhookAutomation: 'automation' };

/** For log lines. */
export function holderField({ kind, metadata: { namespace, name } }: Named): Record<string, string> {
  return { [FIELDS[kind] ?? 'scope']: `${namespace}/${name}` };
}
