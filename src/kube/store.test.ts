import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Store } from './store.ts';

interface Value {
  readonly parents: readonly string[];
}

const make = () =>
  new Store<Value>({ parent: ({ parents }) => parents, count: ({ parents }) => [String(parents.length)] });

it('an index always equals what a search would find', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const change = fc.tuple(
    key,
    fc.option(fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }), { nil: undefined }),
  );
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const store = make();
      const model = new Map<string, Value>();
      for (const [name, parents] of changes) {
        if (parents) {
          expect(store.set(name, { parents })).toBe(model.get(name));
          model.set(name, { parents });
          model.set(name, store.get(name) as Value);
        } else {
          expect(store.delete(name)).toBe(model.get(name));
          model.delete(name);
        }
      }
      for (const parent of ['x', 'y', 'z']) {
        const expected = [...model]
          .filter(([, value]) => value.parents.includes(parent))
          .map(([name]) => name);
        expect([...store.keysBy('parent', parent)].sort()).toEqual(expected.sort());
        expect(store.by('parent', parent)).toHaveLength(expected.length);
      }
      expect(store.size).toBe(model.size);
    }),
  );
});

it('an index that does not exist is a mistake, not an empty one', () => {
  expect(() => make().by('parents', 'x')).toThrow('this store has no index "parents"');
});

it('an indexer that throws leaves the store as it was', () => {
  const store = new Store<Value>({ parent: ({ parents }) => [parents[0] ?? fail()] });
  store.set('a', { parents: ['x'] });
  expect(() => store.set('a', { parents: [] })).toThrow('no parent');
  expect([store.get('a'), [...store.keysBy('parent', 'x')]]).toEqual([{ parents: ['x'] }, ['a']]);
});

function fail(): never {
  throw new Error('no parent');
}
