import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLANK_MASK, LONG_COMMAND } from './command-events.ts';
import { CommandFilter } from './command-filter.ts';

function filtered(chunks: readonly (string | Uint8Array)[]) {
  const events: string[] = [];
  const filter = new CommandFilter({
    addMask: (data) => events.push(`mask ${data}`),
    maskToken: (token) => events.push(`token ${token}`),
    warning: (text) => events.push(text),
  });
  const shown = chunks.map((chunk) => Buffer.concat(filter.write(Buffer.from(chunk as string))));
  const rest = Buffer.concat(filter.end());
  return { shown: shown.map(String), rest: rest.toString(), all: Buffer.concat([...shown, rest]), events };
}

const run = (text: string) => {
  const { all, events } = filtered([text]);
  return [all.toString(), ...events];
};

describe('a stream with commands', () => {
  it.each([
    ['M24: takes out the line of a mask', 'a\n::add-mask::tulip\nb\n', 'a\nb\n', 'mask tulip'],
    ['M24: with CRLF', 'a\r\n::add-mask::tulip\r\nb\r\n', 'a\r\nb\r\n', 'mask tulip'],
    ['M24: with CR', 'a\r::add-mask::tulip\rb', 'a\rb', 'mask tulip'],
    ['M24: without an end', 'a\n::add-mask::tulip', 'a\n', 'mask tulip'],
    ['M24: with white space before it', 'a\n \u3000\t::add-mask::tulip\nb', 'a\nb', 'mask tulip'],
    ['M24: several lines', '::add-mask::a\n::add-mask::b\n', '', 'mask a', 'mask b'],
    ['M24: unescaped', '::add-mask::a%0Ab%25\n', '', 'mask a\nb%'],
    ['M24: warns of blank data', 'a\n::add-mask:: \t\nb', 'a\nb', BLANK_MASK],
    ['M25: the old form', 'a\n ##[add-mask]tulip\nb', 'a\nb', 'mask tulip'],
    ['M25: the old form after text that stays', 'note ##[add-mask]tulip\r\nb', 'note \r\nb', 'mask tulip'],
    ['M25: the old form after hashes', '####[add-mask]tulip\nb', '##\nb', 'mask tulip'],
    ['M24: with CR, and LF later', '::add-mask::tulip\rx\n\r\n', 'x\n\r\n', 'mask tulip'],
    ['M25: text before the colons', 'x ::add-mask::tulip\n', 'x ::add-mask::tulip\n'],
    ['M25: another bracket first', '##[x]##[add-mask]tulip\n', '##[x]##[add-mask]tulip\n'],
    [
      'M25: lines that only begin like a command',
      '::add-mask\n::add-masks::\n##[add\n:\n#\n',
      '::add-mask\n::add-masks::\n##[add\n:\n#\n',
    ],
    [
      'M25: other commands stay',
      '::group::x\n::set-output name=a::b\n',
      '::group::x\n::set-output name=a::b\n',
    ],
    [
      'M26: stops and resumes, in sight',
      '::stop-commands::tulip-9\n::add-mask::a\n::TULIP-9::\n::add-mask::b\n',
      '::stop-commands::tulip-9\n::add-mask::a\n::TULIP-9::\n',
      'token tulip-9',
      'mask b',
    ],
    ['M26: a token of six is not masked', '::stop-commands::tulip9\nx\n', '::stop-commands::tulip9\nx\n'],
    [
      'M26: resumes in the old form',
      '::stop-commands::x\na ##[x]\n::add-mask::b\n',
      '::stop-commands::x\na ##[x]\n',
      'mask b',
    ],
    [
      'M26: is not stopped by a name of a command',
      '::stop-commands::debug\n::add-mask::b\n',
      '::stop-commands::debug\n',
      'mask b',
    ],
  ])('%s', (_rule, text, ...expected) => {
    expect(run(text)).toEqual(expected);
    const bytes = [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
    const { all, events } = filtered(bytes);
    expect([all.toString(), ...events]).toEqual(expected);
  });

  it('M24: only the LF that belongs to the CR of a mask goes with it', () => {
    expect(filtered(['::add-mask::tulip\r', '\nx']).all.toString()).toBe('x');
    expect(filtered(['::add-mask::tulip\rx', '\ny']).all.toString()).toBe('x\ny');
    expect(filtered(['::add-mask::tulip\n', '\nx']).all.toString()).toBe('\nx');
  });

  it('M26: resumes with a token of any letters', () => {
    const text = '::stop-commands::비밀비밀비밀비밀\n::비밀비밀비밀비밀::\n';
    expect(run(`${text}::add-mask::rose\n`)).toEqual([text, 'token 비밀비밀비밀비밀', 'mask rose']);
  });

  it('M26: tells of the token before it shows the line that has it', () => {
    const order: string[] = [];
    const filter = new CommandFilter({
      addMask: () => order.push('mask'),
      maskToken: () => order.push('token'),
      warning: () => order.push('warning'),
    });
    const shown = filter.write(Buffer.from('::stop-commands::tulip-9\n'));
    expect(order).toEqual(['token']);
    expect(Buffer.concat(shown).toString()).toBe('::stop-commands::tulip-9\n');
  });
});

describe('bytes that are no command', () => {
  it.each([
    ['text without an end', 'Password: '],
    ['a colon in a line', 'a::b::c'],
    ['colons that name nothing of ours', '::notice'],
    ['a prompt with a hash and a space', 'root@pod:/# '],
    ['a bracket that names nothing of ours', 'a ##[section'],
    ['a second bracket', '##[a] ##[add-'],
    ['a progress bar', '\r 40 % ='],
    ['NUL', '\u0000\u0000'],
    ['empty lines', '\n\r\n\r'],
  ])('are shown at once: %s', (_case, text) => {
    expect(filtered([text])).toMatchObject({ shown: [text], rest: '', events: [] });
  });

  it.each([
    ['white space', '  '],
    ['a character of white space', '\u3000'],
    ['a colon', ':'],
    ['a beginning of the name', '::add-'],
    ['the name', '::add-mask'],
    ['the name and a colon', '::add-mask:'],
    ['the data', '::add-mask::tul'],
    ['a parameter', '::add-mask a=b'],
    ['a hash', '#'],
    ['a bracket', '##[Add'],
  ])('wait at the start of a line while they may become one: %s', (_case, text) => {
    expect(filtered(['before\n', text]).shown).toEqual(['before\n', '']);
  });

  it('wait at the start of a line where half a character may become white space', () => {
    const [half, rest] = [Buffer.from('\u3000').subarray(0, 2), Buffer.from('\u3000').subarray(2)];
    expect(filtered([half]).shown).toEqual(['']);
    expect(filtered([half, rest, '::add-mask::tulip\nx'])).toMatchObject({
      shown: ['', '', 'x'],
      events: ['mask tulip'],
    });
    expect(filtered([half, Uint8Array.of(0x83), 'x']).all.toString()).toBe('\u3003x');
  });

  it('are shown as soon as they cannot become one', () => {
    expect(filtered([' :', ':add', '-ma', 'p', '::x']).shown).toEqual(['', '', '', ' ::add-map', '::x']);
    expect(filtered(['a #', '#', '[', 'x', ']']).shown).toEqual(['a ', '', '', '##[x', ']']);
  });

  it('leave as one piece, the very bytes that came', () => {
    const chunk = Buffer.from('one\ntwo\r\nthree #1\n\nfour');
    const filter = new CommandFilter({ addMask: fail, maskToken: fail, warning: fail });
    const [only, ...more] = filter.write(chunk);
    expect(more).toEqual([]);
    expect(only?.buffer).toBe(chunk.buffer);
    expect(only?.length).toBe(chunk.length);
  });

  it('pass untouched, however they are cut, where no line is a command', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (chunks) => {
        expect(filtered(chunks).all).toEqual(Buffer.concat(chunks));
      }),
      { numRuns: 2_000 },
    );
  });

  it('that wait are kept when their chunk is used for something else', () => {
    const filter = new CommandFilter({ addMask: fail, maskToken: fail, warning: fail });
    const chunk = Buffer.from('::add-');
    expect(filter.write(chunk)).toEqual([]);
    chunk.fill(0);
    expect(Buffer.concat([...filter.write(Buffer.from('x\n')), ...filter.end()]).toString()).toBe(
      '::add-x\n',
    );
  });
});

function fail(text: string): never {
  throw new Error(text);
}

describe('any stream', () => {
  const piece = fc.constantFrom(
    ...[
      '::',
      ':',
      '#',
      '##[',
      ']',
      'add-mask',
      'ADD-mask',
      'stop-commands',
      'tulip-9',
      ' ',
      '\t',
      '\u3000',
      '\u2028',
    ],
    ...[
      '\n',
      '\r',
      '\r\n',
      '%0A',
      'x',
      'é',
      '\u{1f511}',
      '\u0000',
      '::add-mask::',
      '##[add-mask]',
      '::tulip-9::',
    ],
    ...['::stop-commands::tulip-9\n', '\n::add-mask::rose\n', '\n::add-mask a=b::rose\r\n'],
  );
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 8 });

  it('is filtered in the same way however it is cut', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), cuts, (pieces, at) => {
        const bytes = Buffer.from(pieces.join(''));
        const whole = filtered([bytes]);
        const ends = [...at.map((end) => end % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
        const cut = filtered(ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)));
        expect([cut.all.toString(), cut.events]).toEqual([whole.all.toString(), whole.events]);
        const single = filtered([...bytes].map((byte) => Uint8Array.of(byte)));
        expect([single.all.toString(), single.events]).toEqual([whole.all.toString(), whole.events]);
      }),
      { numRuns: 20_000 },
    );
  }, 60_000);

  it('never shows the data of a mask', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const before = pieces.join('').replaceAll('stop-commands', 'stop');
        const { all, events } = filtered([`${before}\n::add-mask::SECRET\nafter`]);
        expect(all.toString()).not.toContain('SECRET');
        expect(events).toContain('mask SECRET');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a command without an end', () => {
  const long = 'x'.repeat(300_000);

  it.each([1, 4_096, 262_144])('is never shown once it is over 256 kB, in chunks of %i', (size) => {
    const bytes = Buffer.from(`a\n::add-mask::${long}\nb\n::add-mask::tulip\nc`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    const { all, events } = filtered(chunks);
    expect(all.toString()).toBe('a\nb\nc');
    expect(events).toEqual([LONG_COMMAND, 'mask tulip']);
  });

  it('of 256 kB is obeyed', () => {
    const data = 'x'.repeat(262_144 - '::add-mask::'.length);
    expect(run(`::add-mask::${data}\nb`)).toEqual(['b', `mask ${data}`]);
    expect(run(`::add-mask::${data}x\nb`)).toEqual(['b', LONG_COMMAND]);
  });

  it('resumes commands all the same', () => {
    const text = `::stop-commands::tulip-9\n::tulip-9::${long}\n`;
    expect(run(`${text}::add-mask::rose\n`)).toEqual([text, 'token tulip-9', 'mask rose']);
  });

  it('may follow any amount of white space, of which little is held', () => {
    const { shown, events } = filtered([' '.repeat(10_000), ' '.repeat(10), '::add-mask::tulip\nb']);
    expect(shown).toEqual([' '.repeat(10_000), '', '\nb']);
    expect(events).toEqual(['mask tulip']);
  });
});

// a tenth of a second: what is too quick to be measured is quick enough
const NOISE_US = 100_000;

describe('the cost', () => {
  it.each([
    ['short lines', 'a line of a log\n'],
    ['lines with colons', 'std::string::npos\n'],
    ['lines with CRLF', 'a line of a log\r\n'],
    ['brackets', '##[x]##[y]'],
    ['one line', 'xxxxxxxxxxxxxxxx'],
    ['white space', '                '],
    ['empty lines', '\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n'],
    ['CRs', '\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r'],
    ['hashes', '################'],
  ])('is linear: 4 MB of %s take no more than 10 times what 1 MB takes, and some noise', (_case, unit) => {
    const chunk = Buffer.from(unit.repeat(524_288 / unit.length));
    const cost = (chunks: number): number => {
      const filter = new CommandFilter({ addMask: fail, maskToken: fail, warning: fail });
      // of this process: what others do on the machine does not count
      const began = process.cpuUsage();
      for (let at = 0; at < chunks; at += 1) filter.write(chunk);
      return process.cpuUsage(began).user;
    };
    cost(2);
    // four times as much: 4 if linear, 16 if quadratic
    expect(cost(8)).toBeLessThan(10 * cost(2) + NOISE_US);
  });
});
