import { describe, expect, it } from 'vitest';
import { ConfigError, configFrom, type RunFlags } from './config.ts';

const FLAGS: RunFlags = {
  healthAddress: '0.0.0.0:8080',
  metricsAddress: '127.0.0.1:9090',
  leaderElect: true,
  workers: '4',
  orphanGrace: '24h',
  relistInterval: '1h',
  policySettle: '60s',
  groupVoteTtl: '24h',
  logLevel: 'info',
};
const from = (flags: Partial<RunFlags> = {}, env = {}) => configFrom({ ...FLAGS, ...flags }, env);
const faults = (flags: Partial<RunFlags>) => {
  try {
    from(flags);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
};

describe('the settings', () => {
  it('are the flags, checked', () => {
    expect(from({ kubeconfig: '/k', context: 'c' })).toEqual({
      kubeconfig: '/k',
      context: 'c',
      operatorNamespace: 'secretscope-system',
      healthAddress: { host: '0.0.0.0', port: 8080 },
      metricsAddress: { host: '127.0.0.1', port: 9090 },
      metricsCertDir: undefined,
      leaderElect: true,
      workers: 4,
      orphanGraceMs: 86_400_000,
      relistEveryMs: 3_600_000,
      approval: { settleMs: 60_000, groupVoteTTLMs: 86_400_000 },
      outbound: {
        refusedRanges: [],
        proxy: undefined,
        testEndpoints: [],
        testIdentity: undefined,
        testCaFile: undefined,
      },
      logLevel: 'info',
    });
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(from())).toBe(true);
  });

  it.each<[string, Partial<RunFlags>, Record<string, string>, string]>([
    ['the flag', { namespace: 'a' }, { POD_NAMESPACE: 'b' }, 'a'],
    ['the Pod', {}, { POD_NAMESPACE: 'b' }, 'b'],
    ['the default', {}, { POD_NAMESPACE: '' }, 'secretscope-system'],
  ])('take the namespace of the operator from %s', (_case, flags, env, namespace) => {
    expect(from(flags, env).operatorNamespace).toBe(namespace);
  });
});

describe('an address', () => {
  it.each<[string, string, number]>([
    [':8080', '0.0.0.0', 8080],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:65535', 'localhost', 65_535],
    ['[::1]:8080', '::1', 8080],
    ['[::]:8080', '::', 8080],
  ])('%s', (text, host, port) => {
    expect(from({ healthAddress: text }).healthAddress).toEqual({ host, port });
  });

  it.each([
    '',
    '8080',
    'localhost',
    'localhost:',
    'localhost:65536',
    'a:b:8080',
    '::1:8080',
    'a b:1',
    'x:-1',
    'x:1e3',
  ])('"%s" is none', (text) => {
    expect(faults({ metricsAddress: text })).toContain(
      `--metrics-address takes host:port, such as 0.0.0.0:8080 or [::]:8080; got "${text}"`,
    );
  });
});

describe('what cannot be used', () => {
  it.each<[Partial<RunFlags>, string]>([
    [{ workers: '0' }, '--workers takes a whole number from 1 to 64; got "0"'],
    [{ workers: '65' }, '--workers'],
    [{ workers: '1.5' }, '--workers'],
    [{ workers: '0x10' }, '--workers'],
    [{ workers: '' }, '--workers'],
    [{ relistInterval: '1s' }, '--relist-interval is at least 2s; got "1s"'],
    [{ orphanGrace: '1d' }, '--orphan-grace takes a duration such as 24h or 90s; got "1d"'],
    [{ logLevel: 'trace' }, '--log-level is one of debug, info, warn, error; got "trace"'],
  ])('%o is named, with what it should be', (flags, message) => {
    expect(faults(flags)).toContain(message);
  });

  it('is named all at once, one fault a line', () => {
    const said = faults({
      healthAddress: 'x',
      metricsAddress: 'y',
      workers: 'z',
      orphanGrace: '',
      relistInterval: '',
      logLevel: '',
    });
    expect(said.split('\n').map((line) => line.split(' ')[0])).toEqual([
      '--health-address',
      '--metrics-address',
      '--workers',
      '--orphan-grace',
      '--relist-interval',
      '--log-level',
    ]);
  });
});
