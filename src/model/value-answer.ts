import type { Reason } from './reasons.ts';
import type { SecretValue } from './secret-value.ts';

/** What is known of a line's current version, without its value. */
export type LineVersion =
  | { readonly kind: 'known'; readonly version: string }
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string; readonly afterMs?: number };

/** A line's value, read for one delivery; the receiver wipes it when the Secret is written. */
export type LineValue =
  | { readonly kind: 'value'; readonly version: string; readonly value: SecretValue }
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string; readonly afterMs?: number };
