/** What stays in a Secret when it cannot be renewed: the rows of the table of causes that withdraw nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, Family } from '../scenarios-support/family.ts';
import { RBAC } from '../scenarios-support/guarded-cluster.ts';
import {
  backendIn,
  type OperatedCluster,
  operatedCluster,
  READER,
  readerIn,
  secretThing,
  until,
} from '../scenarios-support/operated-cluster.ts';

let cluster: OperatedCluster;

beforeAll(async () => {
  cluster = await operatedCluster('withdrawal-stays');
}, 90_000);
afterAll(() => cluster?.stop());

const OWN = entryOf('OWN', 'own', 'url');
/** The reader may still be lent, but reads nothing any more; returns when that is in force. */
async function blind(namespace: string): Promise<void> {
  const rules = [{ apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] }];
  await cluster.have({ apiVersion: RBAC, kind: 'Role', metadata: { name: READER, namespace }, rules });
  const resourceAttributes = { namespace, verb: 'get', resource: 'secrets' };
  const user = `system:serviceaccount:${namespace}:${READER}`;
  await until(async () => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const { body } = await cluster.platform.call('POST', path, { spec: { user, resourceAttributes } });
    expect(body).toMatchObject({ status: { allowed: false } });
  });
}

/** A family whose repository `app` has TOKEN of the organization and OWN of its own. */
async function delivered(name: string, change: object = {}): Promise<Family> {
  const family = await Family.settle(cluster, name);
  await family.have('app', { secrets: [OWN], ...change });
  await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-url' });
  await family.untilReady('app', 'True');
  return family;
}

/** OWN stays as it is, while TOKEN goes on. */
async function untilOnlyTokenGoesOn(family: Family, reason: string, own = 'own-url'): Promise<string> {
  await family.rotate('org-2');
  await family.untilData('app', { TOKEN: 'org-2', OWN: own });
  return (await family.untilReady('app', 'False', reason)).message;
}

describe('API-REVIEW 7: the last value stays and the other keys go on', () => {
  it('when the provider denies it, and the new one comes once the right is back', async () => {
    const family = await delivered('denied');
    await blind(family.team);
    await family.store(family.team, 'own', { url: 'own-2' });
    const message = await untilOnlyTokenGoesOn(family, 'BackendDenied');
    expect(message).toMatch(/OWN: the identity of backend denied\/local may not read key "own"; grant it/);
    await cluster.have(...readerIn(family.team));
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-2' }, 20_000);
    await family.untilReady('app', 'True');
  });

  it('when its property is gone from the source, until it is back', async () => {
    const family = await delivered('property');
    await family.store(family.team, 'own', { uri: 'renamed' });
    const message = await untilOnlyTokenGoesOn(family, 'PropertyMissing');
    expect(message).toMatch(/OWN: key "own" has no data key "url"; .*from\.property/);
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-2' }, 3_000);
  });

  it('when its version is gone', async () => {
    const family = await delivered('version');
    const { uid, resourceVersion } = (await cluster.secret(family.team, 'own')) ?? {};
    const from = { key: 'own', property: 'url', version: `${uid}/${resourceVersion}` };
    await family.have('app', { secrets: [{ name: 'OWN', from }] });
    await family.untilReady('app', 'True');
    await family.store(family.team, 'own', { url: 'own-2' });
    const message = await untilOnlyTokenGoesOn(family, 'VersionGone');
    expect(message).toMatch(/OWN: .* no longer has version ".*" of key "own"; .*from\.version/);
  });

  it('when the source is deleted, and the next one arrives within seconds of its creation', async () => {
    const family = await delivered('missing');
    await cluster.gone(secretThing(family.team, 'own'));
    const message = await untilOnlyTokenGoesOn(family, 'SecretMissing');
    expect(message).toMatch(
      /OWN: backend missing\/local has no key "own"; store it there or correct from\.key/,
    );
    await family.store(family.team, 'own', { url: 'again' });
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'again' }, 3_000);
    await family.untilReady('app', 'True');
  });

  it('and no less specific level stands in for it, until its entry is removed', async () => {
    const family = await Family.settle(cluster, 'shadow');
    await family.have('app', { secrets: [entryOf('TOKEN', 'own', 'url')] });
    await family.untilData('app', { TOKEN: 'own-url' });
    await cluster.gone(secretThing(family.team, 'own'));
    await family.untilReady('app', 'False', 'SecretMissing');
    await family.rotate('org-2');
    expect(await family.data('app')).toEqual({ TOKEN: 'own-url' });
    await family.have('app', { secrets: [] });
    await family.untilData('app', { TOKEN: 'org-2' });
  });

  it('THREATS 25: when the organization cannot read it, whose owner alone hears why', async () => {
    const family = await delivered('inherited');
    await blind(family.org);
    await family.rotate('org-2');
    const { message } = await family.untilReady('app', 'False', 'NotAvailable');
    expect(message).not.toMatch(/local|shared|denied|may not read/);
    await until(async () => {
      const path = `/apis/events.k8s.io/v1/namespaces/${family.org}/events`;
      const { items } = (await cluster.platform.call('GET', path)).body as { items: { note: string }[] };
      expect(items.map(({ note }) => note).join()).toContain(
        'TOKEN: the identity of backend inherited-org/local may not read key "shared"; grant it that right',
      );
    });
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-2' });
    await cluster.have(...readerIn(family.org));
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-2' }, 45_000);
  });
});

describe('THREATS 19: what is not known withdraws nothing', () => {
  const stalled = async (family: Family) => {
    await family.untilReady('app', 'False', 'NotAvailable');
    expect(await cluster.condition(family.team, 'app', 'Stalled')).toMatchObject({ status: 'True' });
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-2' });
  };

  it.each(['NAMED', 'ALL'])('a parent that is deleted: inherited keys stay, %s or not', async (form) => {
    const name = `deleted-${form.toLowerCase()}`;
    const named = { targets: [{ secretName: 'app', include: ['TOKEN', 'OWN'] }] };
    const family = await delivered(name, form === 'NAMED' ? named : {});
    await cluster.gone(family.organization());
    await stalled(family);
  });

  it('a parent that is being deleted', async () => {
    const family = await delivered('deleting');
    const { kind, apiVersion, metadata } = family.organization();
    const held = { ...family.organization(), metadata: { ...metadata, finalizers: ['test.example/held'] } };
    await cluster.have(held);
    await cluster.gone(held);
    await stalled(family);
    await cluster.platform.merge({ kind, apiVersion, metadata }, { metadata: { finalizers: [] } });
  });

  it('a parent that is deleted and made again before its backend is', async () => {
    const family = await delivered('restored');
    await cluster.gone(family.organization(), backendIn(family.org));
    await family.untilReady('app', 'False', 'NotAvailable');
    await family.organize();
    // what is then observed is a parent that offers TOKEN and cannot read it
    await cluster.untilReady(family.org, 'acme', 'False', 'BackendMissing');
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-2' });
    await cluster.have(backendIn(family.org));
    await family.rotate('org-2');
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-2' });
    await family.untilReady('app', 'True');
  });

  it('a parent that is deleted and made again under a child’s eyes: its key is there all the time', async () => {
    const family = await delivered('renewed');
    let ended = false;
    const watching = (async () => {
      for (let seen = 0; ; seen++) {
        if (ended) return seen;
        expect(await family.data('app')).toHaveProperty('TOKEN');
      }
    })();
    for (const value of ['org-2', 'org-3', 'org-4']) {
      await cluster.gone(family.organization());
      await family.organize();
      await family.rotate(value);
    }
    await family.untilData('app', { TOKEN: 'org-4', OWN: 'own-url' });
    ended = true;
    expect(await watching).toBeGreaterThan(10);
  });

  it('a scope that is deleted and made again while its backend does not answer', async () => {
    const family = await delivered('again');
    await cluster.operator.stop();
    await cluster.gone(family.repository('app'), backendIn(family.team));
    await family.have('app', { secrets: [OWN] });
    await cluster.restartOperator();
    await family.untilReady('app', 'False', 'BackendMissing');
    // more than once: the Secret is the new scope's by now
    for (const value of ['org-2', 'org-3']) {
      await family.rotate(value);
      await family.untilData('app', { TOKEN: value, OWN: 'own-url' });
    }
    await cluster.have(backendIn(family.team));
    await family.untilReady('app', 'True');
  });

  it('a prefix that cannot be listed after a restart: what a level above supplied stays', async () => {
    const family = await delivered('unlisted', { discover: [{ prefix: 'found.' }] });
    await cluster.operator.stop();
    await blind(family.team);
    await cluster.restartOperator();
    await family.untilReady('app', 'False');
    await family.rotate('org-2');
    await until(async () => {
      const { conditions = [] } = await cluster.status(family.team, 'app');
      expect(conditions.map(({ message }) => message).join()).toMatch(
        /spec.discover found. cannot be listed/,
      );
    });
    expect(await family.data('app')).toEqual({ TOKEN: 'org-token', OWN: 'own-url' });
    await cluster.have(...readerIn(family.team));
    await family.untilData('app', { TOKEN: 'org-2', OWN: 'own-url' }, 45_000);
  });
});

describe('a Secret that cannot be written as it should be stays whole', () => {
  it('over 1 MiB: nothing changes, and it says so', async () => {
    const family = await delivered('large');
    await family.store(family.team, 'big', { value: 'x'.repeat(48_000) });
    const big = Array.from({ length: 22 }, (_, i) => entryOf(`BIG_${i}`, 'big'));
    await family.have('app', { secrets: [OWN, ...big] });
    const { message } = await family.untilReady('app', 'False', 'TargetTooLarge');
    expect(message).toMatch(/Secret large\/app would hold more than 1 MiB; .*split the target/);
    expect(await family.data('app')).toEqual({ TOKEN: 'org-token', OWN: 'own-url' });
    await family.have('app', { secrets: [OWN, ...big.slice(0, 20)] });
    await family.untilReady('app', 'True');
  });

  it('held by another scope: who holds it keeps it, the other one says so', async () => {
    const family = await delivered('held');
    await family.have('late', { targets: [{ secretName: 'app', include: ['OTHER'] }] });
    const { message } = await family.untilReady('late', 'False', 'TargetConflict');
    expect(message).toMatch(/Secret held\/app is held by SecretScope held\/app, .*choose another secretName/);
    await untilKept(family);
    await cluster.gone(family.repository('app'));
    await family.untilData('app', { OTHER: 'other-1' });
    await family.untilReady('late', 'True');
  });

  async function untilKept(family: Family): Promise<void> {
    await family.store(family.team, 'own', { url: 'own-2' });
    await family.untilData('app', { TOKEN: 'org-token', OWN: 'own-2' });
    await family.untilReady('app', 'True');
  }
});

it('nothing of all this was done by system:masters', async () => {
  expect(await cluster.requestsByMasters()).toEqual([]);
});
