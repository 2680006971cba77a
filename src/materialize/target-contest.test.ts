import { describe, expect, it } from 'vitest';
import { aPlan, deliver, delivered, FakeProvider, HOLDER, wanted } from './delivery-fixture.ts';
import {
  ADOPT_ANNOTATION,
  DELIVERY_ANNOTATION,
  type DeliveryRecord,
  encodeRecord,
} from './delivery-record.ts';
import { type ObservedTarget, observeTarget } from './observed-target.ts';
import { releaseTarget } from './release-target.ts';
import { FakeSecrets, KEYRING, kubeError, OTHER_KEYRING } from './secrets-fixture.ts';
import { contestFor } from './target-contest.ts';

const plan = aPlan([wanted('A')]);
const managed = { 'secretscope.dev/managed': 'true' };
const OTHER = { namespace: 'team', name: 'api', uid: 'uid-api' };

const ours = () => delivered(plan, new FakeProvider({ A: 'one' }));
const contest = (secrets: FakeSecrets, observed: ObservedTarget | undefined, holder = HOLDER) =>
  contestFor({ plan, holder, observed }, secrets.writer, new AbortController().signal);
/** As the watch shows it. */
const watched = async (secrets: FakeSecrets, holder = HOLDER) => contest(secrets, secrets.observed, holder);
/** As it is when the watch, which shows labelled Secrets alone, does not show it. */
const unwatched = async (secrets: FakeSecrets, holder = HOLDER) => contest(secrets, undefined, holder);
const annotated = (annotations: Record<string, string>, labels = {}) => {
  const secrets = new FakeSecrets();
  secrets.put({ data: { theirs: 'AAAA' }, metadata: { annotations, labels } });
  return secrets;
};
const message = (result: Awaited<ReturnType<typeof contest>>) => ('message' in result ? result.message : '');

describe('a name that nobody uses', () => {
  it('is free, after one look at the metadata', async () => {
    const secrets = new FakeSecrets();
    expect(await unwatched(secrets)).toEqual({ kind: 'free' });
    expect(secrets.done).toEqual(['look team/app']);
  });

  it('is not known to be free while the look fails', async () => {
    const secrets = new FakeSecrets();
    secrets.errors.set('look', kubeError('forbidden'));
    await expect(unwatched(secrets)).rejects.toMatchObject({ kind: 'forbidden' });
  });
});

describe('a Secret that the scope holds', () => {
  it('is ours, without a call', async () => {
    const secrets = await ours();
    expect((await watched(secrets)).kind).toBe('ours');
    expect(secrets.done).toEqual([]);
  });

  it('is ours again for a scope that was restored under another UID', async () => {
    expect((await watched(await ours(), { ...HOLDER, uid: 'uid-new' })).kind).toBe('ours');
  });

  it('is ours by name when the key of its record is lost', async () => {
    const secret = (await ours()).stored.get('team/app');
    const observed = secret && observeTarget(secret, OTHER_KEYRING);
    expect((await contest(new FakeSecrets(), observed)).kind).toBe('ours');
  });

  it('is waited for when it is labelled and the watch does not show it yet', async () => {
    const secrets = await ours();
    expect(await unwatched(secrets)).toEqual({ kind: 'stale' });
    expect(secrets.done).toEqual(['look team/app']);
  });

  it('is looked into when somebody took our label off: its type and keys count', async () => {
    const secrets = await delivered(
      aPlan([wanted('username')], { type: 'kubernetes.io/basic-auth' }),
      new FakeProvider({ username: 'a' }),
    );
    const labels = secrets.stored.get('team/app')?.metadata.labels ?? {};
    secrets.put({
      ...secrets.stored.get('team/app'),
      metadata: { ...secrets.stored.get('team/app')?.metadata, labels: {} },
    });
    expect(labels).toHaveProperty('secretscope.dev/managed');
    expect(await unwatched(secrets)).toMatchObject({
      kind: 'ours',
      observed: { type: 'kubernetes.io/basic-auth', keys: new Map([['username', 'intact']]) },
    });
  });

  it('is waited for when it goes away between the two looks', async () => {
    const secrets = await ours();
    secrets.put({
      ...secrets.stored.get('team/app'),
      metadata: { ...secrets.stored.get('team/app')?.metadata, labels: {} },
    });
    secrets.errors.set('get', kubeError('notFound'));
    expect(await unwatched(secrets)).toEqual({ kind: 'stale' });
  });

  it('that is being deleted is waited for, and says so', async () => {
    const secrets = await ours();
    secrets.edit(() => ({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }));
    const result = await watched(secrets);
    expect(result.kind).toBe('going');
    expect(message(result)).toContain('team/app is being deleted');
  });
});

describe('FAULTS 10: two scopes want one Secret', () => {
  it('who holds it keeps it, and the other one learns who', async () => {
    const result = await watched(await ours(), OTHER);
    expect(result.kind).toBe('lost');
    expect(message(result)).toContain('held by SecretScope team/web');
  });

  it('also when the watch does not show it', async () => {
    expect((await unwatched(await ours(), OTHER)).kind).toBe('lost');
  });

  it('also when its owner says otherwise: first the holder has to let go', async () => {
    const secrets = await ours();
    secrets.edit(({ metadata }) => ({
      metadata: { annotations: { ...metadata.annotations, [ADOPT_ANNOTATION]: 'team/api' } },
    }));
    expect((await watched(secrets, OTHER)).kind).toBe('lost');
  });
});

describe('FAULTS 11: a Secret that nobody holds', () => {
  it('is refused with the command that hands it over', async () => {
    const secrets = annotated({});
    const result = await unwatched(secrets);
    expect(result.kind).toBe('lost');
    expect(message(result)).toContain('kubectl annotate secret app -n team secretscope.dev/adopt=team/web');
    expect(secrets.done).toEqual(['look team/app']);
  });

  it('is taken when its owner says so, and only by the scope that is named', async () => {
    const adopted = await unwatched(annotated({ [ADOPT_ANNOTATION]: 'team/web' }));
    expect(adopted).toMatchObject({ kind: 'ours', observed: { keys: new Map([['theirs', 'foreign']]) } });
    for (const text of ['team/api', 'web', 'true', 'other/web', ''])
      expect((await unwatched(annotated({ [ADOPT_ANNOTATION]: text }))).kind).toBe('lost');
  });

  it('is never taken from another controller', async () => {
    const secrets = new FakeSecrets();
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }];
    secrets.put({ metadata: { annotations: { [ADOPT_ANNOTATION]: 'team/web' }, ownerReferences } });
    const result = await unwatched(secrets);
    expect(result.kind).toBe('lost');
    expect(message(result)).toContain('ownerReference');
  });
});

describe('a Secret that a later version wrote', () => {
  const record = {
    holder: HOLDER,
    target: 'app',
    deletionPolicy: 'Delete',
    subject: 's',
    labels: [],
    annotations: [],
    keys: {},
    later: true,
  } as DeliveryRecord;
  const text = encodeRecord(record, { namespace: 'team', name: 'app' }, KEYRING);

  it('is not written by this one, which says what to do', async () => {
    const result = await watched(annotated({ [DELIVERY_ANNOTATION]: text }, managed));
    expect(result.kind).toBe('lost');
    expect(message(result)).toContain('written by a newer version of SecretScope');
  });

  it('nor where its owner hands it over: the other version would have to give it back', async () => {
    const handed = { [DELIVERY_ANNOTATION]: text, [ADOPT_ANNOTATION]: 'team/web' };
    expect((await watched(annotated(handed, managed))).kind).toBe('lost');
  });

  it('is never deleted by it', async () => {
    const { observed } = annotated({ [DELIVERY_ANNOTATION]: text }, managed);
    if (!observed) throw new Error('it is not watched');
    const secrets = new FakeSecrets();
    const released = { observed, leaving: 'witnessed', nowMs: 0, graceMs: 0 } as const;
    const outcome = await releaseTarget(released, secrets.writer, new AbortController().signal);
    expect([observed.proof, outcome]).toEqual(['newer', { kind: 'retained' }]);
  });
});

describe('FAULTS 14: marks that were forged on a victim', () => {
  it('the label alone makes it nobody’s', async () => {
    expect((await watched(annotated({}, managed))).kind).toBe('lost');
    expect((await unwatched(annotated({}, managed))).kind).toBe('lost');
  });

  it('nor does the record of another Secret', async () => {
    const text = (await ours()).stored.get('team/app')?.metadata.annotations?.[DELIVERY_ANNOTATION] ?? '';
    const secrets = new FakeSecrets();
    secrets.put({
      metadata: {
        labels: managed,
        annotations: { [DELIVERY_ANNOTATION]: text.replace('"mac"', '"mac" ').replace('uid-web', 'uid-bad') },
      },
    });
    expect((await watched(secrets)).kind).toBe('lost');
  });

  it('nor a text that is no record', async () => {
    for (const text of ['{}', 'null', '{"v":1}', '['])
      expect((await watched(annotated({ [DELIVERY_ANNOTATION]: text }, managed))).kind).toBe('lost');
  });
});

describe('a Secret between a scope and a claim of the same name', () => {
  const CLAIM = { ...HOLDER, kind: 'SecretClaim' } as const;

  it('stays with the scope that holds it', async () => {
    const result = await watched(await ours(), CLAIM);
    expect(result.kind).toBe('lost');
    expect(message(result)).toContain('is held by SecretScope team/web');
    expect(message(result)).toContain('remove the target there');
  });

  it('stays with the claim that holds it', async () => {
    const secrets = new FakeSecrets();
    await deliver(secrets, plan, new FakeProvider({ A: 'one' }), { holder: CLAIM });
    expect((await watched(secrets, CLAIM)).kind).toBe('ours');
    const result = await watched(secrets);
    expect(message(result)).toContain('is held by SecretClaim team/web');
    expect(message(result)).toContain('delete that claim');
  });

  it('is handed over to the one that its owner names', async () => {
    const secrets = annotated({ [ADOPT_ANNOTATION]: 'SecretClaim/team/web' });
    expect((await unwatched(secrets, CLAIM)).kind).toBe('ours');
    expect(await unwatched(secrets)).toMatchObject({
      kind: 'lost',
      message: expect.stringContaining('secretscope.dev/adopt=team/web'),
    });
  });
});
