import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsSegment, PREFIX, prefixesOf } from './key-separators.ts';

/** Keys that are made of separators, half separators and little else. */
const keys = fc.array(fc.constantFrom('a', 'b', '-', '--', '/', '.', '_', '\n', 'ä'), { maxLength: 12 });
const key = keys.map((parts) => parts.join(''));
const namespace = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);

describe('a prefix', () => {
  it.each(['/', '.', '_', '--', 'acme/', 'acme.', 'ACME_', 'acme--', 'a---', 'a-/'])(
    'if it is %j, it ends a segment',
    (prefix) => {
      expect([endsSegment(prefix), PREFIX.test(prefix)]).toEqual([true, true]);
    },
  );

  it.each(['', '-', 'acme', 'team-', 'a--b', 'acme/ ', 'acme/\n', 'acmé'])(
    'if it is %j, it ends in half a word and no spec may have it',
    (prefix) => {
      expect([endsSegment(prefix), PREFIX.test(prefix)]).toEqual([false, false]);
    },
  );

  it('if it has spaces or other letters before its end, no spec may have it', () => {
    expect(['a b/', 'é/', 'a\n/'].map((prefix) => PREFIX.test(prefix))).toEqual([false, false, false]);
  });
});

describe('the prefixes of a key', () => {
  it.each<[string, string[]]>([
    ['acme/web/db', ['acme/', 'acme/web/']],
    ['acme.web_db', ['acme.', 'acme.web_']],
    ['acme--web--db', ['acme--', 'acme--web--']],
    ['team-a-b', []],
    ['a---b', ['a--', 'a---']],
    ['a-', []],
    ['a--', []],
    ['acme/', []],
    ['//a', ['/', '//']],
    ['-_-', ['-_']],
    ['', []],
  ])('of %j are %j', (text, prefixes) => {
    expect(prefixesOf(text)).toEqual(prefixes);
  });

  it('are what begins it, is shorter and ends a segment; nothing else', () => {
    fc.assert(
      fc.property(key, (text) => {
        const shorter = [...text].length === 0 ? [] : Array.from(text, (_, end) => text.slice(0, end));
        expect(prefixesOf(text)).toEqual(shorter.filter((prefix) => prefix !== '' && endsSegment(prefix)));
      }),
    );
  });

  it('if one of them is followed by anything, it is a prefix of that too', () => {
    fc.assert(
      fc.property(key, fc.string({ minLength: 1 }), (text, rest) => {
        for (const prefix of prefixesOf(text)) expect(prefixesOf(prefix + rest)).toContain(prefix);
      }),
    );
  });

  it.each(['/', '.', '_'])(
    'FAULTS 7: if a namespace and %s begin a key, no other namespace does with the same sign',
    (sign) => {
      fc.assert(
        fc.property(namespace, namespace, fc.string(), (one, other, rest) => {
          fc.pre(one !== other);
          expect(prefixesOf(`${other}${sign}${rest}`)).not.toContain(`${one}${sign}`);
        }),
      );
    },
  );

  it('FAULTS 7: two hyphens may be part of a namespace, so they separate no namespaces', () => {
    expect(prefixesOf('a--b--db')).toContain('a--');
  });
});
