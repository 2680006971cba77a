import { describe, expect, it } from 'vitest';
import { leftToReloader } from './left-to-reloader.ts';

describe('Reloader restarts it already', () => {
  it.each<[Record<string, string>, boolean]>([
    [{ 'reloader.stakater.com/auto': 'true' }, true],
    [{ 'secret.reloader.stakater.com/auto': 'true' }, true],
    [{ 'secret.reloader.stakater.com/reload': 'app' }, true],
    [{ 'secret.reloader.stakater.com/reload': 'other, app' }, true],
    [{ 'secret.reloader.stakater.com/reload': 'other,app-2' }, false],
    [{ 'reloader.stakater.com/auto': 'false' }, false],
    [{ 'configmap.reloader.stakater.com/auto': 'true' }, false],
    [{ 'configmap.reloader.stakater.com/reload': 'app' }, false],
    [{}, false],
  ])('%j: %s', (annotations, expected) => {
    expect(leftToReloader(annotations, 'app')).toBe(expected);
  });
});
