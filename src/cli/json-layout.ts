/** Owns: JSON in lines that a person can compare, as it is written. Used by: review-webhook.ts. Pure. */

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Deeper than any payload; what somebody else wrote must not grow by the square. */
const MAX_INDENT = 64;

/**
 * The same JSON with one member or item on each line. Only white space is another: JSON.parse and JSON.stringify would
 * move members with names such as `10` to the front. `json` has to be JSON.
 */
export function laidOut(json: string): string[] {
  const tokens = json.match(TOKENS) ?? [];
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  const breakLine = () => {
    lines.push(line);
    line = '  '.repeat(Math.min(depth, MAX_INDENT));
  };
  for (const [index, token] of tokens.entries()) {
    const isEmpty = isClosing(tokens[index + 1]) && isOpening(token);
    const closesEmpty = isClosing(token) && isOpening(tokens[index - 1]);
    if (isClosing(token) && !closesEmpty) {
      depth -= 1;
      breakLine();
    }
    line += token === ':' ? ': ' : token;
    if (isOpening(token) && !isEmpty) depth += 1;
    if (token === ',' || (isOpening(token) && !isEmpty)) breakLine();
  }
  return [...lines, line];
}

function isOpening(token: string | undefined): boolean {
  return token === '{' || token === '[';
}

function isClosing(token: string | undefined): boolean {
  return token === '}' || token === ']';
}
