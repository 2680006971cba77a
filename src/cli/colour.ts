export type Colour = 'green' | 'yellow' | 'red' | 'faint';

const CODES: Readonly<Record<Colour, number>> = { green: 32, yellow: 33, red: 31, faint: 2 };

/** Whether stdout takes colours: a terminal that has them, and nobody who asked for none (https://no-color.org). */
export function wantsColour(
  stream: { readonly isTTY?: boolean } = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** The text in its colour; as it is where there are none. Never the only sign of anything. */
export function coloured(text: string, colour: Colour, isWanted: boolean): string {
  return isWanted ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}
