import { MAX_SECRET_NAME, SECRET_NAME } from './names.ts';

/** The filters that `${NAME | filter}` may name. */
export const TEMPLATE_FILTERS = ['base64', 'json', 'url', 'trim'] as const;
/** A few do all that can be meant. Each base64 adds a third, so that hundreds would fill the memory (FAULTS 52). */
export const MAX_FILTERS = 4;
export type TemplateFilter = (typeof TEMPLATE_FILTERS)[number];

/** Text as it is. */
export interface TextPart {
  readonly kind: 'text';
  readonly text: string;
}

/** A piece of a template: text as it is, or a name with the filters to apply in order. */
export type TemplatePart =
  | TextPart
  | { readonly kind: 'name'; readonly name: string; readonly filters: readonly TemplateFilter[] };

export type ParsedTemplate =
  | { readonly kind: 'ok'; readonly parts: readonly TemplatePart[] }
  | { readonly kind: 'invalid'; readonly fault: string };

/**
 * Splits `text ${NAME | json} text` into its parts; `$${` is a literal `${`, a `$` elsewhere is itself.
 * An unknown filter, a wrong name or a missing brace is a fault: an unresolved placeholder never passes
 * through as text. All faults are told at once. One pass: time grows with the length of the text.
 */
export function parseTemplate(text: string): ParsedTemplate {
  const { parts, faults } = scanTemplate(text, parsePlaceholder);
  // a message has to stay readable however much is wrong
  if (faults.length > 0) return { kind: 'invalid', fault: faults.slice(0, 5).join('; it ') };
  return { kind: 'ok', parts };
}

/** What a text is made of, and every fault of it, each once. With any fault the parts are not to be used. */
export interface ScannedTemplate<Placeholder> {
  readonly parts: readonly (TextPart | Placeholder)[];
  readonly faults: readonly string[];
}

/** The scan behind every template; `read` says what stands between `${` and `}`, or what is wrong with it. */
export function scanTemplate<Placeholder extends { readonly kind: string }>(
  text: string,
  read: (inside: string) => Placeholder | string,
): ScannedTemplate<Placeholder> {
  const parts: (TextPart | Placeholder)[] = [];
  const faults = new Set<string>();
  let literal = '';
  let from = 0;
  for (;;) {
    const at = text.indexOf('${', from);
    if (at < 0) break;
    const escaped = text[at - 1] === '$';
    literal += text.slice(from, escaped ? at - 1 : at);
    from = at + 2;
    if (escaped) {
      literal += '${';
      continue;
    }
    const end = text.indexOf('}', from);
    if (end < 0) return invalid(faults.add('has ${ without a closing }; write $${ for a literal ${'));
    addText(parts, literal);
    literal = '';
    const part = read(text.slice(from, end));
    if (typeof part === 'string') faults.add(part);
    else parts.push(part);
    from = end + 1;
  }
  addText(parts, literal + text.slice(from));
  return { parts, faults: [...faults] };
}

function invalid(faults: ReadonlySet<string>): { readonly parts: []; readonly faults: readonly string[] } {
  return { parts: [], faults: [...faults] };
}

function addText(parts: (TextPart | { readonly kind: string })[], text: string): void {
  if (text !== '') parts.push({ kind: 'text', text });
}

function parsePlaceholder(inside: string): TemplatePart | string {
  const [name, words] = splitPlaceholder(inside);
  if (!SECRET_NAME.test(name) || name.length > MAX_SECRET_NAME)
    return 'has a placeholder that is not ${NAME} with an upper-case name';
  const filters = filtersAfter(name, words);
  return typeof filters === 'string' ? filters : { kind: 'name', name, filters };
}

/** The name and the words after it, as `NAME | trim | json` has them between the braces. */
export function splitPlaceholder(inside: string): [name: string, words: readonly string[]] {
  const [name = '', ...words] = inside.split('|').map((word) => word.trim());
  return [name, words];
}

/** The filters that these words are, or what is wrong with them. */
export function filtersAfter(name: string, words: readonly string[]): readonly TemplateFilter[] | string {
  const filters = words.filter(isFilter);
  if (filters.length < words.length)
    return `has an unknown filter after ${name}; filters are ${TEMPLATE_FILTERS.join(', ')}`;
  if (filters.length > MAX_FILTERS)
    return `has more than ${MAX_FILTERS} filters after ${name}; leave some of them out`;
  return filters;
}

function isFilter(word: string): word is TemplateFilter {
  return (TEMPLATE_FILTERS as readonly string[]).includes(word);
}

/** The names that a template uses, in order of appearance, each once. */
export function templateNames(parts: readonly TemplatePart[]): string[] {
  return [...new Set(parts.flatMap((part) => (part.kind === 'name' ? [part.name] : [])))];
}
