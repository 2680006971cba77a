/** Owns: what the filters of `${NAME | filter}` do to bytes. Used by: target templates and webhooks. */
import type { TemplateFilter } from './template.ts';

/** What the filter makes of the bytes; undefined where they are no UTF-8 text, which all but base64 need. */
export function applyFilter(filter: TemplateFilter, bytes: Buffer): Buffer | undefined {
  if (filter === 'base64') return Buffer.from(bytes.toString('base64'), 'latin1');
  const text = utf8(bytes);
  if (text === undefined) return undefined;
  switch (filter) {
    case 'json':
      return Buffer.from(JSON.stringify(text), 'utf8');
    case 'url':
      return Buffer.from(percentEncode(text), 'utf8');
    case 'trim':
      return Buffer.from(text.trim(), 'utf8');
    default:
      return unreachable(filter);
  }
}

/** The bytes as text; undefined where they are no UTF-8. */
export function utf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** RFC 3986: everything but the unreserved characters, which encodeURIComponent does not do for ! ' ( ) * */
function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unreachable(value: never): never {
  throw new Error(`no filter is called ${String(value)}`);
}
