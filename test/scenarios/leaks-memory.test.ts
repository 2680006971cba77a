import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLeaks } from '../scenarios-support/canaries.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
} from '../scenarios-support/operated-cluster.ts';
import { until } from '../scenarios-support/until.ts';

const CANARY = 'canary-9Vx/held"value+nowhere';
// values are wiped 5 s after their last use, and looked for once a second
const AFTER_USE_MS = 10_000;

describe('the memory of the operator', () => {
  let cluster: OperatedCluster;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secretscope-heap-'));
    const env = { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}` };
    cluster = await operatedCluster('leaks-memory', { env });
    await cluster.team('vault');
  }, 60_000);

  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Every string that lives, after a garbage collection. */
  async function heap(): Promise<string> {
    const before = await readdir(folder);
    cluster.operator.signal('SIGUSR2');
    const file = await until(async () => {
      const [made] = (await readdir(folder)).filter((name) => !before.includes(name));
      if (made === undefined) throw new Error('no heap snapshot yet');
      const { size } = await stat(join(folder, made));
      await pause(500);
      if (size === 0 || (await stat(join(folder, made))).size !== size)
        throw new Error('it is being written');
      return made;
    }, 30_000);
    // strings are JSON in it: as they were before
    return (await readFile(join(folder, file), 'utf8')).replaceAll('\\"', '"').replaceAll('\\/', '/');
  }

  it('holds no value ten seconds after it was delivered, in no form', async () => {
    await cluster.have(secretThing('vault', 'source', { token: CANARY }));
    const entry = { name: 'TOKEN', from: { key: 'source' } };
    const targets = [{ secretName: 'app', includeAll: true }];
    await cluster.have(
      scopeThing('held-scope', 'vault', {
        level: 'Repository',
        backendRef: LOCAL,
        secrets: [entry],
        targets,
      }),
    );
    await cluster.untilReady('vault', 'held-scope', 'True');
    await pause(AFTER_USE_MS);
    const strings = await heap();
    // the snapshot is a snapshot: what is meant to be there is there
    expect(strings).toContain('held-scope');
    expect(findLeaks([CANARY], new Map([['heap', strings]]))).toEqual([]);
  }, 90_000);
});
