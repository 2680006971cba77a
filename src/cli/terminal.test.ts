import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigError } from '../config.ts';
import { KubeError, type KubeErrorKind } from '../kube/kube-error.ts';
import { PrintedTerminal } from './cli-fixture.ts';
import { escapeText, failWith, formatFrom, printData, table } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Escape sequences, marks that turn text around, and characters that are not seen. */
const TRICKS: readonly [string, string, string][] = [
  ['a colour', '\u001b[31mred', '\\u{1b}[31mred'],
  ['a cursor movement in one character', '\u009b2K', '\\u{9b}2K'],
  ['a bell, a backspace and a carriage return', 'a\u0007\b\r', 'a\\u{7}\\u{8}\\u{d}'],
  ['a line feed', 'a\nb', 'a\\u{a}b'],
  ['right-to-left override', 'a\u202eb', 'a\\u{202e}b'],
  ['an isolate', '\u2066a\u2069', '\\u{2066}a\\u{2069}'],
  ['a zero-width space and a soft hyphen', 'a\u200bb\u00ad', 'a\\u{200b}b\\u{ad}'],
  ['a line separator', 'a\u2028b', 'a\\u{2028}b'],
  ['a tag character', 'a\u{e0041}', 'a\\u{e0041}'],
  ['delete', 'a\u007f', 'a\\u{7f}'],
];

describe('THREATS 24: free text cannot steer a terminal', () => {
  it.each(TRICKS)('%s is shown, not obeyed', (_case, text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });

  it('what can be read is left as it is', () => {
    expect(escapeText('Zürich 서울 🚀 "x" \\ ${A}')).toBe('Zürich 서울 🚀 "x" \\ ${A}');
  });

  it.each(TRICKS)('%s is nowhere in a table, in JSON, in YAML or in an error', (_case, text) => {
    const terminal = new PrintedTerminal();
    terminal.out(table(['A'], [[text]]));
    for (const format of ['json', 'yaml'] as const) printData(terminal, format, { text, [text]: [text] });
    const call = { verb: 'get', resource: 'x', target: '', sensitive: false };
    failWith(terminal, new KubeError({ kind: 'invalid', call, serverMessage: text }));
    failWith(terminal, new Error(text));
    const everything = [...terminal.lines, ...terminal.notes].join('\n').replaceAll('\n', '');
    expect(everything).toBe(escapeText(everything));
  });

  it.each(TRICKS)('%s comes back from JSON and from YAML', (_case, text) => {
    const terminal = new PrintedTerminal();
    const data = { text, list: [{ [text]: text }], plain: 1 };
    printData(terminal, 'json', data);
    printData(terminal, 'yaml', data);
    expect([JSON.parse(terminal.lines[0] ?? ''), parse(terminal.lines[1] ?? '')]).toEqual([data, data]);
  });
});

describe('a table', () => {
  it('has columns that line up, and no spaces at the ends of lines', () => {
    expect(
      table(
        ['NAME', 'X'],
        [
          ['a', 'long'],
          ['longer-name', ''],
        ],
      ).split('\n'),
    ).toEqual(['NAME          X', 'a             long', 'longer-name']);
  });

  it('lines up by what is shown', () => {
    const [, first = '', second = ''] = table(
      ['A', 'B'],
      [
        ['\u001b', 'x'],
        ['abcdef', 'x'],
      ],
    ).split('\n');
    expect(first.indexOf('x')).toBe(second.indexOf('x'));
  });

  it('without rows is its headings', () => {
    expect(table(['A', 'B'], [])).toBe('A   B');
  });
});

describe('a format', () => {
  it('is table unless said otherwise, and nothing else is taken', () => {
    expect([formatFrom(undefined), formatFrom('json'), formatFrom('yaml')]).toEqual([
      'table',
      'json',
      'yaml',
    ]);
    expect(() => formatFrom('wide\u001b')).toThrow('-o takes table, json, yaml; got "wide\\u{1b}"');
  });

  it('yaml is YAML', () => {
    const terminal = new PrintedTerminal();
    printData(terminal, 'yaml', { a: [1, 'x'] });
    expect(terminal.text).toBe('a:\n  - 1\n  - x');
  });
});

describe('a verb that failed', () => {
  const kube = (kind: KubeErrorKind) =>
    new KubeError({
      kind,
      call: { verb: 'get', resource: 'secretscopes', target: 'a/b', sensitive: false },
      serverMessage: 'said so',
    });

  it.each<[string, unknown, number]>([
    ['the command line is wrong', new UsageError('x'), 2],
    ['a flag is wrong', new ConfigError('x'), 2],
    ['a right is missing', kube('forbidden'), 3],
    ['nobody is logged in', kube('unauthorized'), 3],
    ['the object is not there', kube('notFound'), 4],
    ['the server cannot be reached', kube('network'), 5],
    ['the server does not answer', kube('timeout'), 5],
    ['the credentials cannot be read', kube('credentials'), 5],
    ['anything else', new Error('x'), 1],
    ['what is no error', 'x', 1],
  ])('ends with its code when %s', (_case, error, code) => {
    expect(failWith(new PrintedTerminal(), error)).toBe(code);
  });

  it('G73 shows no token, neither of the server nor of what was typed', () => {
    const terminal = new PrintedTerminal();
    // never issued: the shape alone is what is detected
    const token = `ghp_${'a1B2'.repeat(9)}`;
    const call = { verb: 'get', resource: 'secretscopes', target: 'a/b', sensitive: false };
    failWith(terminal, new KubeError({ kind: 'invalid', call, serverMessage: `saw ${token}` }));
    failWith(terminal, new UsageError(`"${token}" is not a scope`));
    expect(terminal.notes[0]).toMatch(/: saw \*\*\*$/);
    expect(terminal.notes[1]).toBe('error: "***" is not a scope');
  });

  it('says what the server said, and several faults one under the other', () => {
    const terminal = new PrintedTerminal();
    failWith(terminal, kube('forbidden'));
    failWith(terminal, new ConfigError('first\nsecond'));
    expect(terminal.notes[0]).toMatch(/^error: could not get secretscopes a\/b: forbidden.*: said so$/);
    expect(terminal.notes[1]).toBe('error: first\n       second');
    expect(terminal.lines).toEqual([]);
  });
});
