import { beforeEach, describe, expect, it } from 'vitest';
import { Interests, listingThing, sourceThing, targetThing } from './interests.ts';
import type { ScopeView } from './views.ts';
import { WakeUp } from './wake-up.ts';
import {
  aBackendView,
  aClusterBackendView,
  aNamespaceView,
  aScopeView,
  OWN,
  SHARED,
  SmallWorld,
  under,
} from './world-fixture.ts';

let world: SmallWorld;
let interests: Interests;
let woken: Set<string>;
let wakeUp: WakeUp;

beforeEach(() => {
  world = SmallWorld.ofThreeLevels()
    .scope('team/api', { ...under('acme/acme'), ...OWN })
    .scope('other/lone')
    .scope('ci/fan', { targets: [{ secretName: 'a', includeAll: true, namespaces: {} }] });
  interests = new Interests();
  woken = new Set();
  wakeUp = new WakeUp(world.scopes, interests, (kind, key) => woken.add(`${kind} ${key}`));
});

const list = () => [...woken].sort();
const seen = (key: string): ScopeView => world.scopes.get(key) ?? expect.fail();
const organization = ['scope acme/acme', 'scope prod/web-prod', 'scope team/api', 'scope team/web'];

describe('a scope that changed', () => {
  const changed = (key: string, spec: object) => aScopeView(key, { ...spec }, { generation: 2 });

  it('wakes itself and everything below it', () => {
    wakeUp.scope('acme/acme', seen('acme/acme'), changed('acme/acme', { level: 'Organization', ...SHARED }));
    expect(list()).toEqual(organization);
  });

  it('at the lowest level wakes itself alone', () => {
    wakeUp.scope(
      'prod/web-prod',
      seen('prod/web-prod'),
      changed('prod/web-prod', { level: 'Environment', ...under('team/web') }),
    );
    expect(list()).toEqual(['scope prod/web-prod']);
  });

  const aroundWeb = ['backend team/vault', 'scope acme/acme', 'scope prod/web-prod', 'scope team/web'];

  it('that is new wakes its parent and its backend too: they count it', () => {
    wakeUp.scope('team/web', undefined, seen('team/web'));
    expect(list()).toEqual(aroundWeb);
  });

  it('that went wakes them as well', () => {
    const before = seen('team/web');
    world.scopes.delete('team/web');
    wakeUp.scope('team/web', before, undefined);
    expect(list()).toEqual(aroundWeb);
  });

  it('that was deleted and made again is told as a new one', () => {
    const again = aScopeView('team/web', { ...under('acme/acme'), ...OWN }, { uid: 'uid-new' });
    wakeUp.scope('team/web', seen('team/web'), again);
    expect(list()).toContain('scope acme/acme');
  });

  it('GX12: that went wakes its namesakes, and no other sibling: one of them may take its name', () => {
    const environment = { level: 'Environment', ...under('team/web') };
    world.scope('prod/second', { ...environment, environmentName: 'Web-Prod' });
    world.scope('prod/third', environment);
    wakeUp.scope('prod/web-prod', seen('prod/web-prod'), undefined);
    expect(list()).toContain('scope prod/second');
    expect(list()).not.toContain('scope prod/third');
  });

  it('that reads with another backend now wakes both', () => {
    const after = changed('team/web', {
      ...under('acme/acme'),
      backendRef: { kind: 'SecretBackend', name: 'other' },
    });
    wakeUp.scope('team/web', seen('team/web'), after);
    expect(list()).toEqual(expect.arrayContaining(['backend team/vault', 'backend team/other']));
  });

  it('whose spec can be read again wakes the parent that counts it', () => {
    const unreadable = aScopeView('team/web', { level: 'Nonsense' });
    expect(unreadable.spec.kind).toBe('invalid');
    wakeUp.scope('team/web', unreadable, changed('team/web', { ...under('acme/acme'), ...OWN }));
    expect(list()).toContain('scope acme/acme');
  });

  it.each<[string, Parameters<typeof aScopeView>[2]]>([
    ['that is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    [
      'that somebody asks to be looked at',
      { annotations: { 'reconcile.secretscope.dev/requestedAt': 'now' } },
    ],
  ])('%s is woken', (_case, metadata) => {
    wakeUp.scope(
      'other/lone',
      seen('other/lone'),
      aScopeView('other/lone', {}, { resourceVersion: '2', ...metadata }),
    );
    expect(list()).toEqual(['scope other/lone']);
  });
});

describe('FAULTS: our own status write wakes nobody', () => {
  it('of a scope', () => {
    const after = aScopeView(
      'team/web',
      { ...under('acme/acme'), ...OWN },
      { resourceVersion: '2' },
      { conditions: [] },
    );
    wakeUp.scope('team/web', seen('team/web'), after);
    expect(list()).toEqual([]);
  });

  it('of a backend', () => {
    wakeUp.backend(
      'SecretBackend',
      'team/vault',
      aBackendView('team/vault'),
      aBackendView('team/vault', { resourceVersion: '2' }),
    );
    expect(list()).toEqual([]);
  });
});

describe('a backend that changed', () => {
  it('wakes its check, the scopes that read with it and those below them', () => {
    wakeUp.backend('SecretBackend', 'team/vault', undefined, aBackendView('team/vault'));
    expect(list()).toEqual(['backend team/vault', 'scope prod/web-prod', 'scope team/api', 'scope team/web']);
  });

  it('that is shared does so in every namespace', () => {
    wakeUp.backend('ClusterSecretBackend', 'shared', aClusterBackendView('shared'), undefined);
    expect(list()).toEqual(['clusterbackend shared', ...organization]);
  });

  it('wakes nobody in whose namespace one of the same name lives', () => {
    wakeUp.backend('SecretBackend', 'other/vault', undefined, aBackendView('other/vault'));
    expect(list()).toEqual(['backend other/vault']);
  });
});

describe('THREATS 12: labels of a namespace decide who is admitted', () => {
  it('so a change wakes its scopes, what is below, who counts them, and whoever fans out', () => {
    wakeUp.namespace(aNamespaceView('team'), aNamespaceView('team', { org: 'acme' }));
    expect(list()).toEqual([
      'backend team/vault',
      'scope acme/acme',
      'scope ci/fan',
      'scope prod/web-prod',
      'scope team/api',
      'scope team/web',
    ]);
  });

  it('also where there is no scope: somebody may fan out into it', () => {
    wakeUp.namespace(undefined, aNamespaceView('new'));
    expect(list()).toEqual(['scope ci/fan']);
  });

  it('a namespace that is going away wakes them too', () => {
    wakeUp.namespace(aNamespaceView('other'), aNamespaceView('other', {}, true));
    expect(list()).toEqual(['scope ci/fan', 'scope other/lone']);
  });

  it('nothing else of a namespace wakes anybody', () => {
    wakeUp.namespace(aNamespaceView('team'), aNamespaceView('team'));
    wakeUp.namespace(undefined, undefined);
    expect(list()).toEqual([]);
  });
});

describe('an enrolment', () => {
  it('wakes the scopes of the namespace and whoever fans out', () => {
    wakeUp.enrolment('other');
    expect(list()).toEqual(['scope ci/fan', 'scope other/lone']);
  });

  it('everywhere wakes everybody', () => {
    wakeUp.enrolment('');
    expect(list()).toEqual([...world.scopes.keys()].map((key) => `scope ${key}`).sort());
  });
});

describe('a source that may have changed', () => {
  beforeEach(() => {
    interests.replace('team/web', [sourceThing('u1', 'k')]);
    interests.replace('team/api', [sourceThing('u1', 'k2')]);
    interests.replace('acme/acme', [listingThing('u1')]);
    interests.replace('other/lone', [sourceThing('u2', 'k'), listingThing('u2')]);
  });

  it('wakes who reads this key, and who lists the backend', () => {
    wakeUp.source('u1', 'k');
    expect(list()).toEqual(['scope acme/acme', 'scope team/web']);
  });

  it('without a key wakes everybody who reads from the backend', () => {
    wakeUp.source('u1', undefined);
    expect(list()).toEqual(['scope acme/acme', 'scope team/api', 'scope team/web']);
  });

  it('of another backend wakes nobody', () => {
    wakeUp.source('u3', 'k');
    expect(list()).toEqual([]);
  });
});

describe('a target Secret that changed', () => {
  it('wakes who holds it, who held it, and who wants it', () => {
    interests.replace('other/lone', [targetThing('team', 'app')]);
    wakeUp.target({ namespace: 'team', name: 'app' }, ['team/web', undefined, 'team/api']);
    expect(list()).toEqual(['scope other/lone', 'scope team/api', 'scope team/web']);
  });
});
