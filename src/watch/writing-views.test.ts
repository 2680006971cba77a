/** What stays in memory of sealed values, public keys and the sealing key. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../model/box-digest.ts';
import { raw } from './world-fixture.ts';
import { keyMapView, sealedView, sealingKeyView } from './writing-views.ts';

const BOX = Buffer.alloc(120, 3);
const SPEC = {
  scopeRef: { name: 'web' },
  name: 'A',
  keyID: '0123456789abcdef',
  sealed: BOX.toString('base64'),
};

describe('a sealed value', () => {
  it('is kept without its box, and with the digest of it', () => {
    const view = sealedView(raw('SealedValue', 'team/a', SPEC));
    expect(view.digest).toBe(digestOf(BOX));
    expect(JSON.stringify(view)).not.toContain(SPEC.sealed);
  });

  it('to be deleted has no digest', () => {
    const spec = {
      scopeRef: { name: 'web' },
      name: 'A',
      action: 'Delete',
      requestedAt: '2026-01-01T00:00:00Z',
    };
    expect(sealedView(raw('SealedValue', 'team/a', spec))).toMatchObject({
      digest: undefined,
      spec: { kind: 'ok' },
    });
  });

  it('that cannot be read keeps none of what it says', () => {
    const view = sealedView(raw('SealedValue', 'team/a', { ...SPEC, value: 'in plain words' }));
    expect(view.spec.kind).toBe('invalid');
    expect(JSON.stringify(view)).not.toContain('in plain words');
    expect(JSON.stringify(view)).not.toContain(SPEC.sealed);
  });
});

describe('the sealing key', () => {
  const view = (field: string | undefined, epoch?: string) =>
    sealingKeyView({
      ...raw('Secret', 'secretscope-system/secretscope-keys', {}),
      metadata: {
        name: 'secretscope-keys',
        uid: 'uid',
        resourceVersion: '1',
        ...(epoch !== undefined && { annotations: { 'secretscope.dev/sealing-epoch': epoch } }),
      },
      ...(field !== undefined && { data: { sealing: field } }),
    });
  const key = Buffer.alloc(32, 7).toString('base64');

  it('cannot be printed', () => {
    for (const text of [JSON.stringify(view(key)), inspect(view(key), { depth: 9, showHidden: true })])
      expect(text).not.toContain(key.slice(0, 12));
    expect(view(key).master?.symmetricKeySize).toBe(32);
  });

  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['has 31 bytes', Buffer.alloc(31, 7).toString('base64')],
  ])('that %s is none', (_what, field) => {
    expect(view(field).master).toBeUndefined();
  });

  it.each([
    [undefined, 1],
    ['2', 2],
    ['0', 1],
    ['-3', 1],
    ['2.5', 1],
    ['02', 1],
    ['many', 1],
    ['9999999', 1_000_000],
    ['99999999', 1],
  ])('epoch %s counts as %i', (text, epoch) => {
    expect(view(key, text).epoch).toBe(epoch);
  });
});

describe('published keys', () => {
  const map = (data: unknown) =>
    keyMapView({ ...raw('ConfigMap', 'secretscope-system/secretscope-public-keys-0', {}), data });

  it('are texts, and nothing else', () => {
    expect(map({ a: 'text', b: 3, c: null }).data).toEqual({ a: 'text' });
    for (const data of [undefined, null, 'text']) expect(map(data).data).toEqual({});
  });

  it('without the annotation are not proven', () => {
    expect(map({}).origin).toBeUndefined();
  });
});
