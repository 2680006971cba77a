import { describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/kube-client.ts';
import { KubeError, type KubeErrorKind } from '../kube/kube-error.ts';
import { resource } from '../kube/kube-objects.ts';
import type { Json } from '../model/canonical-json.ts';
import { type StatusSubject, StatusWriter } from './status-writer.ts';

const SCOPES = resource({
  group: 'secretscope.dev',
  version: 'v1alpha1',
  plural: 'secretscopes',
  kind: 'SecretScope',
  namespaced: true,
});
const SIGNAL = new AbortController().signal;

function aWriter() {
  const sent: { draft: Record<string, unknown>; options: Record<string, unknown> }[] = [];
  const state: { error: KubeErrorKind | undefined; leading: boolean } = { error: undefined, leading: true };
  let version = 100;
  const client: Pick<KubeClient, 'apply'> = {
    apply: async (_type, draft, options) => {
      sent.push({ draft, options: { ...options } });
      const call = { verb: 'apply', resource: 'secretscopes', target: '', sensitive: false };
      if (state.error) throw new KubeError({ kind: state.error, call });
      version += 1;
      return { metadata: { resourceVersion: `${version}` } } as never;
    },
  };
  const writer = new StatusWriter(client as KubeClient, () => {
    if (!state.leading) throw new Error('not leading');
  });
  const write = (seen: StatusSubject, status: Json) => writer.write(SCOPES, seen, status, SIGNAL);
  return { sent, state, write, writer };
}

const subject = (change: Partial<StatusSubject> = {}): StatusSubject => ({
  kind: 'SecretScope',
  metadata: { name: 'web', namespace: 'team', uid: 'u1' },
  resourceVersion: '1',
  status: { a: 1 },
  ...change,
});

describe('a status', () => {
  it('is applied by force to exactly this object, as a subresource', async () => {
    const { sent, write } = aWriter();
    expect(await write(subject(), { a: 2 })).toBe('written');
    expect(sent[0]).toMatchObject({
      draft: {
        apiVersion: 'secretscope.dev/v1alpha1',
        kind: 'SecretScope',
        metadata: { name: 'web', namespace: 'team', uid: 'u1', resourceVersion: '1' },
        status: { a: 2 },
      },
      options: { subresource: 'status', force: true },
    });
  });

  it('of a cluster-scoped object names no namespace', async () => {
    const { sent, write } = aWriter();
    await write(subject({ metadata: { name: 'shared', namespace: '', uid: 'u1' } }), { a: 2 });
    expect(sent[0]?.draft['metadata']).toEqual({ name: 'shared', uid: 'u1', resourceVersion: '1' });
  });
});

describe('an unchanged world causes no write', () => {
  const ready = (status: string, lastTransitionTime: string) => ({
    conditions: [{ type: 'Ready', status, reason: 'Any', lastTransitionTime }],
  });

  it('nor does a condition that was told a moment ago, and not seen since', async () => {
    const { sent, write } = aWriter();
    const seen = subject({ status: {} });
    expect(await write(seen, ready('True', '12:00:20'))).toBe('written');
    expect(await write(seen, ready('True', '12:00:21'))).toBe('unchanged');
    expect(await write(seen, ready('False', '12:00:22'))).toBe('written');
    expect(sent.map(({ draft }) => draft['status'])).toEqual([
      ready('True', '12:00:20'),
      ready('False', '12:00:22'),
    ]);
  });

  it.each<[string, unknown, Json]>([
    ['the status is the same', { a: 1, b: [2] }, { a: 1, b: [2] }],
    ['its members stand in another order', { b: 2, a: 1 }, { a: 1, b: 2 }],
    ['there is none and none is wanted', undefined, null],
  ])('if %s', async (_case, status, wanted) => {
    const { sent, write } = aWriter();
    expect(await write(subject({ status }), wanted)).toBe('unchanged');
    expect(sent).toEqual([]);
  });

  it('what was just written counts as seen, although the watch shows the status before', async () => {
    const { sent, write } = aWriter();
    await write(subject(), { a: 2 });
    expect(await write(subject(), { a: 2 })).toBe('unchanged');
    expect(await write(subject(), { a: 1 })).toBe('written');
    expect(sent).toHaveLength(2);
  });

  it('what the watch shows after that counts again', async () => {
    const { write } = aWriter();
    await write(subject(), { a: 2 });
    expect(await write(subject({ resourceVersion: '2', status: { a: 3 } }), { a: 2 })).toBe('written');
    expect(await write(subject({ resourceVersion: '3', status: { a: 2 } }), { a: 2 })).toBe('unchanged');
  });

  it('an object of the same name is another one', async () => {
    const { write } = aWriter();
    await write(subject(), { a: 2 });
    const other = subject({ metadata: { name: 'web', namespace: 'team', uid: 'u2' } });
    expect(await write(other, { a: 2 })).toBe('written');
  });

  it('what is remembered is bounded; who was written last is remembered longest', async () => {
    const { sent, write } = aWriter();
    const one = (uid: number) => subject({ metadata: { name: 'web', namespace: 'team', uid: `u${uid}` } });
    await write(one(0), { a: 2 });
    for (let uid = 1; uid < 4_096; uid += 1) await write(one(uid), { a: 2 });
    await write(one(0), { a: 3 });
    await write(one(4_096), { a: 2 });
    expect(await write(one(0), { a: 3 })).toBe('unchanged');
    expect(await write(one(1), { a: 2 })).toBe('written');
    expect(sent).toHaveLength(4_099);
  });
});

describe('a write follows the version that it was decided on', () => {
  const versionsOf = (sent: ReturnType<typeof aWriter>['sent']) =>
    sent.map(({ draft }) => (draft['metadata'] as { resourceVersion: string }).resourceVersion);

  it('so that a view from before a newer status cannot overwrite it', async () => {
    const { sent, write } = aWriter();
    await write(subject({ resourceVersion: '7' }), { a: 2 });
    expect(versionsOf(sent)).toEqual(['7']);
  });

  it('and the second of two follows the first, although the watch does not show it yet', async () => {
    const { sent, write } = aWriter();
    await write(subject(), { a: 2 });
    await write(subject(), { a: 3 });
    expect(versionsOf(sent)).toEqual(['1', '101']);
    expect(await write(subject(), { a: 3 })).toBe('unchanged');
  });

  it('also where the watch shows the first of them and not the second', async () => {
    const { sent, write, writer } = aWriter();
    for (const a of [2, 3, 4]) await write(subject(), { a });
    const between = subject({ resourceVersion: '102', status: { a: 3 } });
    expect(writer.known(between)).toEqual({ a: 4 });
    expect(await write(between, { a: 4 })).toBe('unchanged');
    await write(between, { a: 5 });
    expect(versionsOf(sent)).toEqual(['1', '101', '102', '103']);
  });

  it('but what somebody else wrote in between is news', async () => {
    const { write, writer } = aWriter();
    for (const a of [2, 3]) await write(subject(), { a });
    const foreign = subject({ resourceVersion: '150', status: { a: 9 } });
    expect(writer.known(foreign)).toEqual({ a: 9 });
    expect(await write(foreign, { a: 3 })).toBe('written');
  });
});

describe('the status that is known', () => {
  it('is what was written, until the watch shows that or something newer', async () => {
    const { writer } = aWriter();
    expect(writer.known(subject())).toEqual({ a: 1 });
    await writer.write(SCOPES, subject(), { a: 2 }, SIGNAL);
    expect(writer.known(subject())).toEqual({ a: 2 });
    expect(writer.known(subject({ resourceVersion: '101', status: { a: 3 } }))).toEqual({ a: 3 });
  });
});

describe('a write that does not succeed', () => {
  it.each<[KubeErrorKind, string, string]>([
    ['notFound', 'gone', 'there is nobody left to report to'],
    ['conflict', 'stale', 'something came in between, so it is looked at again'],
  ])('%s: %s, since %s', async (kind, outcome) => {
    const { state, write } = aWriter();
    state.error = kind;
    expect(await write(subject(), { a: 2 })).toBe(outcome);
  });

  it('is not remembered as one that did', async () => {
    const { sent, state, write } = aWriter();
    state.error = 'timeout';
    await expect(write(subject(), { a: 2 })).rejects.toMatchObject({ kind: 'timeout' });
    state.error = undefined;
    expect(await write(subject(), { a: 2 })).toBe('written');
    expect(sent).toHaveLength(2);
  });

  it('FAULTS: is not sent at all when the Lease is lost', async () => {
    const { sent, state, write } = aWriter();
    state.leading = false;
    await expect(write(subject(), { a: 2 })).rejects.toThrow('not leading');
    expect(sent).toEqual([]);
  });
});
