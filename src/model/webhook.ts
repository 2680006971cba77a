/** Owns: what a webhook is made of between the one who makes it and the one who sends it. Types only. */
import type { AttemptOutcome } from './kinds/automation-status-schema.ts';
import type { SecretValue } from './secret-value.ts';

/** A request as it is sent. What may hold a secret is in boxes that cannot be printed; whoever sends it wipes them. */
export interface WebhookRequest {
  /** `https://…`, without any secret. */
  readonly url: string;
  /** By name, in the order in which they are sent; names are no secrets. */
  readonly headers: readonly { readonly name: string; readonly value: SecretValue }[];
  readonly body: SecretValue;
}

/** How one attempt ended. No text of the receiver, ever: it may repeat what it was sent (THREATS 7). */
export type PostOutcome =
  | {
      readonly kind: 'answered';
      readonly code: number;
      /** What the receiver asks for (Retry-After), in milliseconds; undefined where it asks for nothing. */
      readonly retryAfterMs: number | undefined;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'failed';
      readonly outcome: Exclude<AttemptOutcome, 'Answered'>;
      readonly milliseconds: number;
    };

/** Sends one request, once. Never throws for what a receiver or a network does. */
export type PostWebhook = (request: WebhookRequest, signal: AbortSignal) => Promise<PostOutcome>;
