import { describe, expect, it } from 'vitest';
import { type DotenvFile, readDotenv } from './dotenv-file.ts';

function values(file: DotenvFile): Record<string, string> {
  if (file.kind === 'fault') throw new Error(`line ${file.line}: ${file.fault}`);
  return Object.fromEntries(file.entries.map(({ name, text }) => [name, text]));
}
const valuesOf = (text: string) => values(readDotenv(text));

describe('GX44 a dotenv file is read as gh reads it', () => {
  it.each([
    [
      'assignments, quotes, comments and export',
      'FOO=bar\nQUOTED="my value"\n#IGNORED=true\nexport SHELL=bash\n',
      { FOO: 'bar', QUOTED: 'my value', SHELL: 'bash' },
    ],
    ['a colon for an equals sign', 'FOO: bar\n', { FOO: 'bar' }],
    ['a comment only after white space', 'A=1 # c\nB=a#b\n', { A: '1', B: 'a#b' }],
    ['single quotes as they are', 'A=\'a $B \\n "c" # d\'\n', { A: 'a $B \\n "c" # d' }],
    ['line feeds in double quotes', 'A="one\\ntwo\\r"\n', { A: 'one\ntwo\r' }],
    ['values of several lines', 'MULTI="line1\nline2"\nX=1\n', { MULTI: 'line1\nline2', X: '1' }],
    [
      'values of several lines in single quotes',
      "MULTI='line1\nline2'\nX=1\n",
      { MULTI: 'line1\nline2', X: '1' },
    ],
    ['empty values', 'EMPTY=\nE2=""\n', { EMPTY: '', E2: '' }],
    ['an empty value at the end', 'EMPTY=', { EMPTY: '' }],
    ['carriage returns', 'A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['the last of two assignments', 'A=1\nA=2\n', { A: '2' }],
    ['an equals sign within', 'A=b=c=\n', { A: 'b=c=' }],
    ['an escaped quote within', 'A="say \\"hi\\""\n', { A: 'say "hi"' }],
    ['a comment after quotes', 'A="1" # c\nB=2', { A: '1', B: '2' }],
    ['spaces around the name and the value', '  A = 1  \n', { A: '1' }],
    ['names that begin with export', 'exported=1\nexport=2\n', { exported: '1', export: '2' }],
    ['no line feed at the end', 'A=1', { A: '1' }],
    [
      'names that only GitHub refuses',
      '1ABC=x\nGITHUB_X=y\nfoo.bar=z\nOK=1\n',
      { '1ABC': 'x', GITHUB_X: 'y', 'foo.bar': 'z', OK: '1' },
    ],
    ['nothing', '\n\n# only this\n', {}],
  ])('%s', (_, text, expected) => {
    expect(valuesOf(text)).toEqual(expected);
  });
});

describe('K9 a dollar stands for something else, and that is told', () => {
  const expansionsOf = (text: string) => {
    const file = readDotenv(text);
    return file.kind === 'read'
      ? file.entries.map(({ name, text: value, expansions }) => [name, value, expansions])
      : file;
  };

  it('where a password is cut by it', () => {
    expect(expansionsOf('PASS=p$ssword\nPASS2=p$SSWORD\n')).toEqual([
      ['PASS', 'p$ssword', []],
      ['PASS2', 'p', ['nothing']],
    ]);
  });

  it('where it is another name of the file, with braces and without', () => {
    expect(expansionsOf('A=1\nB=$A\nC="${A}x"\n')).toEqual([
      ['A', '1', []],
      ['B', '1', ['another name']],
      ['C', '1x', ['another name']],
    ]);
  });

  it('and not where it is escaped, or in single quotes', () => {
    expect(expansionsOf("A=\\$B\nC='$B'\nD=$(date)\n")).toEqual([
      ['A', '$B', []],
      ['C', '$B', []],
      ['D', '(date)', []],
    ]);
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['MissingSeparator', 'A=1\nJUSTKEY\n', 2],
    ['MissingSeparator', 'JUSTKEY', 1],
    ['InvalidName', 'A=1\n\nMY-KEY=hunter2\n', 3],
    ['MissingName', '=hunter2\n', 1],
    ['UnterminatedQuote', 'A="hunter2\nB=1\n', 1],
    ['UnterminatedQuote', "A='hunter2\n", 1],
  ] as const)('is told by its fault, %s, and its line, without any of its text', (fault, text, line) => {
    const read = readDotenv(text);
    expect(read).toEqual({ kind: 'fault', fault, line });
  });
});
