import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SecretValue } from '../model/secret-value.ts';
import { TEMPLATE_FILTERS, type TemplateFilter } from '../model/template.ts';
import { aWebhook, boxes, OCCASION, rendered, sent, URL } from './a-webhook.fixture.ts';
import { placeholders, renderWebhook } from './render-webhook.ts';

const PW = 'p"w\\1\n2';

function bodyOf(...parts: Parameters<typeof sent>): unknown {
  return JSON.parse(sent(...parts).body);
}

function headerOf(name: string, ...parts: Parameters<typeof sent>): string | undefined {
  return sent(...parts).headers.find(([one]) => one === name)?.[1];
}

describe('the payload', () => {
  it.each([
    ['a secret by name (W17)', '${HOOK_PW}', PW],
    ['the access token (WX2)', '${ACCESS_TOKEN}', 'tok-123'],
    ['a variable of the event', '${event_type}', 'Rotated'],
    [
      'several references in one string',
      '${entity_name}/${project_name}:${event_type}',
      'team-a/model-registry:Rotated',
    ],
    ['a variable that this event lacks is blank (WX4)', '[${decision}]', '[]'],
    ['$${ is a literal ${ (Q5)', '$${HOOK_PW}', '${HOOK_PW}'],
    ['$NAME without braces is left alone (K6)', '$HOOK_PW costs $5', '$HOOK_PW costs $5'],
    ['a value that holds ${…} is not expanded', '${TPL}', '${event_type} ${HOOK_PW}'],
    ['two values that make ${…} together are not expanded', '${DOLLAR}${BRACE}', '${HOOK_PW}'],
    ['base64', '${HOOK_PW | base64}', Buffer.from(PW).toString('base64')],
    ['json', '${HOOK_PW | json}', JSON.stringify(PW)],
    ['url', '${SPACED | url}', '%20a%20'],
    ['trim', '<${SPACED | trim}>', '<a>'],
    ['filters in order', '${SPACED | trim | base64 | url}', 'YQ%3D%3D'],
    ['a filter of a variable', '${project_name | base64}', Buffer.from('model-registry').toString('base64')],
    ['text beyond ASCII', '비밀 ${KOREAN} 😀', '비밀 키 😀'],
    ['control characters', '${CONTROL}', '\u0000\b\t\n\u000b\f\r\u001f\u007f\u2028'],
  ])('if it has %s', (_case, text, meaning) => {
    const values = {
      HOOK_PW: PW,
      TOKEN: 'tok-123',
      TPL: '${event_type} ${HOOK_PW}',
      DOLLAR: '$',
      BRACE: '{HOOK_PW}',
      SPACED: ' a ',
      KOREAN: '키',
      CONTROL: '\u0000\b\t\n\u000b\f\r\u001f\u007f\u2028',
    };
    const secrets = Object.keys(values).filter((name) => name !== 'TOKEN');
    expect(bodyOf({ accessToken: { secret: 'TOKEN' }, secrets, payload: { x: text } }, values)).toEqual({
      x: meaning,
    });
  });

  it('if a value has JSON in it, it stays inside its string', () => {
    const evil = '","admin":true,"x":"';
    const body = sent(
      { secrets: ['A'], payload: { x: '${A}${event_author}' } },
      { A: evil },
      { event_author: evil },
    );
    expect(JSON.parse(body.body)).toEqual({ x: evil + evil });
  });

  it('numbers, booleans, null and empty things stay as they are', () => {
    const payload = {
      n: 1.5,
      big: 1e21,
      yes: true,
      no: false,
      none: null,
      list: [1, [], {}, [[null]]],
      o: {},
    };
    expect(sent({ payload }).body).toBe(JSON.stringify(payload));
  });

  it('an empty payload is an empty object', () => {
    expect(sent({ payload: {} }).body).toBe('{}');
  });

  it('if a member is called ${NAME}, its name is left alone', () => {
    expect(bodyOf({ secrets: ['A'], payload: { '${A}': '${A}' } }, { A: 'v' })).toEqual({ '${A}': 'v' });
  });

  it('if a member is called __proto__, it is sent, and nothing is given its members', () => {
    const payload = JSON.parse('{"__proto__":{"polluted":"${A}"},"a":[{"__proto__":"${A}"}]}');
    expect(sent({ secrets: ['A'], payload }, { A: 'v' }).body).toBe(
      '{"__proto__":{"polluted":"v"},"a":[{"__proto__":"v"}]}',
    );
    expect('polluted' in {}).toBe(false);
  });

  it('if a value is not UTF-8 nothing is sent, unless it is written in base64', () => {
    const values = { A: Buffer.from([0xff, 0xfe]) };
    expect(rendered({ secrets: ['A'], payload: { x: '${A}' } }, values)).toMatchObject({
      reason: 'ValueNotText',
      message: expect.stringContaining('${A | base64}'),
    });
    expect(rendered({ secrets: ['A'], payload: { x: '${A|trim}' } }, values)).toMatchObject({
      reason: 'ValueNotText',
    });
    expect(bodyOf({ secrets: ['A'], payload: { x: '${A|base64}' } }, values)).toEqual({ x: '//4=' });
  });

  it('if values would make it huge, nothing is sent', () => {
    const payload = { x: '${A}'.repeat(30) };
    expect(rendered({ secrets: ['A'], payload }, { A: 'a'.repeat(40_000) })).toMatchObject({
      reason: 'ValueTooLarge',
    });
    expect(rendered({ secrets: ['A'], payload }, { A: 'a'.repeat(30_000) }).kind).toBe('ok');
  });

  it('if a value was not read, nothing is sent', () => {
    expect(rendered({ secrets: ['A'], payload: { x: '${A}' } })).toMatchObject({ reason: 'InternalError' });
    expect(rendered({ signature: { secret: 'A' } })).toMatchObject({ reason: 'InternalError' });
    expect(rendered({ accessToken: { secret: 'A' } })).toMatchObject({ reason: 'InternalError' });
  });
});

describe('the headers', () => {
  it('are in their order: type, agent, token, signature, delivery, event, and those that are written', () => {
    const { headers } = sent(
      {
        accessToken: { secret: 'TOKEN' },
        signature: { secret: 'KEY' },
        secrets: ['A'],
        headers: [{ name: 'X-Team', value: '${entity_name} ${A}' }],
      },
      { TOKEN: 'tok-123', KEY: 'k', A: 'v' },
    );
    expect(headers).toEqual([
      ['Content-Type', 'application/json'],
      ['User-Agent', 'secretscope/1.2.3'],
      ['Authorization', 'Bearer tok-123'],
      ['X-Wandb-Signature', 'rdhTsQP7zJNqGU+esV4pxP8Ir25H1dG8pPICGOMeT/8='],
      ['X-SecretScope-Delivery', OCCASION.id],
      ['X-SecretScope-Event', 'Rotated'],
      ['X-Team', 'team-a v'],
    ]);
  });

  it('if there is no token and no key, there is no Authorization and no signature', () => {
    expect(sent({}).headers.map(([name]) => name)).toEqual([
      'Content-Type',
      'User-Agent',
      'X-SecretScope-Delivery',
      'X-SecretScope-Event',
    ]);
  });

  it('if one is called User-Agent, it is the only one', () => {
    const { headers } = sent({ headers: [{ name: 'user-agent', value: 'mine' }] });
    expect(headers.filter(([name]) => name.toLowerCase() === 'user-agent')).toEqual([['user-agent', 'mine']]);
  });

  it('the address is the one that is written', () => {
    const made = rendered({});
    expect(made.kind === 'ok' && made.request.url).toBe(URL);
  });

  const inHeader = (value: string | Buffer, text = '${A}') =>
    rendered({ secrets: ['A'], headers: [{ name: 'X-A', value: text }] }, { A: value });

  it.each([
    ['a line end', 'secret\r\nX-Admin: true'],
    ['a carriage return', 'secret\rx'],
    ['a line feed at its end', 'secret\n'],
    ['a zero', 'secret\0'],
    ['a tab', 'sec\tret'],
    ['a control character', 'secret\x7f'],
    ['a letter beyond ASCII', 'secreté'],
    ['bytes that are no text', Buffer.from([0x73, 0xff])],
  ])('if a value has %s, nothing is sent', (_case, value) => {
    const made = inHeader(value);
    expect(made).toMatchObject({ kind: 'failed', reason: 'HeaderInvalid' });
    expect(made.kind === 'failed' && made.message).toMatch(/^header X-A: the value of A has .*trim/);
    expect(JSON.stringify(made)).not.toContain('secr');
  });

  it.each(['${A | trim}', '${A | url}', '${A | base64}'])('%s makes such a value fit', (text) => {
    expect(inHeader('secret\n', text).kind).toBe('ok');
  });

  it('if the access token ends with a line end, it says how to store it', () => {
    expect(rendered({ accessToken: { secret: 'T' } }, { T: 'tok\n' })).toMatchObject({
      reason: 'HeaderInvalid',
      message: expect.stringMatching(
        /^header Authorization: the value of T has .*; store the token without it$/,
      ),
    });
  });

  it('if what is written has a line end all the same, nothing is sent', () => {
    expect(rendered({ headers: [{ name: 'X-A', value: 'a\r\nX-Admin: true' }] })).toMatchObject({
      reason: 'HeaderInvalid',
    });
    expect(rendered({ signature: { secret: 'K', prefix: 'a\n' } }, { K: 'k' })).toMatchObject({
      reason: 'HeaderInvalid',
    });
  });

  it('if a variable holds what a header cannot, the event is told all the same', () => {
    const value = headerOf(
      'X-A',
      { headers: [{ name: 'X-A', value: '<${event_author}>' }] },
      {},
      { event_author: '김 kim\r\n😀' },
    );
    expect(value).toBe('<? kim???>');
  });

  it('if one is longer than receivers take, nothing is sent', () => {
    expect(inHeader('a'.repeat(8_193))).toMatchObject({ reason: 'HeaderInvalid' });
    expect(inHeader('a'.repeat(8_192)).kind).toBe('ok');
  });

  it.each([
    ['an access token', { accessToken: { secret: 'A' } }],
    ['a key, with which anybody can sign', { signature: { secret: 'A' } }],
  ])('an empty value is no use as %s', (_case, changes) => {
    expect(rendered(changes, { A: '' })).toMatchObject({ reason: 'ValueEmpty' });
  });
});

describe('the signature (WX3, K5)', () => {
  it('is over the bytes that are sent, in UTF-8', () => {
    const signed = headerOf(
      'X-Wandb-Signature',
      { signature: { secret: 'K' }, payload: { x: '비밀' } },
      { K: '키' },
    );
    expect(signed).toBe('HqomlQvVXHxlDHgf7do7fLZ4PLNOytew6xGaPaIP5OY=');
  });

  it('covers what was put in', () => {
    const { body, headers } = sent(
      { secrets: ['A'], signature: { secret: 'K' }, payload: { x: '${A}' } },
      { A: PW, K: Buffer.from([0, 255, 128]) },
    );
    const expected = createHmac('sha256', Buffer.from([0, 255, 128]))
      .update(body)
      .digest('base64');
    expect(headers).toContainEqual(['X-Wandb-Signature', expected]);
  });

  it('is in hex, with a prefix, in a header of another name where the spec says so', () => {
    const signature = {
      secret: 'K',
      header: 'X-Hub-Signature-256',
      encoding: 'Hex' as const,
      prefix: 'sha256=',
    };
    const hex = createHmac('sha256', 'k').update('{}').digest('hex');
    expect(headerOf('X-Hub-Signature-256', { signature }, { K: 'k' })).toBe(`sha256=${hex}`);
  });
});

describe('values and their boxes', () => {
  const changes = {
    secrets: ['A'],
    accessToken: { secret: 'T' },
    signature: { secret: 'K' },
    headers: [{ name: 'X-A', value: '${A}' }],
    payload: { x: '${A}' },
  };

  it('the boxes that were given stay as they are, and those that were made are others', () => {
    const values = boxes({ A: 'value-a', T: 'token', K: 'key' });
    const made = renderWebhook(aWebhook(changes), OCCASION, values, '1');
    if (made.kind === 'failed') throw new Error(made.message);
    made.request.body.wipe();
    for (const { value } of made.request.headers) value.wipe();
    expect([...values.values()].map((box) => box.reveal().toString())).toEqual(['value-a', 'token', 'key']);
  });

  it('if it fails at the last header, what was made until then is wiped', () => {
    const values = boxes({ A: 'value\n', T: 'token', K: 'key' });
    const wipe = vi.spyOn(SecretValue.prototype, 'wipe');
    const made = renderWebhook(aWebhook(changes), OCCASION, values, '1');
    const wiped = wipe.mock.contexts;
    wipe.mockRestore();
    expect(made.kind).toBe('failed');
    // the body, and six headers before X-A
    expect(wiped).toHaveLength(7);
    const given = new Set<unknown>(values.values());
    expect(wiped.filter((box) => given.has(box))).toEqual([]);
  });

  it('the same input gives the same bytes', () => {
    const values = { A: 'a', T: 't', K: 'k' };
    expect(sent(changes, values)).toEqual(sent(changes, values));
  });

  it('nothing that is printed shows one', () => {
    const made = rendered(changes, { A: 'value-a', T: 'token-t', K: 'key-k' });
    expect(JSON.stringify(made)).not.toMatch(/value-a|token-t|key-k/);
  });

  it('placeholders say that they are none, and fit wherever a value does', () => {
    const webhook = aWebhook(changes);
    const values = placeholders(webhook);
    expect([...values].map(([name, box]) => [name, box.reveal().toString()])).toEqual([
      ['A', 'placeholder-for-A'],
      ['K', 'placeholder-for-K'],
      ['T', 'placeholder-for-T'],
    ]);
    expect(renderWebhook(webhook, OCCASION, values, '1').kind).toBe('ok');
  });
});

describe('for any payload', () => {
  const names = ['A', 'B', 'event_type', 'decision'];
  const filters = fc.array(fc.constantFrom<TemplateFilter>(...TEMPLATE_FILTERS), { maxLength: 2 });
  const text = fc.string({ unit: 'grapheme', maxLength: 8 }).map((raw) => raw.replaceAll('$', ''));
  const piece = fc.oneof(
    text.map((raw) => ({ source: raw, name: undefined, filters: [] as TemplateFilter[] })),
    fc.tuple(fc.constantFrom(...names), filters).map(([name, some]) => ({
      source: `\${${[name, ...some].join(' | ')}}`,
      name,
      filters: some,
    })),
  );
  const template = fc.array(piece, { maxLength: 6 });
  const value = fc.string({ unit: 'grapheme', maxLength: 12 });

  /** What the filters mean, said once more and without a look at the code. */
  const naive: Record<TemplateFilter, (raw: string) => string> = {
    base64: (raw) => Buffer.from(raw).toString('base64'),
    json: (raw) => JSON.stringify(raw),
    url: (raw) =>
      [...new URLSearchParams({ x: raw }).toString().slice(2)]
        .join('')
        .replaceAll('+', '%20')
        .replaceAll('*', '%2A')
        .replaceAll('%7E', '~'),
    trim: (raw) => raw.trim(),
  };

  it('what is sent is what putting the values in, once, means', () => {
    fc.assert(
      fc.property(
        fc.dictionary(text, template, { maxKeys: 4 }),
        fc.record({ A: value, B: value }),
        fc.record({ event_type: value }),
        (templates, values, variables) => {
          const meaning = (pieces: (typeof templates)[string]) =>
            pieces
              .map((one) => {
                if (one.name === undefined) return one.source;
                const raw = { ...values, ...variables, decision: '' }[one.name] ?? '';
                return one.filters.reduce((now, filter) => naive[filter](now), raw);
              })
              .join('');
          const entries = Object.entries(templates);
          const payload = Object.fromEntries(
            entries.map(([key, pieces]) => [key, ['x', { y: pieces.map(({ source }) => source).join('') }]]),
          );
          const expected = entries.map(([key, pieces]) => [key, ['x', { y: meaning(pieces) }]]);
          const { body } = sent({ secrets: ['A', 'B'], payload }, values, variables);
          expect(body).toBe(JSON.stringify(Object.fromEntries(expected)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('whatever is JSON and has no ${ is sent as it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (payload) => {
        const quiet = JSON.parse(JSON.stringify(payload).replaceAll('$', '')) as Record<string, unknown>;
        expect(sent({ payload: quiet }).body).toBe(JSON.stringify(quiet));
      }),
      { numRuns: 300 },
    );
  });
});
