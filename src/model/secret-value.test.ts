import { format, inspect } from 'node:util';
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

describe('a wiped box', () => {
  it('holds zeros and hands nothing out', () => {
    const bytes = Buffer.from(canary);
    const box = new SecretValue(bytes);
    box.wipe();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => box.reveal()).toThrow(/wiped/);
    expect(() => box.copy()).toThrow(/wiped/);
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
