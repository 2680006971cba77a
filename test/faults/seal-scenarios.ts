/**
 * Owns: the scenarios of values that are written through the product. What is there before is stored by the operator itself;
 * SealedValues are looked at by name, so that theirs say in which order they came. Used by: fault-scenarios.ts.
 */
import { LOCAL, secretThing } from '../scenarios-support/operated-cluster.ts';
import type { FaultScenario } from './fault-scenario.ts';
import { repository, target, WEB } from './fault-world.ts';
import { applyAgain, destroy, set, untilState } from './seal-steps.ts';

const ONE = 'canary-sealed-one-Hw6yTb3Qk9Rn';
const TWO = 'canary-sealed-two-Zc8pLv4Ms1Xf';
const THREE = 'canary-sealed-three-Ud5gKj7Ea2Wo';
const SIDE = 'canary-sealed-side-Bn9rQx6Yi4Lt';
const KEPT_ONE = 'canary-kept-one-Sm3vDf8Hu5Cz';

const entry = (name: string, key: string) => ({ name, from: { key, property: 'value' } });
const written = (name: string, key: string) => ({ name, source: `${WEB}/${key}`, property: 'value' });
const inStates = (states: Readonly<Record<string, string>>) =>
  Object.entries(states).map(([name, state]) => `${WEB}/${name} ${state}`);

const seal: FaultScenario = {
  name: 'seal',
  what: 'a newer value is sealed, the first one of another entry too, and Git applies an old one once more',
  objects: [
    repository('app', WEB, {
      backendRef: LOCAL,
      secrets: [entry('OWN', 'own'), entry('SIDE', 'side')],
      targets: [target('app', 'OWN')],
    }),
  ],
  setUp: async (hands) => {
    await set(hands, 'own-1', 'OWN', ONE);
    await untilState(hands, 'own-1', 'Stored');
    await set(hands, 'own-2', 'OWN', TWO);
    await untilState(hands, 'own-2', 'Stored');
  },
  before: { 'team-web/app': { OWN: TWO } },
  act: async (hands) => {
    await set(hands, 'own-3', 'OWN', THREE);
    await set(hands, 'side-1', 'SIDE', SIDE);
    await applyAgain(hands, 'own-1');
  },
  after: { 'team-web/app': { OWN: THREE } },
  sealed: {
    before: inStates({ 'own-1': 'Stored Stored', 'own-2': 'Stored Stored' }),
    after: inStates({
      'own-1': 'Refused Outdated',
      'own-2': 'Stored Stored',
      'own-3': 'Stored Stored',
      'side-1': 'Stored Stored',
    }),
  },
  written: [
    {
      ...written('OWN', 'own'),
      steps: [
        { by: 'own-1', value: ONE },
        { by: 'own-2', value: TWO },
        { by: 'own-3', value: THREE },
      ],
      taken: 2,
    },
    { ...written('SIDE', 'side'), steps: [{ by: 'side-1', value: SIDE }], taken: 0 },
  ],
};

const sealDelete: FaultScenario = {
  name: 'seal-delete',
  what: 'one value is deleted by force, one that was deleted is set anew, and Git applies the deleted one once more',
  objects: [
    secretThing(WEB, 'kept', { value: KEPT_ONE }),
    repository('app', WEB, {
      backendRef: LOCAL,
      secrets: [entry('OWN', 'own'), entry('SIDE', 'side'), entry('KEPT', 'kept')],
      targets: [target('app', 'OWN', 'KEPT'), target('app-side', 'SIDE', 'KEPT')],
    }),
  ],
  setUp: async (hands) => {
    await set(hands, 'own-1', 'OWN', ONE);
    await set(hands, 'side-1', 'SIDE', SIDE);
    await untilState(hands, 'own-1', 'Stored');
    await untilState(hands, 'side-1', 'Stored');
    await destroy(hands, 'side-2', 'SIDE');
    await untilState(hands, 'side-2', 'Deleted');
  },
  before: { 'team-web/app': { OWN: ONE, KEPT: KEPT_ONE }, 'team-web/app-side': { KEPT: KEPT_ONE } },
  act: async (hands) => {
    await destroy(hands, 'own-2', 'OWN');
    await set(hands, 'side-3', 'SIDE', TWO);
    await applyAgain(hands, 'side-1');
  },
  after: { 'team-web/app': { KEPT: KEPT_ONE }, 'team-web/app-side': { SIDE: TWO, KEPT: KEPT_ONE } },
  sealed: {
    before: inStates({ 'own-1': 'Stored Stored', 'side-1': 'Stored Stored', 'side-2': 'Deleted Destroyed' }),
    after: inStates({
      'own-1': 'Stored Stored',
      'own-2': 'Deleted Destroyed',
      'side-1': 'Refused Outdated',
      'side-2': 'Deleted Destroyed',
      'side-3': 'Stored Stored',
    }),
  },
  written: [
    { ...written('OWN', 'own'), steps: [{ by: 'own-1', value: ONE }, { by: 'own-2' }], taken: 1 },
    {
      ...written('SIDE', 'side'),
      steps: [{ by: 'side-1', value: SIDE }, { by: 'side-2' }, { by: 'side-3', value: TWO }],
      taken: 2,
    },
  ],
};

export const SEALS: readonly FaultScenario[] = [seal, sealDelete];
