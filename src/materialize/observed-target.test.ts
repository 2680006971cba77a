import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Secret } from '../kube/kube-objects.ts';
import { aPlan, delivered, FakeProvider, wanted } from './delivery-fixture.ts';
import {
  ADOPT_ANNOTATION,
  DELIVERY_ANNOTATION,
  type DeliveryRecord,
  encodeRecord,
  ORPHANED_ANNOTATION,
} from './delivery-record.ts';
import { observeTarget } from './observed-target.ts';
import { FakeSecrets, KEYRING, OTHER_KEYRING } from './secrets-fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const canary = 'canary-7f3a';

const secretWith = (change: Parameters<FakeSecrets['put']>[0]) => new FakeSecrets().put(change);
const see = (change: Parameters<FakeSecrets['put']>[0]) => observeTarget(secretWith(change), KEYRING);

/** What an inspector, a heap dump or a log line would find. */
const everything = (secret: Secret) => {
  const observed = observeTarget(secret, KEYRING);
  return `${inspect(observed, { depth: 20, showHidden: true, maxStringLength: null })}${JSON.stringify(observed)}`;
};

describe('THREATS 22: of a target Secret nothing is kept that shows a value', () => {
  const lastApplied = JSON.stringify({ data: { A: base64(canary) }, stringData: { A: canary } });
  it.each<[string, Parameters<FakeSecrets['put']>[0]]>([
    ['its data', { data: { A: base64(canary), B: base64(`{"x":"${canary}"}`) } }],
    [
      "the copy in kubectl's annotation",
      { metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': lastApplied } } },
    ],
    [
      "the copy in another tool's annotation",
      { metadata: { annotations: { 'kapp.k14s.io/original': lastApplied } } },
    ],
  ])('%s', (_case, change) => {
    const found = everything(secretWith(change));
    expect(found).not.toContain(canary);
    expect(found).not.toContain(base64(canary).slice(0, 10));
    expect(found).not.toContain(Buffer.from(canary).toString('hex'));
  });

  it('nor of one that the operator wrote itself', async () => {
    const secrets = await delivered(aPlan([wanted('A')]), new FakeProvider({ A: canary }));
    expect(secrets.data).toEqual({ A: canary });
    const secret = secrets.stored.get('team/app');
    expect(secret && everything(secret)).not.toContain(canary);
    expect(secret && everything(secret)).not.toContain(base64(canary).slice(0, 10));
  });
});

describe('a data key', () => {
  const plan = aPlan([wanted('A')]);
  const secretsWith = () => delivered(plan, new FakeProvider({ A: 'one' }));

  it('is intact as long as its bytes are those that were delivered', async () => {
    expect((await secretsWith()).observed?.keys).toEqual(new Map([['A', 'intact']]));
  });

  it('THREATS 19: is changed when its bytes were edited, whatever the annotation says', async () => {
    const secrets = await secretsWith();
    secrets.edit(() => ({ data: { A: base64('two') } }));
    expect(secrets.observed?.keys).toEqual(new Map([['A', 'changed']]));
  });

  it('is foreign when no record tells of it', async () => {
    const secrets = await secretsWith();
    secrets.edit(({ data }) => ({ data: { ...data, B: base64('mine'), constructor: base64('mine') } }));
    expect(secrets.observed?.keys.get('B')).toBe('foreign');
    expect(secrets.observed?.keys.get('constructor')).toBe('foreign');
  });

  it('of a record with a lost key counts as changed: it is read once more', async () => {
    const secret = (await secretsWith()).stored.get('team/app');
    const observed = secret && observeTarget(secret, OTHER_KEYRING);
    expect(observed?.proof).toBe('unknownKey');
    expect(observed?.keys).toEqual(new Map([['A', 'changed']]));
  });

  it('has the size of its bytes, not of its base64', () => {
    expect(see({ data: { A: base64('12345'), B: '', C: base64('1') } }).sizes).toEqual(
      new Map([
        ['A', 5],
        ['B', 0],
        ['C', 1],
      ]),
    );
  });
});

describe('the record of a Secret', () => {
  it('that was edited is no record, and everything in the Secret is somebody else’s', async () => {
    const secrets = await delivered(aPlan([wanted('A')]), new FakeProvider({ A: 'one' }));
    secrets.edit(({ metadata }) => {
      const text = metadata.annotations?.[DELIVERY_ANNOTATION] ?? '';
      const annotations = {
        ...metadata.annotations,
        [DELIVERY_ANNOTATION]: text.replace('uid-web', 'uid-bad'),
      };
      return { metadata: { annotations } };
    });
    expect(secrets.observed).toMatchObject({ proof: 'invalid', record: undefined, annotations: {} });
    expect(secrets.observed?.keys.get('A')).toBe('foreign');
  });

  it('tells which annotations are ours; no others are kept', async () => {
    const plan = aPlan([wanted('A')], { annotations: { 'example.com/a': 'x' } });
    const secrets = await delivered(plan, new FakeProvider({ A: 'one' }));
    secrets.edit(({ metadata }) => ({
      metadata: { annotations: { ...metadata.annotations, 'example.com/b': 'y' } },
    }));
    expect(secrets.observed?.annotations).toEqual({ 'example.com/a': 'x' });
  });
});

describe('a record that was edited while this process watched', () => {
  const odd: [string, string][] = [
    ['edited', '{"v":1}'],
    ['emptied', ''],
    ['cut', '{"v":1,"kid":'],
  ];

  it.each(odd)('and %s takes the Secret from nobody: what was proven stays', async (_case, text) => {
    const secrets = await delivered(aPlan([wanted('A')]), new FakeProvider({ A: 'one' }));
    const before = secrets.observed;
    secrets.edit(({ metadata }) => ({
      metadata: { annotations: { ...metadata.annotations, [DELIVERY_ANNOTATION]: text } },
    }));
    const after = observeTarget(secrets.stored.get('team/app') ?? expect.fail(), KEYRING, before);
    expect(after).toMatchObject({ proof: 'proven', recordEdited: true, record: before?.record });
    expect(after.keys).toEqual(new Map([['A', 'intact']]));
  });

  it('but one that a later version wrote is not put back: this one is on its way out', async () => {
    const secrets = await delivered(aPlan([wanted('A')]), new FakeProvider({ A: 'one' }));
    const before = secrets.observed;
    const record = { ...before?.record, later: 1 } as DeliveryRecord;
    const place = { namespace: 'team', name: 'app' };
    secrets.edit(({ metadata }) => ({
      metadata: {
        annotations: { ...metadata.annotations, [DELIVERY_ANNOTATION]: encodeRecord(record, place, KEYRING) },
      },
    }));
    const after = observeTarget(secrets.stored.get('team/app') ?? expect.fail(), KEYRING, before);
    expect(after).toMatchObject({ proof: 'newer', recordEdited: false });
  });

  it('but another object under that name is judged by what it says itself', async () => {
    const secrets = await delivered(aPlan([wanted('A')]), new FakeProvider({ A: 'one' }));
    const before = secrets.observed;
    const forged = secretWith({ metadata: { uid: 'uid-other', annotations: {} } });
    expect(observeTarget(forged, KEYRING, before)).toMatchObject({ proof: 'none', recordEdited: false });
  });

  it('and a proven record always counts', async () => {
    const secrets = await delivered(aPlan([wanted('A')]), new FakeProvider({ A: 'one' }));
    const { observed } = secrets;
    const other = observed && { ...observed, record: undefined };
    const after = observeTarget(secrets.stored.get('team/app') ?? expect.fail(), KEYRING, other);
    expect(after).toMatchObject({ recordEdited: false, record: observed?.record });
  });
});

describe('what else is seen', () => {
  it.each<[string, Parameters<FakeSecrets['put']>[0], object]>([
    [
      'no type is Opaque',
      {},
      { type: 'Opaque', immutable: false, deleting: false, managed: false, hasOwner: false },
    ],
    [
      'type and immutable',
      { type: 'kubernetes.io/tls', immutable: true },
      { type: 'kubernetes.io/tls', immutable: true },
    ],
    [
      'that it is being deleted',
      { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
      { deleting: true },
    ],
    ['our label', { metadata: { labels: { 'secretscope.dev/managed': 'true' } } }, { managed: true }],
    [
      'our label with another value',
      { metadata: { labels: { 'secretscope.dev/managed': 'yes' } } },
      { managed: false },
    ],
    [
      'an owner',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }] } },
      { hasOwner: true },
    ],
    [
      'the word of the owner',
      { metadata: { annotations: { [ADOPT_ANNOTATION]: 'team/web' } } },
      { adopt: 'team/web' },
    ],
    [
      'since when it is orphaned',
      { metadata: { annotations: { [ORPHANED_ANNOTATION]: 'x' } } },
      { orphanedSince: 'x' },
    ],
    [
      'nothing of an empty Secret',
      { data: {} },
      { keys: new Map(), sizes: new Map(), proof: 'none', record: undefined },
    ],
  ])('%s', (_case, change, seen) => {
    expect(see(change)).toMatchObject(seen);
  });
});
