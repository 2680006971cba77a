import { beforeEach, describe, expect, it } from 'vitest';
import { KubeError } from '../../kube/kube-error.ts';
import { WISH_ANNOTATION } from '../../model/restart-wish.ts';
import { SHARED, under } from '../../watch/world-fixture.ts';
import { SmallOperator } from '../reconcile-fixture.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEB = { kind: 'Deployment', name: 'web' };
const BOTH = ['OWN', 'OWN2'].map((name) => ({ name, from: { key: name.toLowerCase() } }));
const target = (more: object = {}) => ({
  secretName: 'app',
  includeAll: true,
  restart: { workloads: [WEB] },
  ...more,
});

let operator: SmallOperator;

const scope = (spec: object = {}) =>
  operator.world.scope('team/web', {
    ...under('acme/acme'),
    backendRef: { kind: 'SecretBackend', name: 'vault' },
    secrets: [{ name: 'OWN', from: { key: 'own' } }],
    targets: [target()],
    ...spec,
  });

const look = () => operator.reconcile('team/web');
/** Looks until nothing is left to wait for within that time; answers how long that was. */
const told: string[] = [];
async function settle(withinMs = 5 * MINUTE): Promise<number> {
  let waited = 0;
  for (let looks = 0; looks < 100; looks++) {
    const result = await look();
    told.push(...operator.told);
    if (result.kind === 'done') return waited;
    const ms = result.kind === 'requeueAfter' ? result.ms : 1_000;
    if (waited + ms > withinMs) return waited;
    waited += ms;
    await operator.clock.advance(ms);
  }
  throw new Error('it never settles');
}
const rotate = (value: string) => operator.source('own', value);
const rolls = (kind = 'Deployment', place = 'team/web') => operator.workloads.rolls(kind, place);
const wish = () => operator.secrets.stored.get('team/app')?.metadata.annotations?.[WISH_ANNOTATION];
const pending = () => operator.status('team/web').conditions.find(({ type }) => type === 'RestartPending');

beforeEach(async () => {
  told.length = 0;
  operator = new SmallOperator().source('own', 'first');
  operator.world.clusterBackend('shared').backend('team/vault');
  const children = [{ namespaces: {}, visibility: 'Private', trusted: true }];
  operator.world.scope('acme/acme', { level: 'Organization', ...SHARED, children });
  scope();
  operator.workloads.put('Deployment', 'team/web');
  await settle();
  await operator.clock.advance(MINUTE);
  operator.workloads.calls.length = 0;
});

describe('a workload is restarted when delivered data changed', () => {
  it('once, ten seconds after the change, and is told', async () => {
    rotate('second');
    expect(await look()).toEqual({ kind: 'requeueAfter', ms: 10_000 });
    expect([operator.data('team/app'), rolls()]).toEqual([{ OWN: 'second' }, 0]);
    await operator.clock.advance(10_000);
    await look();
    expect([rolls(), operator.told]).toEqual([1, ['Restarted']]);
    expect(operator.events[0]?.note).toMatch(
      /^Deployment team\/web is restarted, since the data of Secret app changed; restart 1 of at most 6 within an hour \(change [-\w]{10}\)$/,
    );
    await settle();
    expect([rolls(), wish(), operator.ready('team/web')]).toEqual([1, undefined, 'True Materialized']);
  });

  it('and afterwards nothing is asked or written, also by the next operator', async () => {
    rotate('second');
    await settle();
    operator.restart().workloads.calls.length = 0;
    expect(await look()).toEqual({ kind: 'done' });
    expect([operator.workloads.calls, operator.secrets.done]).toEqual([[], []]);
  });

  it('changes within ten seconds become one restart', async () => {
    for (const value of ['second', 'third', 'fourth']) {
      rotate(value);
      await look();
      await operator.clock.advance(3_000);
    }
    await settle();
    expect([rolls(), operator.data('team/app')]).toEqual([1, { OWN: 'fourth' }]);
  });

  it('changes that never end do not put it off for ever', async () => {
    for (let second = 0; second < 60; second += 5) {
      rotate(`at ${second}`);
      await look();
      await operator.clock.advance(5_000);
    }
    expect(rolls()).toBeGreaterThanOrEqual(3);
  });

  it.each<[string, () => void, number]>([
    [
      'a new name',
      () => scope({ secrets: ['own', 'own2'].map((key) => ({ name: key.toUpperCase(), from: { key } })) }),
      1,
    ],
    [
      'a name that the target leaves out',
      () => {
        scope({ secrets: BOTH, targets: [target({ includeAll: false, include: ['OWN'] })] });
      },
      2,
    ],
    ['a name that nobody asks for any more', () => scope({ secrets: [] }), 1],
    ['labels', () => scope({ targets: [target({ labels: { tier: 'front' } })] }), 0],
    [
      'another key with the same value',
      () => scope({ secrets: [{ name: 'OWN', from: { key: 'own3' } }] }),
      0,
    ],
    [
      'a list of other workloads',
      () => scope({ targets: [target({ restart: { workloads: [WEB, { ...WEB, name: 'b' }] } })] }),
      0,
    ],
  ])('%s', async (_case, change, times) => {
    operator.source('own2', 'more').source('own3', 'first');
    if (times === 2) {
      scope({ secrets: BOTH });
      await settle();
    }
    change();
    await settle();
    expect([rolls(), wish()]).toEqual([times, undefined]);
  });

  it('each kind, and each once that several Secrets name', async () => {
    const workloads = [WEB, { kind: 'StatefulSet', name: 'db' }, { kind: 'DaemonSet', name: 'log' }];
    operator.workloads.put('StatefulSet', 'team/db');
    operator.workloads.put('DaemonSet', 'team/log');
    scope({ targets: [target({ restart: { workloads } }), target({ secretName: 'other' })] });
    await settle();
    rotate('second');
    await settle();
    expect([rolls(), rolls('StatefulSet', 'team/db'), rolls('DaemonSet', 'team/log')]).toEqual([1, 1, 1]);
    expect(operator.workloads.marks('Deployment', 'team/web')[0]?.changes).toHaveLength(2);
  });

  it('in each namespace that the Secret goes to, the workload of that namespace', async () => {
    operator.world.namespace('ci', { ci: 'yes' });
    operator.workloads.put('Deployment', 'ci/web');
    const namespaces = { matchLabels: { ci: 'yes' } };
    scope({ consumers: [{ namespaces }], targets: [target({ namespaces })] });
    await settle();
    rotate('second');
    await settle();
    expect([rolls(), rolls('Deployment', 'ci/web')]).toEqual([1, 1]);
  });
});

describe('THREATS 19: and only then', () => {
  const secret = () => operator.secrets.stored.get('team/app');
  const edit = (change: { data?: Record<string, string>; annotations?: Record<string, string> }) => {
    const now = secret();
    if (!now) throw new Error('there is no Secret');
    const metadata = { ...now.metadata, annotations: { ...now.metadata.annotations, ...change.annotations } };
    operator.secrets.put({ ...now, ...(change.data && { data: change.data }), metadata });
  };
  const lostKey = () => ({
    'secretscope.dev/delivery': (secret()?.metadata.annotations?.['secretscope.dev/delivery'] ?? '').replace(
      /"kid":"[^"]*"/,
      '"kid":"lost"',
    ),
  });
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  it('not when it is made for the first time, and not when it was deleted and is made again', async () => {
    expect(operator.workloads.calls).toEqual([]);
    operator.secrets.stored.delete('team/app');
    await settle();
    expect([operator.data('team/app'), operator.workloads.calls]).toEqual([{ OWN: 'first' }, []]);
  });

  it('not when the key of the installation was lost and everything is written again', async () => {
    edit({ annotations: lostKey() });
    await settle();
    expect(operator.secrets.observe('team/app')?.proof).toBe('proven');
    expect([operator.workloads.calls, wish()]).toEqual([[], undefined]);
  });

  it('unless data changed at the same time', async () => {
    edit({ annotations: lostKey() });
    rotate('second');
    await settle();
    expect(rolls()).toBe(1);
  });

  it('not when an edit by hand is mended', async () => {
    edit({ data: { OWN: base64('edited') } });
    await settle();
    expect([operator.data('team/app'), operator.workloads.calls]).toEqual([{ OWN: 'first' }, []]);
  });

  it.each([
    ['the same data', 'first', 0],
    ['other data', 'theirs', 1],
  ])('of a Secret that was handed over with %s', async (_case, value, times) => {
    operator.secrets.stored.delete('team/app');
    operator.secrets.put({
      metadata: { namespace: 'team', name: 'app', annotations: { 'secretscope.dev/adopt': 'team/web' } },
      data: { OWN: base64(value) },
    });
    await settle();
    expect([operator.data('team/app'), rolls()]).toEqual([{ OWN: 'first' }, times]);
  });

  it('not when a workload is made after the change: its Pods never saw the old data', async () => {
    operator.workloads.remove('Deployment', 'team/web');
    rotate('second');
    await settle(MINUTE);
    await operator.clock.advance(MINUTE);
    operator.workloads.put('Deployment', 'team/web');
    await settle();
    expect([rolls(), wish(), pending()]).toEqual([0, undefined, undefined]);
  });

  it('not when the target is gone, and the Secret that stays says nothing of it', async () => {
    scope({ targets: [target({ deletionPolicy: 'Retain' })] });
    await settle();
    rotate('second');
    await look();
    const before = operator.world.scopes.get('team/web');
    scope({ targets: [] });
    operator.witness.watched(before, operator.world.scopes.get('team/web'));
    await settle();
    expect([secret()?.metadata.annotations, operator.data('team/app')]).toEqual([{}, { OWN: 'second' }]);
    expect(rolls()).toBe(0);
  });

  it('not when nobody wants it any more', async () => {
    rotate('second');
    await look();
    scope({ targets: [target({ restart: undefined })] });
    await settle();
    expect([rolls(), wish()]).toEqual([0, undefined]);
  });

  it('not again when somebody puts the workload back without our annotation', async () => {
    operator.workloads.instant = false;
    rotate('second');
    await settle(15_000);
    expect([rolls(), wish()]).toEqual([1, expect.any(String)]);
    operator.workloads.of('Deployment', 'team/web').template = {};
    await settle();
    expect(rolls()).toBe(1);
  });

  it('not when Reloader does it, by its annotations', async () => {
    operator.workloads.put('Deployment', 'team/web', { 'reloader.stakater.com/auto': 'true' });
    rotate('second');
    await settle();
    expect([rolls(), wish()]).toEqual([0, undefined]);
  });

  it('a forged wish restarts what is theirs, once; what is no wish is nothing', async () => {
    edit({
      annotations: { [WISH_ANNOTATION]: 'forgedbyme 2099-01-01T00:00:00.000Z 2099-01-01T00:00:00.000Z' },
    });
    await settle();
    expect([rolls(), wish()]).toEqual([1, undefined]);
    edit({ annotations: { [WISH_ANNOTATION]: 'nonsense' } });
    await settle();
    expect(rolls()).toBe(1);
  });
});

describe('THREATS 18: bounds', () => {
  it('six restarts of a workload within an hour; the seventh holds and is told, and the Secret is new', async () => {
    for (let value = 1; value <= 7; value++) {
      rotate(`value ${value}`);
      await settle(15_000);
      await operator.clock.advance(MINUTE);
    }
    expect([rolls(), operator.data('team/app')]).toEqual([6, { OWN: 'value 7' }]);
    expect(pending()).toMatchObject({ status: 'True', reason: 'Flapping' });
    expect(pending()?.message).toMatch(/restarted 6 times within an hour.*next restart is at 2026-/);
    expect(operator.ready('team/web')).toBe('True Materialized');
    await operator.restart().reconcile('team/web');
    expect(rolls()).toBe(6);
    await operator.clock.advance(HOUR);
    await settle();
    expect([rolls(), pending(), wish()]).toEqual([7, undefined, undefined]);
  });

  it('ten rollouts of an organization at the same time; the next begins when one has ended', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `w${index}`);
    for (const name of names) operator.workloads.put('Deployment', `team/${name}`);
    const workloads = names.map((name) => ({ kind: 'Deployment', name }));
    scope({ targets: [target({ restart: { workloads } })] });
    operator.workloads.instant = false;
    rotate('second');
    await settle(40_000);
    const rolled = () => names.filter((name) => rolls('Deployment', `team/${name}`) > 0).length;
    expect([rolled(), pending()?.reason]).toEqual([10, 'RestartsLimited']);
    operator.workloads.of('Deployment', 'team/w3').rolledOut = 2;
    await operator.clock.advance(MINUTE);
    await look();
    await look();
    expect(rolled()).toBe(11);
    operator.workloads.instant = true;
    await operator.clock.advance(MINUTE);
    await settle();
    expect([rolled(), wish(), pending()]).toEqual([12, undefined, undefined]);
  });

  it('a rollout that hangs takes nobody’s place for longer than ten minutes', async () => {
    operator.workloads.instant = false;
    rotate('second');
    await settle(HOUR);
    expect([rolls(), wish()]).toEqual([1, undefined]);
  });
});

describe('what stands in the way of a restart is told, and never of the Secret', () => {
  it.each<[string, () => void, string, () => void]>([
    [
      'the workload is not there',
      () => operator.workloads.remove('Deployment', 'team/web'),
      'WorkloadMissing',
      () => undefined,
    ],
    [
      'the operator has no right to it',
      () => operator.workloads.errors.set('get', 'forbidden'),
      'RestartForbidden',
      () => operator.workloads.errors.clear(),
    ],
    [
      'a policy of somebody else refuses it',
      () => operator.workloads.errors.set('patch', 'forbidden'),
      'RestartRefused',
      () => operator.workloads.errors.clear(),
    ],
    [
      'the API server does not manage',
      () => operator.workloads.errors.set('get', 'server'),
      'RestartRefused',
      () => operator.workloads.errors.clear(),
    ],
  ])('%s', async (_case, breaks, reason, mends) => {
    breaks();
    rotate('second');
    await settle(15_000);
    expect([operator.data('team/app'), operator.ready('team/web')]).toEqual([
      { OWN: 'second' },
      'True Materialized',
    ]);
    expect(pending()).toMatchObject({ status: 'True', reason });
    expect(told.filter((one) => one === reason)).toHaveLength(1);
    const again = await look();
    expect(again).toMatchObject({ kind: 'requeueAfter', ms: 30_000 });
    expect(operator.told).toEqual([]);
    mends();
    await settle();
    if (reason === 'WorkloadMissing') return;
    expect([rolls(), pending(), wish()]).toEqual([1, undefined, undefined]);
  });

  it('one that cannot be restarted holds up no other', async () => {
    scope({ targets: [target({ restart: { workloads: [{ ...WEB, name: 'gone' }, WEB] } })] });
    rotate('second');
    await settle(15_000);
    expect([rolls(), pending()?.reason]).toEqual([1, 'WorkloadMissing']);
  });

  it('somebody changes it meanwhile: it is looked at again at once', async () => {
    let times = 0;
    operator.workloads.beforePatch = () => {
      if (times++ === 0) operator.workloads.of('Deployment', 'team/web').resourceVersion++;
    };
    rotate('second');
    expect(await settle()).toBeLessThan(30_000);
    expect([rolls(), times]).toEqual([1, 2]);
  });
});

describe('FAULTS: a crash at any write', () => {
  const killed = () =>
    new KubeError({ kind: 'network', call: { verb: '', resource: '', target: '', sensitive: true } });
  const dies = (): never => {
    throw killed();
  };

  it.each<[string, (once: () => void) => void]>([
    ['before the Secret is written', () => void operator.secrets.errors.set('patch team/app', killed())],
    [
      'after the Secret was written',
      (once) => {
        operator.secrets.answering = (call) => {
          if (call === 'patch team/app') once();
        };
      },
    ],
    [
      'before the workload is restarted',
      (once) => void Object.assign(operator.workloads, { beforePatch: once }),
    ],
    [
      'after the workload was restarted',
      (once) => void Object.assign(operator.workloads, { afterPatch: once }),
    ],
    [
      'after the wish was taken off',
      (once) => {
        operator.secrets.answering = (call) => {
          if (call === 'patch team/app' && wish() === undefined) once();
        };
      },
    ],
  ])('%s: restarted exactly once', async (_case, plant) => {
    rotate('second');
    plant(dies);
    let crashed = false;
    for (let looks = 0; looks < 5 && !crashed; looks++) {
      crashed = await look().then(
        () => false,
        () => true,
      );
      if (!crashed) await operator.clock.advance(10_000);
    }
    expect(crashed).toBe(true);
    operator.secrets.errors.clear();
    operator.secrets.answering = () => undefined;
    operator.workloads.beforePatch = () => undefined;
    operator.workloads.afterPatch = () => undefined;
    operator.restart();
    await settle();
    expect([operator.data('team/app'), rolls(), wish()]).toEqual([{ OWN: 'second' }, 1, undefined]);
  });
});
