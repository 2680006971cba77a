import { describe, expect, it } from 'vitest';
import { type ExecFlags, execOrder } from './exec-order.ts';

const order = (flags: Partial<ExecFlags>, words: readonly string[] = ['env']) =>
  execOrder(words, { detect: true, commands: true, tty: true, ...flags });

describe('what was typed', () => {
  it('is the command, and its arguments as they are', () => {
    expect(order({ fromDir: ['/a'] }, ['env', '-i', '', '--', 'A=b'])).toMatchObject({
      command: 'env',
      args: ['-i', '', '--', 'A=b'],
    });
  });

  it('says how long to wait for the claim, and how long its Secret may stay: ten minutes otherwise', () => {
    expect(order({ scope: 'a/b', all: true, ttl: '5m', timeout: '30s' }).source).toEqual({
      kind: 'scope',
      scope: 'a/b',
      ttl: '5m',
      timeout: '30s',
    });
    expect(order({ scope: 'a/b', all: true }).source).toMatchObject({ ttl: '10m', timeout: '10m' });
  });

  it('names each secret once, without the blanks beside it', () => {
    const { names } = order({ scope: 'a/b', include: ['A, b', 'A,c'] });
    expect(names).toEqual({ all: false, include: ['A', 'b', 'c'], missing: 'error' });
  });

  it('is all of a folder where nothing is named, and all as well where --all says so', () => {
    expect(order({ fromDir: ['/a', '/b'] })).toMatchObject({
      source: { kind: 'folders', folders: ['/a', '/b'] },
      names: { all: true, include: [] },
    });
    expect(order({ fromDir: ['/a'], include: ['A'] }).names.all).toBe(false);
    expect(order({ fromDir: ['/a'], include: ['A'], all: true }).names.all).toBe(true);
    expect(order({ fromDir: ['/a'], missing: 'empty' }).names.missing).toBe('empty');
  });

  it.each<[string, Partial<ExecFlags>]>([
    ['a namespace', { namespace: 'team' }],
    ['a ttl', { ttl: '5m' }],
    ['a timeout', { timeout: '5m' }],
  ])('has no %s where folders are read', (_what, flags) => {
    expect(() => order({ fromDir: ['/a'], ...flags })).toThrow('--ttl, --timeout and -n are of --scope');
  });
});
