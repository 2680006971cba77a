import { describe, expect, it } from 'vitest';
import { REQUEST_STATES } from '../model/approval.ts';
import { storedToldSchema } from '../model/kinds/automation-status-schema.ts';
import { aLook, aRequest, aTarget, LISTENER, MADE, NOW, shown, Watcher } from './a-look.fixture.ts';
import { dueEvents } from './due-events.ts';
import { COMMON_VARIABLES, EVENT_VARIABLES } from './event-variables.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const failed = (reason: string, since: string, message = 'asks again soon') => ({
  failure: { reason, message, since },
});

describe('Materialized', () => {
  it('if a Secret is made later than the automation, it is told, also by the first look', () => {
    const watcher = new Watcher();
    expect(shown(watcher.look({ targets: [aTarget('new', ['A@1'], MADE)] }))).toEqual(['Materialized new A']);
  });

  it('if a Secret was there before the automation, it is not', () => {
    const watcher = new Watcher();
    expect(watcher.look({ targets: [aTarget('old', ['A@1'], MADE - 1)] })).toEqual([]);
  });

  it('if a Secret comes after the first look, it is told whatever its date', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [] });
    expect(shown(watcher.look({ targets: [aTarget('restored', ['B@1', 'A@1'], 0)] }))).toEqual([
      'Materialized restored A,B',
    ]);
  });

  it('if its names change it is told, and once', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    const wider = { targets: [aTarget('t', ['A@1', 'B@1'])] };
    expect(shown(watcher.look(wider))).toEqual(['Materialized t A,B']);
    expect(watcher.look(wider)).toEqual([]);
    expect(shown(watcher.look({ targets: [aTarget('t', ['A@1'])] }))).toEqual(['Materialized t A']);
  });

  it('if only versions change, it is not', () => {
    const watcher = new Watcher({ events: ['Materialized'] });
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    expect(watcher.look({ targets: [aTarget('t', ['A@2'])] })).toEqual([]);
  });

  it('if a version is on its way to many namespaces, so that a name has two, it is not', () => {
    const watcher = new Watcher({ events: ['Materialized'] });
    watcher.look({ targets: [aTarget('t', ['A@1', 'B@1'])] });
    expect(watcher.look({ targets: [aTarget('t', ['A@1', 'A@2', 'B@1'])] })).toEqual([]);
    expect(watcher.look({ targets: [aTarget('t', ['A@2', 'B@1'])] })).toEqual([]);
  });

  it('if a Secret is deleted by hand and made again, it is no news', () => {
    const watcher = new Watcher();
    const there = { targets: [aTarget('t', ['A@1'])] };
    watcher.look(there);
    expect(watcher.look({ targets: [] })).toEqual([]);
    expect(watcher.look({ targets: [aTarget('t', ['A@1'], NOW)] })).toEqual([]);
  });

  it('if it cannot be told which Secrets there are, nothing follows and nothing is forgotten', () => {
    const watcher = new Watcher();
    expect(watcher.look({ targets: undefined })).toEqual([]);
    expect(watcher.told).toEqual({ requests: [] });
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    const before = watcher.told;
    watcher.look({ targets: undefined });
    expect(watcher.told).toEqual(before);
  });

  it('if the same names change twice, these are two deliveries', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    const ids = [['A@1', 'B@1'], ['A@1'], ['A@1', 'B@1']].map(
      (names) => watcher.look({ targets: [aTarget('t', names)] })[0]?.id,
    );
    expect(new Set(ids).size).toBe(3);
  });
});

describe('Rotated', () => {
  it('if a name has another version than was told, it is told with both', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('t', ['A@1', 'B@1'])] });
    expect(shown(watcher.look({ targets: [aTarget('t', ['A@2', 'B@1'])] }))).toEqual(['Rotated A 1>2']);
    expect(watcher.look({ targets: [aTarget('t', ['A@2', 'B@1'])] })).toEqual([]);
  });

  it('if a name was not told before, it is no rotation', () => {
    const watcher = new Watcher({ events: ['Rotated'] });
    expect(watcher.look({ targets: [aTarget('t', ['A@7'])] })).toEqual([]);
    expect(watcher.look({ targets: [aTarget('t', ['A@7', 'B@7'])] })).toEqual([]);
  });

  it('if several Secrets hold it, it is told once all of them have the new version', () => {
    const watcher = new Watcher();
    const have = (one: string, other: string) => ({
      targets: [aTarget('a', [`A@${one}`]), aTarget('b', [`A@${other}`])],
    });
    watcher.look(have('1', '1'));
    expect(watcher.look(have('2', '1'))).toEqual([]);
    expect(watcher.look(have('2', '3'))).toEqual([]);
    expect(shown(watcher.look(have('3', '3')))).toEqual(['Rotated A 1>3']);
  });

  it('if it is on its way when it is looked at first, there is nothing to compare with yet', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('a', ['A@1']), aTarget('b', ['A@2'])] });
    expect(watcher.look({ targets: [aTarget('a', ['A@2']), aTarget('b', ['A@2'])] })).toEqual([]);
    expect(shown(watcher.look({ targets: [aTarget('a', ['A@3'])] }))).toEqual(['Rotated A 2>3']);
  });

  it('if nobody holds it for a while, what was told stays told', () => {
    const watcher = new Watcher({ events: ['Rotated'] });
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    watcher.look({ targets: [aTarget('t', [])] });
    expect(shown(watcher.look({ targets: [aTarget('t', ['A@2'])] }))).toEqual(['Rotated A 1>2']);
  });

  it('if a version has an @ or is very long, it is told apart all the same', () => {
    const watcher = new Watcher();
    const long = 'v'.repeat(600);
    watcher.look({ targets: [aTarget('t', ['A@x@1', `B@${long}1`])] });
    const events = watcher.look({ targets: [aTarget('t', ['A@x@2', `B@${long}2`])] });
    expect(events.map(({ variables }) => variables['secret_version']?.slice(0, 5))).toEqual(['x@2', 'vvvvv']);
    expect(storedToldSchema.safeParse(watcher.told).success).toBe(true);
    expect(watcher.look({ targets: [aTarget('t', ['A@x@2', `B@${long}2`])] })).toEqual([]);
  });
});

describe('reviews', () => {
  it('if a request waits it is told once, also where it is older than the automation', () => {
    const watcher = new Watcher();
    const requests = [aRequest({ createdAt: MADE - 1_000 })];
    expect(shown(watcher.look({ requests }))).toEqual(['ReviewRequested web-1']);
    expect(watcher.look({ requests })).toEqual([]);
  });

  it.each([
    ['Released', 'ReviewApproved'],
    ['Rejected', 'ReviewRejected'],
  ] as const)('if it is %s, that is %s, and once', (state, event) => {
    const watcher = new Watcher();
    watcher.look({ requests: [aRequest()] });
    const requests = [aRequest({ state, decidedAt: NOW })];
    expect(shown(watcher.look({ requests }))).toEqual([`${event} web-1`]);
    expect(watcher.look({ requests })).toEqual([]);
  });

  it('if it was never seen to wait, it is told only as decided', () => {
    const watcher = new Watcher();
    expect(shown(watcher.look({ requests: [aRequest({ state: 'Released', decidedAt: MADE })] }))).toEqual([
      'ReviewApproved web-1',
    ]);
  });

  it('if it was decided before the automation was made, it is history', () => {
    const watcher = new Watcher();
    for (const decidedAt of [MADE - 1, undefined])
      expect(watcher.look({ requests: [aRequest({ state: 'Released', decidedAt })] })).toEqual([]);
  });

  it('if it was told as waiting, its decision is told whatever its date', () => {
    const watcher = new Watcher();
    watcher.look({ requests: [aRequest()] });
    expect(shown(watcher.look({ requests: [aRequest({ state: 'Rejected' })] }))).toEqual([
      'ReviewRejected web-1',
    ]);
  });

  it('if an older view says that it waits or is released again, it is no news', () => {
    const watcher = new Watcher();
    watcher.look({ requests: [aRequest({ state: 'Released', decidedAt: NOW })] });
    expect(watcher.look({ requests: [aRequest()] })).toEqual([]);
    expect(watcher.look({ requests: [aRequest({ state: 'Revoked', decidedAt: NOW })] })).toEqual([]);
    expect(watcher.look({ requests: [aRequest({ state: 'Released', decidedAt: NOW })] })).toEqual([]);
    expect(watcher.told?.requests).toEqual(['request-1 Revoked']);
  });

  it('if it ends in another way, nothing is told', () => {
    for (const state of REQUEST_STATES.slice(3)) {
      const watcher = new Watcher();
      watcher.look({ requests: [aRequest()] });
      expect(watcher.look({ requests: [aRequest({ state, decidedAt: NOW })] })).toEqual([]);
      expect(watcher.told?.requests).toEqual([`request-1 ${state}`]);
    }
  });

  it("if it is the automation's own, nobody is told; if it is another's, it is", () => {
    const watcher = new Watcher();
    const by = (kind: 'WebhookAutomation' | 'SecretClaim', uid: string) =>
      aRequest({
        uid: `${kind}-${uid}`,
        name: `${kind}-${uid}`,
        consumer: { kind, namespace: 'n', name: 'x', uid },
      });
    const requests = [
      by('WebhookAutomation', 'automation-1'),
      by('WebhookAutomation', 'automation-2'),
      by('SecretClaim', 'automation-1'),
    ];
    expect(shown(watcher.look({ requests })).sort()).toEqual([
      'ReviewRequested SecretClaim-automation-1',
      'ReviewRequested WebhookAutomation-automation-2',
    ]);
    expect(watcher.told?.requests).toHaveLength(2);
  });

  it('if it is gone from the ledger it is forgotten; if the ledger cannot be read it is not', () => {
    const watcher = new Watcher();
    watcher.look({ requests: [aRequest()] });
    watcher.look({ requests: undefined });
    expect(watcher.told?.requests).toEqual(['request-1 Waiting']);
    watcher.look({ requests: [] });
    expect(watcher.told?.requests).toEqual([]);
  });

  it('if a newer version of the product told a state that is unknown here, nothing follows', () => {
    const watcher = new Watcher();
    watcher.told = { requests: ['request-1 Pondered'] };
    expect(watcher.look({ requests: [aRequest({ state: 'Released', decidedAt: NOW })] })).toEqual([]);
    expect(watcher.told.requests).toEqual(['request-1 Pondered']);
  });

  it('whoever told it and whenever: one decision of one request has one id, another listener another', () => {
    const [one] = new Watcher().look({ requests: [aRequest()] });
    const later = new Watcher();
    later.now += 999_999;
    expect(later.look({ requests: [aRequest()] })[0]?.id).toBe(one?.id);
    expect(new Watcher({ uid: 'automation-2' }).look({ requests: [aRequest()] })[0]?.id).not.toBe(one?.id);
    expect(one?.id).toMatch(UUID);
  });
});

describe('SyncFailed', () => {
  it('if a sync fails it is told once, however its message changes', () => {
    const watcher = new Watcher();
    expect(shown(watcher.look(failed('BackendDenied', '2026-03-01T12:00:30Z')))).toEqual([
      'SyncFailed BackendDenied',
    ]);
    expect(watcher.look(failed('BackendDenied', '2026-03-01T12:00:30Z', 'other words'))).toEqual([]);
  });

  it('if it fails for another reason, or again, it is told again', () => {
    const watcher = new Watcher();
    watcher.look(failed('BackendDenied', '2026-03-01T12:00:30Z'));
    expect(watcher.look(failed('SecretMissing', '2026-03-01T12:00:30Z'))).toHaveLength(1);
    watcher.look({ failure: 'none' });
    expect(watcher.told).not.toHaveProperty('failure');
    expect(watcher.look(failed('SecretMissing', '2026-03-01T12:05:00Z'))).toHaveLength(1);
  });

  it('if it changes to and fro between two reasons, each is told once', () => {
    const watcher = new Watcher();
    const since = '2026-03-01T12:00:30Z';
    const told = ['BackendDenied', 'BackendThrottled', 'BackendDenied', 'BackendThrottled'].map(
      (reason) => watcher.look(failed(reason, since)).length,
    );
    expect(told).toEqual([1, 1, 0, 0]);
    expect(watcher.look(failed('BackendDenied', '2026-03-01T12:09:00Z'))).toHaveLength(1);
  });

  it('of more reasons than are kept the first makes room', () => {
    const watcher = new Watcher();
    const since = '2026-03-01T12:00:30Z';
    const reason = (number: number) => `Reason${number}`.padEnd(30, 'x');
    for (let number = 0; number < 5; number++) watcher.look(failed(reason(number), since));
    expect(watcher.told?.failure?.length).toBeLessThanOrEqual(128);
    expect(watcher.look(failed(reason(4), since))).toEqual([]);
    expect(watcher.look(failed(reason(0), since))).toHaveLength(1);
  });

  it('if it cannot be told whether it fails, what was told stays', () => {
    const watcher = new Watcher();
    watcher.look(failed('BackendDenied', '2026-03-01T12:00:30Z'));
    watcher.look({ failure: undefined });
    expect(watcher.look(failed('BackendDenied', '2026-03-01T12:00:30Z'))).toEqual([]);
  });

  it('if its time cannot be read, it is told as of now', () => {
    const watcher = new Watcher();
    const [event] = watcher.look(failed('BackendDenied', 'some time ago'));
    expect(event?.variables['event_time']).toBe(new Date(watcher.now).toISOString());
  });
});

describe('which events are told', () => {
  const many = {
    targets: [aTarget('t', ['A@1'], NOW)],
    requests: [aRequest()],
    ...failed('BackendDenied', '2026-03-01T12:00:30Z'),
  };

  it('if an event is not in `on`, it is passed over, and no history of it is told later', () => {
    const quiet = new Watcher({ events: ['SyncFailed'] });
    expect(shown(quiet.look(many))).toEqual(['SyncFailed BackendDenied']);
    const later = new Watcher();
    later.told = quiet.told;
    expect(later.look(many)).toEqual([]);
  });

  it('if a filter does not match, it is passed over as well', () => {
    const filter = [{ variable: 'consumer_kind', values: ['SecretClaim', 'Target'] }];
    expect(shown(new Watcher({ filter }).look(many))).toEqual(['ReviewRequested web-1']);
    const both = [...filter, { variable: 'scope_name', values: ['other'] }];
    expect(new Watcher({ filter: both }).look(many)).toEqual([]);
  });

  it('if an event lacks the variable of a filter, it is blank', () => {
    const filter = [{ variable: 'consumer_kind', values: [''] }];
    expect(shown(new Watcher({ filter }).look(many))).toEqual([
      'SyncFailed BackendDenied',
      'Materialized t A',
    ]);
  });

  it('they come by their times; what has none comes last, names in their order', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('t', ['B@1', 'A@1', 'C@1'])] });
    const events = watcher.look({
      targets: [aTarget('new', ['B@2'], MADE + 3_000), aTarget('t', ['A@2', 'B@2'])],
      requests: [
        aRequest({ uid: 'u2', name: 'later', createdAt: MADE + 9_000 }),
        aRequest({ uid: 'u1', name: 'sooner', createdAt: MADE + 1_000 }),
        aRequest({ uid: 'u3', name: 'decided', state: 'Released', createdAt: MADE, decidedAt: MADE + 8_000 }),
      ],
      ...failed('BackendDenied', new Date(MADE + 5_000).toISOString()),
    });
    expect(shown(events)).toEqual([
      'ReviewRequested sooner',
      'Materialized new B',
      'SyncFailed BackendDenied',
      'ReviewApproved decided',
      'ReviewRequested later',
      'Materialized t A,B',
      'Rotated A 1>2',
      'Rotated B 1>2',
    ]);
  });

  it('if there is not room for all, the rest comes later, in the same order', () => {
    const watcher = new Watcher();
    const seen: string[] = [];
    for (const room of [0, 1, 1, 5, 5]) seen.push(...shown(watcher.look(many, room)), '|');
    expect(seen).toEqual([
      '|',
      'ReviewRequested web-1',
      '|',
      'SyncFailed BackendDenied',
      '|',
      'Materialized t A',
      '|',
      '|',
    ]);
  });

  it('if there is no room for a rotation, a later one starts where the told one ended', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    watcher.look({ targets: [aTarget('t', ['A@2'])] }, 0);
    expect(shown(watcher.look({ targets: [aTarget('t', ['A@3'])] }))).toEqual(['Rotated A 1>3']);
  });

  it('if a look was lost before it was stored, the next one finds the same', () => {
    const watcher = new Watcher();
    const lost = watcher.missed(many);
    expect(shown(watcher.look(many))).toEqual(shown(lost.events));
  });
});

describe('what is kept', () => {
  it('never exceeds what the status holds, and what finds no place is not told again and again', () => {
    const watcher = new Watcher();
    const crowd = {
      targets: Array.from({ length: 70 }, (_, i) =>
        aTarget(
          `t${i}`,
          Array.from({ length: 5 }, (_, j) => `N${i}_${j}@1`),
          NOW,
        ),
      ),
      requests: Array.from({ length: 300 }, (_, i) => aRequest({ uid: `u${i}`, name: `r${i}` })),
    };
    expect(
      watcher
        .look(crowd, 1_000)
        .map(({ event }) => event === 'Materialized')
        .filter(Boolean),
    ).toHaveLength(64);
    expect(storedToldSchema.safeParse(watcher.told).error).toBeUndefined();
    expect(watcher.told?.versions).toHaveLength(300);
    expect(watcher.look(crowd, 1_000)).toEqual([]);
  });

  it('what is held has its place before what is not any more', () => {
    const watcher = new Watcher();
    const names = (letter: string) => Array.from({ length: 290 }, (_, i) => `${letter}${i}@1`);
    watcher.look({ targets: [aTarget('t', names('A'))] });
    watcher.look({ targets: [aTarget('t', names('B'))] });
    const told = watcher.told?.versions ?? [];
    expect(told.filter((one) => one.startsWith('B'))).toHaveLength(290);
    expect(told).toHaveLength(300);
  });

  it('of more requests than fit, those that wait are told first, then the newest', () => {
    const decided = Array.from({ length: 300 }, (_, i) =>
      aRequest({ uid: `d${i}`, state: 'Released', createdAt: NOW + i, decidedAt: NOW }),
    );
    const watcher = new Watcher({ events: ['ReviewRequested'] });
    expect(watcher.look({ requests: [...decided, aRequest({ createdAt: 0 })] })).toHaveLength(1);
    expect(watcher.told?.requests).toContain('d299 Released');
    expect(watcher.told?.requests).not.toContain('d0 Released');
  });

  it('the same look gives the same, whatever the order in which it was seen', () => {
    const look = aLook({
      targets: [aTarget('a', ['A@1', 'B@1'], NOW), aTarget('b', ['B@1'], NOW)],
      requests: [aRequest({ uid: 'u1' }), aRequest({ uid: 'u2' })],
    });
    const turned = { ...look, targets: look.targets?.toReversed(), requests: look.requests?.toReversed() };
    const at = { now: NOW, room: 50 };
    expect(dueEvents(turned, undefined, LISTENER, at)).toEqual(dueEvents(look, undefined, LISTENER, at));
  });
});

describe('the variables', () => {
  const consumer = { kind: 'SecretClaim' as const, namespace: 'ci', name: 'deploy-42', uid: 'c' };

  it('say what happened, when, where and by whom', () => {
    const request = aRequest({
      state: 'Released',
      decidedAt: NOW,
      by: 'bypass',
      people: ['kim', 'lee'],
      consumer,
    });
    const [event] = new Watcher().look({ requests: [request] });
    expect(event?.variables).toEqual({
      event_type: 'ReviewApproved',
      event_time: new Date(NOW).toISOString(),
      event_author: 'kim,lee',
      delivery_id: event?.id,
      entity_name: 'acme',
      project_name: 'web',
      environment_name: 'prod',
      scope_namespace: 'team-web',
      scope_name: 'web-prod',
      request_name: 'web-1',
      consumer_kind: 'SecretClaim',
      consumer_namespace: 'ci',
      consumer_name: 'deploy-42',
      decision: 'bypass',
    });
  });

  it('of every event are among those that are listed for it', () => {
    const watcher = new Watcher();
    watcher.look({ targets: [aTarget('t', ['A@1'])] });
    const events = watcher.look({
      targets: [aTarget('t', ['A@2']), aTarget('u', ['A@2'])],
      requests: [
        aRequest({ people: ['x'] }),
        aRequest({ uid: '2', state: 'Released', decidedAt: NOW, by: 'approve' }),
        aRequest({ uid: '3', state: 'Rejected', decidedAt: NOW, by: 'approve' }),
      ],
      ...failed('BackendDenied', '2026-03-01T12:00:30Z'),
    });
    expect(new Set(events.map(({ event }) => event)).size).toBe(6);
    for (const { event, variables } of events) {
      const listed = [...COMMON_VARIABLES, ...EVENT_VARIABLES[event]];
      expect(Object.keys(variables).filter((name) => !listed.includes(name))).toEqual([]);
      expect(EVENT_VARIABLES[event].filter((name) => !variables[name])).toEqual([]);
    }
  });

  it('are short, on one line and well-formed, whatever somebody wrote', () => {
    const message = `a\r\n\u0000b\u2028${'x'.repeat(504)}\u{1f600}`;
    const [event] = new Watcher().look(failed('BackendDenied', '2026-03-01T12:00:30Z', message));
    const text = event?.variables['message'] ?? '';
    expect(text).toBe(`a   b ${'x'.repeat(504)}\u{1f600}`);
    const [longer] = new Watcher().look(failed('BackendDenied', '2026-03-01T12:00:30Z', `x${message}`));
    expect(longer?.variables['message']).toHaveLength(512);
    expect(longer?.variables['message']?.isWellFormed()).toBe(true);
  });

  it('if there are more names than fit, none is cut', () => {
    const names = Array.from({ length: 60 }, (_, i) => `SECRET_${100 + i}@1`);
    const [event] = new Watcher().look({ targets: [aTarget('t', names, NOW)] });
    const told = event?.variables['secret_names']?.split(',') ?? [];
    expect(told).toEqual(Array.from({ length: 46 }, (_, i) => `SECRET_${100 + i}`));
  });
});
