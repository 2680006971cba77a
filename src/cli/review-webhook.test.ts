/** What reviewers read of an automation, from what the operator really writes down. */
import { describe, expect, it } from 'vitest';
import { parseWebhook } from '../automate/parse-webhook.ts';
import { canonicalJson } from '../model/canonical-json.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import { webhookParts } from './review-webhook.ts';

const url = 'https://hooks.acme.dev/in';
const shown = (text: string) => webhookParts({ url, text }).slice(1);

function textOf(change: Partial<AutomationSpec>): string {
  const parsed = parseWebhook({
    scopeRef: { name: 'web' },
    events: ['Rotated'],
    url,
    payload: { a: 1 },
    ...change,
  });
  return parsed.kind === 'ok' ? parsed.webhook.text : expect.fail(parsed.faults.join());
}

describe('the request that reviewers read', () => {
  it('says what is made of which secret, what was written, and the payload', () => {
    const text = textOf({
      accessToken: { secret: 'CHAT_TOKEN' },
      signature: { secret: 'CHAT_KEY' },
      headers: [{ name: 'X-Team', value: 'web "1"' }],
      payload: { z: '${event_type}', 9: [], a: { 10: null, '\u202e': 0.5 } },
    });
    expect(webhookParts({ url, text })).toEqual([
      'POST https://hooks.acme.dev/in',
      'Authorization: Bearer, the value of CHAT_TOKEN',
      'X-Wandb-Signature: HMAC-SHA256 of the body, key CHAT_KEY, Base64',
      'X-Team: "web \\"1\\""',
      '| {',
      '|   "9": [],',
      '|   "a": {',
      '|     "10": null,',
      '|     "\u202e": 0.5',
      '|   },',
      '|   "z": "${event_type}"',
      '| }',
    ]);
  });

  it('says how a signature is written', () => {
    const signature = {
      secret: 'K',
      header: 'X-Hub-Signature-256',
      encoding: 'Hex',
      prefix: 'sha256=',
    } as const;
    expect(shown(textOf({ signature }))[0]).toBe(
      'X-Hub-Signature-256: HMAC-SHA256 of the body, key K, Hex, after "sha256="',
    );
  });

  it('shows no header that somebody wrote as one that is made of a secret', () => {
    const headers = [
      { name: 'Authorization', value: 'Bearer, the value of CHAT_TOKEN' },
      { name: 'X-Wandb-Signature', value: 'HMAC-SHA256 of the body, key CHAT_KEY, Base64' },
    ];
    expect(shown(textOf({ headers })).slice(0, 2)).toEqual([
      'Authorization: "Bearer, the value of CHAT_TOKEN"',
      'X-Wandb-Signature: "HMAC-SHA256 of the body, key CHAT_KEY, Base64"',
    ]);
  });
});

describe('what no operator of this version writes', () => {
  const of = (change: object) =>
    canonicalJson({ method: 'POST', headers: [], payload: { a: 1 }, ...change } as never);

  it.each<[string, string]>([
    ['a member more', of({ cookies: 1 })],
    ['another method', of({ method: 'GET' })],
    ['no payload', of({ payload: undefined })],
    ['a payload that is a list', of({ payload: [] })],
    ['a member more of a header', of({ headers: [{ name: 'X-A', value: 'a', bearer: 'TOKEN' }] })],
    ['a token in another header', of({ headers: [{ name: 'X-A', bearer: 'TOKEN' }] })],
    ['a header that is none', of({ headers: [{ name: 'X-A: "a"\nX-B', value: '' }] })],
    ['a name that is no secret', of({ headers: [{ name: 'Authorization', bearer: 'A, or B' }] })],
    ['members in another order', '{"payload":{"a":1},"headers":[],"method":"POST"}'],
    ['a member twice', '{"headers":[],"method":"POST","payload":{"a":1},"payload":{"a":1}}'],
    ['a number that is too large', '{"headers":[],"method":"POST","payload":{"a":1e999}}'],
    ['a depth that nobody reads', of({}).replace('1', `${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
    ['no object', '"POST"'],
  ])('if it has %s, all of it is shown as it is written', (_, text) => {
    const lines = shown(text);
    expect(lines.every((line) => line.startsWith('| '))).toBe(true);
    const bare = (one: string) => one.replaceAll(/\s/g, '');
    expect(bare(lines.map((line) => line.slice(2)).join(''))).toBe(bare(text));
  });
});
