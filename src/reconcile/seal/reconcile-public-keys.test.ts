/** The keys that values are sealed to: derived, published, and nobody's but the operator's (THREATS 14d). */
import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicKeyMap } from '../../model/public-key-map.ts';
import { PUBLIC_KEYS_LABEL, publishedKey, readPublishedKey } from '../../seal/public-keys.ts';
import { scopeKeyPair } from '../../seal/scope-keys.ts';
import { CONFIG_MAPS, SCOPES, SECRETS } from '../../watch/resources.ts';
import { SEALING_FIELD, sealingKeyView } from '../../watch/writing-views.ts';
import type { Stored } from '../approval/memory-api.fixture.ts';
import { reconcilePublicKeys } from './reconcile-public-keys.ts';
import { MASTER, OPERATOR_NAMESPACE, SealingOperator, WEB, WEB_UID } from './sealing-fixture.ts';

const NAME = publicKeyMap(WEB_UID);
const OTHER = createSecretKey(Buffer.alloc(32, 9));
const PLACE = `${OPERATOR_NAMESPACE}/${NAME}`;

type KeyMap = Stored & { readonly data?: Readonly<Record<string, string>> };

async function look(operator: SealingOperator, name = NAME) {
  operator.look();
  operator.api.writes.length = 0;
  return reconcilePublicKeys(name, operator.deps, new AbortController().signal);
}

const mapOf = (operator: SealingOperator): KeyMap | undefined => operator.api.at(CONFIG_MAPS, PLACE);

async function published(): Promise<SealingOperator> {
  const operator = new SealingOperator();
  await look(operator);
  return operator;
}

/** Somebody writes keys past the policy. */
function forge(operator: SealingOperator, data: Readonly<Record<string, string>>, more: object = {}): void {
  const map = mapOf(operator);
  if (!map) throw new Error('nothing is published');
  const forged = { ...map, ...more, data };
  operator.api.put(CONFIG_MAPS, forged);
}

const keyOf = (master = MASTER, epoch = 1, uid = WEB_UID) =>
  publishedKey(scopeKeyPair({ master, epoch }, uid));

describe('public keys', () => {
  it('are published where those who seal look, with a label by which they are watched', async () => {
    const operator = await published();
    expect(mapOf(operator)?.data?.[WEB_UID]).toBe(keyOf());
    expect(readPublishedKey(mapOf(operator)?.data?.[WEB_UID])?.keyID).toMatch(/^[0-9a-f]{16}$/);
    expect(mapOf(operator)?.metadata.labels).toMatchObject({ [PUBLIC_KEYS_LABEL]: 'true' });
  });

  it('are written once', async () => {
    const operator = await published();
    expect(await look(operator)).toEqual({ kind: 'done' });
    expect(operator.api.writes).toEqual([]);
    await look(operator.restart());
    expect(operator.api.writes).toEqual([]);
  });

  it('are those of the scopes of that digit which have a backend, and go with them', async () => {
    const operator = await published();
    expect(Object.keys(mapOf(operator)?.data ?? {}).every((uid) => publicKeyMap(uid) === NAME)).toBe(true);
    operator.scope(WEB, { backendRef: undefined });
    await look(operator);
    expect(mapOf(operator)?.data?.[WEB_UID]).toBeUndefined();
    operator.scope(WEB, { backendRef: { kind: 'SecretBackend', name: 'vault' } });
    await look(operator);
    expect(mapOf(operator)?.data?.[WEB_UID]).toBe(keyOf());
    operator.api.remove(SCOPES, WEB);
    await look(operator);
    expect(mapOf(operator)?.data?.[WEB_UID]).toBeUndefined();
  });

  it.each([
    ['another epoch', MASTER, 2],
    ['another sealing key', OTHER, 1],
  ] as const)('are others after %s', async (_what, master, epoch) => {
    const operator = await published();
    await look(operator.key(master, epoch));
    expect(mapOf(operator)?.data?.[WEB_UID]).toBe(keyOf(master, epoch));
  });

  it('are not made where no ConfigMap is needed', async () => {
    const operator = new SealingOperator();
    for (const place of ['org/acme', WEB]) operator.api.remove(SCOPES, place);
    expect(await look(operator)).toEqual({ kind: 'done' });
    expect(operator.api.writes).toEqual([]);
  });
});

describe('a public key that somebody slipped in', () => {
  it.each<[string, (operator: SealingOperator) => void]>([
    ['in the place of one', (one) => forge(one, { ...mapOf(one)?.data, [WEB_UID]: keyOf(OTHER) })],
    ['beside it', (one) => forge(one, { ...mapOf(one)?.data, 'uid-stranger': keyOf(OTHER) })],
    ['that is none', (one) => forge(one, { ...mapOf(one)?.data, [WEB_UID]: '{}' })],
    [
      'with another annotation',
      (one) =>
        forge(one, { [WEB_UID]: keyOf(OTHER) }, { metadata: { ...mapOf(one)?.metadata, annotations: {} } }),
    ],
    ['by taking all away', (one) => forge(one, {})],
    [
      'from before the keys were changed',
      (one) => {
        const old = mapOf(one);
        one.key(OTHER, 1);
        if (old?.data) forge(one, old.data);
      },
    ],
  ])('%s is put right', async (_what, tamper) => {
    const operator = await published();
    tamper(operator);
    await look(operator);
    const master = operator.small.world.sealingKey();
    expect(mapOf(operator)?.data?.[WEB_UID]).toBe(
      keyOf(master.kind === 'there' ? master.key.master : MASTER),
    );
    expect(mapOf(operator)?.data?.['uid-stranger']).toBeUndefined();
    await look(operator);
    expect(operator.api.writes).toEqual([]);
  });
});

describe('while something is not known, nothing is published and nothing taken back', () => {
  it.each<[string, (operator: SealingOperator) => unknown]>([
    [
      'the sealing key',
      ({ small }) => Object.assign(small.world, { sealingKey: () => ({ kind: 'unknown', why: '' }) }),
    ],
    ['what is published', ({ small }) => Object.assign(small.world, { keyMapsKnown: () => false })],
  ])('%s', async (_what, prepare) => {
    const operator = new SealingOperator();
    prepare(operator);
    expect(await look(operator)).toEqual({ kind: 'requeueAfter', ms: 5_000 });
    expect(operator.api.writes).toEqual([]);
  });

  it('a map that changed in between is looked at again', async () => {
    const operator = await published();
    operator.key(OTHER, 1).look();
    forge(operator, {});
    const again = await reconcilePublicKeys(NAME, operator.deps, new AbortController().signal);
    expect(again).toEqual({ kind: 'retry' });
  });
});

describe('the sealing key of the installation', () => {
  function withSecret(data: Record<string, string>): SealingOperator {
    const operator = new SealingOperator();
    const metadata = { name: 'secretscope-keys', namespace: OPERATOR_NAMESPACE };
    const keys: object = { data };
    operator.api.put(SECRETS, { metadata, ...keys });
    const seen = () =>
      sealingKeyView(operator.api.at(SECRETS, `${OPERATOR_NAMESPACE}/secretscope-keys`) as Stored);
    const first = seen();
    operator.small.world.sealingKey = () => ({ kind: 'missing', secret: first });
    return operator;
  }

  const fieldOf = (operator: SealingOperator) =>
    (operator.api.at(SECRETS, `${OPERATOR_NAMESPACE}/secretscope-keys`) as KeyMap | undefined)?.data?.[
      SEALING_FIELD
    ] ?? '';

  it('is made where there is none, at random, and never printed', async () => {
    const operators = [withSecret({}), withSecret({})];
    for (const operator of operators)
      expect(await look(operator)).toEqual({ kind: 'requeueAfter', ms: 5_000 });
    const [one = '', other = ''] = operators.map(fieldOf);
    expect(Buffer.from(one, 'base64')).toHaveLength(32);
    expect(one).not.toBe(other);
    expect(operators[0]?.small.logs.join()).not.toContain(one);
  });

  it('that another replica made a moment ago is left alone', async () => {
    const operator = withSecret({});
    const shown = operator.api.at(SECRETS, `${OPERATOR_NAMESPACE}/secretscope-keys`);
    const theirs: object = { data: { [SEALING_FIELD]: 'theirs' } };
    if (shown)
      operator.api.put(SECRETS, {
        metadata: { name: 'secretscope-keys', namespace: OPERATOR_NAMESPACE },
        ...theirs,
      });
    await look(operator);
    expect(fieldOf(operator)).toBe('theirs');
  });

  it('whose Secret was deleted is made anew, first that and then the key, and it is said what that means', async () => {
    const operator = new SealingOperator();
    operator.small.world.sealingKey = () => ({ kind: 'missing', secret: undefined });
    expect(await look(operator)).toEqual({ kind: 'requeueAfter', ms: 5_000 });
    const made = operator.api.at(SECRETS, `${OPERATOR_NAMESPACE}/secretscope-keys`) as Stored & KeyMap;
    expect(Object.keys(made.data ?? {})).toEqual(['hmac']);
    const said = operator.small.logs.join();
    expect(said).toContain('have to be sealed again');
    expect(said).not.toContain(made.data?.['hmac']);
    operator.small.world.sealingKey = () => ({ kind: 'missing', secret: sealingKeyView(made) });
    await look(operator);
    expect(Buffer.from(fieldOf(operator), 'base64')).toHaveLength(32);
  });

  it('that another replica put back meanwhile stays', async () => {
    const operator = withSecret({ hmac: 'theirs', [SEALING_FIELD]: 'theirs' });
    operator.small.world.sealingKey = () => ({ kind: 'missing', secret: undefined });
    await look(operator);
    expect(fieldOf(operator)).toBe('theirs');
  });
});
