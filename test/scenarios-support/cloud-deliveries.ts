/**
 * Owns: what arrives in a cluster from any cloud, and what stays when the cloud does not answer with a value.
 * Used by: scenarios of the clouds. Each rule has keys and scopes of its own.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { CANARY, canaryOf, SHARED } from './cloud-things.ts';
import type { CloudWorld } from './cloud-world.ts';

const BYTES = Buffer.from([0, 255, 254, 128, 10, 195, 40, 0]);

export function deliveryRules(given: () => CloudWorld): void {
  it('a granted key is delivered byte by byte, text and what is no text', async () => {
    const world = given();
    const [text, bytes] = [world.key('text'), world.key('bytes')];
    world.cloud.store(text, `${CANARY} größer\n`);
    world.cloud.store(bytes, BYTES);
    const asStored = { key: bytes, ...(!world.cloud.keepsBytes && { encoding: 'Base64' }) };
    await world.cluster.have(world.scopeThing('exact', { TEXT: { key: text }, BYTES: asStored }));
    await world.untilDelivered('exact', { TEXT: `${CANARY} größer\n`, BYTES });
  });

  it('a property is one field of it', async () => {
    const world = given();
    const key = world.key('json');
    world.cloud.store(key, JSON.stringify({ url: canaryOf('url'), other: canaryOf('other') }));
    await world.cluster.have(world.scopeThing('field', { URL: { key, property: 'url' } }));
    await world.untilDelivered('field', { URL: canaryOf('url') });
  });

  it('what is rotated at the provider arrives within seconds, and a pinned version stays', async () => {
    const world = given();
    const key = await world.settled('rotated');
    const version = world.cloud.store(key, canaryOf('second'));
    await world.untilDelivered('rotated', { VALUE: canaryOf('second') });
    await world.cluster.have(world.scopeThing('rotated', { VALUE: { key }, PINNED: { key, version } }));
    await world.untilDelivered('rotated', { VALUE: canaryOf('second'), PINNED: canaryOf('second') });
    const began = performance.now();
    world.cloud.store(key, canaryOf('third'));
    await world.untilDelivered('rotated', { VALUE: canaryOf('third'), PINNED: canaryOf('second') });
    // the refreshInterval of one second, and what the machine does besides
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  it('what it is asked is counted for its bill', async () => {
    const world = given();
    const { cloud, cluster } = world;
    const line = new RegExp(
      `^secretscope_provider_requests_total\\{provider="${cloud.cloud}",billed="yes"\\} (\\d+)$`,
      'm',
    );
    const billed = async () => Number(line.exec(await cluster.operator.metrics())?.[1] ?? 0);
    const before = { billed: await billed(), reads: cloud.reads };
    const key = await world.settled('billed');
    cloud.store(key, canaryOf('billed again'));
    await world.untilDelivered('billed', { VALUE: canaryOf('billed again') });
    const reads = cloud.reads - before.reads;
    expect(reads).toBeGreaterThan(0);
    expect((await billed()) - before.billed).toBeGreaterThanOrEqual(reads);
  });

  it('a key that is not granted is neither delivered nor asked for', async () => {
    const world = given();
    const key = ['payments', 'stripe'].join(world.cloud.separator);
    world.cloud.store(key, CANARY);
    await world.cluster.have(world.scopeThing('greedy', { VALUE: { key } }));
    await world.untilSays('greedy', { reason: 'KeyNotGranted' });
    expect(await world.delivered('greedy')).toBeUndefined();
    expect(world.cloud.wasAsked(key)).toBe(false);
  });

  it('the backend says that it answers, and that what answers is none of the cloud', async () => {
    const world = given();
    const { message } = await world.untilBackend(SHARED, 'Reachable');
    expect(message).toBe('the backend answers with this identity');
    await world.untilBackend(SHARED, 'InsecureTestEndpoint', 'Insecure');
  });
}

/** `place`: where a key was looked for, in the words of this cloud. */
export function troubleRules(given: () => CloudWorld, place: string): void {
  describe('the delivered Secret stays as it is', () => {
    afterEach(() => given().heal());

    it('while the identity may not read the key: BackendDenied', async () => {
      const world = given();
      const key = await world.settled('denied');
      world.cloud.deny(key, true);
      // who may list need not ask for a version; a new value shows that it may not be read
      world.cloud.store(key, canaryOf('forbidden'));
      const { message } = await world.unmoved('denied', { reason: 'BackendDenied' });
      expect(message).toBe(
        `VALUE: the identity of backend shared may not read key "${key}"; grant it that right`,
      );
      world.cloud.deny(key, false);
      await world.untilDelivered('denied', { VALUE: canaryOf('forbidden') });
    });

    it('when the key is there no more: SecretMissing', async () => {
      const world = given();
      const key = await world.settled('erased');
      world.cloud.erase(key);
      const { message } = await world.unmoved('erased', { reason: 'SecretMissing' });
      expect(message).toContain(`VALUE: backend shared has no key "${key}" ${place}`);
      // twice: a new secret of Google's counts its versions from one again
      for (const value of ['first', 'again']) world.cloud.store(key, canaryOf(value));
      await world.untilDelivered('erased', { VALUE: canaryOf('again') });
    });

    it('while the provider throttles: Ready, and Degraded for BackendThrottled', async () => {
      const world = given();
      const key = await world.settled('throttled');
      world.cloud.throttle(true);
      world.cloud.store(key, canaryOf('late'));
      const said = { type: 'Degraded', reason: 'BackendThrottled' };
      const { message } = await world.unmoved('throttled', said);
      expect(message).toBe('VALUE: backend shared is asked too often; it is asked again by itself');
      expect(await world.untilSays('throttled', { reason: 'Materialized' })).toMatchObject({
        status: 'True',
      });
      world.cloud.throttle(false);
      await world.look('throttled');
      await world.untilDelivered('throttled', { VALUE: canaryOf('late') });
    });

    it('for the other keys where one has no value', async () => {
      const world = given();
      const key = await world.settled('partly');
      const entries = { VALUE: { key }, NEVER: { key: world.key('never') } };
      await world.cluster.have(world.scopeThing('partly', entries));
      await world.unmoved('partly', { reason: 'SecretMissing' });
      world.cloud.store(key, canaryOf('on'));
      await world.untilDelivered('partly', { VALUE: canaryOf('on') });
    });
  });
}
