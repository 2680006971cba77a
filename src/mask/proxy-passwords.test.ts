import { describe, expect, it } from 'vitest';
import { Masker } from './masker.ts';
import { proxyPasswords } from './proxy-passwords.ts';

describe('M23: passwords of proxies', () => {
  it.each([
    ['HTTP_PROXY', 'http://user:s3cret-pw@127.0.0.1:8888', ['s3cret-pw']],
    ['https_proxy', 'https://user:s3cret-pw@proxy.example:3128/', ['s3cret-pw']],
    ['ALL_PROXY', 'socks5://:s3cret-pw@proxy', ['s3cret-pw']],
    ['http_proxy', 'user:s3cret-pw@proxy:3128', ['s3cret-pw']],
    ['HTTP_PROXY', 'http://user:p%40ss%2Fword@proxy', ['p%40ss%2Fword', 'p@ss/word']],
    ['HTTP_PROXY', 'http://user:half%ZZ@proxy', ['half%ZZ']],
    ['HTTP_PROXY', 'http://proxy:3128', []],
    ['HTTP_PROXY', 'http://user@proxy:3128', []],
    ['HTTP_PROXY', 'http://[broken', []],
    ['HTTP_PROXY', '', []],
    ['NO_PROXY', 'http://user:pw@host', []],
    ['DATABASE_URL', 'http://user:pw@host', []],
  ])('%s=%s', (name, value, expected) => expect(proxyPasswords({ [name]: value })).toEqual(expected));

  it('are taken out of what a program says of its proxy', () => {
    const masker = new Masker();
    for (const password of proxyPasswords({ HTTP_PROXY: 'http://user:s3cret-pw@127.0.0.1:8888' }))
      masker.addValue(password);
    expect(masker.mask('cannot reach http://user:s3cret-pw@127.0.0.1:8888')).toBe(
      'cannot reach http://user:***@127.0.0.1:8888',
    );
  });
});
