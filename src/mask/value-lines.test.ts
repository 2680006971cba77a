import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Addition } from './extra-forms.ts';
import { maskValues, variableValues } from './value-lines.ts';

const valuesOf = (value: string, ...additions: Addition[]) => variableValues('S', value, new Set(additions));

describe('of a variable', () => {
  it.each([
    ['the trimmed value alone, of one line', '  tulip-9\t', ['tulip-9']],
    ['the whole and each line', 'tulip\nrose', ['tulip\nrose', 'tulip', 'rose']],
    ['lines that end with CR, LF or both', 'a1\rb2\r\nc3', ['a1\rb2\r\nc3', 'a1', 'b2', 'c3']],
    [
      'lines without their indentation',
      'k: |\n    deep-tulip',
      ['k: |\n    deep-tulip', 'k: |', 'deep-tulip'],
    ],
    ['no blank line', 'aaa\n \n\n\u00a0\nbbb', ['aaa\n \n\n\u00a0\nbbb', 'aaa', 'bbb']],
    ['white space as .NET trims it', '\u0085\u3000tulip\u2028', ['tulip']],
    ['the byte order mark, which .NET keeps', '\ufefftulip', ['\ufefftulip']],
    ['each line once', 'aaa\naaa', ['aaa\naaa', 'aaa']],
    ['nothing of a blank value', ' \r\n\t', []],
  ])('M21: registers %s', (_rule, value, expected) => {
    expect(valuesOf(value)).toEqual(expected);
  });

  it.each(['ACTIONS_STEP_DEBUG', 'ACTIONS_RUNNER_DEBUG', 'actions_step_debug'])(
    'M21: %s is exempt',
    (name) => {
      expect(variableValues(name, 'true', new Set())).toEqual([]);
    },
  );

  it('M21: a name that only looks exempt is not', () => {
    expect(variableValues('ACTION\u017f_STEP_DEBUG', 'true', new Set())).toEqual(['true']);
    expect(variableValues('MY_ACTIONS_STEP_DEBUG', 'true', new Set())).toEqual(['true']);
  });
});

describe('structuredLines', () => {
  const json = '{\n  "more": [\n  ],\n  "password": "tulip"\n}';

  it('M31: without it, a bracket on a line of its own is a secret', () => {
    expect(valuesOf(json)).toEqual(expect.arrayContaining(['{', '}', '],']));
  });

  it('M31: leaves out lines of one or two characters of a structured value', () => {
    expect(valuesOf(json, 'structuredLines')).toEqual([json, '"more": [', '"password": "tulip"']);
  });

  it('M31: keeps lines of three characters', () => {
    expect(valuesOf('[\n7,8\n]', 'structuredLines')).toEqual(['[\n7,8\n]', '7,8']);
  });

  it('M31: keeps short lines of any other value', () => {
    expect(valuesOf('ab\ncd', 'structuredLines')).toEqual(['ab\ncd', 'ab', 'cd']);
  });
});

describe('of ::add-mask::', () => {
  it.each([
    ['the data untrimmed, and trimmed', ' tulip ', [' tulip ', 'tulip']],
    ['each line', 'tulip\r\n rose\n\n', ['tulip\r\n rose\n\n', 'tulip', 'rose']],
    ['one line once', 'tulip', ['tulip']],
    ['nothing of blank data', ' \u0085\r\n', []],
    ['nothing of no data', '', []],
  ])('M24: registers %s', (_rule, data, expected) => {
    expect(maskValues(data)).toEqual(expected);
  });

  it('every line of any value is registered without white space around it', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const values = maskValues(lines.join('\n'));
        for (const line of lines) if (line.trim() !== '') expect(values).toContain(line.trim());
      }),
    );
  });
});
