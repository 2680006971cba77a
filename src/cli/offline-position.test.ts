import { expect, it } from 'vitest';
import { LineCounter, parseDocument } from 'yaml';
import { lineAt, segmentsOf } from './offline-position.ts';

const TEXT = `spec:
  secrets:
    - name: A
      from:
        key: a
  targets:
    - secretName: web
      include: [X,
        Y]
      template:
        app.ini: text
`;

it.each([
  ['spec.secrets[0].from.key', 5],
  ['spec.secrets[A].from.key', 5],
  ['spec.secrets[A].from.version', 4],
  ['spec.secrets[B]', 2],
  ['spec.targets[web].include[Y]', 9],
  ['spec.targets[web].template["app.ini"]', 11],
  ['spec.targets[web].template[app.ini]', 11],
  ['spec.nothing.here', 1],
  ['', 1],
])('%s is at line %i, or at what is around it', (path, line) => {
  const lineCounter = new LineCounter();
  const { contents } = parseDocument(TEXT, { lineCounter });
  expect(lineAt(contents, path, lineCounter)).toBe(line);
});

it('of nothing is at the first line', () => {
  expect(lineAt(null, 'spec', new LineCounter())).toBe(0);
});

it('takes a path apart', () => {
  expect(segmentsOf('spec.targets[web].template["a\\"b.c"].x[3]')).toEqual([
    'spec',
    'targets',
    'web',
    'template',
    'a\\"b.c',
    'x',
    '3',
  ]);
});
