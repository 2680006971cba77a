import { describe, expect, it } from 'vitest';
import { surveyEntryOf } from './aws-change.ts';

const listed = {
  Name: 'acme/web/db',
  SecretVersionsToStages: { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT'] },
  LastChangedDate: new Date(1_000),
};

describe('what a listing tells of a secret', () => {
  it('is its current version', () => {
    expect(surveyEntryOf(listed)).toEqual({ key: 'acme/web/db', version: 'v2', mark: 'v2 1000' });
  });

  it('is another mark when the current version is another one, even within a second', () => {
    const rotated = { ...listed, SecretVersionsToStages: { v2: ['AWSPREVIOUS'], v3: ['AWSCURRENT'] } };
    expect(surveyEntryOf(rotated)?.mark).not.toBe(surveyEntryOf(listed)?.mark);
  });

  it('is another mark when other labels moved, which somebody may have pinned', () => {
    const moved = { ...listed, LastChangedDate: new Date(2_000) };
    expect(surveyEntryOf(moved)?.mark).not.toBe(surveyEntryOf(listed)?.mark);
  });

  it('has no version where none is current: then the key is described', () => {
    expect(surveyEntryOf({ ...listed, SecretVersionsToStages: { v1: ['x'] } })).toEqual({
      key: 'acme/web/db',
      mark: ' 1000',
    });
  });

  it.each([
    ['is marked for deletion', { ...listed, DeletedDate: new Date(3_000) }],
    ['has no name', { SecretVersionsToStages: {} }],
  ])('is nothing if it %s', (_case, entry) => {
    expect(surveyEntryOf(entry)).toBeUndefined();
  });
});
