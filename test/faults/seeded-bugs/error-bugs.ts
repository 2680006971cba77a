/** Bugs in what follows from an error: too much, too little, or too fast. */
import type { SeededBug } from './seeded-bug.ts';

export const ERROR_BUGS: readonly SeededBug[] = [
  {
    id: 'blank-for-missing',
    what: 'a value that is missing at its source is delivered as an empty one',
    source: 'https://github.com/hashicorp/vault-csi-provider/issues/165',
    edits: [
      {
        file: 'src/materialize/compare-target.ts',
        find: 'if (failed) return kept(dataKey, failed);',
        replace:
          "if (failed && !['SecretMissing', 'NotAvailable'].includes(failed.reason)) return kept(dataKey, failed);",
      },
      {
        file: 'src/materialize/fresh-keys.ts',
        find: "if (read?.kind !== 'value') return keptFor(plan.dataKey, read);",
        replace: `if (read?.kind === 'failed' && ['SecretMissing', 'NotAvailable'].includes(read.reason)) {
      values.set(line.name, emptyValue());
      versions.push('');
      continue;
    }
    if (read?.kind !== 'value') return keptFor(plan.dataKey, read);`,
      },
    ],
    plans: ['provider-error', 'lost-answer'],
    oracle: 'lawful writes: puts into TOKEN what was never allowed there',
  },
  {
    id: 'eso-missing-is-deletion',
    what: 'a 404 of the provider takes the key out of the Secret',
    source: 'https://github.com/external-secrets/external-secrets/issues/1049',
    edits: [
      {
        file: 'src/materialize/compare-target.ts',
        find: 'if (failed) return kept(dataKey, failed);',
        replace: `if (failed && record && ['SecretMissing', 'NotAvailable'].includes(failed.reason)) return { kind: 'drop', dataKey };
  if (failed) return kept(dataKey, failed);`,
      },
    ],
    plans: ['provider-error', 'lost-answer'],
    oracle: 'lawful writes: takes TOKEN away, which has to stay',
  },
  {
    id: 'retry-after-ignored',
    what: 'a throttled call is sent again at once, whatever the server asked for',
    source: 'https://github.com/kubernetes/client-go/issues/222',
    edits: [
      {
        file: 'src/kube/retry-policy.ts',
        find: 'const MAX_RETRIES = 3;',
        replace: 'const MAX_RETRIES = 1_000_000;',
      },
      {
        file: 'src/kube/retry-policy.ts',
        find: ': retryAfterMs * (1 + HERD_JITTER * random);',
        replace: ': 0 * random;',
      },
    ],
    plans: ['rotate', 'answer-429', 'patch-secrets-team'],
    oracle: 'bounded retries: sent again before the Retry-After of its last answer was over',
  },
  {
    id: 'conflict-not-retried',
    what: 'a conflict ends the reconcile, as if whoever caused it would wake the scope again',
    source: 'https://github.com/akuity/kargo/issues/564',
    edits: [
      {
        file: 'src/reconcile/reconcile-scope.ts',
        find: "announceDeliveries(found, deps);\n  return { kind: 'retry' };",
        replace: "announceDeliveries(found, deps);\n  return { kind: 'done' };",
      },
    ],
    plans: ['rotate', 'answer-409', 'patch-secrets-team'],
    oracle: 'convergence: the old value stays',
  },
  {
    id: 'eso-error-ignored',
    what: 'a reconcile that failed is not tried again',
    source: 'https://github.com/external-secrets/external-secrets/pull/2583',
    edits: [
      {
        file: 'src/watch/worker-pool.ts',
        find: 'queue.retry(key, isKubeError(error) ? error.retryAfterMs : undefined);',
        replace: 'queue.forget(key);',
      },
    ],
    plans: ['rotate', 'reset', 'patch-secrets-team'],
    oracle: 'convergence: the old value stays',
  },
  {
    id: 'call-never-times-out',
    what: 'a call that gets no answer is waited for without an end, and so is its reconcile',
    source: 'https://github.com/kubernetes-client/javascript/issues/2432',
    edits: [
      {
        file: 'src/kube/kube-http.ts',
        find: 'const DEADLINE_MS = 30_000;',
        replace: 'const DEADLINE_MS = 2 ** 31;',
      },
      {
        file: 'src/operator/operator.ts',
        find: 'const RECONCILE_DEADLINE_MS = 120_000;',
        replace: 'const RECONCILE_DEADLINE_MS = 2 ** 31;',
      },
    ],
    plans: ['create', 'hang-on', 'post-secrets'],
    oracle: 'convergence: the Secret is not made while the call hangs',
  },
];
