import type { SecretProperties } from '@azure/keyvault-secrets';
import { describe, expect, it } from 'vitest';
import { surveyEntry } from './azure-survey.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1_000;
const listed = (change: Partial<SecretProperties> = {}): SecretProperties => ({
  name: 'db',
  vaultUrl: 'https://acme.vault.azure.net',
  enabled: true,
  updatedOn: new Date(NOW - 60 * SECOND),
  ...change,
});
const mark = (change: Partial<SecretProperties> = {}, now = NOW) => surveyEntry(listed(change), now)?.mark;

describe('what a look at a vault tells of a secret', () => {
  it('is the same mark as long as nothing was written, and no version', () => {
    expect(surveyEntry(listed(), NOW)).toEqual({ key: 'db', mark: expect.any(String) });
    expect(mark({}, NOW + 3_600 * SECOND)).toBe(mark());
  });

  it('if it was written, is another mark', () => {
    expect(mark({ updatedOn: new Date(NOW - 59 * SECOND) })).not.toBe(mark());
  });

  it('if it was written just now, is a mark that never comes again: a vault counts whole seconds', () => {
    const young = { updatedOn: new Date(NOW - 3 * SECOND) };
    const marks = [0, 1, 5].map((later) => mark(young, NOW + later * SECOND));
    expect(new Set([...marks, mark(young, NOW + 60 * SECOND)]).size).toBe(4);
    expect(mark(young, NOW + 60 * SECOND)).toBe(mark(young, NOW + 120 * SECOND));
  });

  it('if the vault’s clock goes before ours, is young too', () => {
    const ahead = { updatedOn: new Date(NOW + 5 * SECOND) };
    expect(mark(ahead)).not.toBe(mark(ahead, NOW + SECOND));
  });

  it('if no time is told, is another mark every time', () => {
    const timeless = { name: 'db', vaultUrl: '', enabled: true };
    const at = (now: number) => surveyEntry(timeless, now)?.mark;
    expect(at(NOW)).not.toBe(at(NOW + 60 * SECOND));
  });

  it.each<[string, Partial<SecretProperties>, number]>([
    ['expires', { expiresOn: new Date(NOW + 60 * SECOND) }, 60],
    ['becomes valid', { notBefore: new Date(NOW + 60 * SECOND) }, 60],
  ])('if it %s, is another mark although nothing was written', (_case, change, seconds) => {
    expect(mark(change, NOW + seconds * SECOND)).not.toBe(mark(change));
    expect(mark(change, NOW + (seconds - 1) * SECOND)).toBe(mark(change));
  });

  it('if it was disabled within the second in which it was made, is another mark', () => {
    expect(mark({ enabled: false })).not.toBe(mark());
  });

  it.each<[string, Partial<SecretProperties>]>([
    ['is the key of a certificate', { managed: true }],
    ['has a name that no secret has', { name: 'a_b' }],
  ])('if it %s, is nothing', (_case, change) => {
    expect(surveyEntry(listed(change), NOW)).toBeUndefined();
  });

  it('has the key in small letters, as keys are written, whoever made it', () => {
    expect(surveyEntry(listed({ name: 'Prod-DB' }), NOW)?.key).toBe('prod-db');
  });
});
