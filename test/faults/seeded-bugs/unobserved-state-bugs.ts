/** Bugs that need a missed event or a broken watch: what was not seen is never looked for. */
import type { SeededBug } from './seeded-bug.ts';

export const UNOBSERVED_STATE_BUGS: readonly SeededBug[] = [
  {
    id: 'sieve-unseen-deletion',
    what: 'only a Secret whose scope or target was seen to go is ever let go of',
    source:
      "Sieve OSDI'22, cassandra-operator unobserved-state-1: https://github.com/instaclustr/cassandra-operator/issues/398",
    edits: [
      {
        file: 'src/reconcile/release-leftovers.ts',
        find: '.filter((held) => !held.deleting && !isWanted(held));',
        replace:
          ".filter((held) => !held.deleting && !isWanted(held) && leavingOf(view, held, deps) !== 'found');",
      },
    ],
    plans: ['delete', 'kill-before', 'delete-secrets'],
    oracle: 'convergence: the Secret of the deleted scope stays',
  },
  {
    id: 'gone-ends-the-watch',
    what: 'a watch whose version is too old is not opened again',
    source: 'https://github.com/fabric8io/kubernetes-client/issues/1992',
    edits: [
      {
        file: 'src/kube/watch-recovery.ts',
        find: "if (failures === 0 && (kind === 'gone' || unsupported)) return 0;",
        replace:
          "if (kind === 'gone') return Number.POSITIVE_INFINITY;\n  if (failures === 0 && unsupported) return 0;",
      },
    ],
    plans: ['rotate', 'event-410', 'sources'],
    oracle: 'convergence: the new value never arrives',
  },
  {
    id: 'relist-keeps-vanished',
    what: 'what a full list no longer holds stays in the store',
    source: 'https://github.com/kubernetes-client/javascript/issues/494 (comment of 2020-12-21)',
    edits: [
      {
        file: 'src/kube/replica.ts',
        find: "for (const key of missing) this.#remove(key, 'list');",
        replace: 'missing.clear();',
      },
    ],
    plans: ['hand-edit', 'event-drop', 'tool-deleted'],
    oracle: 'convergence: the Secret that somebody deleted is not made again',
  },
  {
    id: 'relist-tells-nobody',
    what: 'a difference that a later full list finds is stored, and nobody is woken',
    source: 'https://github.com/kubernetes-client/javascript/issues/795',
    edits: [
      {
        file: 'src/kube/replica.ts',
        find: 'if (before === undefined && after === undefined) return;',
        replace:
          "if (before === undefined && after === undefined) return;\n    if (via === 'list' && !this.#initial) return;",
      },
    ],
    plans: ['hand-edit', 'event-drop', 'app-modified'],
    oracle: 'convergence: the hand edit is never repaired',
  },
  {
    id: 'watch-spams',
    what: 'a watch that cannot be opened is tried again at once, for ever',
    source: 'https://github.com/kubernetes-client/javascript/issues/1933',
    edits: [
      {
        file: 'src/kube/watch-recovery.ts',
        find: 'return Math.max(backoff, Math.min(retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));',
        replace: 'return 0 * Math.max(backoff, retryAfterMs ?? 0);',
      },
    ],
    plans: ['rotate', 'cut-off'],
    oracle: 'bounded retries: each watch was sent hundreds of times',
  },
  {
    id: 'half-open-is-quiet',
    what: 'nobody notices that a watch says nothing any more',
    source: 'https://github.com/kubernetes-client/javascript/issues/596',
    edits: [
      {
        file: 'src/kube/watchdog.ts',
        find: 'this.#barked = !this.#parent.aborted;\n    this.#controller.abort();',
        replace: 'this.#cancel = this.#clock.after(this.#ms, () => this.#look());',
      },
    ],
    plans: ['rotate', 'half-open'],
    oracle: 'convergence: the new value never arrives',
  },
];
