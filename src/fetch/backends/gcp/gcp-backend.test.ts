import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backendContract } from '../../../../test/contract/backend-contract.ts';
import { idle } from '../../../../test/contract/contract-calls.ts';
import type { TroubleKind } from '../../../../test/contract/contract-subject.ts';
import { FakeGcp, type FakeGcpFault } from '../../../../test/peers/fake-gcp.ts';
import { aToken, plainGcp } from '../../../../test/peers/gcp-open.ts';
import { GCP_DIFFERENCES, gcpSubject } from '../../../../test/peers/gcp-subject.ts';
import { SecretValue } from '../../../model/secret-value.ts';
import type { GcpBackend } from './gcp-backend.ts';

const TROUBLE: Record<TroubleKind, FakeGcpFault> = {
  denied: { code: 7 },
  throttled: { code: 8, retryAfterMs: 30_000 },
  unavailable: { code: 14 },
};

backendContract(
  'gcp',
  async () => {
    const fake = await FakeGcp.open();
    const backend = plainGcp(fake.port);
    return gcpSubject(backend, {
      store: async (key, content) => void fake.put(key, content),
      trouble: async (kind) => fake.spoil(kind && TROUBLE[kind]),
      valueReads: async () => fake.valueReads,
      close: () => fake.close(),
    });
  },
  { skip: GCP_DIFFERENCES },
);

let fake: FakeGcp;
let backend: GcpBackend;
beforeEach(async () => {
  fake = await FakeGcp.open();
  backend = plainGcp(fake.port);
});
afterEach(async () => {
  await backend.close();
  await fake.close();
});

async function readOne(key: string, version?: string, from = backend) {
  const [answer] = await from.read([version === undefined ? { key } : { key, version }], idle());
  if (answer?.kind !== 'found' || answer.payload.kind !== 'value') return answer;
  return `${answer.payload.value.reveal().toString('latin1')}@${answer.version}`;
}

async function describeOne(key: string, version?: string, from = backend) {
  const [answer] = await from.describe([version === undefined ? { key } : { key, version }], idle());
  return answer;
}

describe('versions at Google', () => {
  it('are told by access, and nothing is left of the payload', async () => {
    fake.put('a', 'cAnary7-1e5f');
    const fill = vi.spyOn(Buffer.prototype, 'fill');
    expect(await describeOne('a')).toEqual({ kind: 'found', version: '1' });
    expect(await describeOne('a', '7')).toEqual({ kind: 'versionGone' });
    const wiped = fill.mock.contexts.filter((bytes) => bytes instanceof Buffer && bytes.length === 12);
    fill.mockRestore();
    expect(wiped).toEqual([Buffer.alloc(12), Buffer.alloc(12)]);
    expect(new Set(fake.methods())).toEqual(new Set(['AccessSecretVersion']));
  });

  it('cost an access each; what tells no value costs nothing', async () => {
    fake.put('a', 'x');
    await describeOne('a');
    await readOne('a');
    await backend.list('', idle());
    expect([backend.billed(), backend.requests()]).toEqual([2, fake.methods().length]);
    expect(backend.requests()).toBeGreaterThan(2);
  });

  it('are numbers, aliases and the latest one', async () => {
    for (const text of ['one', 'two', 'three']) fake.put('a', text);
    fake.secret('a').aliases.set('stable', 2);
    expect(await readOne('a')).toBe('three@3');
    expect(await readOne('a', 'latest')).toBe('three@3');
    expect(await readOne('a', '1')).toBe('one@1');
    expect(await readOne('a', 'stable')).toBe('two@2');
    expect(await describeOne('a', 'stable')).toEqual({ kind: 'found', version: '2' });
  });

  it('that are not there are gone where the secret exists, and absent where it does not', async () => {
    fake.put('a', 'x');
    for (const version of ['7', 'no-alias', 'no alias', '0', '../1']) {
      expect(await readOne('a', version)).toEqual({ kind: 'versionGone' });
      expect(await describeOne('b', version)).toEqual({ kind: 'absent' });
    }
  });

  it('that are destroyed are gone; those that are disabled may come back', async () => {
    for (const text of ['one', 'two', 'three']) fake.put('a', text);
    const [one, two, three] = fake.secret('a').versions;
    Object.assign(one ?? {}, { state: 'DESTROYED' });
    Object.assign(two ?? {}, { state: 'DISABLED' });
    expect(await readOne('a', '1')).toEqual({ kind: 'versionGone' });
    expect(await readOne('a', '2')).toEqual({ kind: 'disabled' });
    Object.assign(three ?? {}, { state: 'DISABLED' });
    expect(await describeOne('a')).toEqual({ kind: 'disabled' });
    expect(await readOne('a', '9')).toEqual({ kind: 'versionGone' });
    Object.assign(three ?? {}, { state: 'DESTROYED' });
    expect(await describeOne('a')).toEqual({ kind: 'versionGone' });
  });
});

describe('payloads of Google', () => {
  it('may be any bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const value = new SecretValue(Buffer.from(bytes));
    expect(await backend.put({ key: 'a' }, value, idle())).toMatchObject({ kind: 'stored', version: '1' });
    expect(await readOne('a')).toBe(`${bytes.toString('latin1')}@1`);
  });

  it('that were damaged on the way are not delivered', async () => {
    fake.put('a', 'x');
    fake.corrupting = true;
    expect(await readOne('a')).toEqual({ kind: 'unavailable', code: 'ChecksumMismatch' });
  });

  it('THREATS 18: are never larger than a secret can be', async () => {
    fake.put('a', Buffer.alloc(65_537));
    expect(await readOne('a')).toEqual({ kind: 'unavailable', code: 'BadAnswer' });
  });

  it('without a checksum are as TLS brought them', async () => {
    fake.put('a', 'x');
    fake.silent = true;
    expect(await readOne('a')).toBe('x@1');
  });

  it('of a batch are wiped when the caller leaves', async () => {
    fake.put('a', 'cAnary7-1e5f');
    fake.latencyMs = 5;
    const gone = new AbortController();
    const wipe = vi.spyOn(SecretValue.prototype, 'wipe');
    const slow = vi.fn(async ({ fresh }: { fresh: boolean }) => {
      if (slow.mock.calls.length > 1) await new Promise((resolve) => setTimeout(resolve, 300));
      return SecretValue.fromText(fresh ? 'b' : 'a');
    });
    const patient = plainGcp(fake.port, { token: slow });
    await describeOne('warm', undefined, patient);
    slow.mockClear();
    const read = patient.read([{ key: 'a' }, { key: 'a' }], gone.signal);
    setTimeout(() => gone.abort(new Error('enough')), 150);
    await expect(read).rejects.toThrow('enough');
    expect(wipe).toHaveBeenCalledTimes(1);
    wipe.mockRestore();
    await patient.close();
  });
});

describe('a backend at Google', () => {
  it.each([
    { project: 'acme-prod/secrets/x' },
    { project: 'evil.example/' },
    { location: 'evil.example' },
    { location: 'europe-west3.evil.example:1' },
  ])('THREATS 4: is not opened for %j', (place) => {
    expect(() => plainGcp(fake.port, place)).toThrow(TypeError);
  });

  it('answers nothing more once it is closed', async () => {
    await describeOne('a');
    await backend.close();
    expect(await describeOne('a')).toEqual({ kind: 'unavailable', code: 'ConnectionClosed' });
  });

  it('hides its token', async () => {
    const shy = plainGcp(fake.port, { token: aToken('cAnary') });
    await describeOne('a', undefined, shy);
    expect(inspect(shy, { depth: 12, showHidden: true })).not.toContain('cAnary');
    await shy.close();
  });
});
