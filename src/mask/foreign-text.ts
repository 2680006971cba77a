/**
 * Text of others, fit to be shown: what an API server, an admission webhook, a provider or a person wrote. Pure.
 * Used by: kube, report and cli, wherever such text reaches a log, an event, a status or a terminal.
 */
import type { MaskStream } from './mask-stream.ts';
import { MASKED, type MaskedPlace } from './masked-count.ts';
import { Masker } from './masker.ts';

export interface Showing {
  /** Characters; as many as the runner leaves of an annotation (spec row M27), where Kubernetes has no bound of its own. */
  readonly limit?: number;
  /** Knows the values that such text might repeat. Default: none, tokens are detected. */
  readonly masker?: Masker;
  /** Where it would be shown, to be counted there. Default: it is not counted. */
  readonly place?: MaskedPlace;
}

const LIMIT = 4_096;
const TOKENS = new Masker({ detect: true });

/** Masked before it is cut, or half a value would be left; one line, and nothing in it that a terminal would obey. */
export function foreignText(text: string, { limit = LIMIT, masker = TOKENS, place }: Showing = {}): string {
  const whole = text.toWellFormed();
  const masked = MASKED.noted(place, whole, masker.mask(whole));
  return cutText(escapeHidden(masked.replace(BREAKS, ' ')), limit);
}

/** Our own words, in which names that others chose may stand. */
export function withoutTokens(text: string, place?: MaskedPlace): string {
  return MASKED.noted(place, text, TOKENS.mask(text));
}

/** The same for text that comes in pieces, and goes on in pieces. */
export function tokenStream(): MaskStream {
  return TOKENS.stream();
}

const BREAKS = /[\r\n\t]+/g;
/** Control characters, and marks that reorder text or are not seen at all. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What is hidden is shown as \u{…}, so that nothing can look like something else. */
export function escapeHidden(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

function cutText(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
