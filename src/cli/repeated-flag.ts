/** A flag that may be repeated: what it was given so far, in that order. */
export function collected(item: string, before: readonly string[] = []): string[] {
  return [...before, item];
}
