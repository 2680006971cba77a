import { describe, expect, it } from 'vitest';
import { awsVersion, isAwsName } from './aws-names.ts';
import { sessionNameFor } from './aws-session-name.ts';

describe('a key at AWS', () => {
  it('has letters, digits and /_+=.@-, 512 at most', () => {
    for (const key of ['acme/npm', 'a_b+c=d.e@f-g', 'x'.repeat(512)]) expect(isAwsName(key)).toBe(true);
    for (const key of ['', 'a b', 'a*', '!a', 'ſ', 'x'.repeat(513)]) expect(isAwsName(key)).toBe(false);
  });

  it('is no ARN: that could name another account', () => {
    expect(isAwsName('arn:aws:secretsmanager:eu-west-1:123456789012:secret:other-AbCdEf')).toBe(false);
  });
});

describe('a version at AWS', () => {
  it('is AWSCURRENT where none is named', () => {
    expect(awsVersion(undefined)).toEqual({ kind: 'stage', stage: 'AWSCURRENT' });
  });

  it('is an id with 32 to 64 characters, otherwise a staging label', () => {
    const id = '11111111-2222-3333-4444-555555555555';
    expect(awsVersion(id)).toEqual({ kind: 'id', id });
    for (const stage of ['AWSPREVIOUS', 'x'.repeat(31), 'x'.repeat(65)])
      expect(awsVersion(stage)).toEqual({ kind: 'stage', stage });
  });
});

describe('the name of a session', () => {
  it('is namespace.serviceAccount', () => {
    expect(sessionNameFor('acme-org', 'acme-secrets')).toBe('acme-org.acme-secrets');
  });

  it('has 64 characters at most, and differs where the accounts do', () => {
    const names = ['a', 'b'].map((last) => sessionNameFor('n'.repeat(63), `${'s'.repeat(200)}${last}`));
    expect(names.map((name) => name.length)).toEqual([64, 64]);
    expect(names[0]).not.toBe(names[1]);
    expect(names[0]).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});
