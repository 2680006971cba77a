import { describe, expect, it } from 'vitest';
import { subject, TARGET } from './a-gate.fixture.ts';
import { compareLines, covers, isSameName, isSameRecipient, samePlan } from './coverage.ts';

const plan = subject;
const exact = (...lines: string[]) => subject(lines, { pin: 'Version' });

describe('what was approved covers', () => {
  it.each([
    ['the same lines', plan(['A', 'B']), plan(['B', 'A']), true],
    ['fewer of them', plan(['A', 'B']), plan(['A']), true],
    ['none at all', plan(['A']), plan([]), true],
    ['not one more', plan(['A']), plan(['A', 'B']), false],
    ['FAULTS 30: not one that means something else', plan(['A']), plan(['A=other']), false],
    ['any version, where access was approved', plan(['A@1']), plan(['A@2']), true],
    ['one version, where access was approved', plan(['A@1']), exact('A@2'), true],
    ['that version, where it was approved', exact('A@1'), exact('A@1'), true],
    ['no other version, where one was approved', exact('A@1'), exact('A@2'), false],
    ['not whatever is current, where one version was approved', exact('A@1'), plan(['A@1']), false],
    ['nothing of another scope', plan(['A']), plan(['A'], { scopeUID: 'x' }), false],
    ['nothing for another consumer', plan(['A']), plan(['A'], { consumer: { ...TARGET, name: 'x' } }), false],
    [
      'nothing in another namespace',
      plan(['A']),
      plan(['A'], { consumer: { ...TARGET, namespace: 'x' } }),
      false,
    ],
    [
      'nothing for another kind',
      plan(['A']),
      plan(['A'], { consumer: { ...TARGET, kind: 'SecretClaim' } }),
      false,
    ],
    [
      'nothing for a claim that was made again',
      plan(['A']),
      plan(['A'], { consumer: { ...TARGET, uid: 'x' } }),
      false,
    ],
  ])('%s', (_rule, released, wanted, expected) => {
    expect(covers(released, wanted)).toBe(expected);
  });

  it('never more than one line of an id, if a plan holds it twice', () => {
    expect(covers(plan(['A']), plan(['A', 'A=other']))).toBe(false);
  });
});

describe('the same plan', () => {
  it.each([
    ['has the same lines in any order', plan(['A', 'B']), plan(['B', 'A']), true],
    ['has no line less', plan(['A', 'B']), plan(['A']), false],
    ['has no line more', plan(['A']), plan(['A', 'B']), false],
    ['may have another version, where access is what matters', plan(['A@1']), plan(['A@2']), true],
    ['has the same version, where that matters', exact('A@1'), exact('A@2'), false],
    ['pins the same', plan(['A@1']), exact('A@1'), false],
    [
      'may be of a claim that was made again',
      plan(['A']),
      plan(['A'], { consumer: { ...TARGET, uid: 'x' } }),
      true,
    ],
    [
      'is not that of another consumer',
      plan(['A']),
      plan(['A'], { consumer: { ...TARGET, name: 'x' } }),
      false,
    ],
  ])('%s', (_rule, a, b, expected) => {
    expect([samePlan(a, b), samePlan(b, a)]).toEqual([expected, expected]);
  });
});

describe('what changes', () => {
  const changes = (released: ReturnType<typeof plan> | undefined, wanted: ReturnType<typeof plan>) =>
    compareLines(released, wanted).map(({ id, change }) => `${id} ${change}`);

  it('is told by line, in order', () => {
    expect(changes(plan(['C', 'B', 'A']), plan(['B=x', 'D', 'A']))).toEqual([
      'A unchanged',
      'B changed',
      'C removed',
      'D added',
    ]);
  });

  it('is everything, before the first release and for another consumer', () => {
    expect(changes(undefined, plan(['A']))).toEqual(['A added']);
    expect(changes(plan(['A', 'B']), plan(['A'], { consumer: { ...TARGET, uid: 'x' } }))).toEqual([
      'A added',
    ]);
  });

  it('comes with both lines, so that a changed one goes on as it was released', () => {
    expect(compareLines(plan(['A@1']), plan(['A=x@2']))).toMatchObject([
      { released: { digest: 'sha256:A-store' }, wanted: { digest: 'sha256:A-x' } },
    ]);
  });
});

it('a claim that was made again has the same name and is another recipient', () => {
  const again = plan(['A'], { consumer: { ...TARGET, uid: 'x' } });
  expect([isSameName(plan(['A']), again), isSameRecipient(plan(['A']), again)]).toEqual([true, false]);
});
