import { describe, expect, it } from 'vitest';
import type { Condition } from '../model/kinds/common.ts';
import { publicKeyMap } from '../model/public-key-map.ts';
import type { Look } from './doctor-finding.ts';
import {
  checkEnrolment,
  checkEvents,
  checkKeys,
  checkProduction,
  checkReady,
  checkRestarts,
  checkUndelivered,
  type Seen,
} from './doctor-objects.ts';

const seen = <T>(value: T): Look<T> => ({ kind: 'seen', value });
const hidden = { kind: 'hidden', why: 'you may not list rolebindings' } as const;

const condition = (type: string, status: Condition['status'], reason = 'Because'): Condition => ({
  type,
  status,
  reason,
  message: 'as it is; do something',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const object = (
  name: string,
  conditions: Condition[] = [condition('Ready', 'True')],
  kind = 'SecretScope',
): Seen => ({
  kind,
  name,
  namespace: `ns-${name}`,
  uid: `${name}-uid`,
  conditions,
  needsEnrolment: true,
  isUnguarded: false,
});

describe('enrolment', () => {
  const check = (enrolled: Look<ReadonlySet<string>>, everywhere: Look<boolean>, conditions?: Condition[]) =>
    checkEnrolment({ objects: [seen([object('a'), object('b', conditions)])], enrolled, everywhere });
  const one = seen(new Set(['ns-a']));

  it('of every namespace that needs it is fine', () => {
    expect(check(seen(new Set(['ns-a', 'ns-b'])), seen(false)).outcome).toBe('ok');
  });

  it('that is missing is told, with the command', () => {
    expect(check(one, seen(false))).toMatchObject({
      outcome: 'problem',
      message:
        'the operator has no rights in ns-b; add --service-account NAME for an account that a backend there reads as',
      fix: 'secretscope enroll ns-b',
    });
  });

  it('is not needed where the operator has its rights everywhere', () => {
    expect(check(one, seen(true)).outcome).toBe('ok');
  });

  it('that is missing is doubtful where the caller may not see whether it is needed', () => {
    expect(check(one, hidden)).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining('unless'),
    });
  });

  it('that is missing is certain where the operator says so', () => {
    expect(check(one, hidden, [condition('Ready', 'False', 'NamespaceNotEnrolled')]).outcome).toBe('problem');
  });

  it('that the caller may not see is skipped', () => {
    expect(check(hidden, seen(false))).toMatchObject({ outcome: 'skipped', message: hidden.why });
  });
});

describe('what is not ready', () => {
  const stalled = [condition('Ready', 'False', 'SecretMissing')];
  const waiting = [condition('Ready', 'False', 'AwaitingApproval')];

  it('is told with the reason, and a problem where only a person gets it going', () => {
    const found = checkReady(
      'scopes',
      'SecretScope',
      seen([object('w', waiting), object('s', stalled), object('ok')]),
    );
    expect(found).toMatchObject([
      {
        outcome: 'problem',
        message: 'SecretScope ns-s/s: SecretMissing: as it is; do something',
        fix: 'read: kubectl describe secretscope s -n ns-s',
      },
      { outcome: 'warning' },
    ]);
  });

  it('points to what reviewers read, where it waits for them', () => {
    const asks = {
      ...object('chat', [condition('Ready', 'False', 'AwaitingApproval')]),
      request: 'web-chat-1',
    };
    const decided = {
      ...object('old', [condition('Ready', 'False', 'DeliveryFailing')]),
      request: 'web-old-1',
    };
    const fixes = checkReady('automations', 'WebhookAutomation', seen([asks, decided]));
    expect(fixes).toMatchObject([
      { fix: 'secretscope review show web-chat-1 -n ns-chat' },
      { fix: 'read: kubectl describe secretscope old -n ns-old' },
    ]);
  });

  it('is told when no operator has looked at it', () => {
    expect(checkReady('scopes', 'SecretScope', seen([object('new', [])]))).toMatchObject([
      { outcome: 'problem', message: 'SecretScope ns-new/new: no operator has looked at it' },
    ]);
  });

  it('is counted beyond the first five', () => {
    const many = Array.from({ length: 12 }, (_, index) => object(`s${index}`, stalled));
    const found = checkReady('scopes', 'SecretScope', seen(many));
    expect(found).toHaveLength(6);
    expect(found[5]?.message).toMatch(/^7 more SecretScopes are not ready: .* and 4 more$/);
  });

  it('is a problem of a backend, whatever the operator goes on trying', () => {
    const found = checkReady('backends', 'SecretBackend', seen([object('b', waiting, 'SecretBackend')]));
    expect(found[0]?.outcome).toBe('problem');
  });
});

describe('push', () => {
  it('names backends that no events arrive at', () => {
    const silent = object('q', [condition('EventsMissing', 'True')], 'ClusterSecretBackend');
    expect(checkEvents(seen([object('fine'), { ...silent, namespace: '' }]))).toMatchObject({
      outcome: 'problem',
      message: expect.stringContaining('ClusterSecretBackend q'),
      fix: 'read: kubectl describe clustersecretbackend q',
    });
  });
});

describe('restarts', () => {
  const held = (reason: string) =>
    object('web', [
      condition('Ready', 'True', 'Materialized'),
      { ...condition('RestartPending', 'True', reason), message: 'Deployment team-x/api may not be read' },
    ]);

  it('are fine while no workload waits for one', () => {
    expect(checkRestarts(seen([object('fine')]))).toMatchObject({ outcome: 'ok' });
  });

  it.each([
    ['RestartForbidden', 'secretscope enroll team-x --restart'],
    ['Flapping', 'read: kubectl describe secretscope web -n ns-web'],
  ])('that wait with %s are told with what mends them', (reason, fix) => {
    expect(checkRestarts(seen([object('fine'), held(reason)]))).toMatchObject({
      outcome: 'warning',
      message: expect.stringContaining(`${reason}: Deployment team-x/api`),
      fix,
    });
  });

  it('are skipped by whoever may not list scopes, and before the kind is there', () => {
    expect(checkRestarts(hidden)).toMatchObject({ outcome: 'skipped', message: hidden.why });
    expect(checkRestarts({ kind: 'missing' })).toMatchObject({ outcome: 'skipped' });
  });
});

describe('deliveries', () => {
  const gaveUp = [condition('Ready', 'True', 'Listening'), condition('Undelivered', 'True', 'Undelivered')];
  const lossy = object('chat', gaveUp, 'WebhookAutomation');

  it('are fine while no automation has given one up', () => {
    expect(checkUndelivered(seen([object('fine')]))).toMatchObject({ outcome: 'ok' });
    const over = object('over', [condition('Undelivered', 'False')]);
    expect(checkUndelivered(seen([over]))).toMatchObject({ outcome: 'ok' });
  });

  it('that were given up are told of every automation, with the command that sends them again', () => {
    const also = object('build', gaveUp, 'WebhookAutomation');
    expect(checkUndelivered(seen([object('fine'), lossy, also]))).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/WebhookAutomation ns-chat\/chat.*WebhookAutomation ns-build\/build/),
      fix: 'see why, then send them again: secretscope automation replay chat -n ns-chat --all',
    });
  });

  it('are skipped by whoever may not list automations, and before the kind is there', () => {
    expect(checkUndelivered(hidden)).toMatchObject({ outcome: 'skipped', message: hidden.why });
    expect(checkUndelivered({ kind: 'missing' })).toMatchObject({ outcome: 'skipped' });
  });
});

describe('sealing keys', () => {
  const check = (uids: readonly string[]) =>
    checkKeys({
      scopes: seen([object('a'), object('b')]),
      keys: seen(new Map(uids.map((uid) => [publicKeyMap(uid), new Set([uid])]))),
      operatorNamespace: 'ops',
    });

  it('are there for every scope', () => {
    expect(check(['a-uid', 'b-uid']).outcome).toBe('ok');
  });

  it('that are not published are told by the scope', () => {
    expect(check(['a-uid'])).toMatchObject({
      outcome: 'problem',
      message: expect.stringContaining('SecretScope ns-b/b'),
    });
  });
});

describe('GX63 production that nobody guards', () => {
  const unguarded = (name: string): Seen => ({ ...object(name), isUnguarded: true });

  it('is a warning that names the first few and says what to consider', () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map(unguarded);
    expect(checkProduction(seen([object('fine'), ...names]))).toEqual({
      check: 'production',
      outcome: 'warning',
      message:
        'called production, and without reviewers or a wait timer, so that whatever changes is delivered at once: SecretScope ns-a/a, SecretScope ns-b/b, SecretScope ns-c/c and 2 more',
      fix: 'consider spec.protection.requiredReviewers or spec.protection.waitTimerMinutes: kubectl edit secretscope a -n ns-a',
    });
  });

  it('is fine where there is none, and skipped where scopes may not be listed', () => {
    expect(checkProduction(seen([object('a')])).outcome).toBe('ok');
    expect(checkProduction(hidden)).toMatchObject({ outcome: 'skipped', message: hidden.why });
    expect(checkProduction({ kind: 'missing' }).outcome).toBe('skipped');
  });
});
