import { describe, expect, it } from 'vitest';
import { WISH_ANNOTATION } from '../model/restart-wish.ts';
import { SecretValue } from '../model/secret-value.ts';
import { compareTarget } from './compare-target.ts';
import { aPlan, delivered, FakeProvider, HOLDER, wanted } from './delivery-fixture.ts';
import {
  ADOPT_ANNOTATION,
  DELIVERY_ANNOTATION,
  decodeRecord,
  HOLDER_ANNOTATION,
  ORPHANED_ANNOTATION,
} from './delivery-record.ts';
import type { FreshKey } from './fresh-keys.ts';
import { KEYRING, PLACE } from './secrets-fixture.ts';
import {
  createBody,
  noteBody,
  patchBody,
  recordsAfter,
  releaseBody,
  type TargetChange,
  takenUp,
  withdrawBody,
} from './target-body.ts';

const record = { source: 's', mac: 'm', names: ['A@v1'], suppliers: ['uid-web'] };
const fresh = (dataKey: string, text: string): FreshKey => ({
  dataKey,
  value: SecretValue.fromText(text),
  record,
});
const plan = aPlan([wanted('A')], {
  labels: { team: 'web' },
  annotations: { 'example.com/a': 'x' },
  type: 'Opaque',
});
const change: TargetChange = {
  plan,
  holder: HOLDER,
  seen: {},
  fresh: [fresh('A', 'one')],
  remove: [],
  records: { A: record },
};

async function written(labels: Record<string, string> = {}, annotations: Record<string, string> = {}) {
  const secrets = await delivered(
    aPlan([wanted('A'), wanted('B')], { labels, annotations }),
    new FakeProvider({ A: 'one', B: 'two' }),
  );
  const { observed } = secrets;
  if (!observed) throw new Error('nothing was delivered');
  return observed;
}

type Body = {
  metadata: { labels: Record<string, unknown>; annotations: Record<string, unknown> };
  data?: Record<string, unknown>;
};

describe('THREATS 20: the body of a create', () => {
  const body = createBody(change, KEYRING);

  it('names no UID and no version, so that it can only make what does not exist', () => {
    expect(Object.keys(body.metadata).sort()).toEqual(['annotations', 'labels', 'name', 'namespace']);
  });

  it('has neither owners nor finalizers', () => {
    expect(JSON.stringify(body)).not.toMatch(/ownerReferences|finalizers/);
  });

  it('has our labels beside those of the target, the holder and the record', () => {
    expect(body).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'Opaque',
      metadata: {
        ...PLACE,
        labels: {
          team: 'web',
          'secretscope.dev/managed': 'true',
          'app.kubernetes.io/managed-by': 'secretscope',
        },
        annotations: { 'example.com/a': 'x', [HOLDER_ANNOTATION]: 'team/web' },
      },
      data: { A: Buffer.from('one').toString('base64') },
    });
  });

  it('its record says all that is needed to find out later that nothing changed', () => {
    const { annotations } = body.metadata as unknown as { annotations: Record<string, string> };
    expect(decodeRecord(annotations[DELIVERY_ANNOTATION] ?? '', PLACE, KEYRING)).toEqual({
      proof: 'proven',
      record: {
        holder: HOLDER,
        seen: {},
        target: 'app',
        deletionPolicy: 'Delete',
        subject: plan.subject,
        labels: ['team'],
        annotations: ['example.com/a'],
        keys: { A: record },
      },
    });
  });
});

describe('THREATS 20: every later body names the UID and the version it was planned for', () => {
  it.each<[string, (observed: Awaited<ReturnType<typeof written>>) => { metadata: object }]>([
    ['a patch', (observed) => patchBody(change, observed, KEYRING)],
    [
      'a withdrawal',
      (observed) => withdrawBody(observed, observed.record ?? expect.fail(), ['A'], {}, KEYRING),
    ],
    ['a release', releaseBody],
    ['a note', (observed) => noteBody(observed, ORPHANED_ANNOTATION, 'x')],
  ])('%s', async (_case, make) => {
    const observed = await written();
    const { uid, resourceVersion } = observed;
    expect(uid).not.toBe('');
    expect(make(observed).metadata).toMatchObject({ uid, resourceVersion });
  });
});

describe('a patch', () => {
  it('sets what is fresh and removes what leaves, and names nothing else', async () => {
    const body = patchBody({ ...change, remove: ['B'] }, await written(), KEYRING) as unknown as Body;
    expect(body.data).toEqual({ A: 'b25l', B: null });
    expect(body).not.toHaveProperty('type');
  });

  it('of labels alone has no data', async () => {
    expect(patchBody({ ...change, fresh: [] }, await written(), KEYRING)).not.toHaveProperty('data');
  });

  it('takes off what the target no longer asks for', async () => {
    const observed = await written({ old: '1', team: 'api' }, { 'example.com/old': 'y' });
    const { metadata } = patchBody(change, observed, KEYRING) as unknown as Body;
    expect(metadata.labels).toMatchObject({ old: null, team: 'web' });
    expect(metadata.annotations).toMatchObject({ 'example.com/old': null, 'example.com/a': 'x' });
  });

  it('takes off nothing on the word of a record that is not proven', async () => {
    const observed = { ...(await written({ victim: '1' })), proof: 'unknownKey' as const };
    const { metadata } = patchBody(change, observed, KEYRING) as unknown as Body;
    expect(metadata.labels).not.toHaveProperty('victim');
  });

  it('takes off the word of the owner and the note of an orphan, once they are obeyed', async () => {
    const observed = { ...(await written()), adopt: 'team/web', orphanedSince: 'x' };
    const { annotations } = (patchBody(change, observed, KEYRING) as unknown as Body).metadata;
    expect(annotations).toMatchObject({ [ADOPT_ANNOTATION]: null, [ORPHANED_ANNOTATION]: null });
    const plain = (patchBody(change, await written(), KEYRING) as unknown as Body).metadata.annotations;
    expect(Object.keys(plain)).not.toContain(ADOPT_ANNOTATION);
  });

  it('has no key that somebody else put there', async () => {
    const body = JSON.stringify(
      patchBody(change, { ...(await written()), keys: new Map([['hand', 'foreign']]) }, KEYRING),
    );
    expect(body).not.toContain('hand');
  });
});

describe('a withdrawal', () => {
  it('changes the data keys and the record of them, and nothing else', async () => {
    const observed = await written({ team: 'web' });
    const { record: old } = observed;
    const body = withdrawBody(observed, old ?? expect.fail(), ['A'], {}, KEYRING) as unknown as Body;
    expect(body.data).toEqual({ A: null });
    expect(Object.keys(body.metadata).sort()).toEqual(['annotations', 'resourceVersion', 'uid']);
    expect(Object.keys(body.metadata.annotations)).toEqual([DELIVERY_ANNOTATION]);
    const text = String(body.metadata.annotations[DELIVERY_ANNOTATION]);
    expect(decodeRecord(text, PLACE, KEYRING)).toEqual({
      proof: 'proven',
      record: { ...old, keys: { B: old?.keys['B'] } },
    });
  });
});

describe('a release', () => {
  it('takes our marks off and leaves data, labels and annotations to whoever uses them', async () => {
    const body = releaseBody(await written({ team: 'web' }, { 'example.com/a': 'x' })) as unknown as Body;
    expect(body).not.toHaveProperty('data');
    expect(body.metadata.labels).toEqual({
      'secretscope.dev/managed': null,
      'app.kubernetes.io/managed-by': null,
    });
    expect(body.metadata.annotations).toEqual({
      [HOLDER_ANNOTATION]: null,
      [DELIVERY_ANNOTATION]: null,
      [WISH_ANNOTATION]: null,
      [ORPHANED_ANNOTATION]: null,
    });
  });
});

describe('the records after a write', () => {
  const diffFor = async (keys: Parameters<typeof aPlan>[0]) => {
    const observed = await written();
    const provider = new FakeProvider({});
    const next = aPlan(keys);
    return {
      observed,
      diff: compareTarget({
        plan: next,
        versions: provider.versionsOf(next),
        observed,
        holderUid: 'uid-web',
        suspended: false,
        mayStay: () => true,
      }),
    };
  };

  it('are those of what stays, what is right and what is new, in order', async () => {
    const { observed, diff } = await diffFor([wanted('A')]);
    const after = recordsAfter(observed, diff, [fresh('0', 'x')], ['B']);
    expect(Object.keys(after)).toEqual(['0', 'A']);
  });

  it('forget what somebody took out', async () => {
    const { observed, diff } = await diffFor([]);
    const bare = { ...observed, keys: new Map([['B', 'intact' as const]]) };
    expect(Object.keys(recordsAfter(bare, diff, [], []))).toEqual(['B']);
  });

  it('of a new Secret are those of what is fresh', async () => {
    const { diff } = await diffFor([]);
    expect(recordsAfter(undefined, diff, [fresh('A', 'one')], [])).toEqual({ A: record });
  });

  it('of a holder that was made again name its new UID where they named its old one', () => {
    const records = {
      A: { ...record, suppliers: ['uid-old', 'uid-old?', 'uid-old!', 'uid-org'] },
      B: { ...record, suppliers: ['uid-older'] },
    };
    const before = { ...HOLDER, uid: 'uid-old' };
    const after = takenUp(records, before, HOLDER);
    expect([after['A']?.suppliers, after['B']?.suppliers]).toEqual([
      ['uid-web', 'uid-web?', 'uid-web!', 'uid-org'],
      ['uid-older'],
    ]);
    expect(takenUp(records, { ...before, name: 'another' }, HOLDER)).toEqual(records);
    expect(takenUp(records, undefined, HOLDER)).toEqual(records);
  });
});

describe('the body of a Snapshot', () => {
  const holder = { kind: 'SecretClaim', namespace: 'team', name: 'job', uid: 'uid-job' } as const;

  it('is immutable, and owned by its claim, which neither controls it nor waits for it', () => {
    const { immutable, metadata } = createBody({ ...change, holder, once: true }, KEYRING);
    expect(immutable).toBe(true);
    expect(metadata['ownerReferences']).toEqual([
      { apiVersion: 'secretscope.dev/v1alpha1', kind: 'SecretClaim', name: 'job', uid: 'uid-job' },
    ]);
  });

  it('of a Live claim is neither', () => {
    const body = createBody({ ...change, holder }, KEYRING);
    expect(body).not.toHaveProperty('immutable');
    expect(body.metadata).not.toHaveProperty('ownerReferences');
    expect(body.metadata['annotations']).toMatchObject({ [HOLDER_ANNOTATION]: 'SecretClaim/team/job' });
  });
});

describe('what a claim of a scope’s name takes up', () => {
  it('keeps the suppliers of whoever held it before', () => {
    const claim = { ...HOLDER, kind: 'SecretClaim', uid: 'uid-new' } as const;
    expect(takenUp({ A: record }, HOLDER, claim)).toEqual({ A: record });
  });
});
