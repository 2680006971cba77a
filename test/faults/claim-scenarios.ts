/**
 * Owns: the scenarios of claims: a namespace wants secrets of a scope of another one, gets them, and loses them again.
 * Used by: fault-scenarios.ts.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { LOCAL, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { LAB, OWN, OWN_ONE, ownSource, repository, WEB } from './fault-world.ts';
import {
  inState,
  POLICY_FLAGS,
  release,
  requestThing,
  SHORT_GRANT,
  untilGrantEnds,
} from './request-steps.ts';

const JOB_ONE = 'canary-job-one-Kd6vTn2Xe8Hb';
const JOB = { name: 'JOB', from: { key: 'job', property: 'value' } };
const sources = [ownSource(OWN_ONE), secretThing(WEB, 'job', { value: JOB_ONE })];

const toLab = { consumers: [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': LAB } } }] };
const claimable = (consumers: object = toLab): Thing =>
  repository('app', WEB, { backendRef: LOCAL, secrets: [OWN, JOB], ...consumers });

/** A claim of the other team; its Secret has its name. */
const claimThing = (name: string, scope: string, include: readonly string[], spec: object = {}): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretClaim',
  metadata: { name, namespace: LAB },
  spec: { scopeRef: { namespace: WEB, name: scope }, include, secretName: name, ...spec },
});
const live = claimThing('live', 'app', ['OWN']);
const other = claimThing('other', 'app', ['OWN']);
const snapshot = claimThing('snapshot', 'app', ['OWN', 'JOB'], { mode: 'Snapshot' });
const liveData = { 'team-lab/live': { OWN: OWN_ONE } };

const claim: FaultScenario = {
  name: 'claim',
  what: 'a namespace claims from a repository of another one, once Live and once as a Snapshot',
  objects: [...sources, claimable()],
  before: {},
  claims: [live, snapshot],
  act: (hands) => hands.have(live, snapshot),
  after: { ...liveData, 'team-lab/snapshot': { OWN: OWN_ONE, JOB: JOB_ONE } },
};

const changed = claimThing('live', 'app', ['JOB']);

const claimChange: FaultScenario = {
  name: 'claim-change',
  what: 'a Live claim wants another name than before, and another claim is deleted',
  objects: [...sources, claimable(), live, other],
  before: { ...liveData, 'team-lab/other': { OWN: OWN_ONE } },
  claims: [changed],
  act: async (hands) => {
    await hands.have(changed);
    await hands.gone(other);
  },
  departs: true,
  after: { 'team-lab/live': { JOB: JOB_ONE } },
};

const claimRefuse: FaultScenario = {
  name: 'claim-refuse',
  what: 'a repository no longer admits a namespace that claims from it, and the Secret goes',
  objects: [...sources, claimable(), live],
  before: liveData,
  act: (hands) => hands.have(claimable({})),
  after: {},
};

const PROTECTED_JOB = claimThing('ci', 'prod', ['OWN', 'JOB'], { mode: 'Snapshot' });
const REQUEST = requestThing('prod-ci-1');
const jobData = { 'team-lab/ci': { OWN: OWN_ONE, JOB: JOB_ONE } };

/** A secret of a repository, and one of the protected environment below it, both claimed: both levels have to admit. */
const guarded = (protection: object = {}): Thing[] => [
  ...sources,
  repository('app', WEB, { backendRef: LOCAL, secrets: [OWN], ...toLab }),
  scopeThing('prod', WEB, {
    level: 'Environment',
    environmentName: 'production',
    parentRef: { name: 'app' },
    backendRef: LOCAL,
    secrets: [JOB],
    ...toLab,
    protection: { requiredReviewers: [{ kind: 'User', name: 'platform' }], ...protection },
  }),
  PROTECTED_JOB,
];

const claimRelease: FaultScenario = {
  name: 'claim-release',
  what: 'a reviewer approves what a Snapshot claims from a protected environment',
  objects: guarded(),
  before: {},
  act: (hands) => hands.vote(REQUEST, 'Approve'),
  after: jobData,
  requests: { before: inState(REQUEST, 'Waiting'), after: inState(REQUEST, 'Released') },
  flags: POLICY_FLAGS,
};

const claimExpire: FaultScenario = {
  name: 'claim-expire',
  what: 'the time of a release to a claim is over, and the Secret goes',
  objects: guarded(SHORT_GRANT),
  setUp: (hands) => release(hands, REQUEST),
  before: jobData,
  act: (hands) => untilGrantEnds(hands, REQUEST),
  after: {},
  requests: { before: inState(REQUEST, 'Released'), after: inState(REQUEST, 'Expired') },
  flags: POLICY_FLAGS,
};

export const CLAIMS: readonly FaultScenario[] = [claim, claimChange, claimRefuse, claimRelease, claimExpire];
