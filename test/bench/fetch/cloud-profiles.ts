/**
 * Owns: what the three clouds are like: the capabilities of the real backends, how those spend requests, quotas, prices.
 * Called by: simulated-provider.ts, simulated-backend.ts and the runs.
 */
import { AwsBackend } from '../../../src/fetch/backends/aws/aws-backend.ts';
import { AZURE_CAPABILITIES } from '../../../src/fetch/backends/azure/azure-capabilities.ts';
import { GcpBackend } from '../../../src/fetch/backends/gcp/gcp-backend.ts';
import type { Capabilities } from '../../../src/fetch/port.ts';
import { systemClock } from '../../../src/kube/clock.ts';

export type CloudName = 'aws' | 'gcp' | 'azure';

/** A request as the provider counts and bills it. */
export interface RequestKind {
  readonly name: string;
  /** counted together with all others of the same quota */
  readonly quota: Quota;
  readonly billed: boolean;
}

export interface Quota {
  readonly requests: number;
  /** the provider counts anew after so many milliseconds */
  readonly windowMs: number;
}

export interface CloudProfile {
  readonly name: CloudName;
  /** what people call it */
  readonly label: string;
  readonly capabilities: Capabilities;
  readonly requests: {
    /** the version of one key */
    readonly describe: RequestKind;
    /** the value of one key */
    readonly read: RequestKind;
    /** the values of several; undefined: each is a request of its own */
    readonly readMany?: RequestKind;
    /** a page of the list of everything */
    readonly list?: RequestKind;
    readonly check: RequestKind;
  };
  /** requests that one call of the operator's has under way at once */
  readonly atOnce: number;
  /** secrets on a page of its list */
  readonly pageSize: number;
  /** how long it asks for silence where its quota is used up, if the backend takes it so, milliseconds */
  readonly throttledMs: number;
  /** after how long the backend gives up a request that nobody answers, milliseconds */
  readonly hangMs: number;
  readonly usdFor10000: number;
  /** whether a change reaches the backend by itself; false: the figures say what it would be like */
  readonly hasPush: boolean;
}

const unused = () => Promise.reject(new Error('only its capabilities are looked at'));
const idle = { clock: systemClock, random: Math.random };

const perSecond = (requests: number): Quota => ({ requests, windowMs: 1_000 });

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 * https://aws.amazon.com/secrets-manager/pricing/
 */
function aws(): CloudProfile {
  const single = perSecond(10_000);
  const describe = { name: 'DescribeSecret', quota: single, billed: true };
  return {
    name: 'aws',
    label: 'AWS',
    capabilities: new AwsBackend({ region: 'eu-west-1', credentials: unused, ...idle }).capabilities,
    requests: {
      describe,
      read: { name: 'GetSecretValue', quota: single, billed: true },
      readMany: { name: 'BatchGetSecretValue', quota: perSecond(100), billed: true },
      list: { name: 'ListSecrets', quota: perSecond(100), billed: true },
      check: describe,
    },
    // REQUESTS_AT_ONCE of aws-parallel.ts
    atOnce: 5,
    pageSize: 100,
    // one to two seconds in aws-answer.ts
    throttledMs: 1_500,
    // ANSWER_TIMEOUT_MS of aws-settings.ts
    hangMs: 20_000,
    usdFor10000: 0.05,
    hasPush: true,
  };
}

/**
 * Telling a version is an access whose payload is dropped.
 * https://cloud.google.com/secret-manager/quotas
 * https://cloud.google.com/secret-manager/pricing
 */
function gcp(): CloudProfile {
  const access = { name: 'AccessSecretVersion', quota: perSecond(1_500), billed: true };
  const backend = new GcpBackend({
    project: 'bench-project',
    token: unused,
    checkedAddresses: unused,
    ...idle,
  });
  return {
    name: 'gcp',
    label: 'Google',
    capabilities: backend.capabilities,
    requests: {
      describe: access,
      read: access,
      check: { name: 'GetSecret', quota: perSecond(10), billed: false },
    },
    atOnce: 20,
    pageSize: 250,
    // THROTTLED_MS of gcp-answer.ts
    throttledMs: 10_000,
    // CALL_MS of gcp-call.ts
    hangMs: 8_000,
    usdFor10000: 0.03,
    hasPush: true,
  };
}

/**
 * https://learn.microsoft.com/azure/key-vault/general/service-limits
 * https://azure.microsoft.com/pricing/details/key-vault/
 */
function azure(): CloudProfile {
  const quota = { requests: 4_000, windowMs: 10_000 };
  const transaction = (name: string): RequestKind => ({ name, quota, billed: true });
  const list = transaction('GetSecrets');
  return {
    name: 'azure',
    label: 'Azure',
    capabilities: AZURE_CAPABILITIES,
    requests: {
      describe: transaction('GetSecretVersions'),
      read: transaction('GetSecret'),
      list,
      check: list,
    },
    atOnce: 1,
    pageSize: 25,
    // THROTTLED_MS of azure-answer.ts
    throttledMs: 1_000,
    // EXCHANGE_MS of azure-exchange.ts
    hangMs: 10_000,
    usdFor10000: 0.03,
    hasPush: false,
  };
}

const PROFILES: Readonly<Record<CloudName, () => CloudProfile>> = { aws, gcp, azure };

export const CLOUDS: readonly CloudName[] = ['aws', 'gcp', 'azure'];

export function profileOf(cloud: CloudName): CloudProfile {
  return PROFILES[cloud]();
}

/** US dollars. */
export function priceOf({ usdFor10000 }: CloudProfile, billed: number): number {
  return (billed * usdFor10000) / 10_000;
}
