import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRun } from './cli/run-verb.ts';
import { configFrom, type RunFlags } from './config.ts';

/** Settings as the command line gives them. */
function settings(...args: string[]) {
  const program = new Command().exitOverride();
  addRun(program, '0.0.0');
  const run = program.commands.find((command) => command.name() === 'run') ?? expect.fail('no verb run');
  let flags: RunFlags | undefined;
  run.action((given: RunFlags) => {
    flags = given;
  });
  program.parse(['run', ...args], { from: 'user' });
  return configFrom(flags ?? expect.fail('it did not run'), {}).outbound;
}

describe('how the clouds are reached', () => {
  it('if nothing is said: without a proxy, and to no stand-in', () => {
    expect(settings()).toEqual({
      refusedRanges: [],
      proxy: undefined,
      testEndpoints: [],
      testIdentity: undefined,
      testCaFile: undefined,
    });
  });

  it('takes ranges of the cluster, as many as there are', () => {
    expect(
      settings('--refuse-addresses', '10.96.0.0/12', 'fd00::/8', '--workers', '4').refusedRanges,
    ).toEqual(['10.96.0.0/12', 'fd00::/8']);
  });

  it('takes a proxy', () => {
    expect(settings('--outbound-proxy', 'http://proxy:3128').proxy).toBe('http://proxy:3128');
  });

  it('THREATS 4: takes stand-ins by flags that say what they are', () => {
    const flags = ['--insecure-test-endpoints', 'http://127.0.0.1:1', 'http://127.0.0.1:2'];
    const identity = ['--insecure-test-identity', 'https://127.0.0.1:3'];
    expect(settings(...flags, ...identity, '--insecure-test-ca', '/ca.pem')).toMatchObject({
      testEndpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2'],
      testIdentity: 'https://127.0.0.1:3',
      testCaFile: '/ca.pem',
    });
  });
});
