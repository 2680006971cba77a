/** Bugs about who may write, about writing without need, and about saying too much. */
import type { SeededBug } from './seeded-bug.ts';

export const LEADER_AND_NOISE_BUGS: readonly SeededBug[] = [
  {
    id: 'lost-leader-goes-on',
    what: 'a leader that lost its Lease neither ends nor stops to write',
    source: 'https://github.com/volcano-sh/kthena/issues/1793',
    edits: [
      {
        file: 'src/app.ts',
        find: 'await Promise.race([aborted(signal), ...(state.term ? [aborted(state.term.leading)] : [])]);',
        replace: 'await aborted(signal);',
      },
      {
        file: 'src/app.ts',
        find: 'if (config.leaderElect && term?.isLeaderNow() !== true)',
        replace: 'if (config.leaderElect && term === undefined)',
      },
    ],
    plans: ['rotate', 'leader-paused'],
    oracle: 'one writer: a replica wrote after another one had taken over; it does not end either',
  },
  {
    id: 'dead-leader-keeps-its-lease',
    what: 'a Lease that its holder did not give up is never free again',
    source: 'https://github.com/spring-cloud/spring-cloud-kubernetes/issues/206',
    edits: [
      {
        file: 'src/kube/lease-elector.ts',
        find: 'return now >= this.#observed.endsAt;',
        replace: 'return false;',
      },
    ],
    plans: ['rotate', 'leader-killed'],
    oracle: 'convergence: the other replica never takes over',
  },
  {
    id: 'eso-refresh-time-in-status',
    what: 'a scope is looked at every two seconds, and its status says when',
    source: 'https://github.com/external-secrets/external-secrets/issues/169',
    edits: [
      {
        file: 'src/report/conditions.ts',
        find: 'const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : now;',
        replace: "const lastTransitionTime = old?.status === 'Never' ? old.lastTransitionTime : now;",
      },
      {
        file: 'src/reconcile/next-look.ts',
        find: "return waits.length === 0 ? { kind: 'done' } :",
        replace: "return waits.length === 0 ? { kind: 'requeueAfter', ms: 2_000 } :",
      },
    ],
    plans: ['create', 'lost-answer'],
    oracle: 'silence: a status was written although all was right, and a key still waits for a time',
  },
  {
    id: 'body-in-error',
    what: 'the message of a failed call quotes what was sent',
    source: 'https://github.com/zakkg3/ClusterSecret/issues/59',
    edits: [
      {
        file: 'src/kube/kube-error.ts',
        find: "return `could not ${what}: ${kind}${how && ` (${how})`}${next ? `; ${next}` : ''}`;",
        replace: `const sent = 'body' in call ? \`; sent \${JSON.stringify(call.body)}\` : '';
  return \`could not \${what}: \${kind}\${how && \` (\${how})\`}\${next ? \`; \${next}\` : ''}\${sent}\`;`,
      },
    ],
    plans: ['create', 'reset', 'post-secrets'],
    oracle: 'no leaks: a value shows in the output of the operator (base64)',
  },
];
