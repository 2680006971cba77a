import { beforeEach, describe, expect, it } from 'vitest';
import { aPlan, value, written } from '../../gate/a-plan.fixture.ts';
import type { LedgerEntry } from '../../model/approval.ts';
import { type RequestView, requestView } from '../../watch/approval-views.ts';
import { REQUESTS } from '../../watch/resources.ts';
import { aScopeView, raw } from '../../watch/world-fixture.ts';
import { ProtectedOperator } from './approval-fixture.ts';
import { apiError } from './memory-api.fixture.ts';
import { type Asking, makeRequest } from './request-maker.ts';

const NOW = Date.parse('2026-01-01T00:01:00Z');
const VIEW = aScopeView('prod/web-prod', {}, { uid: 'uid-own' });
const wanted = written(aPlan([value('A')]));
const other = written(aPlan([value('B')]));

let operator: ProtectedOperator;
beforeEach(() => {
  operator = new ProtectedOperator();
});

const asking = (change: Partial<Asking> = {}): Asking => ({
  view: VIEW,
  wanted,
  released: undefined,
  replaces: undefined,
  authors: { names: ['dev'], complete: true },
  askedAgain: '',
  entries: [],
  requests: [],
  now: NOW,
  ...change,
});
const make = (change: Partial<Asking> = {}) =>
  makeRequest(asking(change), operator.deps, new AbortController().signal);
const made = async (change: Partial<Asking> = {}) => (await make(change))?.id.name;
const spec = () => operator.request.spec;

/** One that is there, made `age` seconds ago. */
const there = (name: string, age = 5, plan = wanted, metadata: object = {}, authors = ['dev']): RequestView =>
  requestView(
    raw(
      'SecretRequest',
      `prod/${name}`,
      { ...plan.plan, subject: plan.subject.digest, authors, authorsComplete: true },
      {
        uid: `uid-${name}`,
        creationTimestamp: new Date(NOW - age * 1_000).toISOString(),
        ...metadata,
      },
    ),
  );
const entryOf = (name: string): LedgerEntry => ({
  request: { name, uid: `uid-${name}` },
  subject: wanted.subject,
  askedAgain: '',
  createdAt: NOW,
  authors: { names: [], complete: true },
  state: 'Superseded',
});

describe('a request', () => {
  it('says what is asked, its subject, who asked and what it belongs to', async () => {
    const asked = await make({ replaces: { name: 'web-prod-app-1', uid: 'uid-1' } });
    expect(spec()).toMatchObject({
      subject: wanted.subject.digest,
      authors: ['dev'],
      authorsComplete: true,
      replaces: { name: 'web-prod-app-1', uid: 'uid-1' },
    });
    expect(operator.request.metadata.ownerReferences).toEqual([
      { apiVersion: 'secretscope.dev/v1alpha1', kind: 'SecretScope', name: 'web-prod', uid: 'uid-own' },
    ]);
    expect(asked).toMatchObject({
      id: { name: 'web-prod-app-1', uid: operator.request.metadata.uid },
      createdAt: Date.parse(operator.request.metadata.creationTimestamp ?? ''),
      request: { subject: wanted.subject },
    });
  });

  it('says by which value of the annotation it was asked again, and of none nothing', async () => {
    await make();
    expect(spec()).not.toHaveProperty('askedAgain');
    await make({ askedAgain: 'please', entries: [entryOf('web-prod-app-1')] });
    expect(spec()).toMatchObject({ askedAgain: 'please' });
  });

  it.each<[string, string[], string[], string]>([
    ['begins with 1', [], [], 'web-prod-app-1'],
    ['goes on from the ledger', ['web-prod-app-3'], [], 'web-prod-app-4'],
    ['goes on from those that are there', ['web-prod-app-1'], ['web-prod-app-7'], 'web-prod-app-8'],
    ['counts numbers, not letters', ['web-prod-app-9', 'web-prod-app-10'], [], 'web-prod-app-11'],
    ['minds no other target', ['web-prod-application-5', 'web-prod-app-x'], [], 'web-prod-app-1'],
  ])('has a name that %s', async (_, entries, requests, name) => {
    expect(
      await made({ entries: entries.map(entryOf), requests: requests.map((one) => there(one, 500)) }),
    ).toBe(name);
  });

  it('whose name was taken meanwhile is not made', async () => {
    operator.api.before.set('create', () => {
      throw apiError('alreadyExists', REQUESTS);
    });
    expect(await make()).toBeUndefined();
  });

  it('of another scope is no obstacle', async () => {
    operator.api.put(REQUESTS, {
      metadata: { name: 'web-prod-app-1', namespace: 'prod' },
      spec: { ...there('x').spec, scopeRef: { name: 'web', uid: 'uid-other' } },
    });
    for (let round = 0; round < 3; round++) await operator.reconcile();
    expect(operator.states).toEqual(['web-prod-app-2 Waiting']);
  });

  it('that the API server refuses is an error', async () => {
    operator.api.before.set('create', () => {
      throw apiError('forbidden', REQUESTS);
    });
    await expect(make()).rejects.toThrow('forbidden');
  });
});

describe('what a request says of each line', () => {
  const changes = (list: unknown) =>
    (list as { name?: string; key?: string; change: string }[]).map(
      ({ name, key, change }) => `${name ?? key} ${change}`,
    );

  it('is whether it is new, changed, the same or going', async () => {
    const before = written([
      aPlan([value('A'), value('B'), value('D')]),
      aPlan([], { namespace: 'prod-old' }),
    ]);
    const now = written([
      aPlan([value('A'), value('B=x'), value('C')]),
      aPlan([], { namespace: 'prod-new' }),
    ]);
    await make({ wanted: now, released: before });
    expect([changes(spec()['secrets']), changes(spec()['namespaces'])]).toEqual([
      ['A Unchanged', 'B Changed', 'C Added', 'D Removed'],
      ['prod Unchanged', 'prod-new Added', 'prod-old Removed'],
    ]);
    expect(
      (spec()['keys'] as { key: string; change: string }[]).map(({ key, change }) => `${key} ${change}`),
    ).toEqual(['A Unchanged', 'B Unchanged', 'C Added', 'D Removed']);
  });

  it('does not change what it is about', async () => {
    const asked = await make({ released: written(aPlan([value('A=x'), value('B')])) });
    expect(asked?.request.subject).toEqual(wanted.subject);
  });

  it('that leaves is left out where there is no room', async () => {
    const many = (count: number, letter: string) =>
      Array.from({ length: count }, (_, at) =>
        value(`${letter}${'_'.repeat(at % 30)}${'Z'.repeat(Math.floor(at / 30))}`),
      );
    const now = written(aPlan(many(299, 'A')));
    await make({ wanted: now, released: written(aPlan(many(5, 'B'))) });
    const secrets = spec()['secrets'] as { change: string }[];
    expect([secrets.length, secrets.filter(({ change }) => change === 'Removed').length]).toEqual([300, 1]);
  });
});

describe('a request that is there and in no ledger', () => {
  it('is taken up if it was made just now: the operator ended before it could write that down', async () => {
    expect(await make({ requests: [there('web-prod-app-4')] })).toMatchObject({
      id: { name: 'web-prod-app-4', uid: 'uid-web-prod-app-4' },
      createdAt: NOW - 5_000,
    });
    expect(operator.requests).toEqual([]);
  });

  it.each<[string, Partial<Asking>]>([
    ['it is older than a minute', { requests: [there('web-prod-app-4', 60)] }],
    ['it is about something else', { requests: [there('web-prod-app-4', 5, other)] }],
    [
      'it is being deleted',
      { requests: [there('web-prod-app-4', 5, wanted, { deletionTimestamp: '2026-01-01T00:00:59Z' })] },
    ],
    ['it says that somebody else asked', { requests: [there('web-prod-app-4', 5, wanted, {}, ['eve'])] }],
    ['it is in the ledger', { requests: [there('web-prod-app-4')], entries: [entryOf('web-prod-app-4')] }],
  ])('is not taken up if %s', async (_, change) => {
    expect(await made(change)).toBe('web-prod-app-5');
  });

  it('is not taken up if anybody voted on it', async () => {
    const requests = [there('web-prod-app-4')];
    operator.small.world.review('prod/vote', {
      scopeRef: { name: 'web-prod', uid: 'uid-own' },
      requestRef: { name: 'web-prod-app-4', uid: 'uid-web-prod-app-4' },
      subject: wanted.subject.digest,
      decision: 'Approve',
      as: { kind: 'User', name: 'ana' },
      reviewer: { username: 'ana' },
    });
    expect(await made({ requests })).toBe('web-prod-app-5');
  });
});
