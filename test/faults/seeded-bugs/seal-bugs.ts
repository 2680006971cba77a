/** Bugs of values that are written: the ledger is written down too late, or not asked. */
import type { SeededBug } from './seeded-bug.ts';

export const SEAL_BUGS: readonly SeededBug[] = [
  {
    id: 'stored-before-it-is-recorded',
    what: 'the ledger is told of a write when the backend has confirmed it, and not before the backend is asked',
    source:
      "own (a record that follows what it is about, as in Sieve OSDI'22, rabbitmq-operator intermediate-state-2)",
    edits: [
      {
        file: 'src/reconcile/seal/store-value.ts',
        find: "if (!(await remember(scope, { ...record, action }, deps, signal))) return { kind: 'stale' };\n  deps.fence();",
        replace: 'deps.fence();',
      },
    ],
    plans: ['seal', 'kill-applied', 'patch-secrets-team-web-own'],
    oracle: 'written values: a value is sent before the ledger holds it',
  },
  {
    id: 'done-before-it-is-stored',
    what: 'the ledger is told that a value is stored when it is told which one will be',
    source: "own (Sieve OSDI'22, intermediate states: the mark of the last step is set with the first)",
    edits: [
      {
        file: 'src/reconcile/seal/store-value.ts',
        find: 'remember(scope, { ...record, action }, deps, signal)',
        replace: 'remember(scope, { ...record, action, done: true }, deps, signal)',
      },
    ],
    plans: ['seal', 'kill-applied', 'scopeledgers'],
    oracle: 'convergence: the value was never stored',
  },
  {
    id: 'any-box-is-new',
    what: 'whatever is not the last box is stored, also one that was sealed before it',
    source: 'own (a revert in Git: nothing about a sealed box tells from outside how old it is)',
    edits: [
      {
        file: 'src/reconcile/seal/store-value.ts',
        find: 'Date.parse(last.created) < created || last.digest === digest',
        replace: 'Date.parse(last.created) !== created || last.digest === digest',
      },
    ],
    plans: ['seal', 'lost-answer', 'post-secrets-team-web-side'],
    oracle: 'written values: an older value is stored than there was; and it is delivered',
  },
];
