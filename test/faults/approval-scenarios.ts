/**
 * Owns: the scenarios of a protected environment: one for each thing that reviewers, or the time, do to it.
 * Used by: fault-scenarios.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import type { FaultScenario, Hands } from './fault-scenario.ts';
import { OWN, OWN_ONE, ownSource, repository, target, WEB } from './fault-world.ts';

const PROD_ONE = 'canary-prod-one-Bz3uWf8Rk6Pm';
const PROD = { name: 'PROD', from: { key: 'prod', property: 'value' } };

/** A repository, and a protected environment below it that delivers a secret of each. */
const guarded = (protection: object = {}): Thing[] => [
  ownSource(OWN_ONE),
  secretThing(WEB, 'prod', { value: PROD_ONE }),
  repository('app', WEB, { backendRef: LOCAL, secrets: [OWN] }),
  scopeThing('prod', WEB, {
    level: 'Environment',
    environmentName: 'production',
    parentRef: { name: 'app' },
    backendRef: LOCAL,
    secrets: [PROD],
    targets: [target('app-prod', 'OWN', 'PROD')],
    protection: { requiredReviewers: [{ kind: 'User', name: 'platform' }], ...protection },
  }),
];
const delivered = { 'team-web/app-prod': { OWN: OWN_ONE, PROD: PROD_ONE } };

/** The operator names it: scope, target, number. */
const REQUEST: Thing = {
  apiVersion: API_VERSION,
  kind: 'SecretRequest',
  metadata: { name: 'prod-app-prod-1', namespace: WEB },
};
const inState = (state: string) => [`${WEB}/${REQUEST.metadata.name} ${state}`];
// policies are believed after a second, and not after a minute: those of a lane are hardly older than its first plan
const flags = ['--policy-settle', '1s'];
// an operator that has just started asks within two seconds; there may be eight busy lanes
const PATIENT_MS = 30_000;

interface Asked {
  readonly status?: { readonly state?: string; readonly release?: { readonly at: string } };
}

async function untilState(hands: Hands, state: string): Promise<Asked> {
  return until(async () => {
    const asked = await hands.find<Asked>(REQUEST);
    if (asked?.status?.state !== state)
      throw new Error(`the request is ${asked?.status?.state}, not ${state}`);
    return asked;
  }, PATIENT_MS);
}

async function release(hands: Hands): Promise<void> {
  await untilState(hands, 'Waiting');
  await hands.vote(REQUEST, 'Approve');
  await untilState(hands, 'Released');
}

const approve: FaultScenario = {
  name: 'approve',
  what: 'a reviewer approves what a protected environment asks for',
  objects: guarded(),
  before: {},
  act: (hands) => hands.vote(REQUEST, 'Approve'),
  after: delivered,
  requests: { before: inState('Waiting'), after: inState('Released') },
  flags,
};

const reject: FaultScenario = {
  name: 'reject',
  what: 'a reviewer rejects what a protected environment asks for',
  objects: guarded(),
  before: {},
  act: (hands) => hands.vote(REQUEST, 'Reject'),
  after: {},
  requests: { before: inState('Waiting'), after: inState('Rejected') },
  flags,
};

const revoke: FaultScenario = {
  name: 'revoke',
  what: 'a reviewer revokes what was released, and the Secret goes',
  objects: guarded(),
  setUp: release,
  before: delivered,
  act: (hands) => hands.vote(REQUEST, 'Revoke'),
  after: {},
  requests: { before: inState('Released'), after: inState('Revoked') },
  flags,
};

// long enough to be released, seen and settled before it ends, on a busy machine too
const GRANT_MS = 12_000;
// what closes a gate is over when it is by one of two clocks that may differ by so much
const SKEW_MS = 2_000;

const expire: FaultScenario = {
  name: 'expire',
  what: 'the time of a release is over, and the Secret goes',
  objects: guarded({ grantTTL: `${GRANT_MS / 1000}s`, onExpiry: 'Delete' }),
  setUp: release,
  before: delivered,
  // nobody does anything: the act is over when the time is
  act: async (hands) => {
    const { status } = (await hands.find<Asked>(REQUEST)) ?? {};
    const end = Date.parse(status?.release?.at ?? '') + GRANT_MS - SKEW_MS;
    await pause(Math.max(0, end - Date.now()));
  },
  after: {},
  requests: { before: inState('Released'), after: inState('Expired') },
  flags,
};

export const APPROVALS: readonly FaultScenario[] = [approve, reject, revoke, expire];
