/**
 * Owns: which pages are followed by which scenario, in which order, and what a page may presume.
 * Called by: the scenarios of documents, and the test that no page is forgotten.
 */

/** What the first comment of a page may name. The path of a page: what that page, followed before, has left. */
export const GIVEN = {
  nothing: 'a checkout and kubectl',
  'an operator': 'a cluster with everything shipped, the operator running, an admin of the cluster',
  'a reader who ended the operator that ran by hand': 'the terminal in which it ran is free again',
} as const;

/** The scenarios in test/scenarios, each with a cluster of its own. */
export const FOLLOWED = {
  'docs-from-nothing': [
    'docs/guides/tour.md',
    'docs/guides/organization-and-teams.md',
    'docs/guides/write-values.md',
    'docs/guides/webhooks.md',
    'docs/guides/troubleshooting.md',
    'docs/guides/install.md',
    'README.md',
    'docs/guides/first-secret.md',
    'docs/guides/uninstall.md',
  ],
  'docs-with-operator': [
    'docs/guides/observe.md',
    'docs/guides/operations.md',
    'docs/guides/shared-backends.md',
    'docs/guides/restart-workloads.md',
    'docs/guides/migrate-from-plain-secrets.md',
    'docs/guides/protect-production.md',
    'docs/guides/claims.md',
    'docs/guides/run-masked.md',
    'docs/guides/pull-requests.md',
    'docs/guides/gitops.md',
  ],
} as const;

export type FollowedPage = (typeof FOLLOWED)[keyof typeof FOLLOWED][number];
