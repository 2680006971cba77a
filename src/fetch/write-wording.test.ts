import { describe, expect, it } from 'vitest';
import { aLine } from '../../test/contract/a-fetcher.ts';
import type { PlanLine } from '../model/plan.ts';
import { REASONS } from '../model/reasons.ts';
import type { Refusal, WriteRefused } from './port.ts';
import { pinnedFailure, type Writing, writeFailure } from './write-wording.ts';

const of = (provider: string, change: Partial<PlanLine> = {}) => {
  const line = aLine();
  return { ...line, ...change, backend: { ...line.backend, provider } };
};
const told = (answer: WriteRefused | Refusal, line = of('aws'), doing: Writing = 'store') => {
  const { reason, message } = writeFailure(line, doing, answer);
  return `${reason} ${message}`;
};
const WHYS = [
  'tooLarge',
  'notText',
  'keyInvalid',
  'wholeOnly',
  'partNeeded',
  'softDeleted',
  'conflict',
  'rejected',
] as const;

describe('a right to write that is missing', () => {
  it.each<[string, Writing, string]>([
    [
      'aws',
      'store',
      'grant it secretsmanager:PutSecretValue, and secretsmanager:CreateSecret if there is no such secret yet',
    ],
    ['aws', 'delete', 'grant it secretsmanager:DescribeSecret and secretsmanager:DeleteSecret'],
    ['gcp', 'store', 'roles/secretmanager.secretVersionManager'],
    ['gcp', 'delete', 'secretmanager.secrets.delete'],
    ['azure', 'store', 'Key Vault Secrets Officer'],
    ['azure', 'delete', 'purge to delete for good'],
    ['kubernetes', 'store', 'the verbs get, create and patch on secrets'],
    ['kubernetes', 'delete', 'the verbs get, patch and delete on secrets'],
    ['memory', 'store', 'grant it that right'],
  ])('at %s, to %s, is named', (provider, doing, right) => {
    const text = told({ kind: 'denied' }, of(provider), doing);
    expect(text).toContain(
      `BackendDenied NPM_TOKEN: the identity of backend acme-org/aws may not ${doing} key "acme/npm"; grant it `,
    );
    expect(text).toContain(right);
  });

  it('of the key of the encryption is another one', () => {
    expect(told({ kind: 'denied', code: 'KeyDenied' })).toContain('kms:GenerateDataKey');
  });
});

describe('a write that is refused', () => {
  it.each(WHYS)('%s has a reason of the list, and names entry, key, backend and the next step', (why) => {
    for (const provider of ['aws', 'gcp', 'azure', 'kubernetes']) {
      for (const doing of ['store', 'delete'] as const) {
        const text = told({ kind: 'refused', why }, of(provider, { property: 'url' }), doing);
        const [reason = ''] = text.split(' ');
        expect(Object.hasOwn(REASONS, reason)).toBe(true);
        expect(text).toMatch(/^\w+ NPM_TOKEN: .*key "acme\/npm" of backend acme-org\/aws/);
      }
    }
  });

  it('says where the part of a secret has to be changed instead', () => {
    expect(told({ kind: 'refused', why: 'wholeOnly' }, of('aws', { property: 'url' }))).toBe(
      'WriteRefused NPM_TOKEN: a part of a secret cannot be stored by itself: change "url" of key "acme/npm" of backend acme-org/aws at the provider, or give the entry a key of its own without from.property',
    );
  });

  it('is never a target of this product', () => {
    expect(told({ kind: 'sourceRefused' }, of('kubernetes'))).toContain('SourceRefused NPM_TOKEN: ');
  });

  it('for a pinned version says what to remove', () => {
    const { reason, message } = pinnedFailure(of('aws', { version: 'v1' }));
    expect(`${reason} ${message}`).toContain('EntryPinned NPM_TOKEN: the entry names version "v1"');
  });
});
