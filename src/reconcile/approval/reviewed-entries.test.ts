import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../watch/resources.ts';
import { entry, ProtectedOperator } from './approval-fixture.ts';

/** A protected environment whose target delivers `include`, approved by ana. */
const released = (secrets: readonly object[], include: readonly string[]) =>
  ProtectedOperator.released({ secrets, targets: [{ secretName: 'app', include }] });
const known = ({ scope, ledger }: ProtectedOperator) => [...(scope.authors ?? []), ...(ledger.authors ?? [])];

describe('who wrote an entry of a scope', () => {
  it('is forgotten once everything was seen and answered', async () => {
    const operator = await released([entry('A'), entry('B')], ['A', 'B']);
    expect(known(operator)).toEqual([]);
  });

  it('THREATS 12: is remembered while an entry was not seen that somebody may claim', async () => {
    const operator = await released([entry('A'), entry('B')], ['A']);
    expect(known(operator)).toContain('dev');
  });

  it('is forgotten when the entry that nobody has seen is taken out', async () => {
    const operator = await released([entry('A'), entry('B')], ['A']);
    await operator.edit({ secrets: [entry('A')] }, 'eve').settle();
    expect(known(operator)).toEqual([]);
  });

  it('is remembered when an entry that was seen means another key', async () => {
    const operator = await released([entry('A'), entry('B')], ['A', 'B']);
    operator.edit({
      secrets: [entry('A'), entry('B', 'other')],
      targets: [{ secretName: 'app', include: ['A'] }],
    });
    await operator.settle();
    expect(known(operator)).toContain('dev');
  });

  it('is forgotten by a scope that only delivers what levels above supply, once that was answered', async () => {
    const operator = new ProtectedOperator({ secrets: [], targets: [{ secretName: 'app', include: ['R'] }] });
    const { spec } = operator.api.at(SCOPES, 'team/web') ?? expect.fail();
    operator.api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: { ...spec, secrets: [entry('R', 'other')] },
    });
    await operator.settle();
    operator.cast('Approve', 'ana');
    await operator.settle();
    expect(operator.data).toEqual({ R: 'three' });
    expect(known(operator)).toEqual([]);
  });

  it('is remembered where there is no entry to be seen', async () => {
    const operator = new ProtectedOperator({ secrets: [], targets: [] });
    await operator.settle();
    expect(known(operator)).toContain('dev');
  });
});
