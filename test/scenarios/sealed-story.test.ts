/** DESIGN 7: values that are written, from the sealed box to every Secret that may have them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LAB,
  ORG,
  type SealedWorld,
  sealedWorld,
  sealThing,
  WEB,
} from '../scenarios-support/sealed-world.ts';

let world: SealedWorld;

beforeAll(async () => {
  world = await sealedWorld('sealed-story');
}, 120_000);

afterAll(() => world?.stop());

describe('a value that is sealed and stored', () => {
  it('arrives in the Secret of its repository, whose source is made for it', async () => {
    await world.set({ namespace: WEB, scope: 'web' }, 'DATABASE_URL', 'postgres://first');
    await world.set({ namespace: ORG, scope: 'acme' }, 'ORG_TOKEN', 'token of all');
    await world.untilState(WEB, 'database-url', 'Stored Stored');
    await world.cluster.untilData(WEB, 'web', {
      DATABASE_URL: 'postgres://first',
      ORG_TOKEN: 'token of all',
    });
  });

  it('of an organization arrives in every repository that may have it, seconds later', async () => {
    await world.set({ namespace: LAB, scope: 'lab' }, 'DATABASE_URL', 'postgres://lab');
    await world.cluster.untilData(LAB, 'lab', { DATABASE_URL: 'postgres://lab', ORG_TOKEN: 'token of all' });
    await world.set({ namespace: ORG, scope: 'acme' }, 'ORG_TOKEN', 'rotated');
    await world.cluster.untilData(LAB, 'lab', { DATABASE_URL: 'postgres://lab', ORG_TOKEN: 'rotated' });
    await world.cluster.untilData(WEB, 'web', { DATABASE_URL: 'postgres://first', ORG_TOKEN: 'rotated' });
  });

  it('is stored once, however often Git applies it', async () => {
    const spec = await world.sealed(WEB, 'web', 'SPARE', 'spare');
    await world.cluster.have(sealThing('from-git', WEB, spec));
    await world.untilState(WEB, 'from-git', 'Stored Stored');
    const before = await world.writesOf(WEB, 'source-spare');
    await world.cluster.gone(sealThing('from-git', WEB, {}));
    await world.cluster.have(sealThing('from-git', WEB, spec), sealThing('another', WEB, spec));
    await world.untilState(WEB, 'from-git', 'Stored Stored');
    await world.untilState(WEB, 'another', 'Stored Stored');
    expect(await world.writesOf(WEB, 'source-spare')).toBe(before);
  });

  it('is told with its time, and never with itself', async () => {
    const status = (await world.cluster.status(WEB, 'web')) as { written?: string[]; sealingKey?: string };
    expect(status.written?.map((text) => text.split('@')[0])).toEqual(['DATABASE_URL', 'SPARE']);
    expect(status.sealingKey).toBe((await world.publicKey(WEB, 'web')).keyID);
    expect(world.cluster.operator.logs).not.toContain('postgres://');
  });
});

describe('a value that is deleted', () => {
  it('waits while targets name it, and says which', async () => {
    await world.destroy(ORG, 'acme', 'ORG_TOKEN');
    const seen = await world.untilState(ORG, 'org-token-gone', 'InUse InUse');
    expect(seen.status?.usedBy?.toSorted()).toEqual([
      'target lab of SecretScope team-lab/lab',
      'target web of SecretScope team-web/web',
    ]);
    expect((await world.cluster.secret(WEB, 'web'))?.data['ORG_TOKEN']).toBe('rotated');
  });

  it('by force leaves every Secret within seconds, and the backend', async () => {
    await world.destroy(ORG, 'acme', 'ORG_TOKEN', { force: true });
    await world.untilState(ORG, 'org-token-gone', 'Deleted Destroyed');
    await world.cluster.untilData(WEB, 'web', { DATABASE_URL: 'postgres://first' });
    await world.cluster.untilData(LAB, 'lab', { DATABASE_URL: 'postgres://lab' });
    expect((await world.cluster.secret(ORG, 'source-org-token'))?.data['value']).toBeUndefined();
  });

  it('comes back when a new value is stored', async () => {
    await world.set({ namespace: ORG, scope: 'acme', as: 'again' }, 'ORG_TOKEN', 'anew');
    await world.untilState(ORG, 'again', 'Stored Stored');
    await world.cluster.untilData(WEB, 'web', { DATABASE_URL: 'postgres://first', ORG_TOKEN: 'anew' });
  });
});
