/**
 * Where inside a JSON value a property lies. Pure; called by extract.ts.
 * Two spellings, chosen by the first character: `/a/b` is a JSON Pointer (RFC 6901), everything else a dotted path.
 * A field whose name contains a dot or begins with a slash can only be reached by the pointer.
 */

/** The field names and array indexes from the root down, as UTF-8. */
export function propertyPath(property: string): readonly Buffer[] {
  const segments = property.startsWith('/') ? pointerSegments(property) : property.split('.');
  return segments.map((segment) => Buffer.from(segment, 'utf8'));
}

/** `~1` before `~0`, in that order, or `~01` would become a slash. */
function pointerSegments(pointer: string): string[] {
  const parts = pointer.slice(1).split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The element that a segment names in an array; undefined when it is no index (no sign, no leading zero). */
export function arrayIndex(segment: Buffer): number | undefined {
  const text = segment.toString('latin1');
  return /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : undefined;
}
