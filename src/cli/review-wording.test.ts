import { describe, expect, it } from 'vitest';
import { ageText, authorsText, consumerText, quoted } from './review-wording.ts';

describe('an age', () => {
  const from = Date.parse('2026-11-22T10:00:00Z');
  it.each<[number, string]>([
    [-5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [7_199, '119m'],
    [7_200, '2h'],
    [172_800, '2d'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(ageText('2026-11-22T10:00:00Z', from + seconds * 1000)).toBe(text);
  });

  it('of something without a time is not known', () => {
    expect(ageText(undefined, from)).toBe('unknown');
  });
});

describe('who gets it', () => {
  it.each([
    ['Target', 'target ci/deploy-42'],
    ['SecretClaim', 'claim ci/deploy-42'],
    ['WebhookAutomation', 'automation ci/deploy-42'],
  ] as const)(
    'is named by its namespace, which may be another than the one of the request: %s',
    (kind, text) => {
      expect(consumerText({ kind, namespace: 'ci', name: 'deploy-42', uid: 'claim-uid' })).toBe(text);
    },
  );
});

describe('a name', () => {
  it.each([
    ['ana@acme.dev', 'ana@acme.dev'],
    ['system:serviceaccount:ci:bot', 'system:serviceaccount:ci:bot'],
    ['ana, ben', '"ana, ben"'],
    ['a"b', '"a\\"b"'],
    ['', '""'],
  ])('%s is written %s: it cannot pass for two, or for our own words', (name, text) => {
    expect(quoted(name)).toBe(text);
  });

  it('of an author may be missing', () => {
    expect(authorsText({ authors: ['a', 'b'], authorsComplete: true })).toBe('a, b');
    expect(authorsText({ authors: ['a'], authorsComplete: false })).toBe('a, maybe others');
    expect(authorsText({ authors: [], authorsComplete: false })).toBe('not known');
  });
});
