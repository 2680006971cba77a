import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasonPolicy } from '../model/reasons.ts';
import { IDENTITY_CODES, IDENTITY_REFUSED, isUnsent, UNAVAILABLE_CODES } from './code-wording.ts';

const ALL = [...Object.entries(IDENTITY_CODES), ...Object.entries(UNAVAILABLE_CODES)];
const SENTENCE = /^[a-z][^\n]{10,}$/;

describe.each(ALL)('what %s means', (code, { reason, what, next }) => {
  it('is one word that a condition may show', () => {
    expect(code).toMatch(/^[A-Z][A-Za-z0-9]{2,63}$/);
  });

  it('is a reason for which somebody has to act, and is tried again until they did', () => {
    expect(reasonPolicy(reason)).toMatchObject({ ready: 'False', requeue: 'backoff' });
  });

  it('is said in words that go on after the name of a backend, with a next step', () => {
    for (const text of [what, next]) {
      expect(text).toMatch(SENTENCE);
      expect(text).not.toMatch(/[.;]$|undefined|\$\{/);
    }
    expect(what).toMatch(/^(names|gets|finds|has|is|says|lies) /);
  });
});

describe('a place that is wrong', () => {
  it.each(['RegionUnknown', 'VaultNameInvalid', 'CABundleInvalid', 'AddressRefused'])(
    'if it is said with %s, is no outage: nothing was sent, and nothing would be another time',
    (code) => {
      expect(isUnsent(code)).toBe(true);
    },
  );

  it.each(['NotResolved', 'ECONNREFUSED', 'Timeout', ''])(
    'if it is said with %j, may be one: it may be over soon',
    (code) => {
      expect(isUnsent(code)).toBe(false);
    },
  );
});

describe('the codes', () => {
  it('of identities are no reason to think of an outage, and those of addresses none to think of rights', () => {
    const reasons = (codes: typeof IDENTITY_CODES) =>
      new Set(Object.values(codes).map(({ reason }) => reason));
    expect([...reasons(IDENTITY_CODES)].sort()).toEqual([
      'ClockSkew',
      'CredentialRejected',
      'IdentityRefused',
      'IdentityUnavailable',
    ]);
    expect([...reasons(UNAVAILABLE_CODES)].sort()).toEqual(['BackendAddressInvalid', 'BackendUnavailable']);
    expect(IDENTITY_REFUSED.reason).toBe('IdentityRefused');
  });

  it.each([
    ['src/fetch/backends/stored-login.ts', /failed\('([A-Za-z]+)'\)/g],
    ['src/model/credentials/credential-document.ts', /\| '(Credential[A-Za-z]+)'/g],
    ['src/fetch/backends/*/*-ambient.ts', /code: '([A-Za-z]+)'/g],
    [
      'src/fetch/backends/account-login.ts',
      /kind: 'identityUnavailable', code: '((?!TokenFailed)[A-Za-z]+)'/g,
    ],
    ['src/fetch/backends/aws/aws-answer.ts', /identity: '([A-Za-z]+)'/g],
  ])('of identities that %s makes up all have words of their own', (files, pattern) => {
    const codes = globSync(files).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, code = '']) => code),
    );
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !Object.hasOwn(IDENTITY_CODES, code))).toEqual([]);
  });

  it.each([
    ['src/fetch/backends/{cloud-access,*/*-connection}.ts', /kind: 'unavailable', code: '([A-Za-z]+)'/g],
    ['src/fetch/outbound/resolve-host.ts', /code: '([A-Za-z]+)'/g],
  ])('of places that %s makes up all have words of their own', (files, pattern) => {
    const codes = globSync(files).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, code = '']) => code),
    );
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !Object.hasOwn(UNAVAILABLE_CODES, code))).toEqual([]);
  });
});
