/**
 * Owns: the scenarios that faults are tried on: one for each thing that the main job does. Those of approvals are in
 * approval-scenarios.ts, those of claims in claim-scenarios.ts, those of written values in seal-scenarios.ts, those of webhooks in
 * told-scenarios.ts. Used by: plans.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LOCAL, scopeThing, secretThing } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { APPROVALS } from './approval-scenarios.ts';
import { CLAIMS } from './claim-scenarios.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { LAB, ORG, OWN, OWN_ONE, ownSource, repository, target, WEB } from './fault-world.ts';
import { SEALS } from './seal-scenarios.ts';
import { TOLD } from './told-scenarios.ts';

// long and unlike anything else, so that each is found wherever it leaks
const ORG_ONE = 'canary-org-one-7Qd2xVb9Lm4K';
const ORG_TWO = 'canary-org-two-pR8sYw3Hc6Tz';
const OWN_TWO = 'canary-own-two-Xo2bMi7Zs9Dq';
const OVERRIDE = 'canary-override-Vt4hCr6Pw8Jy';
const HAND = 'canary-hand-Gm9eKq3Lu5Sx';

const sharedSource = (value: string): Thing => secretThing(ORG, 'shared', { token: value });

const children = [
  { namespaces: { matchLabels: { org: 'acme' } }, visibility: 'Private', trusted: true },
] as const;
const TOKEN = { name: 'TOKEN', from: { key: 'shared', property: 'token' } };
const parentRef = { namespace: ORG, name: 'acme' };

const organization = (secrets: object[] = [TOKEN]): Thing =>
  scopeThing('acme', ORG, { level: 'Organization', backendRef: LOCAL, children, secrets });

const ownRepository = (secretName: string): Thing =>
  repository('app', WEB, { backendRef: LOCAL, secrets: [OWN], targets: [target(secretName, 'OWN')] });
/** TOKEN of the organization beside a secret of its own. */
export const heir: Thing = repository('app', WEB, {
  parentRef,
  backendRef: LOCAL,
  secrets: [OWN],
  targets: [target('app', 'OWN', 'TOKEN')],
});
const labHeir: Thing = repository('tool', LAB, { parentRef, targets: [target('tool', 'TOKEN')] });
const family = [sharedSource(ORG_ONE), ownSource(OWN_ONE), organization(), heir, labHeir];
const familyData = {
  'team-web/app': { OWN: OWN_ONE, TOKEN: ORG_ONE },
  'team-lab/tool': { TOKEN: ORG_ONE },
};

const create: FaultScenario = {
  name: 'create',
  what: 'a repository with a secret of its own appears',
  objects: [ownSource(OWN_ONE)],
  before: {},
  act: (hands) => hands.have(ownRepository('app')),
  after: { 'team-web/app': { OWN: OWN_ONE } },
};

const inherit: FaultScenario = {
  name: 'inherit',
  what: 'a repository and its environment appear below an organization',
  objects: [sharedSource(ORG_ONE), ownSource(OWN_ONE), organization()],
  before: {},
  act: (hands) =>
    hands.have(
      heir,
      scopeThing('app-test', WEB, {
        level: 'Environment',
        environmentName: 'test',
        parentRef: { name: 'app' },
        targets: [target('app-test', 'OWN', 'TOKEN')],
      }),
    ),
  after: {
    'team-web/app': { OWN: OWN_ONE, TOKEN: ORG_ONE },
    'team-web/app-test': { OWN: OWN_ONE, TOKEN: ORG_ONE },
  },
};

const override: FaultScenario = {
  name: 'override',
  what: 'a repository puts a value of its own over one of the organization',
  objects: [...family, secretThing(WEB, 'mine', { token: OVERRIDE })],
  before: familyData,
  act: (hands) =>
    hands.have({
      ...heir,
      spec: {
        ...(heir['spec'] as object),
        secrets: [OWN, { name: 'TOKEN', from: { key: 'mine', property: 'token' } }],
      },
    }),
  after: { ...familyData, 'team-web/app': { OWN: OWN_ONE, TOKEN: OVERRIDE } },
};

const rotate: FaultScenario = {
  name: 'rotate',
  what: 'the value of an organization changes at its source',
  objects: family,
  before: familyData,
  act: (hands) => hands.have(sharedSource(ORG_TWO)),
  after: { 'team-web/app': { OWN: OWN_ONE, TOKEN: ORG_TWO }, 'team-lab/tool': { TOKEN: ORG_TWO } },
};

const withdraw: FaultScenario = {
  name: 'withdraw',
  what: 'an organization takes a secret away from one of two repositories',
  objects: family,
  before: familyData,
  act: (hands) =>
    hands.have(
      organization([
        { ...TOKEN, access: { visibility: 'Selected', repositories: [{ namespace: LAB, name: 'tool' }] } },
      ]),
    ),
  after: { ...familyData, 'team-web/app': { OWN: OWN_ONE } },
};

const deleteScope: FaultScenario = {
  name: 'delete',
  what: 'a scope is deleted, and its Secret with it',
  objects: family,
  before: familyData,
  act: (hands) => hands.gone(heir),
  departs: true,
  after: { 'team-lab/tool': { TOKEN: ORG_ONE } },
};

const rename: FaultScenario = {
  name: 'rename',
  what: 'a target gets another Secret',
  objects: [ownSource(OWN_ONE), ownRepository('app')],
  before: { 'team-web/app': { OWN: OWN_ONE } },
  act: (hands) => hands.have(ownRepository('app-new')),
  departs: true,
  after: { 'team-web/app-new': { OWN: OWN_ONE } },
};

const providerError: FaultScenario = {
  name: 'provider-error',
  what: 'one value vanishes at its source while another changes there',
  objects: family,
  before: familyData,
  act: async (hands) => {
    await hands.gone(sharedSource(ORG_ONE));
    // else it is chance how many statuses are written
    await pause(1_500);
    await hands.have(ownSource(OWN_TWO));
  },
  after: { ...familyData, 'team-web/app': { OWN: OWN_TWO, TOKEN: ORG_ONE } },
};

const handEdit: FaultScenario = {
  name: 'hand-edit',
  what: 'somebody changes one Secret by hand and deletes another',
  objects: family,
  before: familyData,
  act: async (hands) => {
    await hands.merge(secretThing(WEB, 'app'), { stringData: { OWN: HAND, EXTRA: HAND } });
    await hands.gone(secretThing(LAB, 'tool'));
  },
  // a key that nobody asked for is another's, and left alone
  after: { ...familyData, 'team-web/app': { ...familyData['team-web/app'], EXTRA: HAND } },
};

const install: FaultScenario = {
  name: 'install',
  what: 'the operator starts for the first time in a cluster that has scopes already',
  objects: family,
  before: {},
  act: async () => undefined,
  after: familyData,
  startsOperator: true,
};

const remake: FaultScenario = {
  name: 'remake',
  what: 'a scope is deleted and made again under its name; the plan does it, since the order of events decides',
  objects: family,
  before: familyData,
  act: async () => undefined,
  after: familyData,
  raced: true,
};

const editUndone: FaultScenario = {
  name: 'edit-undone',
  what: 'somebody changes a Secret by hand and changes it back at once',
  objects: family,
  before: familyData,
  act: async (hands) => {
    await hands.merge(secretThing(WEB, 'app'), { stringData: { OWN: HAND } });
    await hands.merge(secretThing(WEB, 'app'), { stringData: { OWN: OWN_ONE } });
  },
  after: familyData,
  raced: true,
};

export const SCENARIOS: readonly FaultScenario[] = [
  create,
  inherit,
  override,
  rotate,
  withdraw,
  deleteScope,
  rename,
  providerError,
  handEdit,
  install,
  remake,
  editUndone,
  ...APPROVALS,
  ...CLAIMS,
  ...SEALS,
  ...TOLD,
];
