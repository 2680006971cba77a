/** Why a block of a guide is not run by CI: a closed list, so that a new excuse has to be written down here. */
export const NOT_RUN = [
  // an account at a cloud
  'needs an account at AWS',
  'needs an account at Azure',
  'needs an account at Google',
  'needs an account at a cloud',
  // programs and servers that are no part of a test cluster
  'needs Pods, and the test cluster runs none',
  'needs Argo CD or Flux',
  'needs External Secrets Operator',
  'needs Helm',
  'would send to a server of somebody else',
  // it would do harm, or hold up everything
  'changes the machine of whoever runs it',
  'is the test suite itself',
  'asks a question at a terminal',
  'waits for what somebody else does',
  'ends what the next pages begin with',
  // the page says it besides what was just done
  'docs/guides/tour.md runs it',
  'the sample of the page has done it',
  'the operator of this test is started in the same way',
  'is another way than the blocks before it',
  'has a scenario of its own',
  'names what only an example has',
] as const;

export type NotRun = (typeof NOT_RUN)[number];
