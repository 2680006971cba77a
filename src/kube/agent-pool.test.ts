import { expect, it } from 'vitest';
import { AgentPool } from './agent-pool.ts';

it('clients with the same certificates share connections, calls and watches apart', async () => {
  const pool = new AgentPool();
  expect(pool.calls({ ca: 'A' })).toBe(pool.calls({ ca: 'A' }));
  expect(pool.watches({ ca: 'A' })).toBe(pool.watches({ ca: 'A' }));
  expect(pool.calls({ ca: 'A' })).not.toBe(pool.watches({ ca: 'A' }));
  await pool.close();
});

it.each([
  { ca: 'B' },
  { ca: 'A', cert: 'C', key: 'K' },
  { ca: 'A', serverName: 's' },
  { ca: 'A', insecure: true },
])('other connections are used for %o, as after a rotation', async (tls) => {
  const pool = new AgentPool();
  expect(pool.calls(tls)).not.toBe(pool.calls({ ca: 'A' }));
  await pool.close();
});

it('what was not used for longest is closed when there are more than four', async () => {
  const pool = new AgentPool();
  const first = pool.calls({ ca: '1' });
  const second = pool.calls({ ca: '2' });
  pool.calls({ ca: '3' });
  pool.calls({ ca: '4' });
  pool.calls({ ca: '1' });
  pool.calls({ ca: '5' });
  expect(pool.calls({ ca: '1' })).toBe(first);
  expect(pool.calls({ ca: '2' })).not.toBe(second);
  await pool.close();
});

it('closed, it opens nothing more', async () => {
  const pool = new AgentPool();
  await pool.close();
  expect(() => pool.calls({})).toThrow('closed');
});
