/** Every seeded bug: the harness is proven by finding each of them. */
import { AUTOMATION_BUGS } from './automation-bugs.ts';
import { CLAIM_BUGS } from './claim-bugs.ts';
import { ERROR_BUGS } from './error-bugs.ts';
import { INTERMEDIATE_STATE_BUGS } from './intermediate-state-bugs.ts';
import { LEADER_AND_NOISE_BUGS } from './leader-and-noise-bugs.ts';
import { SEAL_BUGS } from './seal-bugs.ts';
import type { SeededBug } from './seeded-bug.ts';
import { STALE_STATE_BUGS } from './stale-state-bugs.ts';
import { TRANSITION_BUGS } from './transition-bugs.ts';
import { UNOBSERVED_STATE_BUGS } from './unobserved-state-bugs.ts';

export const SEEDED_BUGS: readonly SeededBug[] = [
  ...INTERMEDIATE_STATE_BUGS,
  ...STALE_STATE_BUGS,
  ...UNOBSERVED_STATE_BUGS,
  ...ERROR_BUGS,
  ...LEADER_AND_NOISE_BUGS,
  ...CLAIM_BUGS,
  ...SEAL_BUGS,
  ...AUTOMATION_BUGS,
  ...TRANSITION_BUGS,
];
