/** How many requests two thousand secrets take, with AWS' quotas. */
import { describe, expect, it } from 'vitest';
import { wipeAnswers } from '../../src/fetch/payload.ts';
import { Scheduler } from '../../src/fetch/scheduler.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { idle } from '../contract/contract-calls.ts';
import { openBackend } from './aws-subject.ts';
import { FakeAws } from './fake-aws.ts';

const names = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

describe('two thousand secrets of AWS', () => {
  it('are described and read within the quotas, in as few requests as there can be', {
    timeout: 60_000,
  }, async () => {
    const fake = await FakeAws.open();
    fake.quotas.set('BatchGetSecretValue', 100);
    const keys = names(2_000);
    for (const key of keys) fake.secrets.store.add(fake.secrets.store.create(key), { SecretString: key });
    const backend = openBackend(fake.url);
    const nothing = () => undefined;
    const parts = { backend, clock: systemClock, random: Math.random, onCall: nothing, onEvent: nothing };
    const scheduler = new Scheduler({
      ...parts,
      onPut: nothing,
      onRemove: nothing,
      onRead: (_query, answer) => answer.kind === 'found' && wipeAnswers([answer]),
    });
    const asker = { tenant: 'team-web', signal: idle() };
    const began = performance.now();
    const versions = await Promise.all(keys.map((key) => scheduler.describe({ key }, asker)));
    const described = performance.now();
    const read = await Promise.all(
      keys.map((key) => scheduler.read({ ref: { key }, wanted: 'any' }, asker, ({ kind }) => kind)),
    );
    const [describing, reading] = [described - began, performance.now() - described].map((ms) => ms / 1_000);
    process.stdout.write(
      `2,000 secrets: described in ${describing?.toFixed(1)} s, read in ${reading?.toFixed(1)} s\n`,
    );
    expect(versions.every(({ kind }) => kind === 'found')).toBe(true);
    expect(read).toEqual(Array(2_000).fill('found'));
    expect(fake.count('DescribeSecret')).toBe(2_000);
    expect(fake.count('BatchGetSecretValue')).toBe(100);
    expect(fake.count('GetSecretValue')).toBe(0);
    scheduler.close();
    await backend.close();
    await fake.close();
  });
});
