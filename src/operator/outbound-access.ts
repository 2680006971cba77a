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
  const { testEndpoints: endpoints, testIdentity: identity, testCaFile } = settings;
  if (endpoints.length === 0) return undefined;
  return {
    endpoints: new Set(endpoints),
    identity,
    ca: testCaFile === undefined ? undefined : authorityIn(testCaFile),
  };
}

function authorityIn(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new ConfigError(`--insecure-test-ca: ${file} cannot be read`);
  }
}
