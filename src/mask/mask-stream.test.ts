import { describe, expect, it } from 'vitest';
import { Masker, type MaskOptions } from './masker.ts';

const streamOf = (secrets: readonly string[], options: MaskOptions = {}) => {
  const masker = new Masker(options);
  for (const secret of secrets) masker.addValue(secret);
  return { masker, stream: masker.stream() };
};
const shown = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString();

describe('M34: a secret that comes in pieces', () => {
  it('is found, wherever it is torn', () => {
    const secret = 'correct horse battery';
    for (let cut = 1; cut < secret.length; cut++) {
      const { stream } = streamOf([secret]);
      const first = stream.write(Buffer.from(`a ${secret.slice(0, cut)}`));
      expect(shown(first)).toBe('a ');
      expect(shown(stream.write(Buffer.from(`${secret.slice(cut)}.`)))).toBe('***.');
    }
  });

  it('is found when it comes byte by byte, in any form', () => {
    const { stream } = streamOf(['p@ss/word']);
    const text = `x ${Buffer.from('p@ss/word').toString('base64')} p%40ss%2Fword y`;
    const pieces = [...Buffer.from(text)].flatMap((byte) => stream.write(Uint8Array.of(byte)));
    expect(shown([...pieces, ...stream.end()])).toBe('x *** *** y');
  });

  it('is printed at the end where it never became one', () => {
    const { stream } = streamOf(['hunter2!']);
    expect(shown(stream.write(Buffer.from('say hunter')))).toBe('say ');
    expect(shown(stream.end())).toBe('hunter');
  });

  it('holds nothing back that no secret begins with: a prompt shows at once', () => {
    const { stream } = streamOf(['hunter2!']);
    expect(shown(stream.write(Buffer.from('Continue? [y/N] ')))).toBe('Continue? [y/N] ');
  });

  it('holds back what a longer secret could still become of a shorter one', () => {
    const { stream } = streamOf(['abc', 'abcdefgh']);
    expect(shown(stream.write(Buffer.from('xabcde')))).toBe('x');
    expect(shown(stream.write(Buffer.from('-')))).toBe('***de-');
  });

  it('is one mask with the one that it touches, in another chunk, too', () => {
    const { stream } = streamOf(['foofoo', 'barbar']);
    expect(shown(stream.write(Buffer.from('xfoofoo')))).toBe('x***');
    expect(shown(stream.write(Buffer.from('barbar')))).toBe('');
    expect(shown(stream.write(Buffer.from('y')))).toBe('y');
  });

  it('never ends, and needs no memory for it', () => {
    const { stream } = streamOf(['aaaaaaaa']);
    const chunk = Buffer.alloc(1_000, 'a');
    expect(shown(stream.write(chunk))).toBe('***');
    for (let count = 0; count < 100; count++) expect(shown(stream.write(chunk))).toBe('');
    expect(stream.heldBytes).toBe(7);
    expect(shown(stream.end())).toBe('');
  });
});

describe('what the caller does with its chunk', () => {
  it('does not matter afterwards: what is held is a copy', () => {
    const { stream } = streamOf(['hunter2!']);
    const chunk = Buffer.from('say hunt');
    stream.write(chunk);
    chunk.fill('-');
    expect(shown(stream.write(Buffer.from('er2! now')))).toBe('*** now');
  });

  it('passes through uncopied where there is nothing to mask', () => {
    const { stream } = streamOf(['hunter2!']);
    const chunk = Buffer.from('nothing to see here.');
    const [piece] = stream.write(chunk);
    expect(piece?.buffer).toBe(chunk.buffer);
  });

  it('may be empty', () => {
    const { stream } = streamOf(['hunter2!']);
    expect(stream.write(new Uint8Array())).toEqual([]);
    expect(stream.end()).toEqual([]);
  });
});

describe('bytes that are no text', () => {
  it('pass as they are', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const { stream } = streamOf(['hunter2!']);
    expect(Buffer.concat([...stream.write(all), ...stream.end()]).equals(all)).toBe(true);
  });
});

describe('secrets that come while the text does', () => {
  it('count from then on, also for what is held back', () => {
    const { masker, stream } = streamOf(['first-one']);
    expect(shown(stream.write(Buffer.from('second-one fir')))).toBe('second-one ');
    masker.addValue('second-one');
    masker.addValue('fir se');
    expect(shown(stream.write(Buffer.from(' sea|')))).toBe('***a|');
    expect(shown(stream.write(Buffer.from('second-one|')))).toBe('***|');
  });
});

describe('with detection', () => {
  const token = `ghp_${'aB3'.repeat(12)}`;

  it('a token that nobody registered is found, wherever it is torn', () => {
    for (let cut = 1; cut < token.length; cut++) {
      const { stream } = streamOf([], { detect: true });
      const pieces = [token.slice(0, cut), `${token.slice(cut)} b\n`].flatMap((part) =>
        stream.write(Buffer.from(part)),
      );
      expect(shown([...pieces, ...stream.end()])).toBe('*** b\n');
    }
  });

  it('a token stays one where a secret may begin within it', () => {
    const { stream } = streamOf(['aB3aB3aB3aB3-and-more'], { detect: true });
    const pieces = stream.write(Buffer.from(`x ${token}`));
    expect(shown([...pieces, ...stream.write(Buffer.from(' y\n')), ...stream.end()])).toBe('x *** y\n');
  });

  it('a token that is longer than what is held back is masked to its end, and one mask', () => {
    const long = `eyJ${'hbGciOiJIUzI1NiJ9'.repeat(4)}.eyJ${'zdWIiOiIxIn0'.repeat(4_000)}.${'aB3-_x'.repeat(10_000)}`;
    const text = Buffer.from(`x ${long} y\n`);
    for (const size of [997, 16_384, 65_536]) {
      const { stream } = streamOf([], { detect: true });
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < text.length; at += size)
        pieces.push(...stream.write(text.subarray(at, at + size)));
      expect(shown([...pieces, ...stream.end()])).toBe('x *** y\n');
    }
  });
});
