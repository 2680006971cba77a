/** What a masker does with the spans of a scan, on a whole text and on one that comes in pieces. */
import { scanTokens } from './token-scanner.ts';

export interface Piece {
  readonly start: number;
  readonly end: number;
}

export function wholeSpans(text: Uint8Array): readonly Piece[] {
  return scanTokens(text, text.length, -1, true).spans;
}

/** Text with `***` for each span. */
export function maskTokens(text: string): string {
  const bytes = Buffer.from(text);
  let at = 0;
  let out = '';
  for (const { start, end } of wholeSpans(bytes)) {
    out += `${bytes.toString('utf8', at, start)}***`;
    at = end;
  }
  return out + bytes.toString('utf8', at);
}

export interface Streamed {
  readonly spans: readonly Piece[];
  /** The most that was held back at once. */
  readonly held: number;
}

/** The spans of text that comes in pieces of these sizes, repeated; those that touch are one. */
export function streamedSpans(text: Uint8Array, sizes: readonly number[]): Streamed {
  const spans: { start: number; end: number }[] = [];
  let [from, to, before, held] = [0, 0, -1, 0];
  for (let turn = 0; from < text.length; turn += 1) {
    to = Math.min(text.length, to + (sizes[turn % sizes.length] ?? 1));
    const scan = scanTokens(text.subarray(from, to), to - from, before, to === text.length);
    for (const span of scan.spans) if (span.start < scan.undecided) add(span, from, scan.undecided);
    before = scan.beforeAt(scan.undecided);
    from += scan.undecided;
    held = Math.max(held, to - from);
  }
  return { spans, held };

  function add({ start, end }: Piece, base: number, undecided: number): void {
    const last = spans.at(-1);
    const piece = { start: base + start, end: base + Math.min(end, undecided) };
    if (last && piece.start <= last.end) last.end = Math.max(last.end, piece.end);
    else spans.push(piece);
  }
}
