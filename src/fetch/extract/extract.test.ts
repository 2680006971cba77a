import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretValue } from '../../model/secret-value.ts';
import type { Payload } from '../port.ts';
import { type ExtractLine, extract } from './extract.ts';

const line = (change: Partial<ExtractLine> = {}): ExtractLine => ({
  name: 'DATABASE_URL',
  key: 'acme/web/db',
  encoding: 'None',
  ...change,
});
const value = (content: string | Buffer): Payload => ({
  kind: 'value',
  value: new SecretValue(Buffer.from(content)),
});
const fields = (content: Record<string, string>): Payload => ({
  kind: 'fields',
  fields: new Map(Object.entries(content).map(([key, text]) => [key, SecretValue.fromText(text)])),
});

function textOf(payload: Payload, change: Partial<ExtractLine> = {}): string {
  const result = extract(payload, line(change));
  return result.kind === 'value' ? result.value.reveal().toString('utf8') : `failed: ${result.reason}`;
}

describe('a Kubernetes Secret', () => {
  it.each([
    ['its only data key needs no property', { url: 'a' }, undefined, 'a'],
    ['of several data keys property picks one', { url: 'a', user: 'b' }, 'user', 'b'],
    ['a data key with a dot is one name', { 'tls.crt': 'a', tls: 'b' }, 'tls.crt', 'a'],
    ['several data keys need a property', { url: 'a', user: 'b' }, undefined, 'failed: PropertyMissing'],
    ['no data key is a missing property', {}, undefined, 'failed: PropertyMissing'],
    ['another data key is a missing property', { url: 'a' }, 'user', 'failed: PropertyMissing'],
    ['inherited names are no data keys', { url: 'a' }, '__proto__', 'failed: PropertyMissing'],
    ['an empty value is a failure', { url: '' }, undefined, 'failed: ValueEmpty'],
  ])('%s', (_rule, data, property, expected) => {
    expect(textOf(fields(data), property === undefined ? {} : { property })).toBe(expected);
  });
});

describe('a property of a JSON value', () => {
  it.each([
    ['dotted path', '{"a":{"b":"x"}}', 'a.b', 'x'],
    ['JSON Pointer', '{"a":{"b":"x"}}', '/a/b', 'x'],
    ['pointer to a name with a dot', '{"a.b":"x"}', '/a.b', 'x'],
    ['dotted path never means a name with a dot', '{"a.b":"x"}', 'a.b', 'failed: PropertyMissing'],
    ['pointer escapes', '{"a/b":{"m~n":"x"}}', '/a~1b/m~0n', 'x'],
    ['~01 is ~1', '{"~1":"x"}', '/~01', 'x'],
    ['pointer to the empty name', '{"":"x"}', '/', 'x'],
    ['array index', '[10,[20,30]]', '1.1', '30'],
    ['no leading zero in an index', '[1,2]', '01', 'failed: PropertyMissing'],
    ['no negative index', '[1,2]', '-1', 'failed: PropertyMissing'],
    ['an index beyond the end', '[1,2]', '2', 'failed: PropertyMissing'],
    ['a number keeps its digits', '{"a":1.0e400}', 'a', '1.0e400'],
    ['a long number keeps its digits', '{"a":12345678901234567890}', 'a', '12345678901234567890'],
    ['a boolean', '{"a":true,"b":false}', 'b', 'false'],
    ['an object is its JSON text', '{"a": {"b" : [1, 2]} }', 'a', '{"b" : [1, 2]}'],
    ['null is empty', '{"a":null}', 'a', 'failed: ValueEmpty'],
    ['an empty string is empty', '{"a":""}', 'a', 'failed: ValueEmpty'],
    ['of equal names the last counts', '{"a":{"b":"old"},"a":{"b":"new"}}', 'a.b', 'new'],
    ['also when the last has no such field', '{"a":{"b":"old"},"a":{}}', 'a.b', 'failed: PropertyMissing'],
    ['escapes', '{"a":"\\u0041\\ud83d\\ude00\\n\\/"}', 'a', 'A😀\n/'],
    ['escaped names', '{"\\u0061":"x"}', 'a', 'x'],
    ['half a surrogate pair is no text', '{"a":"\\ud83d"}', 'a', 'failed: ValueNotText'],
    ['__proto__ is a name like any other', '{"__proto__":{"a":"x"}}', '__proto__.a', 'x'],
    ['__proto__ is not inherited', '{"a":"x"}', '__proto__.toString', 'failed: PropertyMissing'],
    ['constructor is not inherited', '{"a":"x"}', 'constructor.name', 'failed: PropertyMissing'],
    ['length is not inherited', '["a"]', 'length', 'failed: PropertyMissing'],
    ['below a leaf there is nothing', '{"a":"x"}', 'a.b', 'failed: PropertyMissing'],
    ['what follows the place is checked too', '{"a":"x"} trailing', 'a', 'failed: ValueNotJSON'],
    ['64 levels are read', `${'['.repeat(64)}1${']'.repeat(64)}`, Array(64).fill('0').join('.'), '1'],
    ['more levels are refused', `${'['.repeat(100_000)}`, 'a', 'failed: ValueNotJSON'],
  ])('%s', (_rule, json, property, expected) => {
    expect(textOf(value(json), { property })).toBe(expected);
  });

  it('is refused for bytes that are not UTF-8', () => {
    expect(textOf(value(Buffer.from([0x22, 0xff, 0x22])), { property: 'a' })).toBe('failed: ValueNotText');
  });
});

describe('encoding', () => {
  it.each([
    ['Base64', 'aGk/Pz8+', 'hi???>'],
    ['Base64', 'aGk=', 'hi'],
    ['Base64', 'aG\r\nk=\n', 'hi'],
    ['Base64', 'aGk', 'failed: ValueNotDecodable'],
    ['Base64', 'aGk==', 'failed: ValueNotDecodable'],
    ['Base64', 'aGl=', 'failed: ValueNotDecodable'],
    ['Base64', 'a', 'failed: ValueNotDecodable'],
    ['Base64', 'aG k=', 'failed: ValueNotDecodable'],
    ['Base64', 'aGk_Pz8-', 'failed: ValueNotDecodable'],
    ['Base64', '=', 'failed: ValueNotDecodable'],
    ['Base64', 'aG=k', 'failed: ValueNotDecodable'],
    ['Base64URL', 'aGk_Pz8-', 'hi???>'],
    ['Base64URL', 'aGk', 'hi'],
    ['Base64URL', 'aGk=', 'hi'],
    ['Base64URL', 'aGk/', 'failed: ValueNotDecodable'],
  ] as const)('%s of %s is %s', (encoding, stored, expected) => {
    expect(textOf(value(stored), { encoding })).toBe(expected);
  });

  it('gives back every byte that was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.constantFrom('base64', 'base64url'), (bytes, form) => {
        const stored = Buffer.from(bytes).toString(form);
        const encoding = form === 'base64' ? 'Base64' : 'Base64URL';
        const result = extract(value(stored), line({ encoding }));
        expect(result.kind === 'value' && result.value.reveal().equals(bytes)).toBe(true);
      }),
    );
  });

  it('is undone after the property is picked', () => {
    expect(textOf(value('{"a":"aGk="}'), { property: 'a', encoding: 'Base64' })).toBe('hi');
  });
});

describe('size', () => {
  it('48 KiB are delivered, one byte more is not', () => {
    expect(textOf(value('x'.repeat(49_152)))).toHaveLength(49_152);
    expect(textOf(value('x'.repeat(49_153)))).toBe('failed: ValueTooLarge');
    expect(textOf(value('x'.repeat(1_048_577)), { property: 'a' })).toBe('failed: ValueTooLarge');
  });

  it('leaves the payload to its owner', () => {
    const payload = value('{"a":"x"}');
    const result = extract(payload, line({ property: 'a' }));
    if (result.kind === 'value') result.value.wipe();
    expect(textOf(payload)).toBe('{"a":"x"}');
  });
});

const CANARIES = ['hunter2', 'k7Qz!ca~nary-15', 'zK9$'.repeat(15)];

describe.each(CANARIES)('THREATS 16: malformed input of %# is never quoted', (canary) => {
  it.each<[string, Payload, Partial<ExtractLine>]>([
    ['plain text as JSON', value(canary), { property: 'x' }],
    ['a truncated document', value(`{"x":"${canary}`), { property: 'x' }],
    ['text behind a document', value(`{"x":"a"}${canary}`), { property: 'x' }],
    ['a name', value(`{"${canary}":1}`), { property: 'x' }],
    ['a bad escape', value(`{"x":"${canary}\\q"}`), { property: 'x' }],
    ['half a surrogate pair', value(`{"x":"${canary}\\ud800"}`), { property: 'x' }],
    ['not UTF-8', value(Buffer.concat([Buffer.from(canary), Buffer.from([0xff])])), { property: 'x' }],
    ['not Base64', value(`${canary}*`), { encoding: 'Base64' }],
    ['not Base64URL', value(`${canary}*`), { encoding: 'Base64URL' }],
    ['several data keys', fields({ [canary]: canary, b: canary }), {}],
    ['no such data key', fields({ a: canary }), { property: 'x' }],
    ['too large', value(canary.repeat(10_000)), {}],
  ])('%s', (_case, payload, change) => {
    const result = extract(payload, line(change));
    expect(result.kind).toBe('failed');
    const shown = inspect(result, { depth: 9 }) + JSON.stringify(result);
    for (let at = 0; at + 4 <= canary.length; at++) expect(shown).not.toContain(canary.slice(at, at + 4));
    expect(shown).toContain('acme/web/db');
  });
});
