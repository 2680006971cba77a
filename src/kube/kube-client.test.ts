import { describe, expect, it } from 'vitest';
import { NAMESPACES, resource, SECRETS } from './kube-objects.ts';
import { scriptedClient } from './testing/scripted-client.ts';
import { type Handler, json, type Received, statusBody } from './testing/scripted-server.ts';

const SCOPES = resource({
  group: 'secretscope.dev',
  version: 'v1alpha1',
  plural: 'secretscopes',
  kind: 'SecretScope',
  namespaced: true,
});
const ref = { namespace: 'team', name: 'web' };
const draft = { apiVersion: 'secretscope.dev/v1alpha1', kind: 'SecretScope', metadata: ref, spec: {} };
const stored = { ...draft, metadata: { ...ref, uid: 'u', resourceVersion: '7' } };
const ok: Handler = (_request, response) => json(response, 200, stored);
const path = '/apis/secretscope.dev/v1alpha1/namespaces/team/secretscopes';

describe('what goes over the wire', () => {
  const shown = ({ method, path: url, query, headers, body }: Received) => ({
    call: `${method} ${url}${query.size ? `?${query}` : ''}`,
    type: headers['content-type'],
    accept: headers.accept,
    body,
  });
  async function sent(
    run: (client: Awaited<ReturnType<typeof scriptedClient>>['client']) => Promise<unknown>,
  ) {
    await using world = await scriptedClient(ok);
    await run(world.client);
    expect(world.server.received).toHaveLength(1);
    return world.server.received.map(shown)[0];
  }

  it('get', async () => {
    expect(await sent((client) => client.get(SCOPES, ref))).toEqual({
      call: `GET ${path}/web`,
      accept: 'application/json',
      type: undefined,
      body: undefined,
    });
  });

  it('get of metadata accepts nothing with data in it', async () => {
    expect(await sent((client) => client.getMetadata(SECRETS, ref))).toMatchObject({
      call: 'GET /api/v1/namespaces/team/secrets/web',
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    });
  });

  it('create', async () => {
    expect(await sent((client) => client.create(SCOPES, draft))).toMatchObject({
      call: `POST ${path}?fieldManager=secretscope`,
      body: draft,
    });
  });

  it('server-side apply of a subresource', async () => {
    expect(
      await sent((client) => client.apply(SCOPES, draft, { force: true, subresource: 'status' })),
    ).toMatchObject({
      call: `PATCH ${path}/web/status?fieldManager=secretscope&force=true`,
      type: 'application/apply-patch+yaml',
      body: draft,
    });
  });

  it('merge patch, only tried', async () => {
    expect(
      await sent((client) =>
        client.mergePatch(SCOPES, ref, { a: null }, { dryRun: true, fieldManager: 'cli' }),
      ),
    ).toMatchObject({
      call: `PATCH ${path}/web?fieldManager=cli&dryRun=All`,
      type: 'application/merge-patch+json',
      body: { a: null },
    });
  });

  it('replace', async () => {
    expect(await sent((client) => client.replace(SCOPES, stored))).toMatchObject({
      call: `PUT ${path}/web?fieldManager=secretscope`,
      body: stored,
    });
  });

  it('delete with preconditions', async () => {
    expect(await sent((client) => client.delete(SCOPES, ref, { uid: 'u' }))).toMatchObject({
      call: `DELETE ${path}/web`,
      body: { preconditions: { uid: 'u' }, propagationPolicy: 'Background' },
    });
  });
});

describe('a list', () => {
  it('asks for pages of 100 and hands on the token for the next one', async () => {
    const page = {
      metadata: { resourceVersion: '9', continue: 'more' },
      items: [{ metadata: { name: 'a' } }],
    };
    await using world = await scriptedClient((_request, response) => json(response, 200, page));
    const got = await world.client.list(SECRETS, { namespace: 'team', continue: 'before' });
    expect(got).toEqual({
      resourceVersion: '9',
      continue: 'more',
      items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }],
    });
    expect(String(world.server.received[0]?.query)).toBe('limit=100&continue=before');
  });

  it('of a built-in kind may be empty as null', async () => {
    await using world = await scriptedClient((_request, response) =>
      json(response, 200, { metadata: { resourceVersion: '9', continue: '' }, items: null }),
    );
    expect(await world.client.list(NAMESPACES)).toEqual({ resourceVersion: '9', items: [] });
  });

  it.each([
    ['no list at all', { kind: 'Status' }],
    ['no version', { metadata: {}, items: [] }],
    ['an item without a name', { metadata: { resourceVersion: '1' }, items: [{}] }],
    ['items that are no list', { metadata: { resourceVersion: '1' }, items: {} }],
    ['null', null],
  ])('with %s is never taken for an empty one', async (_fault, body) => {
    await using world = await scriptedClient((_request, response) => json(response, 200, body));
    await expect(world.client.list(NAMESPACES)).rejects.toMatchObject({ kind: 'badAnswer' });
  });
});

describe('an identity', () => {
  const identity = async () => ({
    headers: { authorization: 'Bearer own', 'impersonate-user': 'ana', 'impersonate-group': ['a', 'b'] },
  });

  it('may impersonate a user in several groups', async () => {
    await using world = await scriptedClient(ok, identity);
    await world.client.get(SCOPES, ref);
    expect(world.server.received[0]?.headers).toMatchObject({
      authorization: 'Bearer own',
      'impersonate-user': 'ana',
      'impersonate-group': 'a, b',
    });
  });

  it('made of a token shows the token and nothing else', async () => {
    const { SecretValue } = await import('../model/secret-value.ts');
    await using world = await scriptedClient(ok, identity);
    await world.client.clientWithToken(async () => SecretValue.fromText('theirs\n')).get(SCOPES, ref);
    const { headers } = world.server.received[0] ?? {};
    expect(headers).toMatchObject({ authorization: 'Bearer theirs' });
    expect(headers).not.toHaveProperty('impersonate-user');
  });

  it('that cannot be read fails the call with its cause', async () => {
    const cause = new Error('cannot read /token');
    await using world = await scriptedClient(ok, () => Promise.reject(cause));
    await expect(world.client.get(SCOPES, ref)).rejects.toMatchObject({ kind: 'credentials', cause });
    expect(world.server.received).toHaveLength(0);
  });
});

it('the time of the server never goes back and is shared with clients of other tokens', async () => {
  const dates = ['Thu, 01 Jan 2026 00:00:05 GMT', 'Thu, 01 Jan 2026 00:00:03 GMT', 'nonsense'];
  await using world = await scriptedClient((_request, response) =>
    json(response, 200, stored, { date: dates.shift() ?? '' }),
  );
  expect(world.client.serverTime()).toBeUndefined();
  for (let i = 0; i < 3; i++) await world.client.get(SCOPES, ref);
  await world.clock.advance(1500);
  const { SecretValue } = await import('../model/secret-value.ts');
  const other = world.client.clientWithToken(async () => SecretValue.fromText('t'));
  expect(other.serverTime()).toEqual({ at: Date.UTC(2026, 0, 1, 0, 0, 5), ageMs: 1500 });
});

it('warnings of the server are handed on', async () => {
  await using world = await scriptedClient((_request, response) => {
    response.setHeader('warning', ['299 - "kubernetes as a store is \\"discouraged\\""', '199 - "other"']);
    json(response, 200, stored);
  });
  await world.client.apply(SCOPES, draft);
  expect(world.warnings).toEqual(['kubernetes as a store is "discouraged"']);
});

it('every request is counted with verb, resource, code and time', async () => {
  await using world = await scriptedClient((_request, response) =>
    json(response, 404, statusBody(404, 'NotFound')),
  );
  await expect(world.client.get(SCOPES, ref, { subresource: 'status' })).rejects.toMatchObject({
    kind: 'notFound',
  });
  expect(world.records).toEqual([
    { verb: 'get', resource: 'secretscopes.secretscope.dev/status', code: '404', seconds: 0 },
  ]);
});
