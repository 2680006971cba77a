/**
 * How many texts of others something was masked in, by where they would have been shown. One count for the process, since
 * texts are masked far from whoever counts. Counted by foreign-text.ts, read by report/metrics.ts.
 */
export const MASKED_PLACES = ['log', 'condition', 'event', 'apiAnswer'] as const;
export type MaskedPlace = (typeof MASKED_PLACES)[number];

export class MaskedCount {
  readonly #texts = new Map<MaskedPlace, number>();

  /** Hands `masked` on, and counts it if it is not `text` any more. */
  noted(place: MaskedPlace | undefined, text: string, masked: string): string {
    if (place !== undefined && masked !== text) this.#texts.set(place, this.of(place) + 1);
    return masked;
  }

  of(place: MaskedPlace): number {
    return this.#texts.get(place) ?? 0;
  }
}

export const MASKED = new MaskedCount();
