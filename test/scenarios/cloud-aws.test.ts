/** AWS on this machine, read by the operator as it is deployed; docs/guides/aws.md. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StandInAws } from '../peers/stand-in-aws.ts';
import { boundaryRules } from '../scenarios-support/cloud-boundaries.ts';
import { deliveryRules, troubleRules } from '../scenarios-support/cloud-deliveries.ts';
import { identityRules } from '../scenarios-support/cloud-identities.ts';
import { ACCOUNT, canaryOf, SAFE, SHARED, TEAM } from '../scenarios-support/cloud-things.ts';
import { CloudWorld } from '../scenarios-support/cloud-world.ts';
import { type Condition, secretThing, until } from '../scenarios-support/operated-cluster.ts';

let world: CloudWorld<StandInAws>;
beforeAll(async () => {
  world = await CloudWorld.start(await StandInAws.open());
}, 90_000);
afterAll(() => world?.stop());
const given = () => world;

describe('a shared backend of AWS', () => {
  deliveryRules(given);
  troubleRules(given, 'in region eu-west-1');
  identityRules(given, {
    otherAccount: 'AssumeRoleDenied',
    otherKey: 'TokenRejected',
  });

  describe('as AWS keeps its secrets', () => {
    const secretOf = (key: string) => world.cloud.fake.secrets.store.any(key);

    it('a label is followed to the version that it is on', async () => {
      const key = await world.settled('labelled');
      world.cloud.store(key, canaryOf('second'));
      const entries = { NOW: { key }, BEFORE: { key, version: 'AWSPREVIOUS' } };
      await world.cluster.have(world.scopeThing('labelled', entries));
      await world.untilDelivered('labelled', { NOW: canaryOf('second'), BEFORE: canaryOf('labelled') });
      world.cloud.store(key, canaryOf('third'));
      await world.untilDelivered('labelled', { NOW: canaryOf('third'), BEFORE: canaryOf('second') });
    });

    it('what is scheduled for deletion stays delivered: SoftDeleted, until somebody restores it', async () => {
      const key = await world.settled('deleted');
      secretOf(key).deletedAt = Date.now();
      const { message } = await world.unmoved('deleted', { reason: 'SoftDeleted' });
      expect(message).toContain('restore it there or correct from.key');
      secretOf(key).deletedAt = undefined;
      await world.untilSays('deleted', { reason: 'Materialized' });
    });

    it('a pinned version that AWS has removed stays delivered: VersionGone', async () => {
      const key = await world.settled('pruned');
      const version = world.cloud.store(key, canaryOf('pinned'));
      await world.cluster.have(world.scopeThing('pruned', { VALUE: { key, version } }));
      await world.untilDelivered('pruned', { VALUE: canaryOf('pinned') });
      world.cloud.store(key, canaryOf('newer'));
      secretOf(key).versions.delete(version);
      const { message } = await world.unmoved('pruned', { reason: 'VersionGone' });
      expect(message).toContain(`no longer has version "${version}"`);
    });

    it('a secret whose KMS key may not be used is denied in words of its own', async () => {
      const key = await world.settled('sealed');
      world.cloud.fake.secrets.undecryptable.add(key);
      world.cloud.store(key, canaryOf('sealed-again'));
      const { message } = await world.unmoved('sealed', { reason: 'BackendDenied' });
      expect(message).toContain(`may not use the encryption key of key "${key}"; grant it kms:Decrypt`);
    });

    it('CloudTrail shows who read: the session is called after the service account', () => {
      const { namespace, name } = ACCOUNT;
      expect(new Set(world.cloud.fake.sts.sessions)).toEqual(new Set([`${namespace}.${name}`]));
    });
  });

  it('one that goes away is told of scope and backend though nobody looks, with its cause, and so is its return', async () => {
    await world.settled('outage');
    await world.untilBackend(SHARED, 'Reachable');
    world.cloud.fake.trouble.set('*', { kind: 'hangUp' });
    const { message } = await untilTold('Degraded', 'BackendUnavailable');
    expect(message).not.toContain('CircuitOpen');
    await world.untilBackend(SHARED, 'BackendUnavailable');
    world.cloud.fake.trouble.delete('*');
    await world.untilBackend(SHARED, 'Reachable');
    await untilTold('Degraded', undefined);
    expect(await untilTold('Ready', 'Materialized')).toMatchObject({ status: 'True' });
  });

  it('THREATS 4: an endpoint on loopback that the operator was not started with is never reached', async () => {
    await world.cluster.have(secretThing(SAFE, 'elsewhere', { ...world.cloud.stored() }));
    const auth = { secretRef: { namespace: SAFE, name: 'elsewhere' } };
    const elsewhere = world.backendThing('elsewhere', auth, { endpoint: 'http://127.0.0.1:9' });
    await world.cluster.have(elsewhere);
    const { message } = await world.untilBackend('elsewhere', 'BackendAddressInvalid');
    expect(message).toContain('names an endpoint that this operator may not reach (HostRefused)');
  });

  boundaryRules(given);
});

/** Without a look of ours, which would have the operator ask. */
function untilTold(type: string, reason: string | undefined): Promise<Partial<Condition>> {
  return until(async () => {
    const found = await world.cluster.condition(TEAM, 'outage', type);
    if (found?.reason !== reason) throw new Error(`${type} is ${JSON.stringify(found)}, not ${reason}`);
    return found ?? {};
  }, 45_000);
}
