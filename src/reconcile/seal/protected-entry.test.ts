/** Values of a protected environment: approved access follows them, approved versions do not, and one ledger holds both. */
import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../model/secret-value.ts';
import { encodeEnvelope } from '../../seal/envelope.ts';
import { scopeKeyPair } from '../../seal/scope-keys.ts';
import { seal } from '../../seal/sealed-box.ts';
import { BACKENDS, LEDGERS, SEALED_VALUES } from '../../watch/resources.ts';
import { sealedView } from '../../watch/writing-views.ts';
import { entry, LEDGER, ProtectedOperator, SCOPE, SCOPE_UID, user } from '../approval/approval-fixture.ts';
import { reconcileSeals } from './reconcile-seals.ts';

const key = { master: createSecretKey(Buffer.alloc(32, 7)), epoch: 1 };

/** A is stored with that value, through the product. */
async function store(operator: ProtectedOperator, value: string): Promise<string> {
  const pair = scopeKeyPair(key, SCOPE_UID);
  const created = operator.small.clock.now();
  const plain = encodeEnvelope({
    scopeUID: SCOPE_UID,
    name: 'A',
    created,
    value: SecretValue.fromText(value),
  });
  const sealed = (await seal(plain, pair.publicKey)).toString('base64');
  operator.api.put(SEALED_VALUES, {
    metadata: { name: 'a', namespace: 'prod' },
    spec: { scopeRef: { name: 'web-prod' }, name: 'A', keyID: pair.keyID, sealed },
  });
  return write(operator, 'a');
}

function destroy(operator: ProtectedOperator): Promise<string> {
  const requestedAt = new Date(operator.small.clock.now()).toISOString();
  operator.api.put(SEALED_VALUES, {
    metadata: { name: 'gone', namespace: 'prod' },
    spec: { scopeRef: { name: 'web-prod' }, name: 'A', action: 'Delete', requestedAt },
  });
  return write(operator, 'gone');
}

async function write(operator: ProtectedOperator, as: string): Promise<string> {
  const { world } = operator.small;
  world.sealingKey = () => ({ kind: 'there', key });
  for (let round = 0; round < 3; round++) {
    operator.look();
    for (const one of operator.api.all(SEALED_VALUES))
      world.sealed.set(`prod/${one.metadata.name}`, sealedView(one));
    await reconcileSeals(SCOPE, operator.deps, new AbortController().signal);
  }
  const { state } = (operator.api.at(SEALED_VALUES, `prod/${as}`)?.status ?? {}) as { state?: string };
  return `${state}`;
}

const writesOf = (operator: ProtectedOperator) =>
  (operator.api.at(LEDGERS, LEDGER)?.spec['writes'] ?? []) as { name: string; action: string }[];

describe('a new value of a protected environment', () => {
  it('is delivered under the access that was approved, and nobody is asked again', async () => {
    const operator = await ProtectedOperator.released();
    expect(await store(operator, 'new')).toBe('Stored');
    await operator.settle();
    expect(operator.data).toEqual({ A: 'new' });
    expect(operator.states).toEqual([`${operator.request.metadata.name} Released`]);
  });

  it('with pin: Version waits for reviewers, and the approved version stays', async () => {
    const protection = { requiredReviewers: [user('ana')], pin: 'Version' };
    const operator = new ProtectedOperator({ protection });
    operator.api.put(BACKENDS, {
      metadata: { name: 'vault', namespace: 'prod' },
      spec: { aws: { region: 'eu-west-1', auth: { secretRef: { name: 'keys' } } } },
    });
    await operator.settle();
    operator.cast('Approve', 'ana');
    await operator.settle();
    await store(operator, 'new');
    await operator.pass(120);
    await operator.settle();
    expect(operator.data).toEqual({ A: 'one' });
    expect(operator.states.at(-1)).toMatch(/ Waiting$/);
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect(operator.data).toEqual({ A: 'new' });
  });

  it('is not read, and delivered to nobody, before anything was approved', async () => {
    const operator = new ProtectedOperator();
    await operator.settle();
    expect(await store(operator, 'new')).toBe('Stored');
    await operator.settle();
    expect(operator.isThere).toBe(false);
    expect(operator.small.sources.asked.filter((call) => call.startsWith('values'))).toEqual([]);
  });

  it('leaves in the ledger what the gate wrote, and the gate leaves what was written', async () => {
    const operator = await ProtectedOperator.released();
    const before = operator.states;
    await store(operator, 'new');
    expect(operator.states).toEqual(before);
    operator.edit({ secrets: [entry('A'), entry('B')] });
    await operator.settle();
    expect(operator.states.length).toBeGreaterThan(before.length);
    expect(writesOf(operator)).toMatchObject([{ name: 'A', action: 'Set', done: true }]);
  });
});

describe('a deletion in a protected environment', () => {
  it('needs no reviewer to take the value away', async () => {
    const operator = await ProtectedOperator.released({ secrets: [entry('A'), entry('B')] });
    expect(operator.data).toEqual({ A: 'one', B: 'two' });
    await destroy(operator);
    await operator.reconcile();
    expect(operator.data).toEqual({ B: 'two' });
  });

  it('is not undone by what was approved before', async () => {
    const operator = await ProtectedOperator.released({ secrets: [entry('A'), entry('B')] });
    await destroy(operator);
    operator.small.source('a', 'restored at the provider');
    await operator.restart().settle();
    expect(operator.data).toEqual({ B: 'two' });
  });
});
