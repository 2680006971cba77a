/** What canonical JSON can hold: no functions, dates or NaN. `undefined` members are left out. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * RFC 8785 canonical JSON: members sorted by UTF-16 code units, no white space, `undefined` members left out.
 * Two plans are the same plan exactly when their canonical forms are equal.
 * Throws on numbers that JSON cannot hold.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (value !== null && typeof value === 'object')
    return canonicalObject(value as { [key: string]: Json | undefined });
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError('canonical JSON has no NaN or Infinity');
  return JSON.stringify(value);
}

function canonicalObject(object: { readonly [key: string]: Json | undefined }): string {
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
