import { describe, expect, it } from 'vitest';
import type { Json } from '../model/canonical-json.ts';
import type { PlanLine } from '../model/plan.ts';
import { checkFailure, lineFailure } from './answer-wording.ts';
import { IDENTITY_CODES, UNAVAILABLE_CODES } from './code-wording.ts';
import type { NoAnswer } from './port.ts';

const aws = { aws: { region: 'eu-west-1', auth: {} } };
const line = (identity: Json = aws, change: Partial<PlanLine> = {}): PlanLine => ({
  name: 'NPM_TOKEN',
  level: 'Organization',
  scope: { namespace: 'acme-org', name: 'acme', uid: 'scope-uid' },
  locked: false,
  backend: {
    refKind: 'SecretBackend',
    id: { namespace: 'acme-org', name: 'store', uid: 'uid' },
    provider: 'aws',
    identity,
  },
  key: 'acme/npm',
  encoding: 'None',
  explicit: true,
  ...change,
});
const told = (answer: NoAnswer, ofLine = line()) => {
  const { reason, message } = lineFailure(ofLine, answer);
  return `${reason} ${message}`;
};

describe('a key that is not there', () => {
  it.each<[string, Json, string]>([
    ['the region', aws, ' in region eu-west-1'],
    ['the project', { gcp: { projectID: 'acme-prod' } }, ' in project acme-prod'],
    [
      'the project and its location',
      { gcp: { projectID: 'acme-prod', location: 'europe-west3' } },
      ' in project acme-prod, location europe-west3',
    ],
    [
      'the vault, where it may only be deleted',
      { azure: { vaultName: 'acme' } },
      ' in vault acme (if it was deleted, it may be restored there)',
    ],
    ['nothing more in this cluster', { namespace: 'team', serviceAccount: 'reader' }, ''],
    ['nothing more where nothing is known', null, ''],
  ])('is told with %s', (_place, identity, place) => {
    expect(told({ kind: 'absent' }, line(identity))).toBe(
      `SecretMissing NPM_TOKEN: backend acme-org/store has no key "acme/npm"${place}; store it there or correct from.key`,
    );
  });
});

describe('what is wrong with a key', () => {
  it.each<[NoAnswer, string]>([
    [
      { kind: 'softDeleted' },
      'SoftDeleted NPM_TOKEN: key "acme/npm" of backend acme-org/store is deleted, and the provider keeps it for some days; restore it there or correct from.key',
    ],
    [
      { kind: 'disabled' },
      'VersionDisabled NPM_TOKEN: backend acme-org/store has key "acme/npm", but its current version is disabled, expired or not valid yet; enable it there or store a new one',
    ],
    [
      { kind: 'denied' },
      'BackendDenied NPM_TOKEN: the identity of backend acme-org/store may not read key "acme/npm"; grant it that right',
    ],
    [
      { kind: 'denied', code: 'KeyDenied' },
      'BackendDenied NPM_TOKEN: the identity of backend acme-org/store may not use the encryption key of key "acme/npm"; grant it kms:Decrypt on that key',
    ],
    [
      { kind: 'denied', code: 'VersionDenied' },
      'BackendDenied NPM_TOKEN: the identity of backend acme-org/store may not be told the version of key "acme/npm" without its value, which may not be read before that is approved; grant it secretmanager.versions.get',
    ],
    [
      { kind: 'denied', code: 'Firewall' },
      'BackendDenied NPM_TOKEN: the provider\'s firewall keeps this operator from key "acme/npm"; let its address in there',
    ],
    [
      { kind: 'throttled', afterMs: 7_000 },
      'BackendThrottled NPM_TOKEN: backend acme-org/store is asked too often; it is asked again by itself',
    ],
  ])('as %o is told in these words', (answer, words) => {
    expect(told(answer)).toBe(words);
  });

  it.each<[NoAnswer, string]>([
    [{ kind: 'disabled' }, 'has key "acme/npm", but version "7" is disabled'],
    [{ kind: 'versionGone' }, 'no longer has version "7" of key "acme/npm"; name another in from.version'],
  ])('if its version is fixed, names that: %o', (answer, words) => {
    expect(told(answer, line(aws, { version: '7' }))).toContain(words);
  });

  it('THREATS 25: of a shared backend, names no namespace', () => {
    const { backend } = line();
    const shared = { ...backend, id: { namespace: '', name: 'shared', uid: 'u' } };
    expect(told({ kind: 'denied' }, line(aws, { backend: shared }))).toContain(
      'the identity of backend shared may',
    );
  });
});

describe('THREATS 16: the code of a failure', () => {
  it.each(Object.entries(IDENTITY_CODES))('if it is %s, is told in our words', (code, meaning) => {
    expect(checkFailure(line().backend, { kind: 'identityUnavailable', code })).toEqual({
      kind: 'failed',
      reason: meaning.reason,
      message: `backend acme-org/store ${meaning.what} (${code}); ${meaning.next}`,
    });
  });

  it.each(Object.entries(UNAVAILABLE_CODES))('if it is %s, is told in our words', (code, meaning) => {
    expect(told({ kind: 'unavailable', code })).toBe(
      `${meaning.reason} NPM_TOKEN: backend acme-org/store ${meaning.what} (${code}); ${meaning.next}`,
    );
  });

  it.each(['AADSTS70021', 'Sts403', 'AssumeRoleDenied', 'invalid_grant'])(
    'if the provider made up %s for an exchange, is told as its refusal',
    (code) => {
      expect(told({ kind: 'identityUnavailable', code })).toMatch(
        new RegExp(`^IdentityRefused NPM_TOKEN: .* \\(${code}\\); check that it trusts this cluster`),
      );
    },
  );

  it.each(['ECONNRESET', 'Timeout', 'InternalServiceError'])('if it is %s, is an outage', (code) => {
    expect(told({ kind: 'unavailable', code })).toBe(
      `BackendUnavailable NPM_TOKEN: backend acme-org/store did not answer (${code}); it is asked again by itself`,
    );
  });

  it.each(['hunter2 is not JSON', 'a\nb', '', 'x'.repeat(65), '<html>', 'é'])(
    'if it is no plain word, is not shown: %j',
    (code) => {
      for (const kind of ['identityUnavailable', 'unavailable'] as const)
        expect(told({ kind, code })).toMatch(/\(Unknown\); [a-z]/);
    },
  );
});
