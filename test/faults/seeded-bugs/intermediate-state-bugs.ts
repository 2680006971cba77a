/** Bugs that a crash or a lost answer between two steps brings to light: what is half done is not finished by anybody. */
import type { SeededBug } from './seeded-bug.ts';

export const INTERMEDIATE_STATE_BUGS: readonly SeededBug[] = [
  {
    id: 'sieve-record-after-create',
    what: 'a Secret is created first, and marked as ours by a second write',
    source:
      "Sieve OSDI'22, rabbitmq-operator intermediate-state-2: https://github.com/rabbitmq/cluster-operator/issues/782",
    edits: [
      {
        file: 'src/materialize/target-writer.ts',
        find: 'const secret = await this.#kube.create(SECRETS, body, { signal });',
        replace: `const { annotations, ...bare } = body.metadata;
      const made = await this.#kube.create(SECRETS, { ...body, metadata: bare } as SecretDraft, { signal });
      const { name, uid, resourceVersion } = made.metadata;
      const marks = { metadata: { uid, resourceVersion, annotations } };
      const secret = await this.#kube.mergePatch(SECRETS, { name, namespace: bare.namespace }, marks, { signal });`,
      },
    ],
    plans: ['create', 'kill-applied', 'post-secrets'],
    oracle: 'convergence: the scope stays TargetConflict, since nobody holds the Secret that it made itself',
  },
  {
    id: 'sieve-record-before-withdrawal',
    what: 'a key leaves the record first and the Secret with a second write',
    source:
      "Sieve OSDI'22, casskop intermediate-state-1: https://github.com/Orange-OpenSource/casskop/issues/370",
    edits: [
      {
        file: 'src/materialize/withdraw-keys.ts',
        find: 'const outcome = await deps.writer.patch(body, observed, deps.signal);',
        replace: `const { metadata, data } = body as { metadata: typeof body.metadata; data?: object };
  const noted = await deps.writer.patch({ metadata }, observed, deps.signal);
  if (noted.kind !== 'written') return noted.kind === 'refused' ? pending(noted) : noted;
  const { uid, resourceVersion } = noted.observed;
  const removal = { metadata: { uid, resourceVersion }, data };
  const outcome = await deps.writer.patch(removal, noted.observed, deps.signal);`,
      },
    ],
    plans: ['withdraw', 'kill-applied', 'patch-secrets-team'],
    oracle: 'convergence: the withdrawn key stays, since without a record it counts as somebody else’s',
  },
  {
    id: 'eso-create-error-is-success',
    what: 'a create that is refused because of a conflict counts as done, without a look at what is there',
    source:
      'https://github.com/external-secrets/external-secrets/pull/2583 (comment of 2023-08-24: synced, and no Secret)',
    edits: [
      {
        file: 'src/materialize/target-writer.ts',
        find: "if (isKubeError(error, 'alreadyExists')) return { kind: 'taken' };",
        replace: `if (isKubeError(error, 'alreadyExists', 'conflict')) {
        const metadata = { ...body.metadata, uid: '', resourceVersion: '' };
        return { kind: 'written', observed: observeTarget({ ...body, metadata } as Secret, this.#keyring) };
      }`,
      },
    ],
    plans: ['create', 'answer-409', 'post-secrets'],
    oracle: 'convergence: the scope is Ready, and its Secret does not exist',
  },
  {
    id: 'owner-known-by-answer',
    what: 'a Secret is ours only if this process got the answer to its create',
    source: "own (state that a lost answer never brings, as in Sieve OSDI'22, casskop intermediate-state-1)",
    edits: [
      {
        file: 'src/materialize/target-writer.ts',
        find: '/** A name under which nothing is ever stored:',
        replace: 'export const MADE = new Set<string>();\n\n/** A name under which nothing is ever stored:',
      },
      {
        file: 'src/materialize/target-writer.ts',
        find: 'const secret = await this.#kube.create(SECRETS, body, { signal });',
        replace: `const secret = await this.#kube.create(SECRETS, body, { signal });
      MADE.add(secret.metadata.uid);`,
      },
      {
        file: 'src/materialize/target-contest.ts',
        find: "import type { TargetWriter } from './target-writer.ts';",
        replace: "import { MADE, type TargetWriter } from './target-writer.ts';",
      },
      {
        file: 'src/materialize/target-contest.ts',
        find: "if (held === own) return { kind: 'ours', observed };",
        replace: "if (held === own && MADE.has(observed.uid)) return { kind: 'ours', observed };",
      },
    ],
    plans: ['create', 'lost-answer', 'post-secrets'],
    oracle: 'convergence: the scope stays TargetConflict about the Secret that it made itself',
  },
  {
    id: 'vso-key-of-the-process',
    what: 'the installation key is made anew at every start, and the stored one is not used',
    source: 'https://github.com/hashicorp/vault-secrets-operator/issues/285',
    edits: [
      {
        file: 'src/materialize/installation-key.ts',
        find: 'if (key.length >= 32) return key;',
        replace: 'if (key.length >= 32) return randomBytes(32);',
      },
    ],
    plans: ['rename', 'kill-before', 'delete-secrets'],
    oracle: 'convergence: the old Secret stays, since the next process cannot prove that it is ours',
  },
];
