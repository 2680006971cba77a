import { readFileSync } from 'node:fs';
import { ConfigError, type OutboundSettings } from '../config.ts';
import type { TestEndpoints } from '../fetch/backends/cloud-access.ts';
import { OutboundConnector, OutboundOptionError } from '../fetch/outbound/outbound-connector.ts';

/** The way to the clouds, as the flags say. */
export interface OutboundAccess {
  readonly outbound: OutboundConnector;
  readonly tests: TestEndpoints | undefined;
}

/** Throws ConfigError: the operator does not start with a flag that cannot be obeyed. */
export function outboundAccess(settings: OutboundSettings): OutboundAccess {
  const { refusedRanges, proxy } = settings;
  const tests = testEndpoints(settings);
  const endpoints = [...(tests?.endpoints ?? []), ...(tests?.identity ? [tests.identity] : [])];
  const allow = tests && { endpoints, ...(tests.ca !== undefined && { ca: tests.ca }) };
  try {
    const outbound = new OutboundConnector({
      refusedRanges,
      ...(proxy !== undefined && { proxy }),
      ...(allow && { allow }),
    });
    return { outbound, tests };
  } catch (error) {
    if (!(error instanceof OutboundOptionError)) throw error;
    throw new ConfigError(`--refuse-addresses, --outbound-proxy or --insecure-test-…: ${error.message}`);
  }
}

function testEndpoints(settings: OutboundSettings): TestEndpoints | undefined {
  const { testIdentity, testCaFile } = settings;
  const endpoints = settings.testEndpoints.map(withoutSlash);
  if (endpoints.length === 0) {
    if (testIdentity === undefined && testCaFile === undefined) return undefined;
    throw new ConfigError('--insecure-test-identity and --insecure-test-ca need --insecure-test-endpoints');
  }
  return {
    endpoints: new Set(endpoints),
    identity: testIdentity === undefined ? undefined : withoutSlash(testIdentity),
    ca: testCaFile === undefined ? undefined : authorityIn(testCaFile),
  };
}

/** As backends name them. */
function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}

function authorityIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigError(`--insecure-test-ca: ${file} cannot be read`);
  }
}
