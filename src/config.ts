import { durationMs } from './model/duration.ts';

/** A setting that cannot be used; the message says which flag and what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The operator's settings, checked and frozen. Durations in milliseconds. */
export interface Config {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly operatorNamespace: string;
  readonly healthAddress: { readonly host: string; readonly port: number };
  readonly metricsAddress: { readonly host: string; readonly port: number };
  /** folder with tls.crt and tls.key for the metrics; absent: a certificate is made at the start */
  readonly metricsCertDir: string | undefined;
  readonly leaderElect: boolean;
  readonly workers: number;
  readonly orphanGraceMs: number;
  readonly relistEveryMs: number;
  /** What a vote is worth, by time. */
  readonly approval: { readonly settleMs: number; readonly groupVoteTTLMs: number };
  /** How the clouds are reached. */
  readonly outbound: OutboundSettings;
  readonly logLevel: LogLevel;
}

export interface OutboundSettings {
  /** addresses that no backend may reach, whatever a name resolves to: the cluster's own */
  readonly refusedRanges: readonly string[];
  readonly proxy: string | undefined;
  /** peers on loopback that stand in for clouds; empty in a real installation */
  readonly testEndpoints: readonly string[];
  /** where identities of those are exchanged; absent: at the endpoint itself */
  readonly testIdentity: string | undefined;
  /** path of a PEM file with the authority of those */
  readonly testCaFile: string | undefined;
}

/** Flags as commander hands them over. */
export interface RunFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly healthAddress: string;
  readonly metricsAddress: string;
  readonly metricsCertDir?: string;
  readonly leaderElect: boolean;
  readonly workers: string;
  readonly orphanGrace: string;
  readonly relistInterval: string;
  readonly policySettle: string;
  readonly groupVoteTtl: string;
  readonly refuseAddresses?: string[];
  readonly outboundProxy?: string;
  readonly insecureTestEndpoints?: string[];
  readonly insecureTestIdentity?: string;
  readonly insecureTestCa?: string;
  readonly logLevel: string;
}

// the API server counts the life of a watch in whole seconds, and a list of 10,000 objects takes one or two
const LEAST_RELIST_MS = 2_000;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Checks all flags and names every fault at once. Throws ConfigError. */
export function configFrom(flags: RunFlags, env: NodeJS.ProcessEnv): Config {
  const faults: string[] = [];
  const take = <T>(read: () => T, otherwise: T): T => collect(faults, read, otherwise);
  const config: Config = {
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    operatorNamespace: flags.namespace || env['POD_NAMESPACE'] || 'secretscope-system',
    healthAddress: take(() => address('--health-address', flags.healthAddress), { host: '', port: 0 }),
    metricsAddress: take(() => address('--metrics-address', flags.metricsAddress), { host: '', port: 0 }),
    metricsCertDir: flags.metricsCertDir,
    leaderElect: flags.leaderElect,
    workers: take(() => wholeNumber('--workers', flags.workers, 1, 64), 1),
    orphanGraceMs: take(() => span('--orphan-grace', flags.orphanGrace), 0),
    relistEveryMs: take(() => atLeast('--relist-interval', flags.relistInterval, LEAST_RELIST_MS), 0),
    approval: {
      settleMs: take(() => span('--policy-settle', flags.policySettle), 0),
      groupVoteTTLMs: take(() => span('--group-vote-ttl', flags.groupVoteTtl), 0),
    },
    outbound: {
      refusedRanges: flags.refuseAddresses ?? [],
      proxy: flags.outboundProxy,
      testEndpoints: flags.insecureTestEndpoints ?? [],
      testIdentity: flags.insecureTestIdentity,
      testCaFile: flags.insecureTestCa,
    },
    logLevel: take(() => oneOf('--log-level', flags.logLevel, LOG_LEVELS), 'info'),
  };
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return Object.freeze(config);
}

function collect<T>(faults: string[], read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    faults.push(error.message);
    return otherwise;
  }
}

function address(flag: string, text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new ConfigError(`${flag} takes host:port, such as 0.0.0.0:8080 or [::]:8080; got "${text}"`);
  return { host: match[1] || match[2] || '0.0.0.0', port };
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw new ConfigError(`${flag} takes a whole number from ${least} to ${most}; got "${text}"`);
  }
  return number;
}

function span(flag: string, text: string): number {
  try {
    return durationMs(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`${flag} takes a duration such as 24h or 90s; got "${text}"`);
  }
}

function atLeast(flag: string, text: string, leastMs: number): number {
  const ms = span(flag, text);
  if (ms < leastMs) throw new ConfigError(`${flag} is at least ${leastMs / 1000}s; got "${text}"`);
  return ms;
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (!found) throw new ConfigError(`${flag} is one of ${allowed.join(', ')}; got "${text}"`);
  return found;
}
