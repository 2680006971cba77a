import { describe, expect, it } from 'vitest';
import { checkClock, checkVersion } from './doctor-server.ts';

describe('the API server', () => {
  it.each<[string, string]>([
    ['v1.29.9', 'problem'],
    ['v1.30.0', 'warning'],
    ['v1.35.4-eks-1234', 'warning'],
    ['v1.36.2', 'ok'],
    ['v1.41+', 'ok'],
    ['v2.0.0', 'ok'],
    ['', 'warning'],
  ])('of version "%s" is: %s', (version, outcome) => {
    expect(checkVersion(version).outcome).toBe(outcome);
  });
});

describe('the clock of this machine', () => {
  const server = { at: 1_000_000, ageMs: 200 };

  it.each<[string, number, string, RegExp]>([
    ['the same', 1_000_700, 'ok', /agree/],
    ['within 5 s, since a Date header has whole seconds', 1_005_500, 'ok', /agree/],
    ['a minute ahead', 1_060_700, 'problem', /60 s ahead of/],
    ['a minute behind', 940_700, 'problem', /60 s behind/],
  ])('%s', (_case, local, outcome, message) => {
    const found = checkClock(local, server);
    expect(found.outcome).toBe(outcome);
    expect(found.message).toMatch(message);
  });
});
