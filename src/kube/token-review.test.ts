import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mayGetPath } from './access-review.ts';
import type { KubeClient } from './kube-client.ts';
import { openClient } from './open-client.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { json, ScriptedServer, statusBody } from './testing/scripted-server.ts';
import { whoseToken } from './token-review.ts';

let server: ScriptedServer;
let client: KubeClient;
let close: () => Promise<void>;
beforeEach(async () => {
  server = await ScriptedServer.start();
  const options = { clock: new FakeClock(), random: () => 0, userAgent: 'test' };
  ({ client, close } = openClient({ endpoint: server.endpoint(), ...options }));
});
afterEach(async () => {
  await close();
  await server.stop();
});

const answers = (body: object, status = 201) =>
  server.handle((_request, response) => json(response, status, body));

describe('whose a token is', () => {
  it('is what the API server says, with everything that rights go by', async () => {
    const user = { username: 'a', uid: 'u', groups: ['g'], extra: { scopes: ['x'] } };
    answers({ status: { authenticated: true, user } });
    expect(await whoseToken(client, 'canary')).toEqual({
      user: 'a',
      uid: 'u',
      groups: ['g'],
      extra: { scopes: ['x'] },
    });
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { spec: { token: 'canary' } },
    });
  });

  it.each([
    ['not authenticated', { authenticated: false, user: { username: 'a' } }],
    ['of a user without a name', { authenticated: true, user: {} }],
    ['told without a word of it', {}],
    ['authenticated in another way than true', { authenticated: 'true', user: { username: 'a' } }],
  ])('is nobody where it is %s', async (_case, status) => {
    answers({ status });
    expect(await whoseToken(client, 'canary')).toBeUndefined();
  });

  it('what is no review is a failure, and no error shows the token', async () => {
    answers({ nothing: true });
    await expect(whoseToken(client, 'canary')).rejects.toMatchObject({ kind: 'badAnswer' });
    answers(statusBody(403, 'Forbidden', 'token canary may not'), 403);
    const error: unknown = await whoseToken(client, 'canary').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'forbidden', serverMessage: undefined });
    expect(String(error)).not.toContain('canary');
  });
});

describe('whether somebody may get a path', () => {
  it('is asked about the path alone, with everything that rights go by', async () => {
    answers({ status: { allowed: true } });
    const subject = { user: 'a', uid: 'u', groups: ['g'], extra: { scopes: ['x'] } };
    expect(await mayGetPath(client, subject, '/metrics')).toEqual({ kind: 'allowed' });
    expect(server.received[0]?.body).toMatchObject({
      spec: { ...subject, nonResourceAttributes: { path: '/metrics', verb: 'get' } },
    });
  });

  it('that nobody decides is no yes', async () => {
    answers({ status: { allowed: false, evaluationError: 'webhook is down' } });
    expect((await mayGetPath(client, { user: 'a', groups: [] }, '/metrics')).kind).toBe('undecided');
  });
});
