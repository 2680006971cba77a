import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/kube-client.ts';
import { type KubeObject, resource } from '../kube/kube-objects.ts';
import { openClient } from '../kube/open-client.ts';
import { Store } from '../kube/store.ts';
import { eventually, quietMoment } from '../kube/testing/eventually.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { json, statusBody } from '../kube/testing/scripted-server.ts';
import { type Fault, WatchableServer } from '../kube/testing/watchable-server.ts';
import { EnrolledWatches } from './enrolled-watches.ts';

interface Thing extends KubeObject {
  readonly value: string;
}
const THINGS = resource<Thing>({
  group: '',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
});
const forbidden: Fault = (_request, response) => {
  json(response, 403, statusBody(403, 'Forbidden'));
  return true;
};

let server: WatchableServer;
let client: KubeClient;
let close: () => Promise<void>;
let store: Store<string>;
let told: string[];
let watches: EnrolledWatches<Thing, string>;
const clock = new FakeClock();

beforeEach(async () => {
  server = await WatchableServer.start();
  ({ client, close } = openClient({
    endpoint: server.server.endpoint(),
    clock,
    random: () => 0.5,
    userAgent: 'test',
  }));
  store = new Store();
  told = [];
  watches = new EnrolledWatches<Thing, string>({
    client,
    clock,
    random: () => 0.5,
    type: THINGS,
    labelSelector: 'a=b',
    store,
    transform: (thing) => thing.value,
    onChange: () => undefined,
    onNamespace: (namespace) => told.push(`${namespace} ${watches.state(namespace)}`),
    onError: () => undefined,
  });
});

afterEach(async () => {
  await watches.stop();
  await close();
  await server.stop();
});

const isEnrolled = () => watches.state('team') === 'enrolled';
const enrolled = async () => {
  await watches.enrol('team');
  await eventually(isEnrolled);
};

describe('the watch is the proof of enrolment', () => {
  it('before it there is none, and when it has listed there is', async () => {
    server.put('a', 'v1');
    expect(watches.state('team')).toBe('notEnrolled');
    const looking = watches.enrol('team');
    expect(watches.state('team')).toBe('starting');
    await looking;
    await eventually(isEnrolled);
    expect([store.get('team/a'), watches.namespaces(), told]).toEqual(['v1', ['team'], ['team enrolled']]);
    expect(server.watches[0]?.query.get('labelSelector')).toBe('a=b');
  });

  it('a namespace whose watch is refused is not enrolled, whatever was said', async () => {
    server.fail(forbidden);
    await watches.enrol('team');
    await eventually(() => told.length > 0);
    expect([watches.state('team'), watches.namespaces()]).toEqual(['notEnrolled', []]);
  });

  it('an enrolment that is given again is tried at once', async () => {
    server.fail(forbidden);
    await watches.enrol('team');
    await eventually(() => told.length > 0);
    server.fail(undefined);
    await enrolled();
    expect([told[0], told.at(-1)]).toEqual(['team notEnrolled', 'team enrolled']);
  });

  it('one that is given twice opens one watch', async () => {
    await Promise.all([watches.enrol('team'), watches.enrol('team')]);
    await eventually(isEnrolled);
    await watches.enrol('team');
    expect(server.open.size).toBe(1);
  });
});

describe('an enrolment that is taken back', () => {
  it('leaves nothing known of the namespace, and deletes nothing', async () => {
    server.put('a', 'v1');
    await enrolled();
    await watches.leave('team');
    expect([store.size, watches.state('team'), watches.reflectors()]).toEqual([0, 'notEnrolled', []]);
    expect(told.at(-1)).toBe('team notEnrolled');
    expect(server.server.received.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('and given again at the same moment ends with everything known', async () => {
    server.put('a', 'v1');
    await enrolled();
    await Promise.all([watches.leave('team'), watches.enrol('team')]);
    await eventually(isEnrolled);
    await quietMoment();
    expect([store.get('team/a'), server.open.size]).toEqual(['v1', 1]);
  });

  it('and given again knows nothing that has vanished meanwhile', async () => {
    server.put('a', 'v1');
    server.put('b', 'v1');
    await enrolled();
    server.fail(forbidden);
    server.endWatches();
    await eventually(
      () => watches.state('team') === 'notEnrolled',
      () => clock.advance(1_000),
    );
    server.silent = true;
    server.remove('b');
    server.silent = false;
    server.fail(undefined);
    await enrolled();
    expect([...store.keys()]).toEqual(['team/a']);
  });

  it('that never was is no event', async () => {
    await watches.leave('team');
    expect(told).toEqual([]);
  });
});

describe('with rights everywhere', () => {
  it('one watch serves all namespaces, and single enrolments mean nothing', async () => {
    await watches.watchEverywhere().whenSynced();
    await watches.enrol('team');
    expect([watches.state('any'), watches.reflectors().length, server.open.size]).toEqual(['enrolled', 1, 1]);
    expect(told).toEqual([' enrolled']);
  });
});

describe('the first look', () => {
  it('is over when every namespace was listed or refused', async () => {
    await watches.enrol('team');
    await watches.whenLooked();
    expect(isEnrolled()).toBe(true);
  });

  it('is over when there is nothing to look at', async () => {
    await watches.whenLooked();
  });

  it('does not wait for a namespace that does not answer', async () => {
    server.fail(() => true);
    await watches.enrol('team');
    let over = false;
    const looked = watches.whenLooked().then(() => {
      over = true;
    });
    await clock.advance(9_999);
    expect(over).toBe(false);
    await clock.advance(1);
    await looked;
    expect(watches.state('team')).toBe('starting');
  });
});
