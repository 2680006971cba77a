/** Bugs that need an old view of the world: what was decided on it is carried out all the same. */
import type { SeededBug } from './seeded-bug.ts';

export const STALE_STATE_BUGS: readonly SeededBug[] = [
  {
    id: 'conflict-overwrites',
    what: 'a patch that meets a conflict is sent again without its precondition',
    source: 'https://github.com/RamenDR/ramen/pull/2338 (comment of 2025-11-13)',
    edits: [
      {
        file: 'src/materialize/target-writer.ts',
        find: 'const secret = await this.#kube.mergePatch(SECRETS, observed, body, { signal });',
        replace: `const { uid: _uid, resourceVersion: _version, ...metadata } = body.metadata;
      const secret = await this.#kube.mergePatch(SECRETS, observed, body, { signal }).catch((error: unknown) => {
        if (!isKubeError(error, 'conflict')) throw error;
        return this.#kube.mergePatch(SECRETS, observed, { ...body, metadata }, { signal });
      });`,
      },
    ],
    plans: ['rotate', 'answer-409', 'patch-secrets-team'],
    oracle: 'guarded writes: a patch of an existing Secret names neither uid nor resourceVersion',
  },
  {
    id: 'sieve-cache-decides-deletion',
    what: 'a Secret is deleted because the cache knows no scope for it, without a live read',
    source:
      "Sieve OSDI'22, rabbitmq-operator stale-state-1: https://github.com/rabbitmq/cluster-operator/issues/648",
    edits: [
      {
        file: 'src/reconcile/release-leftovers.ts',
        find: 'if (!(await confirmed(key, view, deps, signal))) return',
        replace: "if (key === '') return",
      },
    ],
    plans: ['remake', 'event-delay', 'scopes', 'added'],
    oracle: 'lawful writes: deletes a Secret that has to stay',
  },
  {
    id: 'older-event-wins',
    what: 'an event that was overtaken replaces the newer object in the store',
    source: 'https://github.com/opensandbox-group/OpenSandbox/issues/1673',
    edits: [
      {
        file: 'src/kube/replica.ts',
        find: 'if (this.#isDead(uid, resourceVersion)) return;\n    if (known?.uid === uid && isOlder(resourceVersion, known.resourceVersion)) return;',
        replace: 'if (known === undefined) this.#tombstones.delete(uid);',
      },
    ],
    plans: ['edit-undone', 'event-swap', 'app-modified'],
    oracle:
      'silence: a repair that nobody needs is planned for an old version and meets a conflict, again and again',
  },
];
