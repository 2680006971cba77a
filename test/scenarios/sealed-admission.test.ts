/** Who may write values, and what of a SealedValue can be changed: schema, RBAC and policies on a real API server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { MAX_VALUE_BYTES } from '../../src/model/names.ts';
import {
  type ApprovalCluster,
  approvalCluster,
  collectionOf,
  dryRun,
  PROD,
} from '../scenarios-support/approval-cluster.ts';
import { eventually, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import { REMOVAL, SEALED, sealedOf } from '../scenarios-support/largest-sealed.ts';
import { secret } from '../scenarios-support/operator-things.ts';
import type { Answer, Person, Thing } from '../scenarios-support/person.ts';

let cluster: ApprovalCluster;
/** admin of the namespace by the built-in role */
let ana: Person;
/** may write values there, and nothing else */
let wanda: Person;
/** may edit everything there */
let eve: Person;
/** may view it */
let vic: Person;

beforeAll(async () => {
  cluster = await approvalCluster('sealed-admission');
  [ana, wanda, eve, vic] = await Promise.all([
    cluster.person('ana'),
    cluster.person('wanda'),
    cluster.person('eve'),
    cluster.person('vic'),
  ]);
  await cluster.have(
    scope('web', { level: 'Repository' }, PROD),
    roleBinding('ana', 'admin', PROD),
    roleBinding('wanda', 'secretscope-value-writer', PROD),
    roleBinding('eve', 'edit', PROD),
    roleBinding('vic', 'view', PROD),
  );
  for (const who of [ana, wanda]) await eventually(() => dryRun(who, sealed('probe')));
  for (const who of [eve, vic]) await eventually(() => who.call('GET', collectionOf('SealedValue')));
});
afterAll(() => cluster?.stop());

const sealed = (name: string, spec: object = SEALED): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SealedValue',
  metadata: { name, namespace: PROD },
  spec: { ...spec },
});
const refusalOf = ({ status, message }: Answer): [number, string] => [status, message];
const forbidden = (words: string) => [403, expect.stringContaining(words)];
const invalid = (words: string) => [422, expect.stringContaining(words)];

describe('W4: who may write values', () => {
  it.each([['an admin', () => ana] as const, ['whoever may write values', () => wanda] as const])(
    '%s makes, changes and deletes them',
    async (who, person) => {
      const mine = sealed(`of-${who.replaceAll(' ', '-')}`);
      expect((await person().create(mine)).message).toBe('');
      expect((await person().merge(mine, { spec: { sealed: 'B'.repeat(64) } })).message).toBe('');
      expect((await person().apply(mine, { force: true })).message).toBe('');
      expect((await person().remove(mine)).message).toBe('');
    },
  );

  it('an editor and a viewer see them, and write none', async () => {
    await ana.create(sealed('seen'));
    for (const who of [eve, vic]) {
      expect((await who.get(sealed('seen'))).status).toBe(200);
      const attempts = [
        who.create(sealed('other')),
        who.apply(sealed('seen')),
        who.merge(sealed('seen'), { spec: { ttlSecondsAfterStored: 0 } }),
        who.remove(sealed('seen')),
        who.call('DELETE', collectionOf('SealedValue')),
      ];
      for (const attempt of attempts)
        expect(refusalOf(await attempt)).toEqual(forbidden('resource "sealedvalues"'));
    }
  });

  it('a service account of CI can be given just that', async () => {
    const user = 'system:serviceaccount:ci:deployer';
    const deployer = await cluster.actingAs({ user });
    expect((await dryRun(deployer, sealed('by-ci'))).status).toBe(403);
    const subjects = [{ kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' }];
    await cluster.have({ ...roleBinding('ci', 'secretscope-value-writer', PROD), subjects });
    await eventually(() => dryRun(deployer, sealed('by-ci')));
  });

  it('whoever may write values reads the scope, and neither changes it nor reads a Secret', async () => {
    expect((await wanda.get(scope('web', {}, PROD))).status).toBe(200);
    expect((await wanda.call('GET', collectionOf('SecretScope'))).status).toBe(200);
    await cluster.have(secret('delivered', {}, PROD));
    const attempts = [
      wanda.merge(scope('web', {}, PROD), { spec: { suspend: true } }),
      wanda.create(scope('other', { level: 'Repository' }, PROD)),
      wanda.get(secret('delivered', {}, PROD)),
      wanda.remove(scope('web', {}, PROD)),
      wanda.create({ ...sealed('elsewhere'), metadata: { name: 'elsewhere', namespace: 'default' } }),
    ];
    for (const attempt of attempts) expect((await attempt).status).toBe(403);
  });
});

describe('the schema of a SealedValue', () => {
  it.each<[string, object]>([
    ['sets a value', { ...SEALED, action: 'Set', ttlSecondsAfterStored: 0 }],
    ['deletes a value', REMOVAL],
    ['deletes it whoever uses it', { ...REMOVAL, force: true }],
  ])('takes one that %s', async (_, spec) => {
    expect((await dryRun(ana, sealed('taken', spec))).message).toBe('');
  });

  it('takes the largest value that is promised, with the longest name', async () => {
    expect((await ana.create(sealed('largest', await sealedOf(MAX_VALUE_BYTES)))).message).toBe('');
    const larger = await sealedOf(MAX_VALUE_BYTES + 1_500);
    expect(refusalOf(await ana.create(sealed('larger', larger)))).toEqual(invalid('spec.sealed: Too long'));
  });

  it.each<[string, object, string]>([
    ['no key', { ...SEALED, keyID: undefined }, 'Set needs keyID and sealed'],
    ['no box', { ...SEALED, sealed: undefined }, 'Set needs keyID and sealed'],
    ['force, and a value', { ...SEALED, force: false }, 'requestedAt and force belong to action: Delete'],
    [
      'a time, and a value',
      { ...SEALED, requestedAt: REMOVAL.requestedAt },
      'requestedAt and force belong to action: Delete',
    ],
    ['no time, and deletes', { ...REMOVAL, requestedAt: undefined }, 'Delete needs requestedAt'],
    ['a time that is none', { ...REMOVAL, requestedAt: 'now' }, 'spec.requestedAt'],
    ['a box, and deletes', { ...REMOVAL, sealed: SEALED.sealed }, 'keyID and sealed belong to action: Set'],
    ['no scope', { ...SEALED, scopeRef: undefined }, 'spec.scopeRef: Required value'],
    ['a name in lower case', { ...SEALED, name: 'npm_token' }, 'spec.name'],
    ['a box that is no base64', { ...SEALED, sealed: `${'A'.repeat(63)}!` }, 'spec.sealed'],
    ['another action', { ...SEALED, action: 'Rotate' }, 'spec.action: Unsupported value'],
    ['31 days', { ...SEALED, ttlSecondsAfterStored: 2_678_400 }, 'spec.ttlSecondsAfterStored'],
  ])('refuses one with %s', async (_, spec, says) => {
    expect(refusalOf(await dryRun(ana, sealed('refused', spec)))).toEqual(invalid(says));
  });

  it('THREATS 14: takes no scope of another namespace, whatever is said besides', async () => {
    const thing = sealed('elsewhere', { ...SEALED, scopeRef: { name: 'web', namespace: 'acme-org' } });
    const path = `${collectionOf('SealedValue')}?dryRun=All&fieldValidation=Strict`;
    expect((await ana.call('POST', path, thing)).message).toContain(
      'unknown field "spec.scopeRef.namespace"',
    );
    // without strict validation the field is dropped, and the scope is one of this namespace
    const { body } = await dryRun(ana, thing);
    expect((body as Thing)['spec']).toMatchObject({ scopeRef: { name: 'web' } });
    expect(JSON.stringify(body)).not.toContain('acme-org"}');
  });
});

describe('API-REVIEW 16, API-REVIEW 17: what a SealedValue is for stays what it is', () => {
  beforeAll(async () => {
    await ana.create(sealed('set'));
    await ana.create(sealed('said', { ...SEALED, action: 'Set' }));
    await ana.create(sealed('removal', REMOVAL));
  });

  it.each<[what: string, of: string, spec: object | null, says: string]>([
    ['another scope', 'set', { scopeRef: { name: 'shop' } }, 'scopeRef cannot be changed; make another'],
    ['another name', 'set', { name: 'OTHER' }, 'name cannot be changed; make another'],
    [
      'to delete instead',
      'set',
      { ...REMOVAL, keyID: null, sealed: null },
      'action cannot be changed; make another',
    ],
    ['to delete by leaving the action out', 'removal', { action: null }, 'action cannot be changed'],
    [
      'to set instead',
      'removal',
      { ...SEALED, action: 'Set', requestedAt: null },
      'action cannot be changed',
    ],
    ['nothing at all', 'set', null, 'spec: Required value'],
    ['no box', 'set', { sealed: null }, 'Set needs keyID and sealed'],
  ])('so this is refused: %s', async (_, name, spec, says) => {
    expect(refusalOf(await ana.merge(sealed(name), { spec }))).toEqual(invalid(says));
  });

  it.each<[what: string, of: string, spec: object]>([
    ['another box', 'set', { sealed: 'C'.repeat(64), keyID: 'fedcba9876543210' }],
    ['an end', 'set', { ttlSecondsAfterStored: 60 }],
    ['the action, which it was anyway', 'set', { action: 'Set' }],
    ['no action, which is the same', 'said', { action: null }],
    ['a later deletion, whoever uses it', 'removal', { requestedAt: '2026-11-23T12:00:00Z', force: true }],
  ])('this may change: %s', async (_, name, spec) => {
    expect((await ana.merge(sealed(name), { spec })).message).toBe('');
  });
});

describe('FAULTS 23: what was stored is nobody else to say', () => {
  it('not even the administrator writes the status of a SealedValue', async () => {
    await ana.create(sealed('told'));
    await cluster.have(roleBinding('eve', 'whole-group', PROD));
    const told = { status: { state: 'Stored', stored: { at: '2026-11-22T12:00:00Z' } } };
    await eventually(() => eve.merge(sealed('told'), { metadata: { labels: { a: 'b' } } }));
    for (const who of [eve, cluster.admin])
      expect((await who.merge(sealed('told'), told, '/status')).message).toContain(
        'may not write the status of sealedvalues',
      );
    await ana.merge(sealed('told'), told);
    expect(JSON.stringify((await ana.get(sealed('told'))).body)).not.toContain('Stored');
  });
});
