import { describe, expect, it } from 'vitest';
import { urlPasswords } from './url-password.ts';

describe('the password of an address', () => {
  it.each([
    ['postgres://web:s3cret-pw@db/web', ['s3cret-pw']],
    ['mongodb+srv://web:s3cret-pw@db.example/?x=1', ['s3cret-pw']],
    ['redis://:s3cret-pw@cache:6379/0', ['s3cret-pw']],
    ['amqps://web:p%40ss%2Fword@mq', ['p%40ss%2Fword', 'p@ss/word']],
    ['postgres://web:a|b^c@db/web', ['a%7Cb%5Ec', 'a|b^c']],
    ['postgres://web:half%ZZ@db', ['half%ZZ']],
    ['https://web@host/path', []],
    ['https://host/a:b@c', []],
    ['not an address: web:pw@host', []],
    ['postgres://', []],
    ['', []],
  ])('of %s', (address, expected) => expect(urlPasswords(address)).toEqual(expected));
});
