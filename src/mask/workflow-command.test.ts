import { describe, expect, it } from 'vitest';
import { parseCommand } from './workflow-command.ts';

const addMask = (data: string) => ({ kind: 'addMask', data });
const stop = (token: string) => ({ kind: 'stopCommands', token });
const NONE = { kind: 'none' };
const RESUME = { kind: 'resume' };

describe('a line of output', () => {
  it.each([
    ['M24', '::add-mask::tulip', addMask('tulip')],
    ['M24: data is not trimmed', '::add-mask:: tulip ', addMask(' tulip ')],
    ['M24: CR, LF and percent are unescaped', '::add-mask::a%0D%0Ab%25c', addMask('a\r\nb%c')],
    ['M24: percent is unescaped last', '::add-mask::a%250Ab', addMask('a%0Ab')],
    ['M24: escapes are upper-case', '::add-mask::a%0ab%3B%5D', addMask('a%0ab%3B%5D')],
    ['M24: data may have colons', '::add-mask::a::b', addMask('a::b')],
    ['M24: blank data is data', '::add-mask::', addMask('')],
    ['M25: white space before it', ' \t\u00a0\u3000::add-mask::tulip', addMask('tulip')],
    ['M25: a byte order mark before it', '\ufeff::add-mask::tulip', addMask('tulip')],
    ['M25: any case', '::Add-MASK::tulip', addMask('tulip')],
    ['M25: parameters', '::add-mask a=b,c=d::tulip', addMask('tulip')],
    ['M25: a space and no parameters', '::add-mask ::tulip', addMask('tulip')],
    ['M25: the old form', '##[add-mask]tulip', addMask('tulip')],
    ['M25: the old form with parameters', '##[add-mask a=b;c=d]tulip', addMask('tulip')],
    ['M25: the old form after text', 'note ##[ADD-mask]tulip', addMask('tulip')],
    ['M25: more escapes in the old form', '##[add-mask]a%3Bb%5Dc%0D%0A%25', addMask('a;b]c\r\n%')],
    ['M25: the old form where the new one has no end', '::add-mask ##[add-mask]tulip', addMask('tulip')],
    ['M25: text before it', 'note ::add-mask::tulip', NONE],
    ['M25: one colon', ':add-mask::tulip', NONE],
    ['M25: three colons', ':::add-mask::tulip', NONE],
    ['M25: no end of the name', '::add-mask:tulip', NONE],
    ['M25: another name', '::add-masks::tulip', NONE],
    ['M25: letters that only look so', '::add-ma\u017fk::tulip', NONE],
    ['M25: white space after the colons', ':: add-mask::tulip', NONE],
    ['M25: no end of the bracket', '##[add-mask tulip', NONE],
    ['M25: only the first bracket counts', '##[x] ##[add-mask]tulip', NONE],
    ['other commands', '::set-output name=x::y', NONE],
    ['text', 'tulip', NONE],
    ['nothing', '', NONE],
    ['M26', '::stop-commands::tulip-9', stop('tulip-9')],
    ['M26: any case', '::STOP-commands::tulip-9', stop('tulip-9')],
    ['M26: the old form', '##[stop-commands]tulip-9', stop('tulip-9')],
    ['M26: a short token', '::stop-commands::x', stop('x')],
    ['M26: an empty token stops nothing', '::stop-commands::', NONE],
    ['M26: pause-logging stops nothing', '::stop-commands::Pause-Logging', NONE],
    ['M26: a command is no token', '::stop-commands::Add-Mask', NONE],
    ['M26: stop-commands is no token', '::stop-commands::stop-commands', NONE],
    ['M26: resume without a stop', '::tulip-9::', NONE],
  ])('%s: %s', (_rule, line, expected) => {
    expect(parseCommand(line, undefined)).toEqual(expected);
  });
});

it.each([
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'warning',
])('M26: %s, which any step may print, is no token that stops masking', (name) => {
  expect(parseCommand(`::stop-commands::${name}`, undefined)).toEqual(NONE);
});

describe('a line while commands are stopped', () => {
  it.each([
    ['the token', '::Tulip-9::', RESUME],
    ['any case of the token', ' ::TULIP-9::', RESUME],
    ['parameters and data', '::tulip-9 a=b::more', RESUME],
    ['the old form', 'note ##[tulip-9]', RESUME],
    ['a mask', '::add-mask::rose', NONE],
    ['another stop', '::stop-commands::rose-99', NONE],
    ['another token', '::tulip-8::', NONE],
    ['the token as a part of a name', '::tulip-99::', NONE],
    ['no end of the name', '::tulip-9', NONE],
  ])('M26: %s: %s', (_rule, line, expected) => {
    expect(parseCommand(line, 'Tulip-9')).toEqual(expected);
  });

  it('M26: a token that has a space never resumes', () => {
    expect(parseCommand('::tulip 9::', 'tulip 9')).toEqual(NONE);
  });

  it('M26: letters beyond ASCII have case too', () => {
    expect(parseCommand('::SCHLÜSSEL::', 'schlüssel')).toEqual(RESUME);
    expect(parseCommand('::strasse::', 'straße')).toEqual(NONE);
  });
});
