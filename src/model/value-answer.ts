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

/**
 * What became of the versions before one that was stored: there were none, they cannot be read any more, they can, or
 * that is not known.
 */
export type EarlierVersions = 'none' | 'unusable' | 'usable' | 'unknown';

/** What became of a value that was to be stored. */
export type StoreAnswer =
  | { readonly kind: 'stored'; readonly version: string; readonly earlier: EarlierVersions }
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string; readonly afterMs?: number };

/** What became of a value that was to be deleted at its provider. */
export type DestroyAnswer =
  /** `recoverable`: the provider keeps it for some days; it is no longer resolved */
  | { readonly kind: 'destroyed'; readonly recoverable: boolean }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string; readonly afterMs?: number };
