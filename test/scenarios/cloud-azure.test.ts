/** Azure on this machine, read by the operator as it is deployed; docs/guides/azure.md. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../peers/fake-azure-vault.ts';
import { StandInAzure } from '../peers/stand-in-azure.ts';
import { boundaryRules } from '../scenarios-support/cloud-boundaries.ts';
import { deliveryRules, troubleRules } from '../scenarios-support/cloud-deliveries.ts';
import { identityRules } from '../scenarios-support/cloud-identities.ts';
import { canaryOf } from '../scenarios-support/cloud-things.ts';
import { CloudWorld } from '../scenarios-support/cloud-world.ts';

let world: CloudWorld<StandInAzure>;
beforeAll(async () => {
  world = await CloudWorld.start(await StandInAzure.open());
}, 90_000);
afterAll(() => world?.stop());
const given = () => world;

describe('a shared backend of Azure', () => {
  deliveryRules(given);
  troubleRules(given, 'in vault acme');
  identityRules(given, {
    otherAccount: 'AADSTS700213',
    otherKey: 'AADSTS50013',
  });

  describe('as Azure keeps its secrets', () => {
    afterEach(() => world.heal());
    const second = () => Math.floor(Date.now() / 1_000);

    it.each([
      ['disabled', () => ({ enabled: false }), { enabled: true }],
      ['expired', () => ({ exp: second() - 60 }), { exp: second() + 86_400 }],
      ['not valid yet', () => ({ nbf: second() + 3_600 }), { nbf: second() - 60 }],
    ])(
      'while the current version is %s, what was delivered stays: VersionDisabled',
      async (what, end, begin) => {
        const scope = what.replaceAll(' ', '-');
        const key = await world.settled(scope);
        const version = world.cloud.store(key, canaryOf(`${scope}-2`));
        await world.untilDelivered(scope, { VALUE: canaryOf(`${scope}-2`) });
        world.cloud.fake.vault.change(key, version, end());
        const { message } = await world.unmoved(scope, { reason: 'VersionDisabled' });
        expect(message).toContain('its current version is disabled, expired or not valid yet');
        world.cloud.fake.vault.change(key, version, begin);
        await world.untilSays(scope, { reason: 'Materialized' });
      },
    );

    it('a version that no secret has is VersionGone, and nothing is delivered', async () => {
      const key = await world.settled('pinned');
      const version = 'f'.repeat(32);
      await world.cluster.have(world.scopeThing('pinned', { VALUE: { key, version } }));
      const { message } = await world.unmoved('pinned', { reason: 'VersionGone' });
      expect(message).toContain(`no longer has version "${version}"`);
    });

    it('what was deleted and may be restored stays delivered, and the message says so', async () => {
      const key = await world.settled('deleted');
      world.cloud.fake.vault.delete(key);
      const { message } = await world.unmoved('deleted', { reason: 'SecretMissing' });
      expect(message).toContain('(if it was deleted, it may be restored there)');
    });

    it('a vault behind a firewall is denied in words of its own', async () => {
      const key = await world.settled('walled');
      world.cloud.fake.trouble = refusal(403, 'Forbidden', 'ForbiddenByFirewall');
      const { message } = await world.unmoved('walled', { reason: 'BackendDenied' });
      expect(message).toContain(`the provider's firewall keeps this operator from key "${key}"`);
    });
  });

  boundaryRules(given);
});
