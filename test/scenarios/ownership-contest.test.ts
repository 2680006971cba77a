import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Condition,
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';

const WEB = 'team-web';
const HOLDER = 'secretscope.dev/holder';
const DELIVERY = 'secretscope.dev/delivery';
const MANAGED = 'secretscope.dev/managed';

/** A repository with an entry VALUE that tells who delivered it. */
const claimant = (name: string, ...targets: object[]) =>
  scopeThing(name, WEB, {
    level: 'Repository',
    backendRef: LOCAL,
    secrets: [{ name: 'VALUE', from: { key: 'source', property: name } }],
    targets,
  });
const target = (secretName: string, more: object = {}) => ({ secretName, include: ['VALUE'], ...more });

const foreign = (name: string, marks: object = {}, type?: string): Thing => ({
  ...secretThing(WEB, name, { 'tls.crt': 'mine', 'tls.key': 'mine' }),
  metadata: { name, namespace: WEB, ...marks },
  ...(type !== undefined && { type }),
});
const FOREIGN_DATA = { 'tls.crt': 'mine', 'tls.key': 'mine' };

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('ownership-contest');
  await cluster.team(WEB);
  await cluster.have(secretThing(WEB, 'source', { first: 'one', second: 'two', third: 'three' }));
}, 60_000);

afterAll(() => cluster?.stop());

const conflictOf = (name: string): Promise<Condition> =>
  cluster.untilReady(WEB, name, 'False', 'TargetConflict');

/** A Secret without our label is not watched: that it was handed over is found out within half a minute, or on request. */
async function lookNow(name: string): Promise<void> {
  const annotations = { 'reconcile.secretscope.dev/requestedAt': new Date().toISOString() };
  const { message } = await cluster.platform.merge(claimant(name), { metadata: { annotations } });
  expect(message).toBe('');
}

/** What the operator did to a Secret, or tried to. */
async function writesTo(name: string): Promise<string[]> {
  const entries = await cluster.audit.since(cluster.ready);
  return entries
    .filter((entry) => entry.user === OPERATOR && entry.resource === 'secrets' && entry.name === name)
    .filter(({ verb }) => verb !== 'get')
    .map(({ verb, code }) => `${verb} ${code}`);
}

describe('attack 10: two scopes that want one Secret', () => {
  it.each([
    ['removes the target', () => cluster.have(claimant('first'))],
    ['is deleted', () => cluster.gone(claimant('first'))],
    ['delivers elsewhere', () => cluster.have(claimant('first', target('elsewhere')))],
  ])('the holder keeps it until it %s; then the other has it within two seconds', async (_how, letGo) => {
    await cluster.have(claimant('first', target('shared')));
    await cluster.untilData(WEB, 'shared', { VALUE: 'one' });
    await cluster.have(claimant('second', target('shared')));
    expect((await conflictOf('second')).message).toContain(`is held by SecretScope ${WEB}/first`);
    await cluster.untilReady(WEB, 'first', 'True');
    await letGo();
    await cluster.untilData(WEB, 'shared', { VALUE: 'two' }, 2_000);
    await cluster.untilReady(WEB, 'second', 'True');
    await cluster.gone(claimant('second'), claimant('first'));
    await until(async () => expect(await cluster.secret(WEB, 'shared')).toBeUndefined());
  });

  it('the holder goes on being served, and neither flaps', async () => {
    await cluster.have(claimant('first', target('shared')));
    await cluster.untilData(WEB, 'shared', { VALUE: 'one' });
    await cluster.have(claimant('second', target('shared')));
    await conflictOf('second');
    const { resourceVersion } = (await cluster.secret(WEB, 'shared')) ?? {};
    await cluster.have(claimant('second', target('shared', { labels: { a: 'b' } })));
    await conflictOf('second');
    expect((await cluster.secret(WEB, 'shared'))?.resourceVersion).toBe(resourceVersion);
    await cluster.gone(claimant('second'), claimant('first'));
    await until(async () => expect(await cluster.secret(WEB, 'shared')).toBeUndefined());
  });
});

describe('attack 11: a Secret that was there before', () => {
  it.each([
    ['opaque', undefined, undefined],
    ['certificate', 'kubernetes.io/tls', 'kubernetes.io/tls'],
  ])(
    'of kind %s is refused with a command, which hands it over with what is in it',
    async (name, type, wanted) => {
      await cluster.have(foreign(name, {}, type));
      const before = await cluster.secret(WEB, name);
      const scope = claimant(
        `takes-${name}`,
        target(name, { keys: { VALUE: 'tls.crt' }, ...(wanted && { type: wanted }) }),
      );
      await cluster.have({ ...scope, spec: { ...(scope['spec'] as object), secrets: [entry('third')] } });
      const { message } = await conflictOf(`takes-${name}`);
      const command = /kubectl annotate secret (\S+) -n (\S+) (secretscope\.dev\/adopt)=(\S+)$/.exec(message);
      expect(command?.slice(1)).toEqual([name, WEB, 'secretscope.dev/adopt', `${WEB}/takes-${name}`]);
      expect(await writesTo(name)).toEqual([]);
      const annotations = { [command?.[3] ?? '']: command?.[4] };
      await cluster.platform.merge(secretThing(WEB, name), { metadata: { annotations } });
      await lookNow(`takes-${name}`);
      const adopted = await until(async () => {
        const secret = await cluster.secret(WEB, name);
        expect(secret?.data).toEqual({ ...FOREIGN_DATA, 'tls.crt': 'three' });
        return secret;
      });
      expect(adopted).toMatchObject({ uid: before?.uid, type: before?.type });
      expect(Object.keys(adopted?.annotations ?? {}).sort()).toEqual([DELIVERY, HOLDER]);
      await cluster.untilReady(WEB, `takes-${name}`, 'True');
    },
  );

  it('is not handed over to one scope by the annotation for another', async () => {
    await cluster.have(foreign('promised', { annotations: { 'secretscope.dev/adopt': `${WEB}/third` } }));
    await cluster.have(claimant('first', target('promised')));
    await conflictOf('first');
    expect(await writesTo('promised')).toEqual([]);
    await cluster.gone(claimant('first'));
  });

  it('that has an owner is not taken over even with the annotation', async () => {
    const { body } = await cluster.platform.get(secretThing(WEB, 'source'));
    const { uid } = (body as { metadata: { uid: string } }).metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Secret', name: 'source', uid }];
    const annotations = { 'secretscope.dev/adopt': `${WEB}/first` };
    await cluster.have(foreign('owned', { annotations, ownerReferences }));
    await cluster.have(claimant('first', target('owned')));
    expect((await conflictOf('first')).message).toContain('belongs to another controller');
    expect(await writesTo('owned')).toEqual([]);
    await cluster.gone(claimant('first'));
  });
});

describe('attack 14, THREATS 20: a Secret with forged marks', () => {
  const own = { [HOLDER]: `${WEB}/first` };
  const managed = { labels: { [MANAGED]: 'true' } };

  it.each<[string, () => Promise<object>]>([
    ['our label', async () => managed],
    ['our label and holder', async () => ({ ...managed, annotations: own })],
    [
      'the record of another Secret',
      async () => ({ ...managed, annotations: { ...own, ...(await recordOf('real')) } }),
    ],
    [
      'a record with a wrong proof',
      async () => ({ ...managed, annotations: { ...own, ...(await recordOf('real', forge)) } }),
    ],
  ])('with %s is neither written nor deleted, by whomever it is wanted or left', async (_what, marks) => {
    await cluster.have(claimant('first', target('real')));
    await cluster.untilData(WEB, 'real', { VALUE: 'one' });
    await cluster.have(foreign('victim', await marks()));
    await cluster.have(claimant('first', target('real'), target('victim')));
    await conflictOf('first');
    await cluster.have(claimant('first', target('real')));
    await cluster.untilReady(WEB, 'first', 'True');
    await cluster.gone(claimant('first'));
    await until(async () => expect(await cluster.secret(WEB, 'real')).toBeUndefined());
    await pause(500);
    expect(await cluster.secret(WEB, 'victim')).toMatchObject({ data: FOREIGN_DATA });
    expect(await writesTo('victim')).toEqual([]);
    await cluster.gone(secretThing(WEB, 'victim'));
  });

  async function recordOf(name: string, change = (text: string) => text): Promise<Record<string, string>> {
    const secret = await cluster.secret(WEB, name);
    return { [DELIVERY]: change(secret?.annotations[DELIVERY] ?? '') };
  }

  const forge = (record: string) => record.replaceAll('"target":"real"', '"target":"victim"');
});

describe('THREATS 20: a Secret that was replaced under an operator that slept', () => {
  it('is not overwritten blindly', async () => {
    await cluster.have(claimant('first', target('sleeper')));
    await cluster.untilData(WEB, 'sleeper', { VALUE: 'one' });
    cluster.operator.signal('SIGSTOP');
    try {
      await cluster.have(secretThing(WEB, 'source', { first: 'changed meanwhile' }));
      await cluster.gone(secretThing(WEB, 'sleeper'));
      await cluster.have(foreign('sleeper'));
    } finally {
      cluster.operator.signal('SIGCONT');
    }
    await conflictOf('first');
    expect((await cluster.secret(WEB, 'sleeper'))?.data).toEqual(FOREIGN_DATA);
    expect((await writesTo('sleeper')).filter((write) => write.startsWith('patch 2'))).toEqual([]);
    await cluster.gone(claimant('first'));
  });
});

describe('a key that somebody else applied too', () => {
  it('leaves with the right to it, whoever co-owns the field', async () => {
    await cluster.have(claimant('second', target('shared')));
    await cluster.untilData(WEB, 'shared', { VALUE: 'two' });
    const theirs = { ...secretThing(WEB, 'shared'), data: { VALUE: btoa('two'), MORE: btoa('more') } };
    expect((await cluster.platform.apply(theirs, { manager: 'kubectl' })).message).toBe('');
    await cluster.have(
      scopeThing('second', WEB, {
        level: 'Repository',
        backendRef: LOCAL,
        targets: [{ secretName: 'shared', includeAll: true }],
      }),
    );
    await cluster.untilData(WEB, 'shared', { MORE: 'more' }, 2_000);
  });
});

const entry = (property: string) => ({ name: 'VALUE', from: { key: 'source', property } });
