import { describe, expect, it } from 'vitest';
import { type LabelSelector, matchesLabels } from './label-selector.ts';

const labels = { team: 'web', stage: 'prod', empty: '' };
const requirement = (key: string, operator: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
});

describe('a label selector matches', () => {
  it.each<[string, LabelSelector]>([
    ['everything when it is empty', {}],
    ['when every label has its value', { matchLabels: { team: 'web', stage: 'prod' } }],
    ['a label whose value is empty', { matchLabels: { empty: '' } }],
    ['In, when the value is listed', requirement('team', 'In', ['api', 'web'])],
    ['NotIn, when the value is not listed', requirement('team', 'NotIn', ['api'])],
    ['NotIn, when the label is absent', requirement('other', 'NotIn', ['api'])],
    ['Exists, whatever the value', requirement('empty', 'Exists')],
    ['DoesNotExist, when the label is absent', requirement('other', 'DoesNotExist')],
    [
      'when labels and expressions agree',
      { matchLabels: { team: 'web' }, ...requirement('stage', 'Exists') },
    ],
  ])('%s', (_rule, selector) => {
    expect(matchesLabels(selector, labels)).toBe(true);
  });
});

describe('a label selector does not match', () => {
  it.each<[string, LabelSelector | undefined]>([
    ['when there is none', undefined],
    ['when one label has another value', { matchLabels: { team: 'web', stage: 'dev' } }],
    ['when one label is absent', { matchLabels: { other: '' } }],
    ['In, when the label is absent', requirement('other', 'In', [''])],
    ['NotIn, when the value is listed', requirement('team', 'NotIn', ['web'])],
    ['Exists, when the label is absent', requirement('other', 'Exists')],
    ['DoesNotExist, when the label is there', requirement('empty', 'DoesNotExist')],
    ['a name that every object inherits', { matchLabels: { constructor: 'Object' } }],
    [
      'when one expression of two fails',
      {
        matchExpressions: [
          { key: 'team', operator: 'Exists' },
          { key: 'x', operator: 'Exists' },
        ],
      },
    ],
  ])('%s', (_rule, selector) => {
    expect(matchesLabels(selector, labels)).toBe(false);
  });
});

describe('a malformed selector matches nothing', () => {
  const malformed: [string, unknown][] = [
    ['an operator that does not exist', requirement('other', 'Gt', ['1'])],
    ['an operator in another case', requirement('team', 'exists')],
    ['In without values', requirement('team', 'In')],
    ['NotIn without values', requirement('other', 'NotIn')],
    ['Exists with values', requirement('team', 'Exists', ['web'])],
    ['DoesNotExist with values', requirement('other', 'DoesNotExist', ['x'])],
    ['an empty key', requirement('', 'DoesNotExist')],
    ['a field that does not exist', { matchLabel: { team: 'api' } }],
    ['labels that are no map', { matchLabels: ['team'] }],
    ['a value that is no string', { matchLabels: { team: 1 } }],
    ['expressions that are no list', { matchExpressions: { key: 'team', operator: 'Exists' } }],
    ['an expression that is no object', { matchExpressions: [null] }],
    ['values that are no list', { matchExpressions: [{ key: 'other', operator: 'NotIn', values: 'api' }] }],
    ['values that are no strings', { matchExpressions: [{ key: 'other', operator: 'NotIn', values: [1] }] }],
    ['null', null],
    ['a list', []],
  ];
  it.each(malformed)('%s', (_rule, selector) => {
    expect(matchesLabels(selector as LabelSelector, labels)).toBe(false);
  });
});

it('an object without labels has none', () => {
  expect(matchesLabels(requirement('team', 'DoesNotExist'), undefined)).toBe(true);
  expect(matchesLabels({ matchLabels: { team: 'web' } }, undefined)).toBe(false);
});
