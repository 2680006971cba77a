/**
 * What base64 of a longer text that contains a value always has in it. Six bits make a character, so a character at either
 * end may also depend on what surrounds the value; what lies between depends on the value alone.
 */

/** Shorter ones would be found in text that has nothing to do with the value, so they are left out: 5 bytes are 7 characters. */
const MIN_LENGTH = 8;

/** The longest run that is certain, for each place of a group where the value may begin. Standard alphabet, no padding. */
export function certainRuns(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [0, 1, 2]
    .map((shift) => {
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
      const first = Math.ceil((shift * 8) / 6);
      const end = Math.floor(((shift + bytes.length) * 8) / 6);
      return encoded.slice(first, end);
    })
    .filter((run) => run.length >= MIN_LENGTH);
}

/** Whole encodings of what `echo` prints: the most usual thing around a value, of which so not even one character is left. */
export function newlineForms(value: string): readonly string[] {
  const bytes = Buffer.from(`${value}\n`, 'utf8');
  return [0, 1, 2]
    .map((shift) => bytes.subarray(shift))
    .filter((part) => part.toString('base64url').length >= MIN_LENGTH)
    .map((part) => part.toString('base64'));
}

/** Columns after which `base64` of GNU (and MIME), and `openssl base64` (and PEM), break a line. */
const LINE_WIDTHS = [76, 64] as const;
const MIN_LINE = 4;

/** The lines of an encoding that does not fit in one, with and without what `echo` adds. */
export function lineForms(value: string): readonly string[] {
  const encodings = [value, `${value}\n`].map((text) => Buffer.from(text, 'utf8').toString('base64'));
  return LINE_WIDTHS.flatMap((width) =>
    encodings.filter((encoded) => encoded.length > width).flatMap((encoded) => linesOf(encoded, width)),
  );
}

function linesOf(encoded: string, width: number): readonly string[] {
  const count = Math.ceil(encoded.length / width);
  return Array.from({ length: count }, (_, line) => encoded.slice(line * width, (line + 1) * width)).filter(
    (line) => line.length >= MIN_LINE,
  );
}

/** The same runs and the whole encodings in the URL alphabet, without padding: as JWTs, cookies and links have them. */
export function urlForms(value: string): readonly string[] {
  const bytes = Buffer.from(value, 'utf8');
  const whole = [0, 1, 2].filter((shift) => shift < bytes.length).map((shift) => bytes.subarray(shift));
  const runs = certainRuns(value).map(toUrlAlphabet).filter(isOfUrlAlphabet);
  const unpadded = whole
    .filter((part) => part.length % 3 !== 0 || isOfUrlAlphabet(part.toString('base64url')))
    .map((part) => part.toString('base64url'))
    .filter((form) => form.length >= MIN_LENGTH);
  return [...runs, ...unpadded];
}

function toUrlAlphabet(run: string): string {
  return run.replaceAll('+', '-').replaceAll('/', '_');
}

/** Where neither sign occurs, both alphabets write the same. */
function isOfUrlAlphabet(form: string): boolean {
  return /[-_]/.test(form);
}
