/**
 * Owns: the scenarios of webhook automations: something happens to a scope, and another system has to be told.
 * Used by: fault-scenarios.ts. Events that rest on the second in which something was made are not listened to: they are
 * told of what was there before, or not, by chance.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import type { FaultScenario, Hands } from './fault-scenario.ts';
import { ORG, OWN, OWN_ONE, ownSource, repository, target, WEB } from './fault-world.ts';
import { RECEIVER } from './receiver-place.ts';
import { inState, POLICY_FLAGS, requestThing } from './request-steps.ts';

const HOOK_KEY = 'canary-hook-key-Ls5vGp3Wd8Yb';
const OWN_TWO = 'canary-told-own-Fc9nBt4Kx7Ha';
const SIDE_ONE = 'canary-told-side-Qe2mRz6Uj3Vw';
const SIDE_TWO = 'canary-told-later-Xk8dSy5Og1Pi';
// an operator that has just started looks within two seconds; there may be eight busy lanes
const PATIENT_MS = 30_000;

/** What a receiver was told to expect. */
export const SIGNED = { key: HOOK_KEY, header: 'X-Signature', encoding: 'hex' } as const;

const SIDE = { name: 'SIDE', from: { key: 'side', property: 'value' } };
const sideSource = (value: string): Thing => secretThing(WEB, 'side', { value });

const automation = (scope: string, events: readonly string[], spec: object = {}): Thing => ({
  apiVersion: API_VERSION,
  kind: 'WebhookAutomation',
  metadata: { name: 'hook', namespace: WEB },
  spec: {
    scopeRef: { name: scope },
    events,
    url: `${RECEIVER}/hook`,
    payload: { event: '${event_type}', id: '${delivery_id}' },
    ...spec,
  },
});

/** An organization with the key of signatures, which lists the receiver, and a repository with two secrets of its own. */
const world: readonly Thing[] = [
  ownSource(OWN_ONE),
  sideSource(SIDE_ONE),
  secretThing(ORG, 'hook', { key: HOOK_KEY }),
  scopeThing('acme', ORG, {
    level: 'Organization',
    backendRef: LOCAL,
    children: [{ namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true }],
    secrets: [{ name: 'HOOK', from: { key: 'hook', property: 'key' }, access: { visibility: 'All' } }],
    automationHosts: ['127.0.0.1'],
  }),
  repository('app', WEB, {
    parentRef: { namespace: ORG, name: 'acme' },
    backendRef: LOCAL,
    secrets: [OWN, SIDE],
    targets: [target('app', 'OWN', 'SIDE')],
  }),
];
const signature = { signature: { secret: 'HOOK', header: 'X-Signature', encoding: 'Hex' } };

interface Seen {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** What is there already is no event for it: it is made when all that has settled, in a later second. */
async function make(hands: Hands, thing: Thing, scope: Thing): Promise<void> {
  await untilReady(hands, scope, PATIENT_MS);
  await pause(1_100);
  await hands.have(thing);
  await untilReady(hands, thing, PATIENT_MS);
}

async function untilReady(hands: Hands, thing: Thing, timeout: number): Promise<void> {
  await until(async () => {
    const { metadata, status } = (await hands.find<Seen>(thing)) ?? {};
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True' || status?.observedGeneration !== metadata?.generation)
      throw new Error(`${thing.kind} ${thing.metadata.name} says ${JSON.stringify(status)}`);
  }, timeout);
}

const before = { 'team-web/app': { OWN: OWN_ONE, SIDE: SIDE_ONE } };

const tell: FaultScenario = {
  name: 'tell',
  what: 'one value is rotated and then another, and a receiver is told of both',
  objects: world,
  setUp: (hands) => make(hands, automation('app', ['Rotated'], signature), repository('app', WEB, {})),
  before,
  act: async (hands) => {
    await hands.have(ownSource(OWN_TWO));
    // else it is chance whether they are noticed together
    await pause(1_500);
    await hands.have(sideSource(SIDE_TWO));
  },
  after: { 'team-web/app': { OWN: OWN_TWO, SIDE: SIDE_TWO } },
  told: { before: [], after: ['Rotated', 'Rotated'] },
};

const REQUEST = requestThing('prod-app-prod-1');

const tellDecision: FaultScenario = {
  name: 'tell-decision',
  what: 'a reviewer approves what a protected environment asks for, and a receiver is told',
  objects: [
    ...world,
    scopeThing('prod', WEB, {
      level: 'Environment',
      environmentName: 'production',
      parentRef: { name: 'app' },
      targets: [target('app-prod', 'OWN')],
      protection: { requiredReviewers: [{ kind: 'User', name: 'platform' }] },
    }),
    automation('prod', ['ReviewRequested', 'ReviewApproved']),
  ],
  before,
  act: (hands) => hands.vote(REQUEST, 'Approve'),
  after: { ...before, 'team-web/app-prod': { OWN: OWN_ONE } },
  requests: { before: inState(REQUEST, 'Waiting'), after: inState(REQUEST, 'Released') },
  told: { before: ['ReviewRequested'], after: ['ReviewApproved', 'ReviewRequested'] },
  flags: POLICY_FLAGS,
};

export const TOLD: readonly FaultScenario[] = [tell, tellDecision];
