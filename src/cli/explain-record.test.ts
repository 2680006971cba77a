import { describe, expect, it } from 'vitest';
import { DELIVERY_ANNOTATION, HOLDER_ANNOTATION } from '../materialize/delivery-record.ts';
import { DELIVERY, HOLDER, recordOf } from './explain-record.ts';

const secretWith = (annotations: Record<string, string>, managedFields: readonly unknown[] = []) =>
  recordOf({
    apiVersion: 'v1',
    kind: 'PartialObjectMetadata',
    metadata: { name: 'web', namespace: 'team', uid: 'u', resourceVersion: '1', annotations, managedFields },
  });

describe('the delivery record of a Secret, as its metadata shows it', () => {
  it('is under the annotations that the operator writes', () => {
    expect([HOLDER, DELIVERY]).toEqual([HOLDER_ANNOTATION, DELIVERY_ANNOTATION]);
  });

  it('tells names, versions and suppliers of each data key, and when the operator wrote last', () => {
    const keys = { 'app.ini': { names: ['A@1', 'B@2@x'], suppliers: ['org?!', 'repo'] } };
    const record = secretWith(
      { [HOLDER]: 'team/web', [DELIVERY]: JSON.stringify({ v: 1, record: { keys } }) },
      [
        { manager: 'kubectl', time: '2026-03-01T00:00:00Z' },
        { manager: 'secretscope', time: '2026-01-01T00:00:00Z' },
        { manager: 'secretscope', time: '2026-02-01T00:00:00Z' },
        { manager: 'secretscope' },
      ],
    );
    expect(record).toEqual({
      secret: 'team/web',
      holder: 'team/web',
      writtenAt: '2026-02-01T00:00:00Z',
      keys: new Map([
        [
          'app.ini',
          [
            { name: 'A', version: '1', supplier: 'org' },
            { name: 'B', version: '2@x', supplier: 'repo' },
          ],
        ],
      ]),
    });
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['a list', '[]'],
    ['no record', '{"record":1}'],
    ['keys that are none', '{"record":{"keys":[1]}}'],
    ['names without versions', '{"record":{"keys":{"A":{"names":["A"],"suppliers":["x"]}}}}'],
    ['names of another kind', '{"record":{"keys":{"A":{"names":[1],"suppliers":1}}}}'],
  ])('tells nothing where somebody wrote %s into it', (_case, text) => {
    expect([...secretWith({ [DELIVERY]: text }).keys.values()].flat()).toEqual([]);
  });
});
