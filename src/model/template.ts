import { MAX_SECRET_NAME, SECRET_NAME } from './names.ts';

/** The filters that `${NAME | filter}` may name. */
export const TEMPLATE_FILTERS = ['base64', 'json', 'url', 'trim'] as const;
export type TemplateFilter = (typeof TEMPLATE_FILTERS)[number];

/** A piece of a template: text as it is, or a name with the filters to apply in order. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
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
  const parts: TemplatePart[] = [];
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
    const part = parsePlaceholder(text.slice(from, end));
    if (typeof part === 'string') faults.add(part);
    else parts.push(part);
    from = end + 1;
  }
  addText(parts, literal + text.slice(from));
  return faults.size > 0 ? invalid(faults) : { kind: 'ok', parts };
}

function invalid(faults: ReadonlySet<string>): ParsedTemplate {
  // a message has to stay readable however much is wrong
  return { kind: 'invalid', fault: [...faults].slice(0, 5).join('; it ') };
}

function addText(parts: TemplatePart[], text: string): void {
  if (text !== '') parts.push({ kind: 'text', text });
}

function parsePlaceholder(inside: string): TemplatePart | string {
  const [name = '', ...words] = inside.split('|').map((word) => word.trim());
  if (!SECRET_NAME.test(name) || name.length > MAX_SECRET_NAME)
    return 'has a placeholder that is not ${NAME} with an upper-case name';
  const filters = words.filter(isFilter);
  if (filters.length < words.length)
    return `has an unknown filter after ${name}; filters are ${TEMPLATE_FILTERS.join(', ')}`;
  return { kind: 'name', name, filters };
}

function isFilter(word: string): word is TemplateFilter {
  return (TEMPLATE_FILTERS as readonly string[]).includes(word);
}

/** The names that a template uses, in order of appearance, each once. */
export function templateNames(parts: readonly TemplatePart[]): string[] {
  return [...new Set(parts.flatMap((part) => (part.kind === 'name' ? [part.name] : [])))];
}
