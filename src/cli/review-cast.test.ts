import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { voteName } from './review-cast.ts';
import {
  aRequest,
  counted,
  PATHS,
  type Refused,
  ReviewCluster,
  requestRef,
  requestSpec,
} from './review-fixture.ts';

let cluster: ReviewCluster;
beforeEach(async () => {
  cluster = await ReviewCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const objects = () => cluster.few.objects;
const vote = (verb: string, ...args: string[]) => cluster.review(verb, requestRef.name, ...args);
const approve = (...args: string[]) => vote('approve', ...args);
const cast = () => cluster.votes.map(({ body }) => body as { metadata: { name: string }; spec: object });

describe('a vote', () => {
  it('names the scope, the request with its UID, the plan, and who the API server takes the caller for', async () => {
    cluster.caller = { username: 'ana@acme.dev', uid: 'u-7', groups: [] };
    const { text, code } = await approve('--yes', '--comment', 'as agreed');
    expect(cast()).toEqual([
      {
        apiVersion: 'secretscope.dev/v1alpha1',
        kind: 'RequestReview',
        metadata: { name: expect.stringMatching(/^web-production-web-3-[a-z2-9]{5}$/), namespace: 'team' },
        spec: {
          scopeRef: requestSpec().scopeRef,
          requestRef,
          subject: requestSpec().subject,
          decision: 'Approve',
          as: { kind: 'User', name: 'ana@acme.dev' },
          comment: 'as agreed',
          reviewer: { username: 'ana@acme.dev', uid: 'u-7' },
        },
      },
    ]);
    expect(text.split('\n')).toEqual([
      `Approve by ana@acme.dev as User ana@acme.dev on team/web-production-web-3: RequestReview ${cast()[0]?.metadata.name}`,
      'the operator says that it counts (VoteCounted: the vote counts)',
    ]);
    expect(code).toBe(0);
  });

  it('says how many more have to approve', async () => {
    const waiting = (approvals: string) =>
      cluster.few.objects.set(PATHS.request, aRequest({}, { state: 'Waiting', approvals }));
    waiting('1/3');
    expect((await vote('approve', '--yes')).text).toContain('1 of 3 approvals are there: 2 more are needed');
    waiting('3/3');
    expect((await vote('approve', '--yes')).text).not.toContain('needed');
  });

  it.each([
    ['reject', 'Reject'],
    ['revoke', 'Revoke'],
  ])('%s says %s', async (verb, decision) => {
    await vote(verb, '--yes');
    expect(cast()[0]?.spec).toMatchObject({ decision, as: { kind: 'User' } });
  });

  it('bypass is cast as the person, with a reason', async () => {
    cluster.guard({ allowBypass: true });
    await vote('bypass', '--yes', '--comment', 'the database is down');
    expect(cast()[0]?.spec).toMatchObject({
      decision: 'Bypass',
      as: { kind: 'User', name: 'ana@acme.dev' },
      comment: 'the database is down',
    });
  });

  it('if its name is taken, it gets another one', async () => {
    cluster.refusals = [{ code: 409, reason: 'AlreadyExists', message: 'taken' }];
    expect((await approve('--yes')).code).toBe(0);
    const [first, second] = cast();
    expect(first?.metadata.name).not.toBe(second?.metadata.name);
  });

  it('has a name that the API server takes, however long that of the request is', () => {
    expect(voteName(`${'a'.repeat(246)}.${'b'.repeat(6)}`)).toMatch(/^a{246}-[a-z2-9]{5}$/);
  });
});

describe('before it is cast', () => {
  it('the change is shown and a person is asked', async () => {
    const { notes } = await approve();
    expect(notes).toContain('~ DATABASE_URL: key acme/web/prod/db');
    expect(cluster.questions).toEqual(['Approve team/web-production-web-3 as User ana@acme.dev?']);
    expect(cast()).toHaveLength(1);
  });

  it('if the person does not agree, nothing is cast', async () => {
    cluster.agrees = false;
    const { notes, code } = await approve();
    expect(notes).toContain('error: nothing was voted');
    expect([cast(), code]).toEqual([[], 1]);
  });

  it('--yes asks nobody', async () => {
    await approve('--yes');
    expect(cluster.questions).toEqual([]);
  });

  it('if there is no terminal, it needs --yes', async () => {
    cluster.canAsk = false;
    const { notes, code } = await approve();
    expect(notes).toContain(
      'there is no terminal to ask on; look at the change with secretscope review show web-production-web-3, then vote with --yes',
    );
    expect([code, cluster.few.server.received]).toEqual([2, []]);
  });

  it.each([['approve'], ['reject'], ['revoke']])(
    'THREATS 24: if the request holds another plan than it names, nobody can %s it, --yes or not',
    async (verb) => {
      objects().set(PATHS.request, aRequest({ subject: `v1:sha256:${'0'.repeat(64)}` }));
      for (const args of [[], ['--yes']]) {
        const { notes, code } = await vote(verb, ...args);
        expect(notes).toContain('REFUSED: request team/web-production-web-3 does not hold what it says');
        expect(code).toBe(1);
      }
      expect([cast(), cluster.questions]).toEqual([[], []]);
    },
  );

  it.each<[string, string[], string]>([
    ['bypass', [], 'a bypass needs a reason: --comment'],
    ['bypass', ['--comment', ' '], 'a bypass needs a reason: --comment'],
    ['bypass', ['--comment', 'why', '--as', 'group:leads'], 'nobody bypasses as a group'],
    ['approve', ['--comment', 'déjà vu'], '--comment takes printable ASCII only; leave out "é"'],
    ['approve', ['--comment', 'a\u001b'], 'leave out "\\u{1b}"'],
    ['approve', ['--comment', 'a'.repeat(257)], '--comment takes at most 256 characters; this one has 257'],
    [
      'approve',
      ['--as', 'ana'],
      '--as takes user, or group:NAME: how you are listed, not whom to act as; got "ana"',
    ],
    ['approve', ['--as', 'group:'], '--as takes user, or group:NAME'],
    ['approve', ['-n', 'Team'], '"Team" is not the name of a namespace'],
  ])('%s %j is refused before anything is asked', async (verb, args, message) => {
    const { notes, code } = await vote(verb, '--yes', ...args);
    expect(notes).toContain(message);
    expect([code, cluster.few.server.received]).toEqual([2, []]);
  });
});

describe('what a voter is told beforehand', () => {
  it('if they changed what is asked for and the scope lets no author release it', async () => {
    cluster.guard({ requiredReviewers: [{ kind: 'User', name: 'ana@acme.dev' }], preventSelfReview: true });
    objects().set(PATHS.request, aRequest({ authors: ['ana@acme.dev'] }));
    const own = 'note: you changed what this request covers';
    expect((await approve()).notes).toContain(own);
    expect((await vote('reject')).notes).not.toContain(own);
  });

  it('if a vote for a group lapses', async () => {
    cluster.guard({ requiredReviewers: [{ kind: 'Group', name: 'web-leads' }] });
    expect((await approve()).notes).toContain(
      'note: a vote as a member of a group lapses if it is not decided',
    );
  });

  it('if the request does not wait any more', async () => {
    objects().set(PATHS.request, aRequest({}, { state: 'Released' }));
    expect((await approve()).notes).toContain('note: the operator says that this request is Released');
  });
});

describe('what a vote is worth', () => {
  const countsNot = counted('False', 'SelfReviewPrevented', 'have another\u001b reviewer vote');

  it('if it does not count, it says why and ends with 1', async () => {
    cluster.worth = [undefined, countsNot];
    const { text, notes, code } = await approve('--yes');
    expect(text).toContain('RequestReview web-production-web-3-');
    expect(notes).toBe(
      'error: the vote is stored, but the operator says that it does not count. SelfReviewPrevented: have another\\u{1b} reviewer vote',
    );
    expect(code).toBe(1);
  });

  it.each<[string, object | undefined, string]>([
    ['says nothing in time', undefined, 'the operator has not said yet what it is worth'],
    [
      'does not know yet',
      counted('Unknown', 'ApprovalUnknown', 'asks again'),
      'the operator does not know yet (ApprovalUnknown: asks again)',
    ],
  ])('if the operator %s, it says how to look later, and ends with 0', async (_what, worth, message) => {
    cluster.worth = [worth];
    const { notes, code } = await approve('--yes');
    expect(notes).toBe(`${message}; look later: secretscope review show web-production-web-3 -n team`);
    expect(code).toBe(0);
  });

  it('if votes may not be read, the vote is no less cast', async () => {
    const path = `${PATHS.votes}/`;
    const { get } = objects();
    objects().get = (key) => (key.startsWith(path) ? 'forbidden' : get.call(objects(), key));
    const { text, notes, code } = await approve('--yes');
    expect(text).toContain('RequestReview web-production-web-3-');
    expect(notes).toContain('what it is worth cannot be read now: could not get requestreviews');
    expect(code).toBe(0);
  });
});

describe('if the API server refuses a vote, it says what was said and what to do', () => {
  it.each<[string, Refused, string, number]>([
    [
      'a right is missing',
      { code: 403, reason: 'Forbidden', message: 'User "ana" cannot create resource' },
      'you may not vote in namespace team; have somebody who may give it bind you the verb create on requestreviews there: User "ana" cannot',
      3,
    ],
    [
      'a policy refuses',
      {
        code: 403,
        reason: 'Forbidden',
        message: "ValidatingAdmissionPolicy 'votes' denied request: ana may not approve",
      },
      "the vote was refused by an admission policy and not stored; it says itself what is missing: ValidatingAdmissionPolicy 'votes' denied request: ana may not approve",
      3,
    ],
    [
      'the vote is wrong',
      { code: 422, reason: 'Invalid', message: 'spec.as.name: Invalid value' },
      'did not store it; change what it says here and vote again: spec.as.name: Invalid value',
      1,
    ],
    [
      'nobody knows',
      { code: 500, reason: 'InternalError', message: 'etcd' },
      'whether the vote was stored is not known; look with: kubectl get requestreview web-production-web-3-',
      1,
    ],
  ])('%s', async (_what, refused, message, code) => {
    cluster.refusals = [refused];
    const ran = await approve('--yes');
    expect(ran.notes).toContain(message);
    expect([ran.text, ran.code]).toEqual(['', code]);
    expect(cast()).toHaveLength(1);
  });
});

describe('if the vote could not count, it is not cast', () => {
  const REASONS: [string, () => unknown, string, number][] = [
    [
      'the scope is gone',
      () => objects().delete(PATHS.scope),
      'scope team/web-production is not there any more',
      4,
    ],
    ['the scope was made again', () => cluster.guard({}, 'another'), 'is not there any more', 1],
    ['nobody is listed', () => cluster.guard({}), 'listed are: nobody', 1],
    ['it is not known who votes', () => (cluster.caller = undefined), 'you may not ask who you are', 3],
    [
      'the scope cannot be read and nothing is said',
      () => objects().set(PATHS.scope, 'forbidden'),
      'you may not read scope team/web-production, so how it lists you is not known; say it yourself: --as user',
      1,
    ],
  ];
  it.each(REASONS)('%s', async (_why, arrange, message, code) => {
    arrange();
    const ran = await approve('--yes');
    expect(ran.notes).toContain(message);
    expect([cast(), ran.code]).toEqual([[], code]);
  });

  it('a bypass that the scope does not allow', async () => {
    const { notes, code } = await vote('bypass', '--yes', '--comment', 'why');
    expect(notes).toContain('scope team/web-production does not allow a bypass; have a reviewer approve');
    expect([cast(), code]).toEqual([[], 1]);
  });

  it('but if only the scope cannot be read, what the voter says is taken', async () => {
    objects().set(PATHS.scope, 'forbidden');
    expect((await approve('--yes', '--as', 'group:web-leads')).code).toBe(0);
    expect(cast()[0]?.spec).toMatchObject({ as: { kind: 'Group', name: 'web-leads' } });
  });
});
