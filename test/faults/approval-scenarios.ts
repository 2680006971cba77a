/**
 * Owns: the scenarios of a protected environment: one for each thing that reviewers, or the time, do to it.
 * Used by: fault-scenarios.ts.
 */
import { LOCAL, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { OWN, OWN_ONE, ownSource, repository, target, WEB } from './fault-world.ts';
import {
  inState,
  POLICY_FLAGS,
  release,
  requestThing,
  SHORT_GRANT,
  untilGrantEnds,
} from './request-steps.ts';

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

const REQUEST = requestThing('prod-app-prod-1');

const approve: FaultScenario = {
  name: 'approve',
  what: 'a reviewer approves what a protected environment asks for',
  objects: guarded(),
  before: {},
  act: (hands) => hands.vote(REQUEST, 'Approve'),
  after: delivered,
  requests: { before: inState(REQUEST, 'Waiting'), after: inState(REQUEST, 'Released') },
  flags: POLICY_FLAGS,
};

const reject: FaultScenario = {
  name: 'reject',
  what: 'a reviewer rejects what a protected environment asks for',
  objects: guarded(),
  before: {},
  act: (hands) => hands.vote(REQUEST, 'Reject'),
  after: {},
  requests: { before: inState(REQUEST, 'Waiting'), after: inState(REQUEST, 'Rejected') },
  flags: POLICY_FLAGS,
};

const revoke: FaultScenario = {
  name: 'revoke',
  what: 'a reviewer revokes what was released, and the Secret goes',
  objects: guarded(),
  setUp: (hands) => release(hands, REQUEST),
  before: delivered,
  act: (hands) => hands.vote(REQUEST, 'Revoke'),
  after: {},
  requests: { before: inState(REQUEST, 'Released'), after: inState(REQUEST, 'Revoked') },
  flags: POLICY_FLAGS,
};

const expire: FaultScenario = {
  name: 'expire',
  what: 'the time of a release is over, and the Secret goes',
  objects: guarded(SHORT_GRANT),
  setUp: (hands) => release(hands, REQUEST),
  before: delivered,
  act: (hands) => untilGrantEnds(hands, REQUEST),
  after: {},
  requests: { before: inState(REQUEST, 'Released'), after: inState(REQUEST, 'Expired') },
  flags: POLICY_FLAGS,
};

export const APPROVALS: readonly FaultScenario[] = [approve, reject, revoke, expire];
