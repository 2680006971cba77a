/**
 * What a shape of a token is made of: bytes read from left to right, each part once, never taken back. That, and the
 * rule that a run without an end may not begin behind a byte of its own class, is what makes the scan linear.
 */
export type ByteClass = Uint8Array;

export type Part =
  /** The first of the words that is there; the longer ones come first. */
  | { readonly kind: 'words'; readonly words: readonly Uint8Array[]; readonly fold: boolean }
  /** As many bytes of the class as there are, up to `max`. One of `needs` has to be among the first NEED_WITHIN. */
  | {
      readonly kind: 'run';
      readonly of: ByteClass;
      readonly min: number;
      readonly max: number;
      readonly needs: ByteClass | undefined;
    }
  /** Like a run, but it ends before the last byte `before` in it. */
  | {
      readonly kind: 'runBefore';
      readonly of: ByteClass;
      readonly before: number;
      readonly min: number;
      readonly max: number;
    }
  /** None of the words is here. */
  | { readonly kind: 'not'; readonly words: readonly Uint8Array[] }
  /** The text ends here, or a byte follows that is not of the class. */
  | { readonly kind: 'boundary'; readonly of: ByteClass }
  /** What is masked begins here, and ends there. */
  | { readonly kind: 'maskFrom' }
  | { readonly kind: 'maskTo' };

/** Literals that are looked for first, and how far before one of them the shape may begin. */
export interface Anchor {
  readonly literals: readonly string[];
  readonly fold: boolean;
  readonly nearest: number;
  readonly farthest: number;
  /** Whatever stands between the beginning and the literal is of this class. */
  readonly within: ByteClass;
}

export interface Shape {
  /** A token never begins behind one of these. */
  readonly notBehind: ByteClass;
  readonly anchor: Anchor;
  readonly parts: readonly Part[];
}

/** A kind of token that is found although nobody registered it. */
export interface TokenPattern {
  readonly id: string;
  readonly title: string;
  readonly shapes: readonly Shape[];
}

export const NEED_WITHIN = 1024;
export const ENDLESS = Number.MAX_SAFE_INTEGER;

const utf8 = (text: string) => new TextEncoder().encode(text);

/** `bytes('a-z', '_')`: ranges of three characters, or characters one by one. */
export function bytes(...members: readonly string[]): ByteClass {
  const set = new Uint8Array(256);
  for (const member of members) {
    const range = /^(.)-(.)$/s.exec(member);
    if (range) set.fill(1, range[1]?.charCodeAt(0), (range[2]?.charCodeAt(0) ?? 0) + 1);
    else for (const byte of utf8(member)) set[byte] = 1;
  }
  return set;
}

export const ANY: ByteClass = new Uint8Array(256).fill(1);

export function but(...members: readonly string[]): ByteClass {
  return bytes(...members).map((member) => 1 - member);
}

export function union(...classes: readonly ByteClass[]): ByteClass {
  return ANY.map((_, byte) => (classes.some((one) => one[byte] === 1) ? 1 : 0));
}

const longestFirst = (words: readonly string[]) =>
  words.toSorted((a, b) => b.length - a.length).map((word) => utf8(word));

export const maskFrom: Part = { kind: 'maskFrom' };
export const maskTo: Part = { kind: 'maskTo' };
export const words = (...list: readonly string[]): Part => ({
  kind: 'words',
  words: longestFirst(list),
  fold: false,
});
export const anyCase = (...list: readonly string[]): Part => ({
  kind: 'words',
  words: longestFirst(list.map((word) => word.toLowerCase())),
  fold: true,
});
export const run = (of: ByteClass, min: number, max = min, needs?: ByteClass): Part => ({
  kind: 'run',
  of,
  min,
  max,
  needs,
});
export const runBefore = (of: ByteClass, last: string, min: number, max: number): Part => ({
  kind: 'runBefore',
  of,
  before: last.charCodeAt(0),
  min,
  max,
});
export const not = (...list: readonly string[]): Part => ({ kind: 'not', words: longestFirst(list) });
export const boundary = (of: ByteClass): Part => ({ kind: 'boundary', of });

/** The literal stands `offset` bytes after the beginning. */
export function anchorAt(offset: number, ...literals: readonly string[]): Anchor {
  return { literals, fold: false, nearest: offset, farthest: offset, within: ANY };
}

/** The literal, in any case, stands up to `farthest` bytes after the beginning, with only `within` between. */
export function anchorWithin(farthest: number, within: ByteClass, ...literals: readonly string[]): Anchor {
  return { literals, fold: true, nearest: 0, farthest, within };
}

/** The bytes that the shape can begin with. */
export function startsOf({ parts }: Shape): ByteClass {
  const [first] = parts;
  if (first?.kind === 'run') return first.of;
  if (first?.kind !== 'words') throw new Error('a shape begins with words or a run');
  const starts = first.words.map((word) => String.fromCharCode(word[0] ?? 0));
  return bytes(...starts, ...(first.fold ? starts.map((one) => one.toUpperCase()) : []));
}
