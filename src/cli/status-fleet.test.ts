import { describe, expect, it } from 'vitest';
import type { Lease } from '../kube/lease-record.ts';
import { FleetTally } from '../report/fleet-tally.ts';
import { type FleetLooks, fleetStatus } from './status-fleet.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const seen = <T>(value: T) => ({ kind: 'seen', value }) as const;

function tally(...objects: { reason: string; stalled?: true }[]): FleetTally {
  const made = new FleetTally();
  for (const { reason, stalled } of objects) {
    const times = { lastTransitionTime: '2026-11-23T11:00:00Z', observedGeneration: 1, message: '' };
    const good = ['Materialized', 'Reachable'].includes(reason);
    const ready = { type: 'Ready', status: good ? ('True' as const) : ('False' as const), reason, ...times };
    const also = stalled ? [{ type: 'Stalled', status: 'True' as const, reason, ...times }] : [];
    made.add({ conditions: [ready, ...also], createdAt: '' }, NOW);
  }
  return made;
}

const lease = (renewTime: string, holderIdentity = 'pod_1') =>
  seen({ spec: { holderIdentity, renewTime, leaseDurationSeconds: 12 } } as Lease);

/** A fleet in which nobody has to do anything; no policies are there to be judged. */
const WELL: FleetLooks = {
  deployment: seen({ wanted: 2, ready: 2, images: ['secretscope:0.1.0'] }),
  lease: lease('2026-11-23T11:59:59Z'),
  readAt: NOW,
  policies: { validating: { kind: 'hidden', why: 'you may not list policies' }, mutating: seen([]) },
  scopes: seen(tally({ reason: 'Materialized' }, { reason: 'AwaitingApproval' })),
  claims: seen(tally()),
  backends: { tally: tally({ reason: 'Reachable' }), notReady: [], hidden: [] },
  requests: seen({ count: 1, oldestMs: 90_000, oldest: 'team/web-1' }),
  automations: seen({ total: 1, waiting: 2, undelivered: 0 }),
};

describe('what needs a person', () => {
  it('is nothing in a fleet that only waits for its reviewers', () => {
    const status = fleetStatus(WELL);
    expect(status.needsAPerson).toEqual([]);
    expect(status.requests).toEqual({ waiting: 1, oldestAgeSeconds: 90, oldest: 'team/web-1' });
    expect(status.scopes?.byReason).toEqual({ Materialized: 1, AwaitingApproval: 1 });
    expect(status.leader).toEqual({ identity: 'pod_1', renewedSecondsAgo: 1, leads: true });
  });

  it.each<[string, Partial<FleetLooks>, string]>([
    ['no Lease', { lease: { kind: 'missing' } }, 'no operator leads'],
    ['a Lease that nobody renews', { lease: lease('2026-11-23T11:59:00Z') }, 'no operator leads'],
    ['a Lease that was given up', { lease: lease('2026-11-23T11:59:59Z', '') }, 'no operator leads'],
    [
      'policies that are not there',
      { policies: { validating: seen([]), mutating: { kind: 'missing' } } },
      'the policies for votes, claims, automations, bounds are not in force as shipped',
    ],
    [
      'a backend that cannot be read',
      { backends: { ...WELL.backends, tally: tally({ reason: 'Reachable' }, { reason: 'BackendDenied' }) } },
      '1 of 2 backends are not ready',
    ],
    [
      'a scope that is stuck',
      { scopes: seen(tally({ reason: 'Materialized' }, { reason: 'KeyNotGranted', stalled: true })) },
      '1 of 2 scopes need a person',
    ],
    [
      'a scope whose value is missing',
      { scopes: seen(tally({ reason: 'SecretMissing' })) },
      '1 of 1 scopes need a person',
    ],
    [
      'a claim that is stuck',
      { claims: seen(tally({ reason: 'Rejected', stalled: true })) },
      '1 of 1 claims need a person',
    ],
    [
      'deliveries that were given up',
      { automations: seen({ total: 1, waiting: 0, undelivered: 3 }) },
      '3 deliveries of automations were given up',
    ],
  ])('is %s', (_case, change, told) => {
    expect(fleetStatus({ ...WELL, ...change }).needsAPerson).toEqual([told]);
  });
});

describe('what the caller may not see', () => {
  it('is left out, stands in the notes, and needs nobody', () => {
    const hidden = (why: string) => ({ kind: 'hidden', why }) as const;
    const status = fleetStatus({
      ...WELL,
      lease: hidden('you may not get the Lease'),
      scopes: hidden('you may not list secretscopes'),
    });
    expect(status.notes).toEqual([
      'you may not get the Lease',
      'you may not list policies',
      'you may not list secretscopes',
    ]);
    expect([status.leader, status.scopes, status.policies]).toEqual([undefined, undefined, undefined]);
    expect(status.needsAPerson).toEqual([]);
  });
});
