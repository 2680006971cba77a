/** What the runtime check says of an automation that got past the API server; admission says it in the same words. */
import { describe, expect, it } from 'vitest';
import { automationSpecSchema } from './webhook-automation.ts';

const said = (change: object) => {
  const spec = {
    scopeRef: { name: 'web' },
    events: ['Rotated'],
    url: 'https://a.example/in',
    payload: {},
    ...change,
  };
  const { error } = automationSpecSchema.safeParse(spec);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
};

describe('an automation', () => {
  it.each(['https://a.example', 'https://a.example:8443/x?y=%20z'])('may send to %s', (url) => {
    expect(said({ url })).toEqual([]);
  });

  it.each([
    'http://a.example/in',
    'https://u:p@a.example/',
    'https://A.example/',
    'https://a.example/#b',
    'https://a.example/${B}',
    'https://a.example/a b',
    'https://a.example\\@b.example/',
  ])('is told in words why it cannot send to %s', (url) => {
    expect(said({ url })).toEqual([
      expect.stringMatching(/^url: url has to be https:\/\/host\/path, with the host in lower case/),
    ]);
  });

  it('is told which header it may not set', () => {
    const headers = [
      { name: 'X-A', value: '' },
      { name: 'Host', value: '' },
    ];
    expect(said({ headers })).toEqual([expect.stringMatching(/^headers\.1\.name: these headers are not/)]);
  });

  it.each(['Host', 'authorization', 'X-SecretScope-Event'])('signs in no header %s', (header) => {
    expect(said({ signature: { secret: 'K', header } })).toEqual([
      expect.stringMatching(/^signature\.header: a signature cannot be sent in one of these headers/),
    ]);
    expect(said({ signature: { secret: 'K', header: `${header}-Signature` } })).toEqual([]);
  });

  it('sets Authorization once at most', () => {
    const headers = [{ name: 'authorization', value: '${A}' }];
    expect(said({ headers })).toEqual([]);
    expect(said({ headers, accessToken: { secret: 'A' } })).toEqual([
      expect.stringMatching(/^headers: accessToken is sent as Authorization/),
    ]);
  });
});
