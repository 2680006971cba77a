import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SecretValue } from './secret-value.ts';

const canary = 'canary-7f3a';

describe('a value in its box', () => {
  it.each<[string, (box: SecretValue) => string]>([
    ['a template literal', (box) => `${box}`],
    ['String()', String],
    ['JSON', (box) => JSON.stringify({ box })],
    ['util.inspect', (box) => inspect({ box }, { showHidden: true, depth: 9 })],
    ['util.format', (box) => format('%s %o %j', box, box, box)],
    ['an error message', (box) => new Error(`${box}`).message],
    ['its members', (box) => JSON.stringify([Object.entries(box), Object.getOwnPropertyNames(box)])],
  ])('FAULTS 38: %s does not show it', (_case, print) => {
    const printed = print(SecretValue.fromText(canary));
    expect(printed).not.toContain('canary');
    expect(printed).not.toContain(Buffer.from(canary).toString('base64').slice(0, 8));
  });

  it('prints as [redacted]', () => {
    expect(`${SecretValue.fromText(canary)}`).toBe('[redacted]');
    expect(inspect(SecretValue.fromText(canary))).toBe('[redacted]');
    expect(JSON.stringify(SecretValue.fromText(canary))).toBe('"[redacted]"');
  });

  it('is handed out as it was put in', () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    expect(new SecretValue(bytes).reveal()).toEqual(Buffer.from([0, 255, 10, 13]));
  });

  it('Q1: its length is counted in bytes', () => {
    expect(SecretValue.fromText('\ud55c\u00e9').byteLength).toBe(5);
  });
});

describe('a box that leaves the program', () => {
  it('FAULTS 38: is printed by console.log, alone or inside of something, without its value', () => {
    const printed: string[] = [];
    const stream = new Writable({
      write: (chunk, _encoding, done) => done(void printed.push(String(chunk))),
    });
    const box = SecretValue.fromText(canary);
    const deep = { list: [new Map([[box, new Set([box])]])], error: new Error('x', { cause: box }) };
    const console = new Console(stream, stream);
    console.log(box, deep, '%s %o', box, box);
    console.table([box]);
    console.dir(box, { showHidden: true, depth: 9 });
    expect(printed.join('')).toContain('[redacted]');
    expect(printed.join('')).not.toMatch(/canary|63 61 6e|Y2FuYXJ5/);
  });

  it('FAULTS 40: is an empty object to another thread', async () => {
    const box = SecretValue.fromText(canary);
    expect(structuredClone({ box })).toEqual({ box: {} });
    const { port1, port2 } = new MessageChannel();
    const received = new Promise((resolve) => port2.once('message', resolve));
    port1.postMessage({ box });
    expect(await received).toEqual({ box: {} });
    port1.close();
  });

  it.each<[string, (box: SecretValue) => unknown]>([
    ['spread', (box) => ({ ...box })],
    ['assigned', (box) => Object.assign({}, box)],
    ['serialized', (box) => serialize(box).toString('latin1')],
    ['added to a text', (box) => 'x'.concat(String(box))],
    ['used as a key', (box) => ({ [`${box}`]: 1 })],
  ])('shows nothing when it is %s', (_case, use) => {
    expect(JSON.stringify(use(SecretValue.fromText(canary)))).not.toContain('canary');
  });
});

describe('a wiped box', () => {
  it('holds zeros and hands nothing out', () => {
    const bytes = Buffer.from(canary);
    const box = new SecretValue(bytes);
    box.wipe();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => box.reveal()).toThrow(/wiped/);
    expect(() => box.copy()).toThrow(/wiped/);
    // a second time, and printed, is no error
    box.wipe();
    expect(`${box}`).toBe('[redacted]');
  });

  it('leaves a copy alone, and the copy it', () => {
    const box = SecretValue.fromText(canary);
    const copy = box.copy();
    box.wipe();
    expect(copy.reveal().toString()).toBe(canary);
    const other = copy.copy();
    other.wipe();
    expect(copy.reveal().toString()).toBe(canary);
  });
});
