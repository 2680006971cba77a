/** A fetcher over backends in memory, on a clock that the test moves. Called by its tests. */
import type { CacheLookup } from '../../src/fetch/account.ts';
import { MemoryBackend, type MemoryOptions } from '../../src/fetch/backends/memory.ts';
import { Fetcher, type FetcherOptions } from '../../src/fetch/fetcher.ts';
import type { PlanLine } from '../../src/model/plan.ts';
import type { LineValue } from '../../src/model/value-answer.ts';
import { SteppedClock } from './stepped-clock.ts';

export const MINUTE = 60_000;
export const asker = (tenant = 'team-web') => ({ tenant, signal: new AbortController().signal });

export function aLine(change: Partial<PlanLine> = {}, uid = 'uid-1', account = 'aws'): PlanLine {
  return {
    name: 'NPM_TOKEN',
    level: 'Organization',
    scope: { namespace: 'acme-org', name: 'acme', uid: 'scope-uid' },
    locked: false,
    backend: {
      refKind: 'SecretBackend',
      id: { namespace: 'acme-org', name: 'aws', uid },
      provider: 'memory',
      identity: { account },
    },
    key: 'acme/npm',
    encoding: 'None',
    explicit: true,
    ...change,
  };
}

/** `authorizeWrite` lets everybody write unless it is given. */
export function aFetcher(
  options: MemoryOptions = {},
  authorize: FetcherOptions['authorize'] = () => true,
  authorizeWrite: FetcherOptions['authorizeWrite'] = () => true,
) {
  const clock = new SteppedClock();
  const accounts = new Map<string, MemoryBackend>();
  const lookups: CacheLookup[] = [];
  const fetcher = new Fetcher({
    authorize,
    authorizeWrite,
    clock,
    random: () => 0.5,
    hooks: { onLookup: (lookup) => lookups.push(lookup) },
    connect: ({ id, identity }) => {
      const account = (identity as { account: string }).account;
      if (id.uid === 'gone') return undefined;
      const open = () => {
        const backend = accounts.get(account) ?? new MemoryBackend(options);
        accounts.set(account, backend);
        return backend;
      };
      return { account, open };
    },
  });
  const backend = new MemoryBackend(options);
  accounts.set('aws', backend);
  const changes: string[] = [];
  fetcher.onChange((uid, key) => changes.push(`${uid} ${key ?? 'any key'}`));
  return { clock, fetcher, backend, accounts, lookups, changes };
}

export const shown = (value: LineValue | undefined) =>
  value?.kind === 'value' ? `${value.value.reveal()}@${value.version}` : value?.reason;
