/** All shapes of all patterns, and what tells at a glance which of them may begin at a place. */
import { type AnchorTable, anchorTable } from './token-anchors.ts';
import { DOTTED, TOKEN_PATTERNS, TOKEN68 } from './token-patterns.ts';
import { type ByteClass, type Shape, startsOf } from './token-shape.ts';

/** Classes of runs without an end, the wider ones last. */
export const ENDLESS_CLASSES: readonly ByteClass[] = [DOTTED, TOKEN68];

export class TokenIndex {
  readonly shapes: readonly Shape[] = TOKEN_PATTERNS.flatMap(({ shapes }) => shapes);
  readonly table: AnchorTable = anchorTable(this.shapes);
  /** As many bytes of a shape as show its literal. */
  readonly shown = this.shapes.map(
    ({ anchor }) => anchor.farthest + Math.max(...anchor.literals.map((literal) => literal.length)),
  );
  readonly farthest = Math.max(...this.shown);
  /** Bit n: shape n may begin behind this byte, or with it. */
  readonly #mayFollow = bits(this.shapes.map(({ notBehind }) => notBehind.map((not) => 1 - not)));
  readonly #mayBegin = bits(this.shapes.map(startsOf));
  readonly #every = (1 << this.shapes.length) - 1;

  /** The shapes that may begin with `byte` behind `previous`, which is -1 at the beginning of all text. */
  mayBegin(previous: number, byte: number): number {
    const following = previous < 0 ? this.#every : (this.#mayFollow[previous] as number);
    return following & (this.#mayBegin[byte] as number);
  }
}

function bits(classes: readonly ByteClass[]): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) =>
    classes.reduce((mask, members, index) => (members[byte] === 1 ? mask | (1 << index) : mask), 0),
  );
}

let built: TokenIndex | undefined;

/** Built when the first text is looked at: most commands print none that could have a token. */
export function tokenIndex(): TokenIndex {
  built ??= new TokenIndex();
  return built;
}
