import { beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from './kube-objects.ts';
import { type ChangeOrigin, Replica } from './replica.ts';
import { Store } from './store.ts';

interface Thing extends KubeObject {
  readonly value: string;
}

const thing = (
  name: string,
  version: number,
  { uid = `uid-${name}`, value = `v${version}` } = {},
): Thing => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'team', uid, resourceVersion: String(version) },
  value,
});

let store: Store<string>;
let told: string[];
let origins: ChangeOrigin[];
let errors: unknown[];
let replica: Replica<Thing, string>;

beforeEach(() => {
  store = new Store();
  told = [];
  origins = [];
  errors = [];
  replica = new Replica<Thing, string>({
    store,
    transform: ({ value }) => (value === 'hidden' ? undefined : value),
    onChange: (before, after, origin) => {
      told.push(`${origin.key}: ${before ?? '-'} → ${after ?? '-'}`);
      origins.push(origin);
    },
    onError: (error) => errors.push(error),
  });
});

function list(...things: Thing[]): void {
  const pass = replica.startList();
  for (const one of things) pass.see(one);
  pass.finish();
}

describe('a list', () => {
  it('tells what is new, what changed and what is gone, and nothing of the rest', () => {
    list(thing('a', 1), thing('b', 2), thing('c', 3));
    told.length = 0;
    list(thing('a', 1), thing('b', 5));
    expect(told).toEqual(['team/b: v2 → v5', 'team/c: v3 → -']);
    expect([...store.keys()]).toEqual(['team/a', 'team/b']);
  });

  it('is initial only the first time', () => {
    list(thing('a', 1));
    list(thing('a', 2));
    expect(origins).toEqual([
      { key: 'team/a', via: 'list', initial: true },
      { key: 'team/a', via: 'list', initial: false },
    ]);
  });

  it('shows an object that was deleted and created again as two changes', () => {
    list(thing('a', 1, { uid: 'old' }));
    told.length = 0;
    list(thing('a', 9, { uid: 'new' }));
    expect(told).toEqual(['team/a: v1 → -', 'team/a: - → v9']);
  });

  it('is believed when versions went back, as after a restored backup', () => {
    list(thing('a', 9));
    replica.deleted(thing('a', 10));
    list(thing('a', 3));
    replica.stored(thing('a', 4));
    expect(store.get('team/a')).toBe('v4');
  });

  it('that breaks off deletes nothing', () => {
    list(thing('a', 1), thing('b', 1));
    replica.startList().see(thing('a', 1));
    expect(store.size).toBe(2);
  });
});

describe('events', () => {
  beforeEach(() => {
    list(thing('a', 5));
    told.length = 0;
  });

  it('that come twice are told once', () => {
    replica.stored(thing('a', 6));
    replica.stored(thing('a', 6));
    expect(told).toEqual(['team/a: v5 → v6']);
  });

  it('that were overtaken are ignored', () => {
    replica.stored(thing('a', 10));
    replica.stored(thing('a', 9));
    expect(store.get('team/a')).toBe('v10');
  });

  it('of versions that are no numbers are taken as they come', () => {
    const opaque = (version: string) => ({
      ...thing('a', 0, { value: version }),
      metadata: { ...thing('a', 0).metadata, resourceVersion: version },
    });
    replica.stored(opaque('z'));
    replica.stored(opaque('b'));
    expect(store.get('team/a')).toBe('b');
  });

  it('do not bring back what was deleted', () => {
    replica.deleted(thing('a', 8));
    replica.stored(thing('a', 7));
    expect(store.has('team/a')).toBe(false);
  });

  it('bring back an object that had only lost the label it is selected by', () => {
    replica.stored(thing('a', 7));
    replica.deleted(thing('a', 8));
    replica.stored(thing('a', 9));
    replica.deleted(thing('a', 8));
    replica.stored(thing('a', 10));
    expect(told).toEqual(['team/a: v5 → v7', 'team/a: v7 → -', 'team/a: - → v9', 'team/a: v9 → v10']);
  });

  it('that tell of a new object under the name tell the end of the old one first', () => {
    replica.stored(thing('a', 7, { uid: 'new' }));
    expect(told).toEqual(['team/a: v5 → -', 'team/a: - → v7']);
  });

  it('that tell the end of an earlier object leave its successor', () => {
    replica.stored(thing('a', 7, { uid: 'new' }));
    replica.deleted(thing('a', 6));
    expect(store.get('team/a')).toBe('v7');
  });

  it('about something unknown change nothing when they delete it', () => {
    replica.deleted(thing('b', 6));
    expect(told).toEqual([]);
  });
});

describe('what is not held', () => {
  it('is not told', () => {
    list(thing('a', 1, { value: 'hidden' }));
    replica.deleted(thing('a', 2, { value: 'hidden' }));
    expect([told, store.size]).toEqual([[], 0]);
  });

  it('any more looks deleted', () => {
    list(thing('a', 1));
    replica.stored(thing('a', 2, { value: 'hidden' }));
    expect(told.at(-1)).toBe('team/a: v1 → -');
  });
});

describe('an error', () => {
  it('of a handler is reported, and the store goes on', () => {
    const failing = new Replica<Thing, string>({
      store,
      transform: ({ value }) => value,
      onChange: () => {
        throw new Error('handler');
      },
      onError: (error) => errors.push(error),
    });
    failing.stored(thing('a', 1));
    failing.stored(thing('b', 2));
    expect(errors).toHaveLength(2);
    expect([...store.values()]).toEqual(['v1', 'v2']);
  });

  it('of transform leaves what was held', () => {
    const failing = new Replica<Thing, string>({
      store,
      transform: ({ value }) => {
        if (value === 'bad') throw new Error('transform');
        return value;
      },
      onChange: () => undefined,
      onError: (error) => errors.push(error),
    });
    failing.stored(thing('a', 1));
    failing.stored(thing('a', 2, { value: 'bad' }));
    expect([store.get('team/a'), errors.length]).toEqual(['v1', 1]);
  });
});

it('two replicas share a store without deleting what the other one holds', () => {
  const other = new Replica<Thing, string>({
    store,
    transform: ({ value }) => value,
    onChange: () => undefined,
    onError: () => undefined,
  });
  list(thing('a', 1));
  const pass = other.startList();
  pass.see(thing('b', 2));
  pass.finish();
  list();
  expect([...store.keys()]).toEqual(['team/b']);
});

it('forgetting takes its objects out without telling', () => {
  list(thing('a', 1));
  told.length = 0;
  replica.forget();
  expect([store.size, replica.size, told]).toEqual([0, 0, []]);
});

it('remembers a bounded number of deletions', () => {
  for (let i = 0; i < 3000; i++) replica.deleted(thing(`n${i}`, i + 1));
  replica.stored(thing('n2999', 1));
  replica.stored(thing('n0', 1));
  expect([...store.keys()]).toEqual(['team/n0']);
});
