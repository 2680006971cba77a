/**
 * Owns: who reads at a cloud: a service account of the cluster whose real tokens the cloud verifies with the API
 * server's own keys, or a stored credential; and what becomes of deliveries when that is refused.
 * Used by: scenarios of the clouds.
 */
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { tokenClaims } from '../peers/trusted-issuer.ts';
import { ACCOUNT, canaryOf, enrolled, lenderIn, namespaceThing, SAFE, subjectOf } from './cloud-things.ts';
import type { CloudWorld } from './cloud-world.ts';
import { secretThing } from './operated-cluster.ts';

/** How a cloud says no: words of its own, and the codes that are made of them. */
export interface IdentityWords {
  /** the token is good, but the identity is not for that account */
  readonly otherAccount: string;
  /** nobody whom the cloud trusts has signed the token */
  readonly otherKey: string;
}

const KEYS = 30;
/** Longer than a refusal counts. */
const REFUSED_MS = 3_000;

export function identityRules(given: () => CloudWorld, words: IdentityWords): void {
  describe('the service account of the cluster', () => {
    afterEach(() => given().heal());

    it('is shown to the cloud in tokens of ten minutes, good for that cloud alone', async () => {
      const world = given();
      const { cloud, issuer } = world;
      await world.settled('shown');
      const claims = cloud.shown.map(tokenClaims).filter(({ sub }) => sub === subjectOf(ACCOUNT));
      expect(claims.length).toBeGreaterThan(0);
      for (const { iss, aud, iat, exp } of claims) {
        expect({ iss, aud }).toEqual({ iss: issuer.url, aud: [cloud.audience] });
        expect(Number(exp) - Number(iat)).toBeLessThanOrEqual(600);
      }
    });

    it('is exchanged once for however many keys, scopes and backends read with it', async () => {
      const world = given();
      await world.settled('once');
      const before = world.cloud.exchanges;
      await world.cluster.have(world.backendThing('twin', world.cloud.workload(ACCOUNT)));
      const names = Array.from({ length: KEYS }, (_, n) => `MANY_${n}`);
      const keyOf = (name: string) => world.key(name.toLowerCase().replace('_', ''));
      for (const name of names) world.cloud.store(keyOf(name), canaryOf(name));
      const entries = Object.fromEntries(names.map((name) => [name, { key: keyOf(name) }]));
      await world.cluster.have(world.scopeThing('many', entries), world.scopeThing('twins', entries, 'twin'));
      const values = Object.fromEntries(names.map((name) => [name, canaryOf(name)]));
      await Promise.all(['many', 'twins'].map((scope) => world.untilDelivered(scope, values)));
      expect(world.cloud.exchanges - before).toBe(0);
    });

    it('is exchanged once more when what it was given has ended', async () => {
      const world = given();
      const key = await world.settled('ended');
      const before = world.cloud.exchanges;
      world.cloud.expire();
      world.cloud.store(key, canaryOf('renewed'));
      await world.untilDelivered('ended', { VALUE: canaryOf('renewed') });
      expect(world.cloud.exchanges - before).toBe(1);
    });

    it.each([
      ['names another account', 'account', words.otherAccount],
      ['knows another key of the issuer', 'key', words.otherKey],
    ] as const)('is nobody where the cloud %s: IdentityRefused', async (_what, wrong, code) => {
      const world = given();
      const scope = `other-${wrong}`;
      await world.settled(scope);
      if (wrong === 'key') distrust(world);
      else world.trust('system:serviceaccount:other:account');
      world.cloud.expire();
      const { message } = await world.unmoved(scope, { reason: 'IdentityRefused' });
      expect(message).toContain(`(${code})`);
      world.trust();
      await world.untilSays(scope, { reason: 'Materialized' });
    });

    it('has to lend its identity: IdentityUnavailable until it does', async () => {
      const world = given();
      const account = { namespace: 'acme-unlent', name: 'reader' };
      const [existing, ...lending] = lenderIn(account.namespace, account.name);
      if (existing) await world.cluster.have(namespaceThing(account.namespace), existing);
      const enrolment = enrolled(account.namespace, { serviceAccounts: [account.name], secrets: false });
      const backend = world.backendThing('unlent', world.cloud.workload(account));
      await world.cluster.have(...enrolment, backend);
      const shown = () => world.cloud.shown.map((token) => tokenClaims(token)['sub']);
      const { message } = await world.untilBackend('unlent', 'IdentityUnavailable');
      expect(message).toContain('(TokenRequestForbidden)');
      expect(message).toContain('lends its identity');
      expect(shown()).not.toContain(subjectOf(account));
      await world.cluster.have(...lending);
      // from here on it is the cloud that does not know this account
      await world.untilBackend('unlent', 'IdentityRefused');
      expect(shown()).toContain(subjectOf(account));
      await world.cluster.gone(backend, ...lending);
    });
  });

  describe('a stored credential', () => {
    const secretRef = { namespace: SAFE, name: 'cloud-key' };
    const put = (world: CloudWorld) =>
      world.cluster.have(secretThing(SAFE, secretRef.name, { ...world.cloud.stored() }));

    it('reads as well, and is discouraged', async () => {
      const world = given();
      await put(world);
      await world.cluster.have(world.backendThing('keyed', { secretRef }));
      await world.settled('keyed', 'keyed');
      await world.untilBackend('keyed', 'BackendDiscouraged', 'Discouraged');
    });

    it('that was replaced: what was delivered stays, and the new one is taken up', async () => {
      const world = given();
      const key = await world.settled('replaced', 'keyed');
      world.cloud.replaceStored();
      world.cloud.expire();
      const { message } = await world.unmoved('replaced', { reason: 'CredentialRejected' });
      expect(message).toContain('backend keyed has a credential that the provider does not accept');
      // by then the token that it had is not all that was refused: nothing is given for what lies in the Secret either
      await pause(REFUSED_MS);
      await world.looked('replaced');
      world.cloud.store(key, canaryOf('with-the-new-one'));
      await put(world);
      await world.untilSays('replaced', { reason: 'Materialized' });
      await world.untilDelivered('replaced', { VALUE: canaryOf('with-the-new-one') });
    });

    it('that is not there is named: IdentityUnavailable', async () => {
      const world = given();
      const missing = world.backendThing('missing', { secretRef: { namespace: SAFE, name: 'nothing' } });
      await world.cluster.have(missing);
      const { message } = await world.untilBackend('missing', 'IdentityUnavailable');
      expect(message).toContain('names a Secret in its auth that does not exist (CredentialMissing)');
      await world.cluster.gone(missing);
    });
  });
}

/** The issuer keeps its name, and has a key that the cluster never had. */
function distrust({ cloud, issuer }: CloudWorld): void {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = new Map([...issuer.keys.keys()].map((kid) => [kid, publicKey]));
  cloud.trust({ url: issuer.url, keys }, subjectOf(ACCOUNT));
}
