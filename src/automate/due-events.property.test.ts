import fc from 'fast-check';
import { expect, it } from 'vitest';
import { storedToldSchema } from '../model/kinds/automation-status-schema.ts';
import { aRequest, aTarget, MADE, Watcher } from './a-look.fixture.ts';
import type { DueEvent, Look, SeenRequest } from './due-events.ts';

const RUNS = { numRuns: 300 };

/** What may happen between two looks. */
type Step = {
  readonly versions: Readonly<Record<string, number>>;
  /** The second Secret is written later than the first. */
  readonly isHalfWay: boolean;
  readonly requests: readonly SeenRequest[];
  readonly room: number;
  /** The operator ends before it could store what it found. */
  readonly isLost: boolean;
  readonly isUnknown: boolean;
};

const requests = fc.uniqueArray(
  fc.record({
    uid: fc.constantFrom('u1', 'u2', 'u3'),
    state: fc.constantFrom(
      'Waiting',
      'Released',
      'Rejected',
      'Withdrawn',
      'Revoked',
      'Expired',
      'Superseded',
    ),
    decidedAt: fc.constantFrom(MADE - 1, MADE + 1, undefined),
  } as const),
  { selector: ({ uid }) => uid },
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    versions: fc.record({ A: fc.nat(3), B: fc.nat(3) }),
    isHalfWay: fc.boolean(),
    requests: requests.map((some) => some.map((one) => aRequest(one))),
    room: fc.nat(3),
    isLost: fc.boolean(),
    isUnknown: fc.boolean(),
  }),
  { maxLength: 15 },
);

function lookOf(step: Step): Partial<Look> {
  const names = Object.entries(step.versions).map(([name, version]) => `${name}@${version}`);
  const targets = [aTarget('t', names), aTarget('u', step.isHalfWay ? ['A@old'] : names)];
  return step.isUnknown
    ? { targets: undefined, requests: undefined, failure: undefined }
    : { targets, requests: step.requests };
}

/** Everything that was stored, look after look. */
function storyOf(all: readonly Step[], watcher: Watcher): DueEvent[] {
  return all.flatMap((step) => {
    if (step.isLost) {
      watcher.missed(lookOf(step), step.room);
      return [];
    }
    const events = watcher.look(lookOf(step), step.room);
    expect(events.length).toBeLessThanOrEqual(step.room);
    expect(storedToldSchema.safeParse(watcher.told).error).toBeUndefined();
    return [...events];
  });
}

it('no review is told twice while its request is known, whatever is seen and lost', () => {
  fc.assert(
    fc.property(steps, (all) => {
      // requests stay in the ledger; which view of them is seen may go back and forth
      const every = all.map((step) => ({
        ...step,
        requests: ['u1', 'u2', 'u3'].map(
          (uid) => step.requests.find((one) => one.uid === uid) ?? aRequest({ uid }),
        ),
      }));
      const ids = storyOf(every, new Watcher())
        .filter(({ event }) => event.startsWith('Review'))
        .map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    RUNS,
  );
});

it('no delivery id is ever used twice but for a request that came back', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const ids = storyOf(all, new Watcher())
        .filter(({ event }) => !event.startsWith('Review'))
        .map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    RUNS,
  );
});

it('no rotation is lost: what is told of a name is a chain that ends with the version that it has', () => {
  fc.assert(
    fc.property(steps, fc.record({ A: fc.nat(3), B: fc.nat(3) }), (all, versions) => {
      const watcher = new Watcher({ events: ['Rotated'] });
      // the first look is stored, so that there is something to compare with
      const calm = { isHalfWay: false, requests: [], room: 3, isLost: false, isUnknown: false };
      const first = { ...calm, versions: { A: 0, B: 0 } };
      const last = { ...calm, versions };
      const story = storyOf([first, ...all, last], watcher);
      for (const name of ['A', 'B'] as const) {
        let version = '0';
        for (const { variables } of story.filter((one) => one.variables['secret_name'] === name)) {
          expect(variables['previous_version']).toBe(version);
          expect(variables['secret_version']).not.toBe(version);
          version = variables['secret_version'] ?? '';
        }
        expect(version).toBe(String(versions[name]));
      }
    }),
    RUNS,
  );
});

it('once all is told and nothing changes, nothing more is told', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const watcher = new Watcher();
      storyOf(all, watcher);
      const last = all.at(-1);
      if (last === undefined) return;
      watcher.look(lookOf(last));
      const { told } = watcher;
      expect(watcher.look(lookOf(last))).toEqual([]);
      expect(watcher.told).toEqual(told);
    }),
    RUNS,
  );
});
