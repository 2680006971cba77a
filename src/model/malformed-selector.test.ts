import { describe, expect, it } from 'vitest';
import { isWellFormed, type LabelSelector, matchesLabels } from './label-selector.ts';

const labels = { org: 'acme' };
const expression = (key: string, operator: string, values?: readonly string[]): LabelSelector => ({
  matchExpressions: [values ? { key, operator, values } : { key, operator }],
});
const raw = (value: unknown) => value as LabelSelector;

describe('FAULTS 18: a selector that Kubernetes would refuse matches nothing, and is known for malformed', () => {
  it.each<[string, LabelSelector]>([
    ['an operator nobody knows', expression('org', 'Like', ['acme'])],
    ['In without values', expression('org', 'In', [])],
    ['NotIn without values', expression('org', 'NotIn')],
    ['Exists with values', expression('org', 'Exists', ['acme'])],
    ['DoesNotExist with values', expression('gone', 'DoesNotExist', ['x'])],
    ['an empty key', expression('', 'DoesNotExist')],
    ['a key that is a number', raw({ matchExpressions: [{ key: 5, operator: 'DoesNotExist' }] })],
    ['a key with a space', expression('fork label', 'DoesNotExist')],
    ['a key that ends in a dash', expression('fork-', 'DoesNotExist')],
    ['a key with two slashes', expression('a/b/c', 'NotIn', ['x'])],
    ['a key that begins with a slash', expression('/a', 'DoesNotExist')],
    ['a key that ends with a slash', expression('a/', 'DoesNotExist')],
    ['a key with an upper-case prefix', expression('Acme.dev/a', 'DoesNotExist')],
    ['a key that is too long', expression('k'.repeat(64), 'DoesNotExist')],
    ['a prefix that is too long', expression(`${'p'.repeat(254)}/a`, 'DoesNotExist')],
    ['a value that no label can have', expression('org', 'NotIn', ['two words'])],
    ['a value that is too long', expression('org', 'NotIn', ['v'.repeat(64)])],
    ['a key in matchLabels that no label can have', { matchLabels: { 'a b': '' } }],
    ['a value in matchLabels that no label can have', { matchLabels: { org: 'a b' } }],
    ['a value in matchLabels that is a number', raw({ matchLabels: { org: 1 } })],
    ['an unknown field', raw({ matchLabels: {}, matchFields: [] })],
    ['null for matchLabels', raw({ matchLabels: null })],
    ['an object for matchExpressions', raw({ matchExpressions: {} })],
    ['a requirement that is a string', raw({ matchExpressions: ['org'] })],
    ['values that are a string', raw({ matchExpressions: [{ key: 'org', operator: 'In', values: 'acme' }] })],
    ['no object at all', raw(null)],
    ['a malformed requirement beside a good one', { matchLabels: { org: 'acme' }, ...expression('org', '') }],
  ])('if it has %s', (_case, selector) => {
    expect(isWellFormed(selector)).toBe(false);
    expect(matchesLabels(selector, labels)).toBe(false);
  });
});

describe('a selector that Kubernetes would take is well formed, whether it matches or not', () => {
  it.each<[string, LabelSelector]>([
    ['nothing in it', {}],
    ['the shortest key and value', { matchLabels: { a: '0' } }],
    ['two letters', { matchLabels: { ab: 'ab' } }],
    ['an empty value', { matchLabels: { org: '' } }],
    ['the longest key', expression(`${'p'.repeat(253)}/${'k'.repeat(63)}`, 'Exists')],
    ['the longest value', { matchLabels: { org: 'v'.repeat(63) } }],
    ['dots, dashes and underscores inside', { matchLabels: { 'a.b-c_d': 'a.b-c_d' } }],
    ['an empty list of values', expression('org', 'Exists', [])],
    ['several values', expression('org', 'NotIn', ['a', 'b'])],
  ])('with %s', (_case, selector) => {
    expect(isWellFormed(selector)).toBe(true);
  });
});
