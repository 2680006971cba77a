import { describe, expect, it } from 'vitest';
import type { PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import { notAvailable } from '../resolve/answer.ts';
import type { ScopeView } from '../watch/views.ts';
import type { Deps } from './deps.ts';
import { ToldFailures } from './told-failure.ts';

const view = {
  kind: 'SecretScope',
  metadata: { namespace: 'team', name: 'web', uid: 'own' },
} as unknown as ScopeView;
const lineOf = (uid: string): PlanLine =>
  ({ name: 'TOKEN', scope: { namespace: 'org', name: 'acme', uid } }) as unknown as PlanLine;
const failed = (reason: Reason): LineVersion => ({
  kind: 'failed',
  reason,
  message: 'TOKEN: backend org/aws has no key "acme/prod"',
  afterMs: 5,
});

function telling() {
  const emitted: Parameters<Deps['emit']>[0][] = [];
  const deps = { log: { debug: () => undefined }, emit: (event: never) => emitted.push(event) };
  return { told: new ToldFailures(view, view.metadata.uid, deps as unknown as Deps), emitted };
}

describe('THREATS 25: what a scope is told of a name that cannot be had', () => {
  it('of its own entries everything', () => {
    const { told, emitted } = telling();
    const answer = failed('SecretMissing');
    expect(told.of(lineOf('own'), answer)).toBe(answer);
    expect([emitted, told.causes]).toEqual([[], []]);
  });

  it.each<Reason>([
    'SecretMissing',
    'SoftDeleted',
    'VersionDisabled',
    'BackendDenied',
    'VersionGone',
    'PropertyMissing',
    'SourceRefused',
  ])('of another level’s, %s reads like a name that is not there', (reason) => {
    const { told } = telling();
    expect(told.of(lineOf('org'), failed(reason))).toEqual({ ...notAvailable('TOKEN'), kind: 'failed' });
  });

  it.each<Reason>([
    'BackendUnavailable',
    'BackendThrottled',
    'BackendAddressInvalid',
    'IdentityUnavailable',
    'IdentityRefused',
    'CredentialRejected',
    'ClockSkew',
    'InternalError',
  ])('of another level’s, %s is one outage, which nobody below has to mend', (reason) => {
    const { told } = telling();
    expect(told.of(lineOf('org'), failed(reason))).toEqual({
      kind: 'failed',
      reason: 'BackendUnavailable',
      message: expect.stringMatching(/^TOKEN: the level above cannot read it now; .*tried again by itself$/),
    });
  });

  it('the owner hears the cause, and it decides when to look again', () => {
    const { told, emitted } = telling();
    told.of(lineOf('org'), failed('BackendDenied'));
    told.of(lineOf('org'), failed('BackendDenied'));
    expect(told.causes).toEqual(['BackendDenied']);
    expect(emitted[0]).toMatchObject({
      regarding: { kind: 'SecretScope', metadata: { namespace: 'org', name: 'acme', uid: 'org' } },
      reason: 'BackendDenied',
      note: 'TOKEN: backend org/aws has no key "acme/prod"',
    });
  });

  it('what is known is passed on as it is', () => {
    const { told } = telling();
    const known: LineVersion = { kind: 'known', version: '1' };
    expect(told.of(lineOf('org'), known)).toBe(known);
  });
});
