import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aLine, HOLDER, wanted } from './delivery-fixture.ts';
import {
  type DeliveryRecord,
  decodeRecord,
  deliveredNames,
  encodeRecord,
  holderText,
  keysLost,
  sourceDigest,
  supplierOf,
  valueMac,
} from './delivery-record.ts';
import { KEYRING, OTHER_KEYRING, PLACE } from './secrets-fixture.ts';

const A = { source: 's', mac: 'm', names: ['A@v1', 'B@v@2'], suppliers: ['uid-org', 'uid-web?'] };
const RECORD: DeliveryRecord = {
  holder: HOLDER,
  target: 'app',
  deletionPolicy: 'Delete',
  subject: 'v1:sha256:x',
  labels: ['team'],
  annotations: [],
  keys: { A },
};
const TEXT = encodeRecord(RECORD, PLACE, KEYRING);

/** The text with something in it changed by hand. */
function edited(
  change: (envelope: Record<string, unknown>, record: Record<string, unknown>) => void,
): string {
  const envelope = JSON.parse(TEXT) as Record<string, unknown>;
  change(envelope, envelope['record'] as Record<string, unknown>);
  return JSON.stringify(envelope);
}

const proofOf = (text: string, place = PLACE, keyring = KEYRING) =>
  decodeRecord(text, place, keyring)?.proof ?? 'none';

describe('a record', () => {
  it('comes back as it went, proven', () => {
    expect(decodeRecord(TEXT, PLACE, KEYRING)).toEqual({ record: RECORD, proof: 'proven' });
  });

  it('of what was decided on, too', () => {
    const record = { ...RECORD, seen: { 'uid-web': 3, 'uid-org': 1 } };
    expect(decodeRecord(encodeRecord(record, PLACE, KEYRING), PLACE, KEYRING)).toEqual({
      record,
      proof: 'proven',
    });
  });

  it('comes back whatever its data keys are called', () => {
    const keys = fc.dictionary(fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/), fc.constant(A));
    fc.assert(
      fc.property(keys, (some) => {
        const record = { ...RECORD, keys: { ...some, constructor: A, toString: A } };
        expect(decodeRecord(encodeRecord(record, PLACE, KEYRING), PLACE, KEYRING)).toEqual({
          record,
          proof: 'proven',
        });
      }),
    );
  });

  it.each([
    [
      'the order of its members',
      edited((envelope, record) => {
        envelope['record'] = Object.fromEntries(Object.entries(record).reverse());
      }),
    ],
    ['white space', JSON.stringify(JSON.parse(TEXT), null, 2)],
  ])('is the same record whatever %s', (_case, text) => {
    expect(proofOf(text)).toBe('proven');
  });

  it('is proven for its own Secret only: a copy in another place is not', () => {
    expect(proofOf(TEXT, { ...PLACE, name: 'other' })).toBe('invalid');
    expect(proofOf(TEXT, { ...PLACE, namespace: 'other' })).toBe('invalid');
  });

  it('of a key that is lost is told from one that is forged', () => {
    expect(proofOf(TEXT, PLACE, OTHER_KEYRING)).toBe('unknownKey');
    expect(proofOf(edited((envelope) => Object.assign(envelope, { kid: 'zzzzzzzz' })))).toBe('unknownKey');
  });

  it('holds no value and nothing made of one without the key', () => {
    expect(TEXT).not.toContain('canary');
  });
});

describe('FAULTS 14: an edited record proves nothing', () => {
  it.each<[string, Record<string, unknown>]>([
    ['another holder', { holder: { ...HOLDER, name: 'mine' } }],
    ['another UID of the holder', { holder: { ...HOLDER, uid: 'other' } }],
    ['another target', { target: 'other' }],
    ['another deletion policy', { deletionPolicy: 'Retain' }],
    ['another subject', { subject: 'v1:sha256:y' }],
    ['another label', { labels: ['victim'] }],
    ['another annotation', { annotations: ['victim'] }],
    ['another data key', { keys: { A, victim: A } }],
    ['no data key', { keys: {} }],
    ['another MAC of the bytes', { keys: { A: { ...A, mac: 'n' } } }],
    ['another supplier', { keys: { A: { ...A, suppliers: ['uid-web', 'uid-web?'] } } }],
  ])('%s', (_case, change) => {
    expect(proofOf(edited((_envelope, record) => Object.assign(record, change)))).toBe('invalid');
  });

  it('another MAC', () => {
    expect(proofOf(edited((envelope) => Object.assign(envelope, { mac: KEYRING.mac(['x']) })))).toBe(
      'invalid',
    );
    expect(proofOf(edited((envelope) => Object.assign(envelope, { mac: '' })))).toBe('invalid');
  });
});

describe('a record of a later version of this installation', () => {
  const later = (change: object) => {
    const encoded = encodeRecord({ ...RECORD, ...change } as DeliveryRecord, PLACE, KEYRING);
    return decodeRecord(encoded, PLACE, KEYRING);
  };

  it.each([
    ['a member', { restarts: 3 }],
    ['a list', { more: [{ a: [1] }] }],
    ['a member of a key', { keys: { A: { ...A, since: 5 } } }],
  ])('that has %s more than this one knows is told from one that was edited', (_case, change) => {
    expect(later(change)).toMatchObject({ proof: 'newer', record: { holder: RECORD.holder } });
  });

  it('is believed of the whole only: what somebody changed in it is an edit', () => {
    const encoded = encodeRecord({ ...RECORD, restarts: 3 } as DeliveryRecord, PLACE, KEYRING);
    expect(proofOf(encoded.replace('"restarts":3', '"restarts":4'))).toBe('invalid');
    expect(proofOf(encoded.replace('"app"', '"api"'))).toBe('invalid');
  });
});

describe('what is no record is none, and never an error', () => {
  it.each<[string, string]>([
    ['no text', ''],
    ['no JSON', '{'],
    ['JSON of another kind', '[1]'],
    ['null', 'null'],
    ['another version', edited((envelope) => Object.assign(envelope, { v: 2 }))],
    ['a record that is a list', edited((envelope) => Object.assign(envelope, { record: [] }))],
    ['no keys', edited((_e, record) => Object.assign(record, { keys: undefined }))],
    ['a key that is null', edited((_e, record) => Object.assign(record, { keys: { A: null } }))],
    [
      'names that are numbers',
      edited((_e, record) => Object.assign(record, { keys: { A: { ...A, names: [1, 2] } } })),
    ],
    [
      'a name without a supplier',
      edited((_e, record) => Object.assign(record, { keys: { A: { ...A, suppliers: [] } } })),
    ],
    [
      'a policy that does not exist',
      edited((_e, record) => Object.assign(record, { deletionPolicy: 'Keep' })),
    ],
    ['a number beyond all', TEXT.replace('"target":"app"', '"target":1e999')],
    ['generations that are no numbers', edited((_e, record) => Object.assign(record, { seen: { a: 'b' } }))],
    ['generations that are a list', edited((_e, record) => Object.assign(record, { seen: [1] }))],
    ['a holder that is a text', edited((_e, record) => Object.assign(record, { holder: 'team/web' }))],
  ])('%s', (_case, text) => {
    expect(decodeRecord(text, PLACE, KEYRING)).toBeUndefined();
  });

  it('members that a record does not have are passed over, however deep they are or large', () => {
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`;
    for (const odd of [deep, '1e999', '{"__proto__":1}'])
      expect(proofOf(TEXT.replace('"subject"', `"odd":${odd},"subject"`))).toBe('proven');
    expect(decodeRecord(deep, PLACE, KEYRING)).toBeUndefined();
  });

  it('whatever is written there', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((odd) => TEXT.replace('"v1:sha256:x"', odd)),
      fc.json().map((odd) => TEXT.replace('["uid-org","uid-web?"]', odd)),
      fc.nat(TEXT.length).map((at) => TEXT.slice(0, at)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(['none', 'invalid', 'proven']).toContain(proofOf(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('THREATS 19: the MAC of a value', () => {
  const mac = (change: { place?: typeof PLACE; key?: string; source?: string; bytes?: string }) =>
    valueMac(
      KEYRING,
      change.place ?? PLACE,
      change.key ?? 'A',
      change.source ?? 's',
      Buffer.from(change.bytes ?? 'x'),
    );

  it.each([
    ['another namespace', { place: { ...PLACE, namespace: 'b' } }],
    ['another Secret', { place: { ...PLACE, name: 'b' } }],
    ['another data key', { key: 'B' }],
    ['another source or version of it', { source: 't' }],
    ['other bytes', { bytes: 'y' }],
  ])('is another one for %s', (_case, change) => {
    expect(mac(change)).not.toBe(mac({}));
  });

  it('is that of a value, never that of a record', () => {
    expect(mac({})).not.toBe(KEYRING.mac(['record', 'team', 'app', 'A', 's', Buffer.from('x')]));
  });
});

describe('the digest of a source', () => {
  const line = aLine('A');
  const digest = (change = {}, versions = ['v1']) =>
    sourceDigest(wanted('A', { lines: [{ ...line, ...change }] }), versions);

  it.each<[string, object]>([
    ['another supplier', { scope: { ...HOLDER, uid: 'uid-org' } }],
    ['another backend', { backend: { ...line.backend, id: { ...line.backend.id, uid: 'b' } } }],
    ['another account of the backend', { backend: { ...line.backend, identity: { account: 'b' } } }],
    ['another key', { key: 'b' }],
    ['a property', { property: 'p' }],
    ['an encoding', { encoding: 'Base64' }],
    ['another name', { name: 'B' }],
  ])('changes with %s', (_case, change) => {
    expect(digest(change)).not.toBe(digest());
  });

  it('changes with the version, the recipe and the names that count as empty', () => {
    expect(digest({}, ['v2'])).not.toBe(digest());
    const template = { kind: 'template', text: '${A}' } as const;
    expect(sourceDigest(wanted('A', { recipe: template }), ['v1'])).not.toBe(digest());
    expect(sourceDigest(wanted('A', { emptyNames: ['B'] }), ['v1'])).not.toBe(digest());
  });

  it('does not change with what does not decide about the bytes', () => {
    expect(digest({ locked: true, explicit: false, level: 'Organization' })).toBe(digest());
  });
});

describe('what a record says of its names', () => {
  it('which scope supplied each, and whether by an entry', () => {
    expect(deliveredNames(A)).toEqual([
      { name: 'A', supplier: 'uid-org', explicit: true },
      { name: 'B', supplier: 'uid-web', explicit: false },
    ]);
    expect([aLine('A'), aLine('A', { explicit: false })].map(supplierOf)).toEqual(['uid-web', 'uid-web?']);
  });

  it('a data key is lost when one of its names may not stay', () => {
    const keys = {
      A,
      C: { ...A, names: ['C@1'], suppliers: ['uid-org'] },
      E: { ...A, names: [], suppliers: [] },
    };
    expect(keysLost(keys, ({ name }) => name !== 'B')).toEqual(['A']);
    expect(keysLost(keys, () => false)).toEqual(['A', 'C']);
    expect(keysLost(keys, () => true)).toEqual([]);
  });
});

describe('the holder of a record', () => {
  const CLAIM = { kind: 'SecretClaim', namespace: 'ci', name: 'job', uid: 'uid-job' } as const;
  const decoded = (holder: unknown) =>
    decodeRecord(encodeRecord({ ...RECORD, holder } as DeliveryRecord, PLACE, KEYRING), PLACE, KEYRING);

  it('is a scope or a claim, and comes back as it was', () => {
    expect(decoded(HOLDER)?.record.holder).toEqual(HOLDER);
    expect(decoded(CLAIM)).toMatchObject({ proof: 'proven', record: { holder: CLAIM } });
  });

  it('is named so that a claim never passes for a scope of its name', () => {
    expect(holderText(CLAIM)).toBe('SecretClaim/ci/job');
    expect(holderText({ namespace: 'ci', name: 'job', uid: 'u' })).toBe('ci/job');
  });

  it.each(['SecretScope', '', 7, null])('of the kind %s is none', (kind) => {
    expect(decoded({ ...CLAIM, kind })).toBeUndefined();
  });

  it('cannot be turned from a claim into a scope by hand', () => {
    const text = encodeRecord({ ...RECORD, holder: CLAIM }, PLACE, KEYRING);
    expect(proofOf(text.replace('"kind":"SecretClaim",', ''))).toBe('invalid');
  });
});
