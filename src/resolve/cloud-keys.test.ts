import { describe, expect, it } from 'vitest';
import { keyFault } from './key-rules.ts';

const NOT_AWS = 'is not the name of a secret at AWS (at most 512 letters, digits and /_+=.@-; never an ARN)';
const NOT_GCP =
  "is not the id of a secret at Google (at most 255 letters, digits, _ and -; never a path with the project's name)";
const NOT_AZURE = 'is not the name of a secret at a vault (at most 127 letters, digits and -)';
const CAPITALS = 'has capital letters, which a vault does not tell from small ones; write small ones';
const UNDERSCORE = 'has an underscore, which no name at a vault has; write - instead';

describe('a key that is asked for', () => {
  it.each(['a', 'acme/web/db', 'Prod_DB+x=y.z@w-1', '/a//b/', 'a'.repeat(512)])('at AWS: %s', (key) => {
    expect(keyFault('aws', key)).toBeUndefined();
  });

  it.each(['a', 'acme_web-DB', '_', '-', '0', 'A'.repeat(255)])('at Google: %s', (key) => {
    expect(keyFault('gcp', key)).toBeUndefined();
  });

  it.each(['a', 'acme--web--db', '0-9', 'a'.repeat(127)])('at Azure: %s', (key) => {
    expect(keyFault('azure', key)).toBeUndefined();
  });
});

describe('THREATS 1: a key that AWS is not asked for', () => {
  it.each([
    [
      'is an ARN, which may be another account’s',
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf',
    ],
    ['begins like one', 'arn:aws'],
    ['has a star', 'acme/*'],
    ['has an exclamation mark, which turns a filter round', '!acme'],
    ['is longer than any name', 'a'.repeat(513)],
  ])('if it %s', (_case, key) => {
    expect(keyFault('aws', key)).toBe(NOT_AWS);
  });
});

describe('THREATS 1: a key that Google is not asked for', () => {
  it.each([
    ['is a path, which may be another project’s', 'projects/other/secrets/db'],
    ['names a version', 'db/versions/1'],
    ['has a dot', 'acme.db'],
    ['has a colon', 'a:b'],
    ['is longer than any id', 'a'.repeat(256)],
  ])('if it %s', (_case, key) => {
    expect(keyFault('gcp', key)).toBe(NOT_GCP);
  });
});

describe('THREATS 1: a key that Azure is not asked for', () => {
  it.each<[string, string, string]>([
    ['has a capital letter: a reservation of prod-db would not cover Prod-DB', 'Prod-DB', CAPITALS],
    ['has an underscore: some tools write - for it', 'prod_db', UNDERSCORE],
    ['has both: the first is told', 'Prod_DB', UNDERSCORE],
    ['has a slash, which would lead to a version', 'db/0123', NOT_AZURE],
    ['has a dot', 'acme.db', NOT_AZURE],
    ['has a question mark', 'db?x', NOT_AZURE],
    ['is longer than any name', 'a'.repeat(128), NOT_AZURE],
  ])('if it %s', (_case, key, fault) => {
    expect(keyFault('azure', key)).toBe(fault);
  });
});

describe('a key that no cloud is asked for', () => {
  it.each([
    ['is empty', ''],
    ['has a space', 'a b'],
    ['has a line feed at its end', 'a\n'],
    ['goes up', '../x'],
    ['goes up inside', 'a/../b'],
    ['has an encoded slash', 'a%2fb'],
    ['has a backslash', 'a\\b'],
    ['has a letter beyond ASCII that folds into one', 'ſecret'],
    ['has a null byte', 'a\0'],
  ])('FAULTS 6: if it %s', (_case, key) => {
    for (const provider of ['aws', 'gcp', 'azure'] as const)
      expect(keyFault(provider, key)).toEqual(expect.any(String));
  });
});
