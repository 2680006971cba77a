import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './test/cluster/compile-cache.ts';
import { OF_ENVIRONMENT } from './test/environment-tests.ts';
import { ScenarioOrder } from './test/scenario-order.ts';

/** The command line as processes of its own, with pipes, terminals and signals. */
const PROCESSES = [
  'src/cli/exec-{claim-stays-not,nothing-lost,terminal,terminal-signals,verb,volume}.test.ts',
  'src/cli/mask-verb.test.ts',
];

/** Unit tests take all there is of the machine, which is not what vitest does by itself. */
const ALL_PROCESSORS = { maxWorkers: '100%', sequence: { groupOrder: 0 } } as const;

/** Each waits on its cluster, or on programs in the place of a cloud, half of the time: four keep two processors busy. */
const BESIDE_CLUSTERS = { maxWorkers: 4, sequence: { groupOrder: 1 } } as const;

/** A worker runs one file after the other and loads what they share once; so each leaves behind what it found. */
const SHARED_WORKERS = { isolate: false, restoreMocks: true, unstubEnvs: true } as const;

export default defineConfig({
  test: {
    sequence: { sequencer: ScenarioOrder },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/*.test.ts'],
          exclude: [...PROCESSES, ...OF_ENVIRONMENT],
          testTimeout: 20_000,
          ...SHARED_WORKERS,
          ...ALL_PROCESSORS,
        },
      },
      {
        test: {
          name: 'environment',
          include: [...OF_ENVIRONMENT],
          testTimeout: 20_000,
          ...ALL_PROCESSORS,
        },
      },
      {
        test: {
          name: 'processes',
          include: PROCESSES,
          // waits for what other processes do, on whatever else the machine does
          retry: 1,
          testTimeout: 60_000,
          maxWorkers: 4,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          // backends against programs that nobody here wrote, in the place of the clouds
          name: 'peers',
          include: ['test/peers/**/*.test.ts'],
          // fetches or builds the programs before the first test, within a minute
          globalSetup: ['test/peers/peer-setup.ts'],
          retry: 1,
          testTimeout: 60_000,
          hookTimeout: 180_000,
          ...BESIDE_CLUSTERS,
        },
      },
      {
        test: {
          // against a real kube-apiserver; each file has a cluster of its own, and mostly waits for it
          name: 'cluster',
          include: ['test/scenarios/**/*.test.ts'],
          // finds or builds the servers before the first test: a cold build takes minutes
          globalSetup: ['test/cluster/global-setup.ts'],
          env: COMPILE_CACHE,
          ...SHARED_WORKERS,
          // waits on a real cluster and on whatever else the machine does; a second failure is a failure,
          // and the report names every test that needed a second try
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          ...BESIDE_CLUSTERS,
        },
      },
    ],
  },
});
