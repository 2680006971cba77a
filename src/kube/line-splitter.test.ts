import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineSplitter, LineTooLong } from './line-splitter.ts';

it('lines are the same however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replace(/\s/g, '_'))),
      fc.array(fc.nat({ max: 7 })),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const splitter = new LineSplitter(1_000_000);
        const out: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          out.push(...splitter.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        expect(out).toEqual(lines.filter((line) => line.trim() !== ''));
        expect(splitter.midLine).toBe(false);
      },
    ),
  );
});

it('a stream that ends inside a line says so', () => {
  const splitter = new LineSplitter(100);
  expect([...splitter.push(Buffer.from('{"a":1}\n{"b"'))]).toEqual(['{"a":1}']);
  expect(splitter.midLine).toBe(true);
});

it('a line over the limit is refused before it is complete', () => {
  const splitter = new LineSplitter(10);
  expect([...splitter.push(Buffer.from('123456789'))]).toEqual([]);
  expect(() => [...splitter.push(Buffer.from('0123'))]).toThrow(LineTooLong);
});

it('the limit is for one line, not for the stream', () => {
  const splitter = new LineSplitter(10);
  for (let i = 0; i < 100; i++) expect([...splitter.push(Buffer.from('1234567\n'))]).toEqual(['1234567']);
});
