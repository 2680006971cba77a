import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OF_ENVIRONMENT } from './environment-tests.ts';
import { SLOWEST } from './slow-first.ts';

it('unit tests that stub the environment have processes of their own, and no others', () => {
  const stubs = globSync('src/**/*.test.ts').filter((file) =>
    readFileSync(file, 'utf8').includes('vi.stubEnv('),
  );
  expect(stubs.toSorted()).toEqual(OF_ENVIRONMENT.toSorted());
});

it.each(SLOWEST)('%s, which is to start first, is a file of scenarios', (name) => {
  expect(existsSync(`test/scenarios/${name}.test.ts`)).toBe(true);
});
