import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { OF_ENVIRONMENT } from './environment-tests.ts';
import { mixed, SLOWEST } from './scenario-order.ts';

it('unit tests that stub the environment have processes of their own, and no others', () => {
  const stubs = globSync(['src/**/*.test.ts', 'test/*.test.ts']).filter((file) =>
    /vi\.stubEnv\(/.test(readFileSync(file, 'utf8')),
  );
  expect(stubs.toSorted()).toEqual(OF_ENVIRONMENT.toSorted());
});

it.each(SLOWEST)('%s, which is to start first, is a file of scenarios', (name) => {
  expect(existsSync(`test/scenarios/${name}.test.ts`)).toBe(true);
});

it('every scenario starts once, the longest among others that keep a processor busy', () => {
  const names = globSync('test/scenarios/*.test.ts').map((file) => basename(file, '.test.ts'));
  const order = mixed(names);
  expect(order.toSorted()).toEqual(names.toSorted());
  expect(order.filter((name) => SLOWEST.includes(name))).toEqual(SLOWEST);
  expect(order.slice(1, 4).some((name) => SLOWEST.includes(name))).toBe(false);
  expect(mixed(['levels'])).toEqual(['levels']);
});
