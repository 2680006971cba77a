import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplate, type TemplateFilter, templateNames } from './template.ts';

/** A parsed template on one line: text in quotes, names with their filters. */
function shown(text: string): string {
  const parsed = parseTemplate(text);
  if (parsed.kind === 'invalid') return `invalid: ${parsed.fault}`;
  const parts = parsed.parts.map((part) =>
    part.kind === 'text' ? JSON.stringify(part.text) : [part.name, ...part.filters].join('|'),
  );
  return parts.join(' ');
}

describe('what a template says', () => {
  it.each([
    ['', ''],
    ['plain', '"plain"'],
    ['${A}', 'A'],
    [`\${${'L'.repeat(253)}}`, 'L'.repeat(253)],
    ['${A}${B}', 'A B'],
    ['x${A}y', '"x" A "y"'],
    ['${ A }', 'A'],
    ['${A|base64}', 'A|base64'],
    ['${A | trim | json}', 'A|trim|json'],
    ['{"t":"${A | json}"}', '"{\\"t\\":\\"" A|json "\\"}"'],
    ['a } b', '"a } b"'],
    ['${A}}', 'A "}"'],
    ['line\n${A}\n', '"line\\n" A "\\n"'],
  ])('%j reads %s', (text, parts) => {
    expect(shown(text)).toBe(parts);
  });

  it.each([
    ['$', '"$"'],
    ['5$', '"5$"'],
    ['$A', '"$A"'],
    ['$ {A}', '"$ {A}"'],
    ['$$', '"$$"'],
    ['$$A', '"$$A"'],
    ['$$${A}', '"$${A}"'],
    ['$${A}', '"${A}"'],
    ['$${', '"${"'],
    ['x$${A}${B}', '"x${A}" B'],
    ['${A}$${B}', 'A "${B}"'],
    ['${A}$', 'A "$"'],
    ['$${$${$${', '"${${${"'],
  ])('a dollar is itself, and $${ a literal: %j reads %s', (text, parts) => {
    expect(shown(text)).toBe(parts);
  });
});

describe('what is refused: a placeholder never passes through as text', () => {
  const wrongName = 'has a placeholder that is not ${NAME} with an upper-case name';
  const unknownFilter = 'has an unknown filter after A; filters are base64, json, url, trim';
  const unclosed = 'has ${ without a closing }; write $${ for a literal ${';

  it.each([
    ['no name', '${}', wrongName],
    ['a name in lower case', '${token}', wrongName],
    ['a digit in front', '${1A}', wrongName],
    ['a default as in a shell', '${A:-x}', wrongName],
    ['a path', '${A.B}', wrongName],
    ['an environment variable', '${env:A}', wrongName],
    ['a placeholder in a placeholder', '${A${B}}', wrongName],
    ['a name that is too long', `\${${'A'.repeat(254)}}`, wrongName],
    ['a filter that does not exist', '${A | exec}', unknownFilter],
    ['a filter in upper case', '${A | JSON}', unknownFilter],
    ['a filter with an argument', '${A | trim x}', unknownFilter],
    ['no filter after the bar', '${A |}', unknownFilter],
    ['an unknown filter after a known one', '${A | json | lookup}', unknownFilter],
    ['no closing brace', 'x${A', unclosed],
    ['no closing brace at the very end', '${', unclosed],
  ])('if it has %s', (_case, text, fault) => {
    expect(parseTemplate(text)).toEqual({ kind: 'invalid', fault });
  });

  it('all faults are told at once, each one once', () => {
    expect(parseTemplate('${a} ${A|x} ${b} ${A|y} ${')).toEqual({
      kind: 'invalid',
      fault: `${wrongName}; it ${unknownFilter}; it ${unclosed}`,
    });
  });

  it('however much is wrong, the message stays readable', () => {
    const text = Array.from({ length: 1000 }, (_, i) => `\${N${i}|x}`).join('');
    expect(shown(text).length).toBeLessThan(1_000);
  });
});

describe('the names of a template', () => {
  it('are those of its placeholders, each once, in order', () => {
    const parsed = parseTemplate('${B} ${A | json} $${C} ${B | url}');
    expect(parsed.kind === 'ok' && templateNames(parsed.parts)).toEqual(['B', 'A']);
  });
});

describe('for any template', () => {
  const text = fc.string({ maxLength: 20 }).map((raw) => raw.replaceAll('$', ''));
  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/);
  const filters = fc.array(fc.constantFrom<TemplateFilter>('base64', 'json', 'url', 'trim'), {
    maxLength: 3,
  });
  const piece = fc.oneof(
    text.map((raw) => ({ source: raw, meaning: raw })),
    fc.constant({ source: '$${', meaning: '${' }),
    fc.tuple(name, filters).map(([n, f]) => {
      const inside = [n, ...f].join(' | ');
      return { source: `\${${inside}}`, meaning: `<${[n, ...f].join('|')}>` };
    }),
  );

  it('what was put together is taken apart into the same pieces', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const parsed = parseTemplate(pieces.map(({ source }) => source).join(''));
        const meaning =
          parsed.kind === 'ok' &&
          parsed.parts
            .map((p) => (p.kind === 'text' ? p.text : `<${[p.name, ...p.filters].join('|')}>`))
            .join('');
        expect(meaning).toBe(pieces.map((one) => one.meaning).join(''));
      }),
    );
  });

  it('no text makes it throw, and no ${ is left in what it takes for text unless it was escaped', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', '|', ' '), maxLength: 30 }),
        (raw) => {
          const parsed = parseTemplate(raw);
          const texts = parsed.kind === 'ok' ? parsed.parts.filter((part) => part.kind === 'text') : [];
          const literals = texts.flatMap((part) => part.text.match(/\$\{/g) ?? []).length;
          expect(literals).toBeLessThanOrEqual((raw.match(/\$\$\{/g) ?? []).length);
        },
      ),
    );
  });

  it.each([
    ['openings', '${'.repeat(100_000)],
    ['escapes', '$${'.repeat(100_000)],
    ['dollars', '$'.repeat(300_000)],
    ['placeholders', '${A}'.repeat(75_000)],
    ['wrong placeholders', '${a}'.repeat(75_000)],
    ['bars', `\${A${'|'.repeat(300_000)}}`],
    ['spaces', `\${${' '.repeat(300_000)}A`],
  ])(
    'its time grows with the length alone: many %s end soon',
    (_case, long) => {
      // a quadratic pass over 300,000 characters would run into the time limit of the test
      expect(parseTemplate(long).kind).toMatch(/ok|invalid/);
    },
    5_000,
  );
});
