import { describe, expect, it } from 'vitest';
import type { TokenSource } from '../../../kube/kube-endpoint.ts';
import { FakeClock } from '../../../kube/testing/fake-clock.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import { LoginFailed } from '../account-login.ts';
import { keptTokens } from './gcp-tokens.ts';

const textOf = async (token: TokenSource) => (await token({ fresh: false })).reveal().toString();

describe('tokens', () => {
  const HOUR = 3_600_000;
  function counted(random = 0) {
    const clock = new FakeClock();
    const state = { exchanges: 0, fails: false };
    const exchange = async () => {
      state.exchanges++;
      if (state.fails) throw new LoginFailed({ kind: 'unavailable', code: 'Sts503' });
      return { token: SecretValue.fromText(`t${state.exchanges}`), lifetimeMs: HOUR };
    };
    return { clock, state, token: keptTokens(exchange, { clock, random: () => random }) };
  }

  it('are exchanged once for all who ask, and for their lifetime', async () => {
    const { clock, state, token } = counted();
    await Promise.all(Array.from({ length: 50 }, () => token({ fresh: false })));
    await clock.advance(HOUR * 0.59);
    await token({ fresh: false });
    expect(state.exchanges).toBe(1);
  });

  it.each([
    [0, 0.61],
    [0.999, 0.81],
  ])(
    'are renewed early, at a time of their own, while the old one is used (random %d)',
    async (random, at) => {
      const { clock, state, token } = counted(random);
      await token({ fresh: false });
      await clock.advance(HOUR * (at - 0.02));
      await token({ fresh: false });
      expect(state.exchanges).toBe(1);
      await clock.advance(HOUR * 0.03);
      expect(await textOf(token)).toBe('t1');
      expect(await textOf(token)).toBe('t2');
    },
  );

  it('are used to their end when renewal fails, and asked for once a second', async () => {
    const { clock, state, token } = counted();
    await token({ fresh: false });
    state.fails = true;
    await clock.advance(HOUR * 0.9);
    for (let time = 0; time < 5; time++) expect(await textOf(token)).toBe('t1');
    expect(state.exchanges).toBe(2);
    await clock.advance(HOUR * 0.1);
    await expect(token({ fresh: false })).rejects.toBeInstanceOf(LoginFailed);
    await expect(token({ fresh: false })).rejects.toBeInstanceOf(LoginFailed);
    expect(state.exchanges).toBe(3);
    state.fails = false;
    await clock.advance(1_000);
    expect(await textOf(token)).toBe('t4');
  });

  it('that are refused are exchanged once for a burst', async () => {
    const { clock, state, token } = counted();
    await token({ fresh: false });
    await clock.advance(5_001);
    await Promise.all(Array.from({ length: 9 }, () => token({ fresh: true })));
    for (let time = 0; time < 9; time++) await token({ fresh: true });
    expect(state.exchanges).toBe(2);
  });
});
