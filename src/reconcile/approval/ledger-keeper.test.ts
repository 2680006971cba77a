import { beforeEach, describe, expect, it } from 'vitest';
import type { LedgerSpec } from '../../model/kinds/scope-ledger.ts';
import { type LedgerView, ledgerView } from '../../watch/approval-views.ts';
import { LEDGERS } from '../../watch/resources.ts';
import { LEDGER, OPERATOR_NAMESPACE, SCOPE_UID } from './approval-fixture.ts';
import { LedgerKeeper } from './ledger-keeper.ts';
import { apiError, MemoryApi } from './memory-api.fixture.ts';

const scope = { name: 'web-prod', namespace: 'prod', uid: SCOPE_UID };
const said = (...authors: string[]): LedgerSpec => ({ scope, authors, authorsComplete: true });
const { signal } = new AbortController();

let api: MemoryApi;
let keeper: LedgerKeeper;
let leading: boolean;
beforeEach(() => {
  api = new MemoryApi();
  leading = true;
  keeper = aKeeper();
});

const aKeeper = () =>
  new LedgerKeeper(
    api.client,
    () => {
      if (!leading) throw new Error('not leading');
    },
    OPERATOR_NAMESPACE,
  );
const shown = () => {
  const stored = api.at(LEDGERS, LEDGER);
  return stored && ledgerView(stored);
};
/** While the watch shows `view`. */
const writeSeeing = (view: LedgerView | undefined, spec: LedgerSpec) =>
  keeper.write(keeper.read(scope, view), spec, view, signal);
const write = (spec: LedgerSpec) => writeSeeing(shown(), spec);
const stored = () => api.at(LEDGERS, LEDGER)?.spec['authors'];

describe('a ledger', () => {
  it('that is not there is an empty one', () => {
    expect(keeper.read(scope, undefined).spec).toEqual({ scope });
  });

  it('is what the watch shows', async () => {
    await write(said('dev'));
    expect(aKeeper().read(scope, shown()).spec).toEqual(said('dev'));
  });

  it('is made once, under the UID of its scope, and replaced from then on', async () => {
    await write(said('dev'));
    await write(said('eve'));
    expect(api.writes).toEqual([`create scopeledgers ${LEDGER}`, `replace scopeledgers ${LEDGER}`]);
    expect(stored()).toEqual(['eve']);
  });

  it('is not written where nothing differs, be it by a member that is there and undefined', async () => {
    await write(said('dev'));
    const same = { ...said('dev'), policies: undefined } as unknown as LedgerSpec;
    expect(await write(same)).toMatchObject({ kind: 'written' });
    expect(api.writes).toHaveLength(1);
  });

  it('is what was written last, while the watch still shows what was there before', async () => {
    const before = shown();
    await writeSeeing(before, said('dev'));
    await writeSeeing(before, said('eve'));
    expect(keeper.read(scope, before).spec).toEqual(said('eve'));
    expect(stored()).toEqual(['eve']);
  });

  it('is what the watch shows, once it shows something newer', async () => {
    const before = shown();
    await writeSeeing(before, said('dev'));
    api.put(LEDGERS, {
      metadata: { name: SCOPE_UID, namespace: OPERATOR_NAMESPACE },
      spec: { ...said('somebody') },
    });
    expect(keeper.read(scope, shown()).spec).toEqual(said('somebody'));
  });

  it('is what was written last, while the watch shows what was written before that', async () => {
    await writeSeeing(undefined, said('dev'));
    const between = shown();
    await writeSeeing(undefined, said('eve'));
    expect(keeper.read(scope, between).spec).toEqual(said('eve'));
  });
});

describe('a write of a ledger', () => {
  const edited = () =>
    api.put(LEDGERS, {
      metadata: { name: SCOPE_UID, namespace: OPERATOR_NAMESPACE },
      spec: { ...said('other') },
    });

  it('is stale if somebody wrote in between, and theirs stays', async () => {
    await write(said('dev'));
    const known = shown();
    edited();
    expect(await writeSeeing(known, said('eve'))).toEqual({ kind: 'stale' });
    expect(stored()).toEqual(['other']);
  });

  it('is stale if somebody made it in between, and theirs stays', async () => {
    edited();
    expect(await writeSeeing(undefined, said('eve'))).toEqual({ kind: 'stale' });
    expect(stored()).toEqual(['other']);
  });

  it('is stale if it went in between', async () => {
    await write(said('dev'));
    const known = shown();
    api.remove(LEDGERS, LEDGER);
    expect(await writeSeeing(known, said('eve'))).toEqual({ kind: 'stale' });
    expect(stored()).toBeUndefined();
  });

  it('that was stale is forgotten: the watch is believed again', async () => {
    await write(said('dev'));
    const known = shown();
    edited();
    await writeSeeing(known, said('eve'));
    expect(keeper.read(scope, known).spec).toEqual(said('dev'));
    expect(await write(said('eve'))).toMatchObject({ kind: 'written' });
  });

  it.each(['forbidden', 'timeout', 'invalid'] as const)(
    'that is answered with %s is an error',
    async (kind) => {
      api.before.set('create', () => {
        throw apiError(kind, LEDGERS);
      });
      await expect(write(said('dev'))).rejects.toThrow(kind);
    },
  );

  it('is not made by who does not lead', async () => {
    leading = false;
    await expect(write(said('dev'))).rejects.toThrow('not leading');
    expect(api.writes).toEqual([]);
  });
});
