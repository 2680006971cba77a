import { describe, expect, it } from 'vitest';
import { inTurn, scriptedClient } from '../kube/testing/scripted-client.ts';
import { type Handler, json, statusBody } from '../kube/testing/scripted-server.ts';
import { loadInstallationKey } from './installation-key.ts';
import { keyringFrom } from './keyring.ts';

const KEY = Buffer.alloc(32, 7);
const keys = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'secretscope-keys', namespace: 'system', uid: 'u', resourceVersion: '1' },
  data,
});
const answer =
  (code: number, body: unknown): Handler =>
  (_request, response) =>
    json(response, code, body);
const stored = answer(200, keys({ hmac: KEY.toString('base64') }));
const missing = answer(404, statusBody(404, 'NotFound'));

async function load(...handlers: [Handler, ...Handler[]]) {
  await using scripted = await scriptedClient(inTurn(...handlers));
  const keyring = await loadInstallationKey(scripted.client, 'system', new AbortController().signal);
  return { keyring, received: scripted.server.received };
}

describe('the key of an installation', () => {
  it('is the one that is stored', async () => {
    const { keyring, received } = await load(stored);
    expect(keyring.keyId).toBe(keyringFrom(KEY).keyId);
    expect(received.map(({ method }) => method)).toEqual(['GET']);
  });

  it('is made at the first start, and what is stored then counts', async () => {
    const { keyring, received } = await load(missing, answer(201, keys({})), stored);
    expect(keyring.keyId).toBe(keyringFrom(KEY).keyId);
    const created = received[1]?.body as { data: { hmac: string }; metadata: { labels: object } } | undefined;
    expect(Buffer.from(created?.data.hmac ?? '', 'base64')).toHaveLength(32);
    // with the label of targets the operator would watch its own key
    expect(created?.metadata.labels).toEqual({ 'app.kubernetes.io/part-of': 'secretscope' });
  });

  it('is another one in every installation', async () => {
    const made = async () => (await load(missing, answer(201, keys({})), stored)).received[1]?.body;
    expect(JSON.stringify(await made())).not.toBe(JSON.stringify(await made()));
  });

  it('is that of the other replica, when two start at once', async () => {
    const { keyring } = await load(missing, answer(409, statusBody(409, 'AlreadyExists')), stored);
    expect(keyring.keyId).toBe(keyringFrom(KEY).keyId);
  });
});

describe('without a usable key the operator does not start', () => {
  it.each<[string, [Handler, ...Handler[]], RegExp]>([
    [
      'a Secret without the field',
      [answer(200, keys({}))],
      /keep the Secret, whose other field opens what was sealed/,
    ],
    [
      'a key that is too short',
      [answer(200, keys({ hmac: KEY.subarray(0, 31).toString('base64') }))],
      /no usable field hmac/,
    ],
    ['a Secret that goes as it comes', [missing, answer(201, keys({})), missing], /is gone again/],
    ['a missing right', [answer(403, statusBody(403, 'Forbidden'))], /forbidden/],
  ])('%s', async (_case, handlers, message) => {
    await expect(load(...handlers)).rejects.toThrow(message);
  });

  it('and its error does not show the key', async () => {
    const short = Buffer.from('canary-canary-canary');
    const error = await load(answer(200, keys({ hmac: short.toString('base64') }))).catch(
      (thrown: Error) => thrown,
    );
    expect(`${(error as Error).stack}`).not.toMatch(/canary|Y2FuYXJ5/);
  });
});
