import { expect, it } from 'vitest';
import { aLine } from '../../test/contract/a-fetcher.ts';
import { SteppedClock } from '../../test/contract/stepped-clock.ts';
import { AccountPool } from './account-pool.ts';
import { MemoryBackend } from './backends/memory.ts';
import { RequestsByProvider } from './requests-sent.ts';

it('requests are counted from the first of a connection on, and stay counted when its last user goes', async () => {
  const requests = new RequestsByProvider();
  const backend = Object.assign(new MemoryBackend({}), { requests: () => 3 });
  const pool = new AccountPool({
    connect: () => ({ account: 'aws', open: () => backend }),
    clock: new SteppedClock(),
    random: () => 0.5,
    requests,
  });
  const { backend: line } = aLine();
  const sum = () => requests.sums().get(backend.capabilities.provider)?.billed;
  pool.open(line);
  expect(sum()).toBe(3);
  pool.forget(line.id.uid);
  expect(sum()).toBe(3);
  pool.open(line);
  expect(sum()).toBe(6);
  await pool.close();
});
