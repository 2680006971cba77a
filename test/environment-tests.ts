/**
 * Owns: which unit tests need a process of their own. What a library reads from the environment it may read when it is
 * loaded, so a test that sets a trap there has to be the first to load it. Used by: vitest.config.ts.
 */
export const OF_ENVIRONMENT: readonly string[] = [
  'src/fetch/backends/aws/aws-queue-reach.test.ts',
  'src/fetch/backends/azure/azure-environment.test.ts',
  'src/fetch/outbound/dial-tls.test.ts',
  'src/fetch/outbound/outbound-sdks.test.ts',
  'src/fetch/outbound/proxy-tunnel.test.ts',
];
