/** What a sealed box says that it is for: any bytes come back, and what is no envelope is refused without a word of it. */
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealedSpecSchema } from '../model/kinds/sealed-value.ts';
import { MAX_SECRET_NAME, MAX_VALUE_BYTES } from '../model/names.ts';
import { SecretValue } from '../model/secret-value.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { scopeKeyPair } from './scope-keys.ts';
import { seal } from './sealed-box.ts';

const UID = '6f0c3c1e-0d8f-4c7f-9c55-0b8f8a2f6f11';
const CREATED = '2026-11-22T12:00:00.000Z';
const CANARY = 'canary-in-a-box';

const fields = {
  v: 1,
  scopeUID: UID,
  name: 'NPM_TOKEN',
  created: CREATED,
  value: Buffer.from(CANARY).toString('base64'),
};
const bytes = (change: object = {}): Buffer => Buffer.from(JSON.stringify({ ...fields, ...change }));

describe('an envelope', () => {
  it('is the JSON that the reference describes, so that anybody can make one', () => {
    const made = encodeEnvelope({
      scopeUID: UID,
      name: 'NPM_TOKEN',
      created: Date.parse(CREATED),
      value: SecretValue.fromText(CANARY),
    });
    expect(JSON.parse(made.toString('utf8'))).toEqual(fields);
  });

  it('gives back any bytes, the scope, the name and the time to the millisecond', () => {
    const names = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,100}$/).filter((name) => !name.startsWith('GITHUB_'));
    const times = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        names,
        fc.uuid(),
        times,
        (value, name, scopeUID, time) => {
          const created = time.getTime();
          const made = encodeEnvelope({
            scopeUID,
            name,
            created,
            value: new SecretValue(Buffer.from(value)),
          });
          const read = decodeEnvelope(made);
          expect(read).toMatchObject({ scopeUID, name, created });
          expect(read?.value.reveal()).toEqual(Buffer.from(value));
        },
      ),
    );
  });

  it('of 48 KB, with the longest name, fits into a SealedValue', async () => {
    const made = encodeEnvelope({
      scopeUID: 'u'.repeat(64),
      name: 'N'.repeat(MAX_SECRET_NAME),
      created: Date.parse(CREATED),
      value: new SecretValue(Buffer.alloc(MAX_VALUE_BYTES, 1)),
    });
    const { publicKey, keyID } = scopeKeyPair(
      { master: createSecretKey(Buffer.alloc(32, 7)), epoch: 1 },
      UID,
    );
    const sealed = (await seal(made, publicKey)).toString('base64');
    const spec = { scopeRef: { name: 'acme' }, name: 'NPM_TOKEN', keyID, sealed };
    expect(sealedSpecSchema.safeParse(spec).success).toBe(true);
  });

  it('may hold an empty value, whose entry may be read as empty', () => {
    expect(decodeEnvelope(bytes({ value: '' }))?.value.byteLength).toBe(0);
  });

  it.each(['2026-11-22T12:00:00Z', '2026-11-22T12:00:00.5Z', '2026-11-22T12:00:00.123456789Z'])(
    'may tell its time less or more exactly: %s',
    (created) => {
      expect(decodeEnvelope(bytes({ created }))?.created).toBe(Date.parse(created));
    },
  );
});

describe('what is no envelope', () => {
  it.each<[string, Buffer]>([
    ["a raw value, as GitHub's API takes it", Buffer.from(CANARY)],
    ['nothing', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['a list', Buffer.from(`["${CANARY}"]`)],
    ['a text', Buffer.from(`"${CANARY}"`)],
    ['null', Buffer.from('null')],
    ['JSON that ends too early', bytes().subarray(0, -1)],
    ['JSON that goes on', Buffer.concat([bytes(), Buffer.from('x')])],
    ['another version', bytes({ v: 2 })],
    ['a version in quotes', bytes({ v: '1' })],
    ['no version', bytes({ v: undefined })],
    ['no scope', bytes({ scopeUID: undefined })],
    ['an empty scope', bytes({ scopeUID: '' })],
    ['a scope that is too long', bytes({ scopeUID: 'u'.repeat(65) })],
    ['no name', bytes({ name: undefined })],
    ['a name in lower case', bytes({ name: 'npm_token' })],
    ['a name with a path', bytes({ name: 'A/B' })],
    ['a name that is too long', bytes({ name: 'A'.repeat(254) })],
    ['no time', bytes({ created: undefined })],
    ['a time as a number', bytes({ created: 0 })],
    ['a time of no day', bytes({ created: '2026-13-45T12:00:00Z' })],
    ['a time of another zone', bytes({ created: '2026-11-22T12:00:00+01:00' })],
    ['a day only', bytes({ created: '2026-11-22' })],
    ['no value', bytes({ value: undefined })],
    ['a value that is no base64', bytes({ value: `${CANARY}!` })],
    ['a value in base64url', bytes({ value: '-_-_' })],
    ['a value without its padding', bytes({ value: 'YQ' })],
    ['a field more', bytes({ namespace: 'team-web' })],
  ])('is refused, and nothing of it is told: %s', (_, plain) => {
    // undefined holds no text: neither the parser's nor what it stumbled over
    expect(decodeEnvelope(plain)).toBeUndefined();
  });

  it('is no bytes at all that somebody could send', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        expect(decodeEnvelope(Buffer.from(any))).toBeUndefined();
      }),
    );
  });

  it('an envelope shows no value when it is printed', () => {
    const read = decodeEnvelope(bytes());
    expect(read).toBeDefined();
    expect(JSON.stringify(read)).not.toContain(CANARY);
    expect(String(read?.value)).toBe('[redacted]');
  });
});
