/** Bugs of claims: each is about a moment that only a claim has, between what it is given and what it says of it. */
import type { SeededBug } from './seeded-bug.ts';

export const CLAIM_BUGS: readonly SeededBug[] = [
  {
    id: 'unseen-claim-keeps-its-secret',
    what: 'only a Secret whose claim was seen to go is ever let go of',
    source: 'https://github.com/kubernetes-sigs/controller-runtime/issues/243',
    edits: [
      {
        file: 'src/reconcile/claim/release-claimed.ts',
        find: 'return releaseEach(held, leaving, `SecretClaim ${key} is gone`',
        replace:
          'return releaseEach(held.filter((one) => sawLeave(one, deps)), leaving, `SecretClaim ${key} is gone`',
      },
    ],
    plans: ['claim-change', 'kill-before', 'delete-secrets'],
    oracle: 'convergence: the Secret of the deleted claim stays',
  },
  {
    id: 'told-by-whoever-deleted',
    what: 'that a claim was refused is told only by the reconcile that took its Secret away',
    source: "own (half of two steps done, as in Sieve OSDI'22, casskop intermediate-state-1)",
    edits: [
      {
        file: 'src/reconcile/claim/reconcile-claim.ts',
        find: 'const released = isRefused\n',
        replace:
          "if (isRefused && heldBy(claim, deps).length === 0) return { kind: 'done' };\n  const released = isRefused\n",
      },
    ],
    plans: ['claim-refuse', 'kill-applied', 'delete-secrets'],
    oracle: 'convergence: the claim says that it is delivered, and its Secret is gone',
  },
  {
    id: 'relist-wakes-no-claim',
    what: 'a claim that a later full list finds is stored, and nobody looks at it',
    source: 'https://github.com/kubernetes-client/javascript/issues/795',
    edits: [
      {
        file: 'src/operator/observation.ts',
        find: 'this.#wakeClaims.claim(key, before, after);',
        replace: "if (via === 'watch') this.#wakeClaims.claim(key, before, after);",
      },
    ],
    plans: ['claim', 'event-drop', 'claims-team-lab', 'added'],
    oracle: 'convergence: the claim gets no Secret and says nothing',
  },
  {
    id: 'lost-is-never-over',
    what: 'that the Secret of a Snapshot is gone counts as a loss, also where it went because its release had ended',
    source: 'own (of an early version of this controller)',
    edits: [
      {
        file: 'src/reconcile/claim/deliver-claim.ts',
        find: 'if (isLost && gated?.remove !== true) return',
        replace: 'if (isLost) return',
      },
    ],
    plans: ['claim-expire', 'kill-applied', 'delete-secrets'],
    oracle: 'convergence: the claim says SnapshotStale, and not that the release has come to its end',
  },
];
