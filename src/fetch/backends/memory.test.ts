import { describe, expect, it } from 'vitest';
import { backendContract } from '../../../test/contract/backend-contract.ts';
import type { TroubleKind } from '../../../test/contract/contract-subject.ts';
import type { Refusal } from '../port.ts';
import { MemoryBackend } from './memory.ts';

const TROUBLE: Record<TroubleKind, Refusal> = {
  denied: { kind: 'denied' },
  throttled: { kind: 'throttled', afterMs: 60_000 },
  unavailable: { kind: 'unavailable', code: 'ECONNREFUSED' },
};

backendContract('memory', async () => {
  const backend = new MemoryBackend();
  return {
    backend,
    property: undefined,
    store: async (key, content) => {
      backend.store(key, content);
    },
    trouble: async (kind) => {
      backend.faults.heal();
      if (kind) backend.faults.plant({ answer: TROUBLE[kind] });
    },
    valueReads: async () => backend.keysOf('read').length,
    close: () => backend.close(),
  };
});

describe('the memory backend', () => {
  const signal = new AbortController().signal;

  it('spoils a part of a batch, as often as planted', async () => {
    const backend = new MemoryBackend();
    backend.store('a', 'x');
    backend.store('b', 'x');
    backend.faults.plant({ key: 'b', answer: { kind: 'denied' }, times: 1 });
    const kinds = async () =>
      (await backend.describe([{ key: 'a' }, { key: 'b' }], signal)).map(({ kind }) => kind);
    expect([await kinds(), await kinds()]).toEqual([
      ['found', 'denied'],
      ['found', 'found'],
    ]);
  });

  it('writes down each call', async () => {
    const backend = new MemoryBackend();
    await backend.describe([{ key: 'a' }, { key: 'b' }], signal);
    await backend.list('p/', signal);
    expect(backend.calls).toEqual([
      { operation: 'describe', keys: ['a', 'b'] },
      { operation: 'list', keys: ['p/'] },
    ]);
  });
});
