import { describe, expect, it } from 'vitest';
import { type aSpec, aWebhook, faultsOf } from './a-webhook.fixture.ts';
import { COMMON_VARIABLES, EVENT_VARIABLES } from './event-variables.ts';
import { MAX_PAYLOAD_BYTES, MAX_PAYLOAD_DEPTH } from './payload-parts.ts';

const nested = (levels: number): Record<string, unknown> =>
  levels === 1 ? {} : { inner: nested(levels - 1) };

describe('which secrets a webhook needs', () => {
  it('are the access token, the key of the signature and every ${NAME}, sorted and once each', () => {
    const { names } = aWebhook({
      secrets: ['B', 'A'],
      accessToken: { secret: 'TOKEN' },
      signature: { secret: 'KEY' },
      headers: [{ name: 'X-B', value: '${B}${B}' }],
      payload: { a: ['${A}', { b: '${B} ${ACCESS_TOKEN}' }] },
    });
    expect(names).toEqual(['A', 'B', 'KEY', 'TOKEN']);
  });

  it('if a name is listed but not used it is not needed', () => {
    expect(aWebhook({ secrets: ['UNUSED'], payload: { a: '$${UNUSED}' } }).names).toEqual([]);
  });

  it('if nothing names a secret there is none', () => {
    expect(aWebhook({ payload: { a: '${event_type}' } }).names).toEqual([]);
  });

  it('the access token and the key need not be listed in secrets (WX8)', () => {
    expect(aWebhook({ accessToken: { secret: 'T' }, signature: { secret: 'K' } }).names).toEqual(['K', 'T']);
  });
});

describe('what is refused, with where it is and what to do', () => {
  it.each([
    [
      'a name that is not in secrets (Q4)',
      { payload: { x: '${NOPE}' } },
      /^payload\.x uses \$\{NOPE}, which is not in secrets; list it/,
    ],
    ['a name in a list in a list', { payload: { x: ['', [{ y: '${NOPE}' }]] } }, /^payload\.x\.1\.0\.y uses/],
    ['a name in a header', { headers: [{ name: 'X-A', value: '${NOPE}' }] }, /^headers\.X-A uses \$\{NOPE}/],
    [
      'the access token without one (WX2)',
      { payload: { x: '${ACCESS_TOKEN}' } },
      /although there is no access token; set accessToken/,
    ],
    [
      'the access token by its own name (WX8)',
      { accessToken: { secret: 'TOK' }, payload: { x: '${TOK}' } },
      /write \$\{ACCESS_TOKEN}, or list TOK in secrets as well/,
    ],
    [
      'a variable that no event has (WX4)',
      { payload: { x: '${alias}' } },
      /^payload\.x uses \$\{alias}, which no event has; variables are event_type,/,
    ],
    [
      'a variable of an object',
      { payload: { x: '${constructor}' } },
      /^payload\.x uses \$\{constructor}, which no event has/,
    ],
    [
      'mixed case',
      { payload: { x: '${Name}' } },
      /neither \$\{NAME} of a secret, in upper case, nor \$\{variable}/,
    ],
    ['a very long variable', { payload: { x: `\${${'a'.repeat(64)}}` } }, /neither \$\{NAME}/],
    ['a path', { payload: { x: '${artifact_metadata.acc}' } }, /neither \$\{NAME}/],
    [
      'an unknown filter',
      { payload: { x: '${event_type | exec}' } },
      /unknown filter after event_type; filters are base64, json, url, trim/,
    ],
    [
      'five filters',
      { payload: { x: '${event_type|url|url|url|url|url}' } },
      /more than 4 filters after event_type/,
    ],
    ['no closing brace', { payload: { x: '${event_type' } }, /^payload\.x has \$\{ without a closing }/],
    [
      'a filter of events by what no event has',
      { filter: [{ variable: 'alias', values: ['a'] }] },
      /^filter\.alias is a variable that no event has/,
    ],
    [
      'a secret that is called like the access token',
      { secrets: ['ACCESS_TOKEN'] },
      /always the access token; name it in accessToken/,
    ],
    [
      'two headers of one name',
      {
        headers: [
          { name: 'X-A', value: '' },
          { name: 'x-a', value: '' },
        ],
      },
      /^headers\.x-a sets the header x-a, which is set already/,
    ],
    [
      'a header with the name of the signature',
      { signature: { secret: 'K' }, headers: [{ name: 'x-wandb-signature', value: '' }] },
      /^headers\.x-wandb-signature sets/,
    ],
    [
      'a signature that takes the place of the content type',
      { signature: { secret: 'K', header: 'Content-Type' } },
      /^signature sets the header Content-Type/,
    ],
    [
      'a signature that takes the place of the access token',
      { accessToken: { secret: 'T' }, signature: { secret: 'K', header: 'authorization' } },
      /^signature sets the header authorization/,
    ],
    [
      'a payload that is too deep',
      { payload: nested(MAX_PAYLOAD_DEPTH + 1) },
      /^payload is more than 32 levels deep/,
    ],
    ['a payload that is very deep', { payload: nested(4_000) }, /^payload is more than 32 levels deep/],
    [
      'a payload that is too long',
      { payload: { x: 'x'.repeat(MAX_PAYLOAD_BYTES - 7) } },
      /^payload has 32769 bytes as JSON, and 32768 is the most/,
    ],
    [
      'a number that JSON cannot hold',
      { payload: { x: Number.NaN } },
      /^payload\.x is nothing that JSON can hold/,
    ],
  ] as const)('if there is %s', (_case, changes, fault) => {
    expect(faultsOf(changes as Parameters<typeof faultsOf>[0])).toEqual([expect.stringMatching(fault)]);
  });

  it('every fault is told at once', () => {
    const faults = faultsOf({
      payload: { a: '${NOPE}', b: ['${ALSO_NOPE} ${alias}'] },
      headers: [{ name: 'X-A', value: '${ACCESS_TOKEN}' }],
    });
    expect(faults.map((fault) => fault.split(',')[0])).toEqual([
      'headers.X-A uses ${ACCESS_TOKEN} although there is no access token; set accessToken',
      'payload.a uses ${NOPE}',
      'payload.b.0 uses ${ALSO_NOPE}',
      'payload.b.0 uses ${alias}',
    ]);
  });

  it('a member name is told on one line, and not at any length', () => {
    const [fault = ''] = faultsOf({ payload: { [`a\n\u202e${'b'.repeat(100)}`]: '${NOPE}' } });
    expect(fault).toMatch(/^payload\.a\?\?b{57}\.\.\. uses/);
  });

  it('what is just within the limits is taken', () => {
    expect(faultsOf({ payload: nested(MAX_PAYLOAD_DEPTH) })).toEqual([]);
    expect(faultsOf({ payload: { x: 'x'.repeat(MAX_PAYLOAD_BYTES - 8) } })).toEqual([]);
    expect(faultsOf({ payload: { x: '${event_type|url|url|url|url}' } })).toEqual([]);
  });

  it('a secret may be called ACCESS_TOKEN where it is the access token', () => {
    expect(faultsOf({ secrets: ['ACCESS_TOKEN'], accessToken: { secret: 'ACCESS_TOKEN' } })).toEqual([]);
  });

  it('every variable that an event has may be used, in a header too', () => {
    const all = [...COMMON_VARIABLES, ...Object.values(EVENT_VARIABLES).flat()].map((name) => `\${${name}}`);
    expect(faultsOf({ payload: { x: all.join('') }, headers: [{ name: 'X', value: all.join('') }] })).toEqual(
      [],
    );
  });
});

describe('what reviewers read', () => {
  const textOf = (changes: Parameters<typeof aSpec>[0]) => aWebhook(changes).text;

  it('is the method, the headers and the payload as they are written', () => {
    const text = textOf({
      secrets: ['PW'],
      accessToken: { secret: 'TOKEN' },
      signature: { secret: 'KEY', prefix: 'sha256=', encoding: 'Hex' },
      headers: [{ name: 'X-A', value: 'a ${PW | base64}' }],
      payload: { b: '${PW}', a: '${ACCESS_TOKEN} $${PW}' },
    });
    expect(text).toBe(
      '{"headers":[{"bearer":"TOKEN","name":"Authorization"},' +
        '{"encoding":"Hex","hmacSHA256":"KEY","name":"X-Wandb-Signature","prefix":"sha256="},' +
        '{"name":"X-A","value":"a ${PW | base64}"}],' +
        '"method":"POST","payload":{"a":"${ACCESS_TOKEN} $${PW}","b":"${PW}"}}',
    );
  });

  it('is the same for payloads that mean the same', () => {
    expect(textOf({ payload: { a: 1, b: 2 } })).toBe(textOf({ payload: { b: 2, a: 1 } }));
  });

  it('differs with whatever decides what is sent', () => {
    const texts = [
      {},
      { payload: { a: 1 } },
      { payload: { a: '1' } },
      { headers: [{ name: 'X-A', value: 'a' }] },
      { headers: [{ name: 'X-A', value: 'b' }] },
      { accessToken: { secret: 'A' } },
      { accessToken: { secret: 'B' } },
      { signature: { secret: 'A' } },
      { signature: { secret: 'B' } },
      { signature: { secret: 'A', header: 'X-S' } },
      { signature: { secret: 'A', prefix: 'x' } },
      { signature: { secret: 'A', encoding: 'Hex' as const } },
    ].map(textOf);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('a header that is only written cannot be taken for a token or a signature', () => {
    const token = textOf({ accessToken: { secret: 'A' } });
    const written = textOf({ secrets: ['A'], headers: [{ name: 'Authorization', value: 'Bearer ${A}' }] });
    expect(written).not.toBe(token);
  });

  it('fits the request that it is written into, however long headers and payload are', () => {
    const headers = Array.from({ length: 20 }, (_, i) => ({ name: `X-${i}`, value: '"'.repeat(2_048) }));
    expect(textOf({ headers, payload: { x: 'x'.repeat(MAX_PAYLOAD_BYTES - 8) } }).length).toBeLessThan(
      131_072,
    );
  });
});
