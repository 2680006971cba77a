import type { Mutation } from './mutations.ts';
import { faultsOf } from './mutations-masking-text.ts';

const SCANNER = ['mask/token-scanner', 'mask/token-patterns'];
const PATTERNS = ['mask/token-patterns'];

const TOKENS: readonly Mutation[] = [
  ...faultsOf('mask/token-anchors', SCANNER, [
    ['tokens: every second place is not looked at', 'of [window, window + 1])', 'of [window])'],
  ]),
  ...faultsOf('mask/token-matcher', SCANNER, [
    ['tokens: a password ends at its first @', '.lastIndexOf(before)', '.indexOf(before)'],
    ['tokens: words wait for a digit without end', '!needed && stop - start >= NEED_WITHIN', 'stop < start'],
  ]),
  ...faultsOf('mask/token-scanner', SCANNER, [
    [
      'tokens: a letter of an escape is part of a word',
      'this.#isEscape(from - 2) ? NEWLINE : previous',
      'previous',
    ],
    [
      'tokens: a long one ends with its piece',
      '&& !this.#final ? Infinity : at',
      '&& !this.#final ? at : at',
    ],
    ['tokens: what came before is forgotten', 'if (cut === 0) return this.#before;', ''],
    ['tokens: one may be cut', 'if (across) cut = across.from;', 'if (across) moved = false;'],
    ['tokens: the end of a piece is not read', 'if (!this.#final) this.#readTail();', ''],
  ]),
  ...faultsOf('mask/token-index', SCANNER, [
    ['tokens: what goes on is the narrowest of several', '[DOTTED, TOKEN68]', '[TOKEN68, DOTTED]'],
  ]),
  ...faultsOf('mask/token-shape', SCANNER, [
    ['tokens: a digit comes soon', 'NEED_WITHIN = 1024', 'NEED_WITHIN = 8'],
  ]),
  ...faultsOf('mask/token-patterns', PATTERNS, [
    ['tokens: of personal ones the longer are none', 'run(ALNUM, 59, 222)', 'run(ALNUM, 59, 59)'],
    ['tokens: the version of an action is one', "'/', ':', '@')", "'/', ':')"],
    ['tokens: a payload is written without blanks', "words('.ey', '.ew')", "words('.ey')"],
    ['tokens: Bearer has no plus', "bytes('~', '+', '/', '=')", "bytes('~', '/', '=')"],
    ['tokens: a key of NuGet has capitals', "run(bytes('a-z', '0-9'), 43)", 'run(ALNUM, 43)'],
  ]),
  ...faultsOf('mask/token-patterns-database', PATTERNS, [
    ['tokens: options of Redis hold no password', 'passwordBefore, redisOptions,', 'passwordBefore,'],
  ]),
  ...faultsOf('mask/token-database-words', PATTERNS, [
    ['tokens: a scheme that the documentation names is not known', "  'neo4j',\n", ''],
    ['tokens: a format of C is a password', "'%s', ", ''],
  ]),
];

const FOREIGN: readonly Mutation[] = [
  ...faultsOf(
    'mask/foreign-text',
    ['mask/foreign-text'],
    [
      ['foreign: half a character is left at the cut', 'limit - 1).toWellFormed()', 'limit - 1)'],
      [
        'foreign: a value of several lines is one line first',
        'masker.mask(whole)',
        "masker.mask(whole.replace(BREAKS, ' '))",
      ],
      [
        'foreign: tokens pass where no value is known',
        'masker = TOKENS, place }',
        'masker = new Masker(), place }',
      ],
    ],
  ),
  ...faultsOf(
    'kube/status-error',
    ['kube/status-error'],
    [
      ['foreign: values that are known are shown', '...(masker && { masker })', '...(masker && {})'],
      ['foreign: a webhook says what it likes of a Secret', 'call.sensitive ? publicWord : word', 'word'],
    ],
  ),
  ...faultsOf(
    'kube/event-note',
    ['kube/event-recorder'],
    [
      [
        'foreign: an event shows tokens',
        "foreignText(note, { limit: NOTE_LIMIT, place: 'event' })",
        'note.slice(0, NOTE_LIMIT)',
      ],
    ],
  ),
  ...faultsOf(
    'kube/credential-plugin',
    ['kube/kube-config'],
    [
      [
        'foreign: the last words of a plugin are lost',
        '  for (const piece of masked.end()) process',
        '  for (const piece of []) process',
      ],
      ['foreign: a plugin shows tokens', 'of masked.write(chunk as Buffer))', 'of [chunk as Buffer])'],
    ],
  ),
  ...faultsOf(
    'report/conditions',
    ['report/conditions'],
    [
      ['foreign: an extra condition shows tokens', 'message: shownMessage(message)', 'message'],
      [
        'foreign: several findings show tokens',
        'return shownMessage(`${shown.message}; ${next}${rest}`)',
        'return (`${shown.message}; ${next}${rest}`)',
      ],
    ],
  ),
  ...faultsOf(
    'report/logger',
    ['report/logger'],
    [['foreign: a log shows tokens', '    hooks: { logMethod: maskedLine },\n', '']],
  ),
  ...faultsOf(
    'cli/terminal',
    ['cli/terminal'],
    [['foreign: an error shows tokens', 'const message = withoutTokens(', 'const message = String(']],
  ),
  ...faultsOf(
    'cli/secret-masking',
    ['cli/secret-masking'],
    [
      [
        'foreign: a value that is set is one line',
        "    masker.addVariable(name, value.reveal().toString('utf8'));\n",
        '',
      ],
      [
        'foreign: a value that is set has the forms of the runner',
        '{ additions: ADDITIONS, detect: true }',
        '{ detect: true }',
      ],
    ],
  ),
  ...faultsOf(
    'cli/secret-verb',
    ['cli/secret-masking'],
    [['foreign: answers repeat what is set', 'common, run, masker);', 'common, run);']],
  ),
  ...faultsOf(
    'cli/doctor-peoples',
    ['cli/doctor-peoples'],
    [
      [
        'foreign: doctor looks at no production',
        "kind === 'SecretScope' && isUnguarded",
        "kind === '' && isUnguarded",
      ],
    ],
  ),
  ...faultsOf(
    'model/unguarded-production',
    ['model/unguarded-production'],
    [
      [
        'foreign: a wait timer alone guards nothing',
        '.length === 0 && (protection',
        '.length === 0 || (protection',
      ],
    ],
  ),
];

/** Wrong rules about what looks like a token, and about text of others that is shown. */
export const FOREIGN_MUTATIONS: readonly Mutation[] = [...TOKENS, ...FOREIGN];
