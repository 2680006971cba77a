/** Bytes on their way through a filter, with real streams and without a process. */
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Masker } from '../mask/masker.ts';
import { filterFor } from './exec-masking.ts';
import { type ByteFilter, FilterChain, Pump } from './exec-pump.ts';

const AS_IT_IS: ByteFilter = { write: (chunk) => [chunk], end: () => [] };

function masking(...secrets: string[]): ByteFilter {
  const masker = new Masker();
  for (const secret of secrets) masker.addValue(secret);
  return masker.stream();
}

/** Takes one write at a time, each when it is let. */
class SlowReader extends Writable {
  readonly writes: string[] = [];
  #go: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 8 });
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.writes.push(chunk.toString());
    this.#go = done;
  }

  let(): void {
    const go = this.#go;
    this.#go = undefined;
    go?.();
  }
}

function refusing(code: string, after = 0): Writable {
  let taken = 0;
  return new Writable({
    write: (_chunk, _encoding, done) => {
      taken += 1;
      done(taken > after ? Object.assign(new Error(`refused: ${code}`), { code }) : null);
    },
  });
}

function collecting(): { readonly to: Writable; readonly writes: string[] } {
  const writes: string[] = [];
  const to = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.toString());
      done();
    },
  });
  return { to, writes };
}

describe('what is carried', () => {
  it('is written in one piece for what was read in one', async () => {
    const [from, { to, writes }] = [new PassThrough(), collecting()];
    const { done } = new Pump(from, to, masking('tulip'));
    from.end('a tulip, a tulip and a tulip.');
    expect(await done).toBeUndefined();
    expect(writes).toEqual(['a ***, a *** and a ***.']);
  });

  it('M34 ends with what was held back', async () => {
    const [from, { to, writes }] = [new PassThrough(), collecting()];
    const { done } = new Pump(from, to, masking('tulip-99'));
    from.end('a tulip-9');
    await done;
    expect(writes.join('')).toBe('a tulip-9');
  });

  it('waits for its reader: what is not taken is not read', async () => {
    const [from, to] = [new PassThrough({ highWaterMark: 8 }), new SlowReader()];
    const { done } = new Pump(from, to, AS_IT_IS);
    let accepted = 0;
    while (accepted < 100 && from.write('12345678')) accepted += 1;
    await sleep(20);
    while (accepted < 100 && from.write('12345678')) {
      accepted += 1;
      await sleep(1);
    }
    expect(accepted).toBeLessThan(10);
    from.end();
    const letting = setInterval(() => to.let(), 1);
    await done;
    clearInterval(letting);
    expect(to.writes.join('').replaceAll('12345678', '')).toBe('');
  });
});

describe('a chain of filters', () => {
  it('M24 ends the first before the second: what the first held back is masked', () => {
    const masker = new Masker();
    masker.addValue('add-mas');
    masker.addValue('tulip');
    const chain = filterFor(masker, true, () => undefined);
    const shown = [...chain.write(Buffer.from('a tuli')), ...chain.end()];
    expect(Buffer.concat(shown).toString()).toBe('a tuli');
    const other = filterFor(masker, true, () => undefined);
    expect(Buffer.concat([...other.write(Buffer.from('::add-mas')), ...other.end()]).toString()).toBe(
      '::***',
    );
  });

  it('hands on every piece', () => {
    const twice: ByteFilter = { write: (chunk) => [chunk, chunk], end: () => [Buffer.from('1')] };
    const marked: ByteFilter = {
      write: (chunk) => [Buffer.from(`<${Buffer.from(chunk).toString()}>`)],
      end: () => [Buffer.from('2')],
    };
    const chain = new FilterChain(twice, marked);
    const pieces = [...chain.write(Buffer.from('a')), ...chain.end()];
    expect(Buffer.concat(pieces).toString()).toBe('<a><a><1>2');
  });
});

describe('once the command has ended', () => {
  it('what goes on without an end is waited for no longer than it is told', async () => {
    const [from, { to, writes }] = [new PassThrough(), collecting()];
    const pump = new Pump(from, to, masking('tulip-99'));
    from.write('said tulip-99, and tuli');
    expect(await pump.endWithin(120)).toBeUndefined();
    expect(writes.join('')).toBe('said ***, and tuli');
    expect(from.destroyed).toBe(true);
  });

  it('the time that the reader needs does not count', async () => {
    const [from, to] = [new PassThrough(), new SlowReader()];
    const pump = new Pump(from, to, AS_IT_IS);
    from.write('the first part, ');
    await sleep(10);
    const ending = pump.endWithin(100);
    from.end('and the last');
    await sleep(400);
    const letting = setInterval(() => to.let(), 1);
    await ending;
    clearInterval(letting);
    expect(to.writes.join('')).toBe('the first part, and the last');
  });

  it('no more is carried than any pipe holds', async () => {
    const [from, { to, writes }] = [new PassThrough(), collecting()];
    const pump = new Pump(from, to, AS_IT_IS);
    const ending = pump.endWithin(60_000);
    const chunk = Buffer.alloc(1_048_576, 'x');
    const talking = setInterval(() => void (from.destroyed || from.write(chunk)), 1);
    await ending;
    clearInterval(talking);
    expect(writes.join('').length).toBe(5 * chunk.length);
  });
});

describe('a reader', () => {
  it.each(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'])(
    'that has left (%s) is no error, and ends the reading',
    async (code) => {
      const from = new PassThrough();
      const { done } = new Pump(from, refusing(code), AS_IT_IS);
      from.write('a');
      expect(await done).toBeUndefined();
      expect(from.destroyed).toBe(true);
    },
  );

  it('that cannot take more is told', async () => {
    const from = new PassThrough();
    const pump = new Pump(from, refusing('ENOSPC'), AS_IT_IS);
    from.write('a');
    expect((await pump.endWithin(1_000))?.message).toContain('refused: ENOSPC');
    expect(from.destroyed).toBe(true);
  });
});
