/**
 * Snapshots from environments that reviewers guard: of which moment each value is, and what ends one. A stand-in on
 * loopback is the cloud, since it keeps old versions; sources in the cluster have none.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { StandInAws } from '../peers/stand-in-aws.ts';
import { CI, type ClaimWorld, claimThing, claimWorld, toCI } from '../scenarios-support/claim-world.ts';
import { enrolled, namespaceThing, SAFE } from '../scenarios-support/cloud-things.ts';
import { LOCAL, scopeThing, secretThing, until } from '../scenarios-support/operated-cluster.ts';
import type { Answer } from '../scenarios-support/person.ts';

import { PROD, reviewedBy, type SeenRequest, TEAM } from '../scenarios-support/protected-world.ts';
import { OPERATOR } from '../scenarios-support/requests.ts';
import { SealedWorld } from '../scenarios-support/sealed-world.ts';

const BY_ANA = reviewedBy('ana');
const SNAPSHOT = { mode: 'Snapshot' };
const CLOUD = { kind: 'ClusterSecretBackend', name: 'cloud' };
const ORG = 'acme-org';
const IDLE_MS = 2_000;

let claims: ClaimWorld;
let cloud: StandInAws;

const admits = (...values: string[]) => ({
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }],
});
const below = (...namespaces: string[]) => [
  { namespaces: admits(...namespaces), visibility: 'Private', trusted: true },
];
const entry = (name: string, key: string, property?: string) => ({
  name,
  from: { key, ...(property !== undefined && { property }) },
});

beforeAll(async () => {
  cloud = await StandInAws.open();
  claims = await claimWorld('claim-snapshot', { extra: cloud.flags });
  await claims.sharedAbove();
  const secretRef = { namespace: SAFE, name: 'cloud-key' };
  const { cluster } = claims.world;
  await cluster.have(
    namespaceThing(SAFE),
    ...enrolled(SAFE, { serviceAccounts: [], secrets: true }),
    secretThing(SAFE, secretRef.name, { ...cloud.stored() }),
    namespaceThing(ORG),
    {
      apiVersion: API_VERSION,
      kind: 'ClusterSecretBackend',
      metadata: { name: CLOUD.name },
      spec: {
        ...cloud.block({ secretRef }),
        grants: [
          {
            namespaces: admits(ORG, TEAM, PROD),
            keys: [{ prefix: 'web/' }],
            operations: ['Read', 'Write'],
          },
        ],
        refreshInterval: '1s',
      },
    },
  );
  cloud.store('web/of-org', 'organization 1');
  await cluster.have(organization());
}, 180_000);

afterAll(async () => {
  await claims?.stop();
  await cloud?.close();
});

/** An environment in the cloud below a repository of its own; each has one secret, whose key bears its name. */
async function inCloud(name: string): Promise<void> {
  cloud.store(`web/${name}-token`, 'repository 1');
  cloud.store(`web/${name}-password`, 'environment 1');
  await claims.world.cluster.have(repository(name));
  await claims.claimable(name, BY_ANA, {
    parentRef: { namespace: TEAM, name: `${name}-repository` },
    backendRef: CLOUD,
    secrets: [entry('PASSWORD', `web/${name}-password`)],
  });
}

const organization = (change: object = {}) =>
  scopeThing('acme', ORG, {
    level: 'Organization',
    backendRef: CLOUD,
    children: below(TEAM, PROD),
    secrets: [entry('OF_ORG', 'web/of-org')],
    ...toCI,
    ...change,
  });

const repository = (name: string, change: object = {}) =>
  scopeThing(`${name}-repository`, TEAM, {
    level: 'Repository',
    parentRef: { namespace: ORG, name: 'acme' },
    backendRef: CLOUD,
    children: below(PROD),
    secrets: [entry('TOKEN', `web/${name}-token`)],
    ...toCI,
    ...change,
  });

const ALL = { include: ['OF_ORG', 'PASSWORD', 'TOKEN'] };

function admitted({ status, message }: Answer): void {
  if (status >= 400) throw new Error(`${status} ${message}`);
}

/** It has ended: its request is closed, and a vote afterwards gives nobody anything. */
async function untilEnded(scope: string, name: string, reason: string, request?: SeenRequest): Promise<void> {
  await claims.untilState(name, `Ended ${reason}`);
  if (request) {
    await claims.untilStates(scope, name, 'Superseded');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', request);
    await pause(IDLE_MS);
    await claims.untilStates(scope, name, 'Superseded');
    expect(await claims.writesOf(name)).toEqual([]);
  }
  expect(await claims.secret(name)).toBeUndefined();
}

describe('G21: what is rotated between making a Snapshot and its release', () => {
  it('organization and repository are of when it was made, the environment of when it is released', async () => {
    await inCloud('moments');
    await claims.claim('moments', 'moments', { ...SNAPSHOT, ...ALL });
    await claims.claim('follows', 'moments', ALL);
    const request = await claims.untilRequest('moments', 'moments');
    await claims.untilRequest('moments', 'follows');
    expect(request.spec.secrets).toMatchObject([
      { name: 'OF_ORG', level: 'Organization', version: expect.any(String), versionFixed: true },
      { name: 'PASSWORD', level: 'Environment' },
      { name: 'TOKEN', level: 'Repository', version: expect.any(String), versionFixed: true },
    ]);
    expect(request.spec.secrets[1]).not.toHaveProperty('versionFixed');
    cloud.store('web/of-org', 'organization 2');
    cloud.store('web/moments-token', 'repository 2');
    cloud.store('web/moments-password', 'environment 2');
    await pause(IDLE_MS);
    expect(await claims.states('moments', 'moments')).toEqual(['Waiting']);
    await claims.approved('moments', 'moments');
    await claims.untilHas('moments', {
      OF_ORG: 'organization 1',
      PASSWORD: 'environment 2',
      TOKEN: 'repository 1',
    });
  });

  it('while a Live claim has what is newest', async () => {
    await claims.approved('moments', 'follows');
    await claims.untilHas('follows', {
      OF_ORG: 'organization 2',
      PASSWORD: 'environment 2',
      TOKEN: 'repository 2',
    });
  });

  it('afterwards nothing of it moves: it is immutable, and its claim owns it', async () => {
    const before = await claims.secret('moments');
    const claim = await claims.seen('moments');
    cloud.store('web/moments-password', 'environment 3');
    await claims.untilHas('follows', {
      OF_ORG: 'organization 2',
      PASSWORD: 'environment 3',
      TOKEN: 'repository 2',
    });
    expect(await claims.secret('moments')).toEqual(before);
    expect(before?.immutable).toBe(true);
    expect(before?.metadata.ownerReferences).toEqual([
      { apiVersion: API_VERSION, kind: 'SecretClaim', name: 'moments', uid: claim?.metadata.uid },
    ]);
    expect(await claims.writesOf('moments')).toEqual([`${OPERATOR} create`]);
  });

  it('what is changed while the operator is away does not move its moment', async () => {
    await inCloud('asleep');
    await claims.claim('asleep', 'asleep', { ...SNAPSHOT, include: ['PASSWORD', 'TOKEN'] });
    const request = await claims.untilRequest('asleep', 'asleep');
    await claims.world.cluster.operator.stop();
    cloud.store('web/asleep-token', 'repository 2');
    cloud.store('web/asleep-password', 'environment 2');
    await claims.world.cast('ana', 'Approve', request);
    await claims.world.cluster.restartOperator({ extra: ['--policy-settle', '1s', ...cloud.flags] });
    await claims.untilHas('asleep', { PASSWORD: 'environment 2', TOKEN: 'repository 1' });
  });

  it('THREATS 22: no value of the environment is read before the vote', async () => {
    await inCloud('unread');
    cloud.store('web/unread-token', 'repository 2');
    const before = cloud.fake.calls.length;
    await claims.claim('unread', 'unread', { ...SNAPSHOT, ...ALL });
    await claims.untilRequest('unread', 'unread');
    await pause(IDLE_MS);
    const reads = cloud.fake.calls.slice(before).filter(({ body }) => body.includes('web/unread-password'));
    expect(reads.filter(({ operation }) => operation.includes('GetSecretValue'))).toEqual([]);
  });
});

describe('API-REVIEW 10: a version of that moment that is no more', () => {
  it('in the cloud: the claim ends as VersionGone, and no other version is handed out', async () => {
    await inCloud('pruned');
    await claims.claim('pruned', 'pruned', { ...SNAPSHOT, include: ['PASSWORD', 'TOKEN'] });
    const request = await claims.untilRequest('pruned', 'pruned');
    const [, token] = request.spec.secrets as { version: string }[];
    cloud.store('web/pruned-token', 'repository 2');
    cloud.fake.secrets.store.any('web/pruned-token').versions.delete(token?.version ?? '');
    await claims.world.cast('ana', 'Approve', request);
    await untilEnded('pruned', 'pruned', 'VersionGone');
    expect(await claims.writesOf('pruned')).toEqual([]);
  });

  it('THREATS 22: in the cluster every rotation is one', async () => {
    await claims.claimable('rotated', BY_ANA);
    await claims.claim('rotated', 'rotated', { ...SNAPSHOT, include: ['PASSWORD', 'TOKEN'] });
    const request = await claims.untilRequest('rotated', 'rotated');
    await claims.world.cluster.have(
      secretThing(TEAM, 'shared-source', { TOKEN: 'rotated', PASSWORD: 'less specific' }),
    );
    await pause(IDLE_MS);
    expect(await claims.states('rotated', 'rotated')).toEqual(['Waiting']);
    await claims.world.cast('ana', 'Approve', request);
    await untilEnded('rotated', 'rotated', 'VersionGone');
    expect(await claims.writesOf('rotated')).toEqual([]);
    await until(async () => expect(await claims.states('rotated', 'rotated')).not.toContain('Released'));
  });

  it('asked for again it is a Snapshot of another moment', async () => {
    await claims.askAgain('rotated', 'again');
    await claims.approved('rotated', 'rotated');
    await claims.untilHas('rotated', { PASSWORD: 'value of rotated', TOKEN: 'rotated' });
  });

  it('the environment itself may rotate: what counts is the moment of its release', async () => {
    await claims.claimable('own', BY_ANA);
    await claims.claim('own', 'own', SNAPSHOT);
    const request = await claims.untilRequest('own', 'own');
    await claims.world.cluster.have(secretThing(PROD, 'own-source', { PASSWORD: 'rotated' }));
    await claims.world.cast('ana', 'Approve', request);
    await claims.untilHas('own', { PASSWORD: 'rotated' });
  });
});

describe('THREATS 23: what is withdrawn between making a Snapshot and its release', () => {
  const WAITS = { ...SNAPSHOT, include: ['PASSWORD', 'TOKEN'] };

  async function waiting(name: string): Promise<SeenRequest> {
    await inCloud(name);
    await claims.claim(name, name, WAITS);
    return claims.untilRequest(name, name);
  }

  it('an entry of the repository that is removed: SnapshotStale, and its request is closed', async () => {
    const request = await waiting('removed');
    await claims.world.cluster.have(
      repository('removed', { secrets: [entry('OTHER', 'web/removed-token')] }),
    );
    await untilEnded('removed', 'removed', 'SnapshotStale', request);
  });

  it('THREATS 23: a value that was replaced through the product: the old one is handed to nobody', async () => {
    await inCloud('leaked');
    await claims.claim('leaked', 'leaked', { ...SNAPSHOT, include: ['PASSWORD', 'TOKEN'] });
    const request = await claims.untilRequest('leaked', 'leaked');
    const writer = new SealedWorld(claims.world.cluster);
    await writer.set({ namespace: TEAM, scope: 'leaked-repository' }, 'TOKEN', 'repository 2');
    await writer.untilState(TEAM, 'token', 'Stored Stored');
    await claims.world.cast('ana', 'Approve', request);
    await claims.untilState('leaked', 'Ended SnapshotStale');
    expect(await claims.message('leaked')).toContain('a newer value of TOKEN was stored');
    expect(await claims.secret('leaked')).toBeUndefined();
  });

  it('a key that is another one', async () => {
    const request = await waiting('rekeyed');
    cloud.store('web/rekeyed-other', 'other');
    await claims.world.cluster.have(
      repository('rekeyed', { secrets: [entry('TOKEN', 'web/rekeyed-other')] }),
    );
    await untilEnded('rekeyed', 'rekeyed', 'SnapshotStale', request);
  });

  it('a key of the environment that is another one', async () => {
    await claims.claimable('reworded', BY_ANA);
    await claims.claim('reworded', 'reworded', SNAPSHOT);
    const request = await claims.untilRequest('reworded', 'reworded');
    await claims.world.cluster.have(secretThing(PROD, 'reworded-other', { PASSWORD: 'other' }));
    await claims.claimable('reworded', BY_ANA, {
      backendRef: LOCAL,
      secrets: [entry('PASSWORD', 'reworded-other', 'PASSWORD')],
    });
    await untilEnded('reworded', 'reworded', 'SnapshotStale', request);
  });

  it('a secret of the organization that no longer lists the repository', async () => {
    await inCloud('unlisted');
    await claims.claim('unlisted', 'unlisted', { ...SNAPSHOT, ...ALL });
    const request = await claims.untilRequest('unlisted', 'unlisted');
    const access = { repositories: [{ namespace: TEAM, name: 'moments-repository' }] };
    await claims.world.cluster.have(
      organization({ secrets: [{ ...entry('OF_ORG', 'web/of-org'), access }] }),
    );
    await untilEnded('unlisted', 'unlisted', 'SnapshotStale', request);
    await claims.world.cluster.have(organization());
  });

  it('a repository that hands nothing to the namespace any more', async () => {
    const request = await waiting('denied');
    await claims.world.cluster.have(repository('denied', { consumers: [] }));
    await untilEnded('denied', 'denied', 'SnapshotStale', request);
  });

  it('a name of the environment that now comes from above', async () => {
    await inCloud('shadowed');
    await claims.claim('shadowed', 'shadowed', SNAPSHOT);
    const request = await claims.untilRequest('shadowed', 'shadowed');
    cloud.store('web/shadowed-above', 'above');
    await claims.world.cluster.have(
      repository('shadowed', { secrets: [{ ...entry('PASSWORD', 'web/shadowed-above'), locked: true }] }),
    );
    await untilEnded('shadowed', 'shadowed', 'SnapshotStale', request);
  });

  it('the environment no longer admits the namespace: nothing is delivered, whoever approved it', async () => {
    await claims.claimable('closed', BY_ANA);
    await claims.claim('closed', 'closed', SNAPSHOT);
    const request = await claims.untilRequest('closed', 'closed');
    await claims.claimable('closed', BY_ANA, { consumers: [] });
    await claims.untilState('closed', 'Waiting NotAvailable');
    await claims.world.vote(await claims.world.person('ana'), 'ana', 'Approve', request);
    await pause(IDLE_MS);
    expect(await claims.writesOf('closed')).toEqual([]);
    expect(await claims.world.readsOf('closed-source')).toEqual([]);
  });

  it('asked for again by the annotation, what has ended is a request of now', async () => {
    await claims.askAgain('rekeyed', 'again');
    await claims.untilStates('rekeyed', 'rekeyed', 'Superseded', 'Waiting');
    expect((await claims.untilRequest('rekeyed', 'rekeyed')).spec).toMatchObject({ askedAgain: 'again' });
    await claims.approved('rekeyed', 'rekeyed');
    await claims.untilHas('rekeyed', { PASSWORD: 'environment 1', TOKEN: 'other' });
  });

  it('the spec of a Snapshot cannot be moved to another plan', async () => {
    const { status, message } = await claims.builder.merge(claimThing('own', 'any'), {
      spec: { include: ['TOKEN'] },
    });
    expect([status, message]).toEqual([422, expect.stringContaining('make another claim')]);
  });
});

describe('a Snapshot that was delivered', () => {
  it('loses its Secret when access to one of its names is taken away', async () => {
    await inCloud('late');
    await claims.claim('late', 'late', { ...SNAPSHOT, include: ['PASSWORD', 'TOKEN'] });
    await claims.approved('late', 'late');
    await claims.world.cluster.have(repository('late', { secrets: [] }));
    await claims.untilGone('late');
    await untilEnded('late', 'late', 'SnapshotStale');
    await claims.untilStates('late', 'late', 'Superseded');
  });

  it('whose Secret somebody deletes is not written again', async () => {
    admitted(await claims.world.cluster.platform.remove(secretThing(CI, 'moments')));
    await untilEnded('moments', 'moments', 'SnapshotStale');
    await pause(IDLE_MS);
    expect(await claims.secret('moments')).toBeUndefined();
  });

  it('keeps it when the operator is started again, and nothing is written', async () => {
    const before = await claims.secret('asleep');
    await claims.world.cluster.restartOperator({ extra: ['--policy-settle', '1s', ...cloud.flags] });
    await pause(IDLE_MS * 2);
    expect(await claims.secret('asleep')).toEqual(before);
    expect(await claims.state('asleep')).toBe('Delivered Materialized');
    expect(await claims.world.cluster.requestsByMasters()).toEqual([]);
  });
});
