/** Every field of what people write has a transition: a new one is not forgotten. */
import { describe, expect, it } from 'vitest';
import { fieldsOf, withValue } from './faults/transitions/crd-fields.ts';
import { TRANSITION_WORLDS, TRANSITIONS } from './faults/transitions/run-transitions.ts';
import { UNTRIED } from './faults/transitions/untried.ts';

const KINDS = [
  'secretscopes',
  'secretbackends',
  'clustersecretbackends',
  'secretclaims',
  'webhookautomations',
] as const;

describe.each(KINDS)('the fields of %s', (plural) => {
  const tried = TRANSITION_WORLDS.flatMap(({ changes }) => Object.keys(changes[plural] ?? {}));
  const untried = Object.keys(UNTRIED[plural] ?? {});
  const fields = fieldsOf(plural).map(({ path }) => path);

  it('are all changed and mended by a plan, or said why not', () => {
    expect(fields.filter((path) => !tried.includes(path) && !untried.includes(path))).toEqual([]);
  });

  it('are changed by one plan each, and are fields that there are', () => {
    expect([...tried, ...untried].toSorted()).toEqual([...new Set([...tried, ...untried])].toSorted());
    expect([...tried, ...untried].filter((path) => !fields.includes(path))).toEqual([]);
  });
});

describe('a transition', () => {
  it('has a step at least, each of which is another spec than before', () => {
    for (const { id, thing, steps } of TRANSITIONS) {
      expect([id, steps.length > 0]).toEqual([id, true]);
      for (const step of steps) expect([id, step.thing['spec']]).not.toEqual([id, thing['spec']]);
    }
  });

  it('changes the first item of a list, and refuses to change what is not there', () => {
    const spec = { targets: [{ keys: { A: 'a' } }, { keys: {} }], suspend: true };
    expect(withValue(spec, 'targets[].keys', { A: 'b' })).toEqual({
      targets: [{ keys: { A: 'b' } }, { keys: {} }],
      suspend: true,
    });
    expect(withValue(spec, 'suspend', undefined)).toEqual({ targets: spec.targets });
    expect(() => withValue(spec, 'targets[].type', 'Opaque')).toThrow('nothing would change');
  });
});
