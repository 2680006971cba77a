import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type AccessAnswer, mayI, maySubject } from './access-review.ts';
import { scriptedClient } from './testing/scripted-client.ts';
import { json, statusBody } from './testing/scripted-server.ts';
import { issuedTokens, requestToken } from './token-request.ts';

const order = {
  namespace: 'team',
  serviceAccount: 'backend',
  audiences: ['sts.amazonaws.com'],
  seconds: 600,
};
const issued = (token: string) => ({ status: { token, expirationTimestamp: '2026-01-01T00:10:00Z' } });

describe('a token of a service account', () => {
  it('is ordered for an audience and a time, and cannot be printed', async () => {
    await using world = await scriptedClient((_request, response) =>
      json(response, 201, issued('canary-token')),
    );
    const answer = await requestToken(world.client, order);
    expect(world.server.received[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/team/serviceaccounts/backend/token',
      body: { spec: { audiences: ['sts.amazonaws.com'], expirationSeconds: 600 } },
    });
    expect([answer.token.reveal().toString(), answer.expiresAt]).toEqual([
      'canary-token',
      Date.UTC(2026, 0, 1, 0, 10),
    ]);
    expect(inspect(answer) + JSON.stringify(answer)).not.toContain('canary-token');
  });

  it('is ordered again when a fifth of its time is left, once for all who ask', async () => {
    let count = 0;
    await using world = await scriptedClient((_request, response) =>
      json(response, 201, issued(`t${++count}`)),
    );
    const tokens = issuedTokens(world.client, order, world.clock);
    const ask = async (fresh = false) => (await tokens({ fresh })).reveal().toString();
    expect(await Promise.all([ask(), ask()])).toEqual(['t1', 't1']);
    await world.clock.advance(479_000);
    expect(await ask()).toBe('t1');
    await world.clock.advance(1_000);
    expect([await ask(), await ask(true)]).toEqual(['t2', 't3']);
  });

  it('that is none is an error, and a refusal is not remembered', async () => {
    let count = 0;
    await using world = await scriptedClient((_request, response) =>
      ++count === 1
        ? json(response, 403, statusBody(403, 'Forbidden', 'canary'))
        : json(response, 201, { status: {} }),
    );
    const tokens = issuedTokens(world.client, order, world.clock);
    await expect(tokens({ fresh: false })).rejects.toMatchObject({
      kind: 'forbidden',
      serverMessage: undefined,
    });
    await expect(tokens({ fresh: false })).rejects.toMatchObject({ kind: 'badAnswer' });
  });
});

describe('an access review', () => {
  const question = {
    verb: 'approve',
    group: 'secretscope.dev',
    resource: 'secretscopes',
    subresource: 'approval',
    namespace: 'team',
    name: 'web',
  };

  it.each<[AccessAnswer, object]>([
    [{ kind: 'allowed' }, { allowed: true }],
    [{ kind: 'denied' }, { allowed: false }],
    [{ kind: 'denied' }, { allowed: false, denied: true, evaluationError: 'x' }],
    [
      { kind: 'undecided', why: 'webhook down' },
      { allowed: false, evaluationError: 'webhook down' },
    ],
  ])('answers %o to %o', async (answer, status) => {
    await using world = await scriptedClient((_request, response) => json(response, 201, { status }));
    expect(await mayI(world.client, question)).toEqual(answer);
  });

  it('about somebody names them and their groups', async () => {
    await using world = await scriptedClient((_request, response) =>
      json(response, 201, { status: { allowed: true } }),
    );
    await maySubject(world.client, { user: 'ana', uid: '7', groups: ['web-leads'] }, question);
    expect(world.server.received[0]).toMatchObject({
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        spec: {
          user: 'ana',
          uid: '7',
          groups: ['web-leads'],
          resourceAttributes: { ...question, version: '*' },
        },
      },
    });
  });

  it('without an answer is an error, never a yes or a no', async () => {
    await using world = await scriptedClient((_request, response) => json(response, 201, {}));
    await expect(mayI(world.client, question)).rejects.toMatchObject({ kind: 'badAnswer' });
  });
});
