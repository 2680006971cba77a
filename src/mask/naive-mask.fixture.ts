/** The runner's masking of a text, written so that it is plainly right and not fast: what the real one is compared with. */

interface Span {
  readonly start: number;
  readonly end: number;
}

/** `values`: everything that is looked for, encoded forms included. */
export function naiveMask(text: string, values: readonly string[], regexes: readonly string[] = []): string {
  const spans = [
    ...values.flatMap((value) => spansOfValue(text, value)),
    ...regexes.flatMap((source) => spansOfRegex(text, source)),
  ];
  const merged = mergeSpans(spans);
  let masked = '';
  let position = 0;
  for (const { start, end } of merged) {
    masked += `${text.slice(position, start)}***`;
    position = end;
  }
  return masked + text.slice(position);
}

function spansOfValue(text: string, value: string): Span[] {
  if (value === '') return [];
  const spans: Span[] = [];
  for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
    spans.push({ start, end: start + value.length });
  }
  return spans;
}

function spansOfRegex(text: string, source: string): Span[] {
  if (source === '') return [];
  const regex = new RegExp(source, 'g');
  const spans: Span[] = [];
  while (regex.lastIndex < text.length) {
    const match = regex.exec(text);
    if (!match) break;
    spans.push({ start: match.index, end: match.index + match[0].length });
    regex.lastIndex = match.index + 1;
  }
  return spans;
}

/** Overlapping and directly adjacent spans become one. */
function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else {
      merged.push(span);
    }
  }
  return merged;
}
