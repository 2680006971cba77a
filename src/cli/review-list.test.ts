import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { aRequest, aVote, counted, listOf, PATHS, ReviewCluster, requestSpec } from './review-fixture.ts';

let cluster: ReviewCluster;
beforeEach(async () => {
  cluster = await ReviewCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const objects = () => cluster.few.objects;

describe('secretscope review list', () => {
  it('shows the requests that wait, with who asked and until when', async () => {
    const { text, notes, code } = await cluster.review('list');
    expect(text.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['NAMESPACE', 'NAME', 'SCOPE', 'FOR', 'STATE', 'APPROVALS', 'AUTHORS', 'EXPIRES', 'AGE', 'MY VOTE'],
      [
        'team',
        'web-production-web-3',
        'web-production',
        'target team/web',
        'Waiting',
        '0/1',
        'ben@acme.dev',
        '2026-12-22T10:00:00Z',
        '3m',
      ],
    ]);
    expect(notes).toBe('STATE, APPROVALS and EXPIRES are what the operator says');
    expect(code).toBe(0);
  });

  it('tells of a claim in which namespace it is', async () => {
    const consumer = { kind: 'SecretClaim' as const, namespace: 'ci', name: 'deploy-42', uid: 'claim-uid' };
    objects().set(PATHS.requests, listOf(aRequest({ consumer })));
    expect((await cluster.review('list')).text).toContain(' claim ci/deploy-42 ');
    objects().set(PATHS.request, aRequest({ consumer }));
    expect((await cluster.review('show', 'web-production-web-3')).text).toContain('claim ci/deploy-42');
  });

  it('tells of an automation that it is one', async () => {
    const consumer = { kind: 'WebhookAutomation' as const, namespace: 'team', name: 'deploys', uid: 'uid-1' };
    objects().set(PATHS.requests, listOf(aRequest({ consumer })));
    expect((await cluster.review('list')).text).toContain(' automation team/deploys ');
  });

  it('is what review does without a verb', async () => {
    expect(await cluster.review()).toEqual(await cluster.review('list'));
  });

  it('marks the votes of the caller, and whether they count, and nobody else’s', async () => {
    objects().set(
      PATHS.votes,
      listOf(
        aVote('a', {}, counted('False', 'VoteLapsed', 'vote again')),
        aVote('b', { decision: 'Reject' }),
        aVote('c', { reviewer: { username: 'eve' }, decision: 'Revoke' }),
        aVote('d', { requestRef: { name: 'web-production-web-3', uid: 'another' }, decision: 'Revoke' }),
      ),
    );
    const { text } = await cluster.review('list');
    expect(text.split('\n')[1]).toMatch(/ 3m +Approve \(not counted\), Reject$/);
  });

  it('leaves out what is decided, unless --all asks for it', async () => {
    objects().set(PATHS.requests, listOf(aRequest({}, { state: 'Released' })));
    const { text, notes } = await cluster.review('list');
    expect([text, notes]).toEqual(['', 'nothing waits in namespace team']);
    expect((await cluster.review('list', '--all')).text).toContain('Released');
  });

  it('shows what the operator has not looked at yet', async () => {
    objects().set(PATHS.requests, listOf(aRequest({}, {})));
    expect((await cluster.review('list')).text).toContain('web-production-web-3');
  });

  it('says that somebody may be missing among the authors', async () => {
    const odd = aRequest({ authors: ['ben, eve'], authorsComplete: false });
    objects().set(PATHS.requests, listOf(odd, aRequest({ authors: [] })));
    const { text } = await cluster.review('list');
    expect(text).toContain('"ben, eve", maybe others');
    expect(text).toContain('not known');
  });

  it('-A shows every namespace', async () => {
    objects().set(PATHS.allRequests, listOf(aRequest()));
    objects().set(PATHS.allVotes, listOf());
    expect((await cluster.review('-A')).text).toContain('web-production-web-3');
  });

  it('-o json and yaml say the same for programs', async () => {
    objects().set(PATHS.votes, listOf(aVote('a')));
    const json: unknown = JSON.parse((await cluster.review('-o', 'json')).text);
    const { consumer } = requestSpec();
    expect(json).toEqual({
      notes: [],
      requests: [
        {
          namespace: 'team',
          name: 'web-production-web-3',
          uid: 'request-uid',
          createdAt: '2026-11-22T10:00:00Z',
          scope: 'web-production',
          consumer,
          authors: ['ben@acme.dev'],
          authorsComplete: true,
          operatorSays: { state: 'Waiting', approvals: '0/1', expires: '2026-12-22T10:00:00Z' },
          ownVotes: [{ vote: 'a', decision: 'Approve' }],
        },
      ],
    });
    expect(parse((await cluster.review('-o', 'yaml')).text)).toEqual(json);
  });
});

describe('THREATS 25: where the caller’s view ends', () => {
  it('if not every namespace may be listed, the own one is shown and a note says so', async () => {
    objects().set(PATHS.allRequests, 'forbidden');
    const { text, notes, code } = await cluster.review('-A');
    expect(text).toContain('web-production-web-3');
    expect(notes).toContain(
      'note: you may not list requests of all namespaces; these are those of namespace team',
    );
    expect(code).toBe(0);
  });

  it('if the own namespace may not be listed either, it says what is left to do, and ends with 3', async () => {
    objects().set(PATHS.allRequests, 'forbidden').set(PATHS.requests, 'forbidden');
    for (const args of [['-A'], ['list']]) {
      const { text, notes, code } = await cluster.review(...args);
      expect([text, code]).toEqual(['', 3]);
      expect(notes).toContain('you may not list requests in namespace team');
      expect(notes).toContain('secretscope review show REQUEST -n team');
      expect(notes).not.toContain('\u001b');
    }
  });

  it('if votes may not be listed, requests are shown all the same', async () => {
    objects().set(PATHS.votes, 'forbidden');
    const { text, notes } = await cluster.review();
    expect(text).toContain('web-production-web-3');
    expect(notes).toContain('note: you may not list votes in namespace team');
  });

  it('if it is not known who calls, no vote is marked', async () => {
    objects().set(PATHS.votes, listOf(aVote('a')));
    cluster.caller = undefined;
    const { text, notes } = await cluster.review();
    expect(text).not.toContain('Approve');
    expect(notes).toContain('note: your own votes are not marked: you may not ask who you are');
  });

  it('if the kinds are not there, it says what to install, and ends with 4', async () => {
    objects().delete(PATHS.requests);
    const { notes, code } = await cluster.review();
    expect(notes).toContain('this cluster knows no requests; have its admin install SecretScope');
    expect(code).toBe(4);
  });

  it('if this version cannot read a request, it is named and the others are shown', async () => {
    const odd = { ...aRequest(), spec: { 'odd\u001b\u202e': 1 } };
    objects().set(PATHS.requests, listOf(odd, aRequest()));
    const { text, notes } = await cluster.review();
    expect(text).toContain('web-production-web-3');
    expect(notes).toContain('note: SecretRequest team/web-production-web-3 cannot be read by this version');
    expect(notes).not.toMatch(/[^\P{C}\n]/u);
  });
});

describe('what is typed wrong', () => {
  it.each<[string[], string]>([
    [['list', '-o', 'wide'], '-o takes table, json, yaml; got "wide"'],
    [['-A', '-n', 'team'], '-A is every namespace and -n is one; use either'],
    [['list', '-n', 'Team'], '"Team" is not the name of a namespace'],
    [['web-production-web-3'], 'to look at a request: secretscope review show REQUEST'],
  ])('%j', async (args, message) => {
    const { notes, code } = await cluster.review(...args);
    expect(notes).toContain(message);
    expect(code).toBe(2);
    expect(cluster.few.server.received).toEqual([]);
  });
});
