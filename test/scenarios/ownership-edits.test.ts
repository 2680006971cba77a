import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  type SecretSeen,
  scopeThing,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';
import { getsOf, lines, writesOf } from '../scenarios-support/requests.ts';

const WEB = 'team-web';
const REPAIR_MS = 2_000;
// five seconds after its last use the operator has no value left in memory
const VALUES_FORGOTTEN_MS = 6_500;
const DATA = { ALPHA: 'alpha', BETA: 'beta' };
const CERTIFICATE = { 'tls.crt': 'alpha', 'tls.key': 'beta' };
const HOLDER = 'secretscope.dev/holder';
const DELIVERY = 'secretscope.dev/delivery';
const MANAGED = 'secretscope.dev/managed';

describe('a Secret that somebody edits by hand', () => {
  let cluster: OperatedCluster;
  let original: SecretSeen;

  beforeAll(async () => {
    cluster = await operatedCluster('ownership-edits');
    await cluster.team(WEB);
    await cluster.have(
      secretThing(WEB, 'source', { a: 'alpha', b: 'beta' }),
      scopeThing('web', WEB, {
        level: 'Repository',
        backendRef: LOCAL,
        secrets: [
          { name: 'ALPHA', from: { key: 'source', property: 'a' } },
          { name: 'BETA', from: { key: 'source', property: 'b' } },
        ],
        targets: [
          { secretName: 'web', includeAll: true, labels: { app: 'web' }, annotations: { note: 'ours' } },
          {
            secretName: 'certificate',
            include: ['ALPHA', 'BETA'],
            keys: { ALPHA: 'tls.crt', BETA: 'tls.key' },
            type: 'kubernetes.io/tls',
          },
        ],
      }),
    );
    original = await cluster.untilData(WEB, 'web', DATA);
    await cluster.untilData(WEB, 'certificate', CERTIFICATE);
    await cluster.untilReady(WEB, 'web', 'True', 'Materialized');
  }, 60_000);

  afterAll(() => cluster?.stop());

  const edit = async (patch: object, name = 'web') => {
    const { status, message } = await cluster.platform.merge(secretThing(WEB, name), patch);
    expect([status, message]).toEqual([200, '']);
  };
  const untilMended = (what: (secret: SecretSeen) => boolean, name = 'web') =>
    until(async () => {
      const secret = await cluster.secret(WEB, name);
      if (!secret || !what(secret)) throw new Error(`${name} is ${JSON.stringify(secret)}`);
      return secret;
    }, REPAIR_MS);

  it.each([
    ['a value that was changed', { data: { ALPHA: btoa('edited') } }],
    ['a value that was emptied', { data: { ALPHA: '' } }],
    ['a key that was removed', { data: { BETA: null } }],
    ['all data', { data: null }],
  ])('%s is repaired within two seconds, in the same object', async (_what, patch) => {
    await edit(patch);
    const mended = await cluster.untilData(WEB, 'web', DATA, REPAIR_MS);
    expect(mended.uid).toBe(original.uid);
  });

  it('says in an Event that somebody edited it', async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${WEB}/events`;
    await until(async () => {
      const { body } = await cluster.platform.call('GET', path);
      const reasons = (body as { items: { reason: string }[] }).items.map(({ reason }) => reason);
      expect(reasons).toContain('TargetHandEdited');
    });
  });

  it('a key that was added stays and is reported', async () => {
    await edit({ data: { EXTRA: btoa('mine') } });
    await until(async () => {
      const { targets = [] } = await cluster.status(WEB, 'web');
      expect(targets.find(({ secretName }) => secretName === 'web')).toMatchObject({ foreign: ['EXTRA'] });
    });
    expect((await cluster.secret(WEB, 'web'))?.data).toEqual({ ...DATA, EXTRA: 'mine' });
    await cluster.untilReady(WEB, 'web', 'True');
    await edit({ data: { EXTRA: null } });
    await cluster.untilData(WEB, 'web', DATA);
  });

  it('its label comes back without a value being read, whatever its type', async () => {
    await pause(VALUES_FORGOTTEN_MS);
    const mark = await cluster.audit.mark();
    for (const name of ['web', 'certificate']) {
      const before = await cluster.secret(WEB, name);
      await edit({ metadata: { labels: { [MANAGED]: null } } }, name);
      const mended = await untilMended(({ labels }) => labels[MANAGED] === 'true', name);
      expect(mended).toMatchObject({ uid: before?.uid, data: before?.data, type: before?.type });
    }
    expect(lines(getsOf(await cluster.audit.since(mark), WEB, 'source'))).toEqual([]);
  });

  it('labels and annotations that the target asks for come back, others stay', async () => {
    await edit({
      metadata: { labels: { app: null, other: 'x' }, annotations: { note: 'theirs', more: 'y' } },
    });
    const mended = await untilMended(
      ({ labels, annotations }) => labels['app'] === 'web' && annotations['note'] === 'ours',
    );
    expect([mended.labels['other'], mended.annotations['more']]).toEqual(['x', 'y']);
  });

  it.each([
    ['its holder is edited', { [HOLDER]: 'team-web/somebody-else' }],
    ['its record is emptied', { [DELIVERY]: '{}' }],
    ['its record is removed', { [DELIVERY]: null }],
    ['both are removed', { [DELIVERY]: null, [HOLDER]: null }],
  ])('if %s, it is still ours and gets its annotations back', async (_what, annotations) => {
    const before = await cluster.secret(WEB, 'web');
    await edit({ metadata: { annotations } });
    const mended = await untilMended(
      (secret) => secret.annotations[HOLDER] === `${WEB}/web` && isWhole(secret.annotations[DELIVERY]),
    );
    expect(mended).toMatchObject({ uid: before?.uid, data: DATA });
    await cluster.untilReady(WEB, 'web', 'True');
  });

  it('if it is made immutable, it is replaced', async () => {
    await edit({ immutable: true, data: { ALPHA: btoa('frozen') } });
    const mended = await cluster.untilData(WEB, 'web', DATA, REPAIR_MS);
    expect(mended.uid).not.toBe(original.uid);
  });

  it('if it is deleted, it comes back within two seconds', async () => {
    await cluster.gone(secretThing(WEB, 'web'));
    await cluster.untilData(WEB, 'web', DATA, REPAIR_MS);
  });

  it('a hundred edits in a row end in the right state and then in silence', async () => {
    for (let edited = 0; edited < 100; edited++) await edit({ data: { ALPHA: btoa(`edited ${edited}`) } });
    await cluster.untilData(WEB, 'web', DATA, REPAIR_MS);
    await cluster.untilReady(WEB, 'web', 'True');
    await pause(1_000);
    const mark = await cluster.audit.mark();
    await pause(3_000);
    expect(lines(writesOf(await cluster.audit.since(mark)))).toEqual([]);
  });

  it('has neither owner nor finalizer', async () => {
    for (const name of ['web', 'certificate']) {
      const { body } = await cluster.platform.get(secretThing(WEB, name));
      expect(Object.keys((body as { metadata: object }).metadata)).not.toContain('ownerReferences');
      expect(Object.keys((body as { metadata: object }).metadata)).not.toContain('finalizers');
    }
    const { body } = await cluster.platform.get(scopeThing('web', WEB, {}));
    expect(Object.keys((body as { metadata: object }).metadata)).not.toContain('finalizers');
  });

  it('Ready never left True in all this', async () => {
    const reported = cluster.operator.logs.filter(({ reason }) => reason === 'Progressing');
    expect(reported).toEqual([]);
  });
});

function isWhole(record: string | undefined): boolean {
  return record?.includes('"mac"') === true && record.includes('"keys"');
}
