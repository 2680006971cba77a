import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Freshness } from '../../kube/kube-endpoint.ts';
import type { KubeErrorKind } from '../../kube/kube-error.ts';
import { FakeClock } from '../../kube/testing/fake-clock.ts';
import { type AwsKeyPair, awsKeyPairOf } from '../../model/credentials/aws-key-pair.ts';
import type { Refusal } from '../port.ts';
import { LoginFailed } from './account-login.ts';
import { FakeCluster, kubeFailure } from './cloud-access-fixture.ts';
import { storedLogin } from './stored-login.ts';

const PLACE = 'vault/keys';
const FIELDS = { accessKeyId: 'AKIA0123456789ABCDEF', secretAccessKey: 'cAnary7'.repeat(6) };
const MINUTE = 60_000;

/** Who the keys of a Secret stand for; each login that is made is noted. */
function loggingIn() {
  const cluster = new FakeCluster();
  const clock = new FakeClock();
  const made: string[] = [];
  const stored = storedLogin({
    kube: cluster.kube,
    ref: { namespace: 'vault', name: 'keys' },
    clock,
    parse: awsKeyPairOf,
    login: (keys: AwsKeyPair) => {
      made.push(keys.accessKeyId);
      return keys;
    },
  });
  const current = (freshness: Freshness) => stored(freshness, async (keys) => keys);
  return { cluster, clock, made, stored, current };
}

async function failure(work: Promise<unknown>): Promise<LoginFailed> {
  const error = await work.then(
    () => expect.fail('it logged in'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LoginFailed)) throw error;
  return error;
}

describe('a login by a stored credential', () => {
  it('is made once and asks for the Secret every five minutes, so that tokens outlive the look', async () => {
    const { cluster, clock, made, current } = loggingIn();
    cluster.store(PLACE, FIELDS);
    const first = await current({ fresh: false });
    expect(await current({ fresh: false })).toBe(first);
    expect(cluster.reads).toEqual([PLACE]);
    await clock.advance(5 * MINUTE);
    expect(await current({ fresh: false })).toBe(first);
    expect([cluster.reads.length, made]).toEqual([2, [FIELDS.accessKeyId]]);
  });

  it('if many ask at once, reads the Secret once', async () => {
    const { cluster, current } = loggingIn();
    cluster.store(PLACE, FIELDS);
    const logins = await Promise.all([1, 2, 3].map(() => current({ fresh: false })));
    expect([new Set(logins).size, cluster.reads.length]).toEqual([1, 1]);
  });

  it('if the Secret was rotated, is made anew within five minutes', async () => {
    const { cluster, clock, made, current } = loggingIn();
    cluster.store(PLACE, FIELDS);
    await current({ fresh: false });
    cluster.store(PLACE, { ...FIELDS, accessKeyId: 'AKIANEWNEWNEWNEWNEW1' });
    await clock.advance(4 * MINUTE);
    expect((await current({ fresh: false })).accessKeyId).toBe(FIELDS.accessKeyId);
    await clock.advance(MINUTE);
    expect((await current({ fresh: false })).accessKeyId).toBe('AKIANEWNEWNEWNEWNEW1');
    expect(made).toEqual([FIELDS.accessKeyId, 'AKIANEWNEWNEWNEWNEW1']);
  });

  it('if the provider refused it, is read again at once, and made anew only if the Secret changed', async () => {
    const { cluster, clock, made, current } = loggingIn();
    cluster.store(PLACE, FIELDS);
    const first = await current({ fresh: false });
    expect(await current({ fresh: true })).toBe(first);
    await clock.advance(5_000);
    cluster.store(PLACE, { ...FIELDS, accessKeyId: 'AKIANEWNEWNEWNEWNEW1' });
    expect((await current({ fresh: true })).accessKeyId).toBe('AKIANEWNEWNEWNEWNEW1');
    expect([cluster.reads.length, made.length]).toEqual([3, 2]);
  });

  it('if many calls are refused at once, is read again once', async () => {
    const { cluster, current } = loggingIn();
    cluster.store(PLACE, FIELDS);
    await current({ fresh: false });
    for (let call = 0; call < 10; call++) await current({ fresh: true });
    expect(cluster.reads.length).toBe(2);
  });

  describe('if no token is given for it', () => {
    const refused = new LoginFailed({ kind: 'identityUnavailable', code: 'AADSTS7000215' });
    const NEW = 'AKIANEWNEWNEWNEWNEW1';

    /** A provider that gives a token for the new keys alone. */
    function refusing() {
      const world = loggingIn();
      world.cluster.store(PLACE, FIELDS);
      const exchange = () =>
        world.stored({ fresh: false }, async ({ accessKeyId }) => {
          if (accessKeyId !== NEW) throw refused;
          return accessKeyId;
        });
      const replace = () => world.cluster.store(PLACE, { ...FIELDS, accessKeyId: NEW });
      return { ...world, exchange, replace };
    }

    it('is read again for whoever asks next, no more often than every five seconds, and no more once it is given', async () => {
      const { cluster, clock, exchange, replace } = refusing();
      for (let call = 0; call < 10; call++) expect(await failure(exchange())).toBe(refused);
      expect(cluster.reads.length).toBe(2);
      replace();
      expect(await failure(exchange())).toBe(refused);
      await clock.advance(5_000);
      expect(await exchange()).toBe(NEW);
      await clock.advance(5_000);
      expect(await exchange()).toBe(NEW);
      expect(cluster.reads.length).toBe(3);
    });

    it('is read once for all who ask next together, and nobody goes on with the old one', async () => {
      const { cluster, exchange, replace } = refusing();
      await failure(exchange());
      replace();
      expect(await Promise.all([exchange(), exchange(), exchange()])).toEqual([NEW, NEW, NEW]);
      expect(cluster.reads.length).toBe(2);
    });

    it('if one is given for the same after all, is not read again for that', async () => {
      const { cluster, clock, stored, current, exchange } = refusing();
      await failure(exchange());
      await stored({ fresh: false }, async (keys) => keys);
      await clock.advance(5_000);
      await current({ fresh: false });
      expect(cluster.reads.length).toBe(2);
    });

    it('if the Secret cannot be read then, is read again later', async () => {
      const { cluster, clock, exchange, replace } = refusing();
      await failure(exchange());
      cluster.error = kubeFailure('network', 'ECONNREFUSED');
      await failure(exchange());
      cluster.error = undefined;
      replace();
      await clock.advance(5_000);
      expect(await exchange()).toBe(NEW);
    });

    it('if that is told only when there is a new one already, does not count against the new one', async () => {
      const { cluster, clock, stored, current, exchange, replace } = refusing();
      const late = Promise.withResolvers<never>();
      const slow = failure(stored({ fresh: false }, () => late.promise));
      await failure(exchange());
      replace();
      expect(await exchange()).toBe(NEW);
      late.reject(refused);
      await slow;
      await clock.advance(5_000);
      await current({ fresh: false });
      expect(cluster.reads.length).toBe(2);
    });
  });

  it.each<Refusal>([
    { kind: 'unavailable', code: 'ECONNREFUSED' },
    { kind: 'throttled', afterMs: 1_000 },
  ])('if whoever gives tokens is $kind, is not read again for that', async (answer) => {
    const { cluster, clock, stored } = loggingIn();
    cluster.store(PLACE, FIELDS);
    const exchange = () => stored({ fresh: false }, () => Promise.reject(new LoginFailed(answer)));
    await failure(exchange());
    await clock.advance(MINUTE);
    await failure(exchange());
    expect(cluster.reads.length).toBe(1);
  });

  it('if the Secret was deleted, ends with it', async () => {
    const { cluster, current } = loggingIn();
    cluster.store(PLACE, FIELDS);
    await current({ fresh: false });
    cluster.erase(PLACE);
    expect((await failure(current({ fresh: true }))).answer).toEqual({
      kind: 'identityUnavailable',
      code: 'CredentialMissing',
    });
  });
});

describe('THREATS 3: a stored credential that is not used', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a program', { ...FIELDS, credential_process: '/bin/sh' }, 'CredentialUnsafe'],
    ['a file', { ...FIELDS, web_identity_token_file: '/etc/passwd' }, 'CredentialUnsafe'],
    ['another role', { ...FIELDS, role_arn: 'arn:aws:iam::1:role/admin' }, 'CredentialUnsafe'],
    ['half of one', { accessKeyId: FIELDS.accessKeyId }, 'CredentialInvalid'],
    ['nothing', {}, 'CredentialInvalid'],
    ['too much', { ...FIELDS, sessionToken: 't'.repeat(17_000) }, 'CredentialTooLarge'],
  ])('if it holds %s, has a code and shows nothing of it', async (_what, fields, code) => {
    const { cluster, made, current } = loggingIn();
    cluster.store(PLACE, fields);
    const error = await failure(current({ fresh: false }));
    expect(error.answer).toEqual({ kind: 'identityUnavailable', code });
    expect(inspect(error, { depth: 9 })).not.toMatch(/cAnary7|AKIA|\/bin|passwd|admin/);
    expect(made).toEqual([]);
  });

  it('is looked at again by whoever asks next: a mended one counts at once', async () => {
    const { cluster, current } = loggingIn();
    cluster.store(PLACE, { ...FIELDS, profile: 'x' });
    await failure(current({ fresh: false }));
    cluster.store(PLACE, FIELDS);
    expect((await current({ fresh: false })).accessKeyId).toBe(FIELDS.accessKeyId);
  });
});

describe('a Secret that cannot be read', () => {
  it.each<[KubeErrorKind, string | undefined, object]>([
    ['notFound', undefined, { kind: 'identityUnavailable', code: 'CredentialMissing' }],
    ['forbidden', undefined, { kind: 'identityUnavailable', code: 'CredentialForbidden' }],
    ['network', 'ECONNREFUSED', { kind: 'unavailable', code: 'ECONNREFUSED' }],
    ['timeout', undefined, { kind: 'unavailable', code: 'timeout' }],
    ['server', 'InternalError', { kind: 'unavailable', code: 'InternalError' }],
  ])('if it is %s, is answered with one word', async (kind, reason, answer) => {
    const { cluster, current } = loggingIn();
    cluster.error = kubeFailure(kind, reason);
    const error = await failure(current({ fresh: false }));
    expect(error.answer).toEqual(answer);
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });
});
