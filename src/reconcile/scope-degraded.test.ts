/** A provider that does not answer for a while: whoever has everything is no worse off yet. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Reason } from '../model/reasons.ts';
import type { LineVersion } from '../model/value-answer.ts';
import { SHARED, under } from '../watch/world-fixture.ts';
import { SmallOperator } from './reconcile-fixture.ts';

const entry = (name: string, key: string, more = {}) => ({ name, from: { key }, ...more });
const TRUSTED = { namespaces: {}, visibility: 'Private', trusted: true };
const GRANTS = { grants: [{ namespaces: {}, keys: [{ prefix: 'org.' }] }] };
const OWN = entry('OWN', 'own');
const failed = (reason: Reason, message = `OWN: ${reason}`): LineVersion & { kind: 'failed' } => ({
  kind: 'failed',
  reason,
  message,
});

let operator: SmallOperator;
const repository = (...secrets: object[]) =>
  operator.world.scope('team/web', {
    ...under('acme/acme'),
    backendRef: { kind: 'SecretBackend', name: 'vault' },
    targets: [{ secretName: 'app', includeAll: true }],
    secrets,
  });
const words = () =>
  operator.status('team/web').conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const look = () => operator.reconcile('team/web');

beforeEach(async () => {
  operator = new SmallOperator().source('own', 'mine').source('org.token', 'theirs').source('more', 'more');
  operator.world.clusterBackend('shared', GRANTS).backend('team/vault');
  const secrets = [entry('TOKEN', 'org.token', { access: { visibility: 'All' } })];
  operator.world.scope('acme/acme', { level: 'Organization', ...SHARED, children: [TRUSTED], secrets });
  repository(OWN);
  await look();
  await look();
});

describe('a key that was delivered and cannot be renewed for now', () => {
  it.each<Reason>(['BackendUnavailable', 'BackendThrottled'])(
    'because of %s leaves Ready True, says Degraded, and is tried again',
    async (reason) => {
      operator.sources.failures.set('own', failed(reason));
      expect(await look()).toEqual({ kind: 'retry' });
      expect(words()).toEqual(['Ready True Materialized', `Degraded True ${reason}`]);
      expect(operator.data('team/app')).toEqual({ OWN: 'mine', TOKEN: 'theirs' });
      expect(operator.status('team/web').targets?.[0]).toMatchObject({
        state: reason,
        stale: [`OWN: ${reason}`],
      });
    },
  );

  it('is no event: whoever reads the Secret has what it had', async () => {
    operator.sources.failures.set('own', failed('BackendUnavailable'));
    await look();
    expect(operator.told).toEqual([]);
  });

  it('is over without a trace when the provider answers again', async () => {
    operator.sources.failing = failed('BackendUnavailable');
    await look();
    operator.sources.failing = undefined;
    expect(await look()).toEqual({ kind: 'done' });
    expect(words()).toEqual(['Ready True Materialized']);
  });

  it('of the level above says Degraded too, and nothing of that level’s backend', async () => {
    operator.sources.failures.set('org.token', failed('BackendUnavailable', 'TOKEN: backend shared is down'));
    await look();
    const degraded = operator.status('team/web').conditions.find(({ type }) => type === 'Degraded');
    expect(degraded?.message).toMatch(/^TOKEN: the level above cannot read it now/);
    expect(words()[0]).toBe('Ready True Materialized');
  });

  it('if there are many, names the first and counts the others', async () => {
    repository(OWN, entry('MORE', 'more'));
    await look();
    operator.sources.failures.set('own', failed('BackendUnavailable'));
    operator.sources.failures.set('more', failed('BackendUnavailable', 'MORE: x'));
    operator.sources.failures.set('org.token', failed('BackendUnavailable', 'TOKEN: x'));
    await look();
    const degraded = operator.status('team/web').conditions.find(({ type }) => type === 'Degraded');
    expect(degraded?.message).toMatch(/; and 2 more keys$/);
  });
});

describe('a key that was never delivered and cannot be had for now', () => {
  it('leaves Ready False, and nothing is Degraded', async () => {
    repository(OWN, entry('MORE', 'more'));
    operator.sources.failures.set('more', failed('BackendUnavailable', 'MORE: x'));
    expect(await look()).toEqual({ kind: 'retry' });
    expect(words()).toEqual(['Ready False BackendUnavailable', 'Reconciling True BackendUnavailable']);
    expect(operator.data('team/app')).toEqual({ OWN: 'mine', TOKEN: 'theirs' });
  });

  it('if one that was delivered cannot be renewed either, both are said', async () => {
    repository(OWN, entry('MORE', 'more'));
    operator.sources.failing = failed('BackendUnavailable');
    await look();
    expect(words()).toEqual([
      'Ready False BackendUnavailable',
      'Reconciling True BackendUnavailable',
      'Degraded True BackendUnavailable',
    ]);
  });
});

describe('a failure that does not pass by itself', () => {
  it.each<Reason>([
    'SecretMissing',
    'BackendDenied',
    'IdentityRefused',
    'IdentityUnavailable',
    'CredentialRejected',
    'BackendAddressInvalid',
    'ClockSkew',
  ])('as %s of a delivered key leaves Ready False: somebody has to act', async (reason) => {
    operator.sources.failures.set('own', failed(reason));
    await look();
    expect(words()).toEqual([`Ready False ${reason}`, `Reconciling True ${reason}`]);
    expect(operator.data('team/app')).toEqual({ OWN: 'mine', TOKEN: 'theirs' });
  });

  it('beside one that does: Ready is False for the one, and Degraded says the other', async () => {
    operator.sources.failures.set('own', failed('SecretMissing', 'OWN: not there'));
    operator.sources.failures.set('org.token', failed('BackendThrottled', 'TOKEN: x'));
    await look();
    expect(words()).toEqual([
      'Ready False SecretMissing',
      'Reconciling True SecretMissing',
      'Degraded True BackendUnavailable',
    ]);
    const ready = operator.status('team/web').conditions.find(({ type }) => type === 'Ready');
    expect(ready?.message).toBe('OWN: not there');
  });
});

describe('what a reconcile says that it will read anyway', () => {
  it('is nothing when all is delivered, and a new entry when there is one', async () => {
    expect(operator.sources.toBeRead).toEqual([]);
    repository(OWN, entry('MORE', 'more'));
    await look();
    expect(operator.sources.toBeRead).toEqual(['MORE']);
    await look();
    expect(operator.sources.toBeRead).toEqual([]);
  });
});
