import type { Mutation } from './mutations.ts';

/** The wrong rule, the text that is right, what takes its place, and a pattern of the tests that have to notice. */
type Fault = readonly [name: string, find: string, replace: string, named?: string];

/** Faults of one file, which the same test files hold. */
export function faultsOf(file: string, tests: readonly string[], faults: readonly Fault[]): Mutation[] {
  return faults.map(([name, find, replace, named]) => ({
    name,
    file: `src/${file}.ts`,
    find,
    replace,
    tests: tests.map((test) => `src/${test}.test.ts`),
    ...(named !== undefined && { named }),
  }));
}

const FORMS: readonly Mutation[] = [
  ...faultsOf(
    'mask/runner-encoders',
    ['mask/runner-encoders'],
    [
      ['forms: base64 without the first two bytes is not known', '  (value) => base64From(value, 2),\n', ''],
      ['forms: JSON escapes in capitals', '.toString(16).padStart', '.toString(16).toUpperCase().padStart'],
      ['forms: asterisks stay in a URI', "/[!'()*]/g", "/[!'()]/g"],
      ['forms: half a character ends the encoding', 'value.toWellFormed()', 'value'],
      ['forms: eight characters lose their quotes', 'MIN_QUOTED = 9', 'MIN_QUOTED = 8'],
      ['forms: what PowerShell colours is part of what follows', 'joined + 3', 'joined + 2'],
    ],
  ),
  ...faultsOf(
    'mask/base64-runs',
    ['mask/extra-forms', 'mask/base64-runs'],
    [
      ['forms: a run begins with what its neighbour decides', 'Math.ceil((', 'Math.floor(('],
      ['forms: a run ends before its last certain character', 'slice(first, end)', 'slice(first, end - 1)'],
      [
        'forms: what echo prints is known only where nothing is before it',
        '  return [0, 1, 2]\n    .map((shift) => bytes.subarray(shift))',
        '  return [0]\n    .map((shift) => bytes.subarray(shift))',
      ],
      ['forms: lines of openssl are not known', '[76, 64]', '[76]'],
      ['forms: the last line of base64 is too short', 'MIN_LINE = 4', 'MIN_LINE = 5'],
      [
        'forms: base64 without padding is known only where nothing is before it',
        '[0, 1, 2].filter((shift) => shift < bytes.length)',
        '[0].filter((shift) => shift < bytes.length)',
      ],
    ],
  ),
  ...faultsOf(
    'mask/percent-forms',
    ['mask/extra-forms', 'mask/percent-forms'],
    [
      ['forms: tildes are encoded wherever blanks become pluses', "  { kept: '~', space: '+' },\n", ''],
      ['forms: line ends are encoded in one digit', ".padStart(2, '0')", ''],
      ['forms: what is encoded are characters', "from(value, 'utf8')", "from(value, 'latin1')"],
    ],
  ),
  ...faultsOf(
    'mask/extra-forms',
    ['mask/extra-forms'],
    [
      ['forms: hexadecimal digits are small', 'return [hex, hex.toUpperCase()];', 'return [hex];'],
      [
        'forms: hexadecimal digits are of characters',
        "const bytes = Buffer.from(value, 'utf8');",
        "const bytes = Buffer.from(value, 'latin1');",
      ],
    ],
  ),
  ...faultsOf(
    'mask/json-leaves',
    ['mask/extra-forms', 'mask/json-leaves'],
    [
      ['forms: names of fields are secrets', 'if (colon !== undefined) continue;', ''],
      ['forms: a field of several lines is its lines', '[leaf, ...leaf.split(', '[...leaf.split('],
      ['forms: a field of four characters is too short', 'MIN_LENGTH = 4', 'MIN_LENGTH = 5'],
      ['forms: a PIN is a port', '\\d{1,5}', '\\d{1,9}'],
      ['forms: a number ends at its point', '|-?\\d[\\d.eE+-]*/g', '|\\d+/g'],
    ],
  ),
  ...faultsOf(
    'mask/value-lines',
    ['mask/value-lines'],
    [
      ['forms: short lines of any value are no secrets', '|| structuredFormat', '&& structuredFormat'],
      ['forms: three characters are a bracket', 'STRUCTURED_LINE = 3', 'STRUCTURED_LINE = 4'],
      ['forms: what add-mask says is trimmed', 'unique([data, ...lines])', 'unique(lines)'],
      ['forms: a switch for debug logs is a secret', '(?:STEP|RUNNER)', 'STEP'],
    ],
  ),
  ...faultsOf(
    'mask/weak-value',
    ['mask/weak-value'],
    [
      ['forms: a surrogate pair is two characters', '[...text].length', 'text.length'],
      ['forms: six digits are no guess', '\\d{1,6}', '\\d{1,5}'],
    ],
  ),
];

const COMMANDS: readonly Mutation[] = [
  ...faultsOf(
    'mask/workflow-command',
    ['mask/workflow-command'],
    [
      ['commands: any step can stop masking by the way', "    'set-output',\n", ''],
      ['commands: an empty token stops masking', "token !== '' && ", ''],
      ['commands: the last bracket of a line counts', "line.indexOf('##[')", "line.lastIndexOf('##[')"],
      ['commands: a byte order mark hides a command', "line.replace(/^\\ufeff/, '')", 'line'],
    ],
  ),
  ...faultsOf(
    'mask/command-filter',
    ['mask/command-filter'],
    [
      [
        'commands: the end of a long one is shown',
        "'plain' : 'dropped'",
        "'plain' : 'text'",
        'without an end',
      ],
      ['commands: a token of six is masked', '.length > SHORT_TOKEN', '.length >= SHORT_TOKEN', 'M26'],
      [
        'commands: the LF of CRLF stays behind',
        '&& bytes[0] === LF ? 1 : 0',
        '&& bytes[0] === LF ? 0 : 0',
        'M24',
      ],
      ['commands: any LF goes with a mask', 'lineEnd.length === 1 && lineEnd[0] === CR', 'true', 'M24'],
      [
        'commands: white space is held without end',
        'whiteEnd - position > MAX_WHITE ?',
        'whiteEnd < position ?',
        'any amount of white space',
      ],
      [
        'commands: a hash at the end is shown at once',
        '&& bytes[end - 1] === HASH',
        '&& end < position',
        'M25',
      ],
      [
        'commands: a line that was begun loses its end',
        '    this.#begun ||= bracket > position;\n',
        '',
        'M25',
      ],
      [
        'commands: what stopped them is not looked for',
        '    this.#prospect = new CommandProspect(token);\n',
        '',
        'M26',
      ],
    ],
  ),
  ...faultsOf(
    'mask/command-prospect',
    ['mask/command-filter'],
    [
      ['commands: a token is as many bytes as characters', 'this.#reach = 3 *', 'this.#reach = 1 *', 'M26'],
      ['commands: half white space is shown', 'return { end, cut: true };', 'break;', 'M24'],
      ['commands: parameters end a command', "'::', ['::', ' ']", "'::', ['::']", 'cut|parameter'],
    ],
  ),
  ...faultsOf(
    'mask/line-bytes',
    ['mask/command-filter'],
    [
      [
        'commands: what is held is the caller’s chunk',
        'push(new Uint8Array(bytes))',
        'push(bytes)',
        'are kept when their chunk',
      ],
      ['commands: CR ends no line', 'return Math.min(this.#lf, this.#cr);', 'return this.#lf;', 'M24'],
    ],
  ),
];

/** Wrong rules about what is registered of a value, and what a line of output says. */
export const MASKING_TEXT_MUTATIONS: readonly Mutation[] = [...FORMS, ...COMMANDS];
