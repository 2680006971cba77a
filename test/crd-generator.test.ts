import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { customResource } from '../scripts/crd/custom-resource.ts';
import { filesIn, generatedFiles, staleFiles } from '../scripts/crd/generated-files.ts';
import { KINDS } from '../src/model/kinds/all-kinds.ts';
import type { KindDefinition } from '../src/model/kinds/common.ts';

const status = z.strictObject({ ready: z.boolean().optional().describe('Ready.') });

function kindOf(fields: z.ZodRawShape, description = 'A thing.'): KindDefinition {
  return {
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: [],
    namespaced: true,
    description,
    spec: z.strictObject(fields),
    status,
    columns: [],
  };
}

describe('the CRD generator', () => {
  it('finds the files in crds/ up to date', async () => {
    expect(staleFiles(generatedFiles(KINDS), await filesIn('crds'))).toEqual([]);
  });

  it('names files that are missing, changed or left over', () => {
    const wanted = new Map([
      ['a', '1'],
      ['b', '1'],
      ['c', '1'],
    ]);
    const existing = new Map([
      ['a', '1'],
      ['b', '2'],
      ['d', '1'],
    ]);
    expect(staleFiles(wanted, existing)).toEqual(['b', 'c', 'd']);
  });

  const text = z.string().describe('Text.');
  it.each<[string, z.ZodRawShape, string]>([
    ['a field without a description', { a: z.string() }, 'Thing.spec.a: has no description'],
    [
      'an item without one',
      { a: z.array(z.string()).meta({ 'x-kubernetes-list-type': 'atomic' }).describe('A.') },
      'Thing.spec.a[]: has no description',
    ],
    [
      'the value of a map without one',
      { a: z.record(z.string(), z.string()).describe('A.') },
      'Thing.spec.a{}: has no description',
    ],
    [
      'a union',
      { a: z.union([z.string(), z.number()]).describe('A.') },
      'Thing.spec.a: anyOf has no structural form',
    ],
    [
      'API-REVIEW 23: a list of no kind',
      { a: z.array(text).describe('A.') },
      'whether the list is a map, a set or atomic',
    ],
    [
      'lookaround',
      {
        a: z
          .string()
          .regex(/^(?!x)/)
          .describe('A.'),
      },
      'have no lookaround',
    ],
    ['anything at all', { a: z.unknown().describe('A.') }, 'Thing.spec.a: has no type'],
  ])('refuses %s', (_, fields, fault) => {
    expect(() => customResource(kindOf(fields))).toThrow(fault);
  });

  it('refuses a kind without a description', () => {
    expect(() => customResource(kindOf({ a: text }, ''))).toThrow('Thing: has no description');
  });

  it('names every fault at once', () => {
    expect(() => customResource(kindOf({ a: z.string(), b: z.string() }))).toThrow(/spec\.a.*\n.*spec\.b/);
  });

  it('API-REVIEW 19: requires spec, so that what is immutable cannot be removed first', () => {
    expect(customResource(kindOf({ a: text }))).toMatchObject({
      spec: {
        versions: [{ schema: { openAPIV3Schema: { required: ['spec'] } } }],
        conversion: { strategy: 'None' },
      },
    });
  });

  it('lets no kind be called by the name of the category', () => {
    const names = KINDS.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
    expect(names).not.toContain('secretscope-all');
  });
});
