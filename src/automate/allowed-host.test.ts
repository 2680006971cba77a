import { describe, expect, it } from 'vitest';
import { hostOf, isAllowedHost } from './allowed-host.ts';

describe('the host of a URL', () => {
  it.each([
    ['https://hooks.example.com/a?b', 'hooks.example.com'],
    ['https://hooks.example.com:8443/', 'hooks.example.com'],
    ['https://HOOKS.example.com', 'hooks.example.com'],
    ['https://0x7f.1/', '127.0.0.1'],
    ['https://evil.com\\@hooks.example.com', 'evil.com'],
    ['no url', ''],
    ['', ''],
  ])('of %j is %j, as it is connected to', (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
});

describe('whether an organization lets its automations send there', () => {
  it.each([
    ['if it lists nothing', 'https://hooks.example.com/', [], false],
    ['if it lists the host', 'https://hooks.example.com/', ['other.com', 'hooks.example.com'], true],
    ['on whatever port', 'https://hooks.example.com:8443/', ['hooks.example.com'], true],
    ['if it lists only its end', 'https://hooks.example.com/', ['example.com'], false],
    ['if it lists a host below it', 'https://example.com/', ['hooks.example.com'], false],
    ['if *. stands for one label', 'https://hooks.example.com/', ['*.example.com'], true],
    ['if *. stands for several labels', 'https://a.b.example.com/', ['*.example.com'], true],
    ['if *. would stand for nothing', 'https://example.com/', ['*.example.com'], false],
    ['if *. would stand for half a label', 'https://evilexample.com/', ['*.example.com'], false],
    ['if a label is empty', 'https://.example.com/', ['*.example.com'], false],
    ['if a label within it is empty', 'https://a..example.com/', ['*.example.com'], false],
    ['if it ends in a dot', 'https://hooks.example.com./', ['hooks.example.com', '*.com.'], false],
    [
      'if the list stands in front of another host',
      'https://hooks.example.com.evil.com/',
      ['hooks.example.com', '*.example.com'],
      false,
    ],
    ['if the host is a user', 'https://hooks.example.com@evil.com/', ['hooks.example.com'], false],
    ['if it is an address that is listed in another form', 'https://2130706433/', ['2130706433'], false],
    ['if it is no URL', 'hooks.example.com', ['hooks.example.com', ''], false],
  ])('%s: %j of %j is %j', (_case, url, hosts, allowed) => {
    expect(isAllowedHost(url, hosts)).toBe(allowed);
  });
});
