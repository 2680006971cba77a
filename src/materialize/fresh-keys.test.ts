import { describe, expect, it } from 'vitest';
import { SecretValue } from '../model/secret-value.ts';
import type { LineValue } from '../model/value-answer.ts';
import type { DeliverPlan } from './compare-target.ts';
import { aLine, wanted } from './delivery-fixture.ts';
import { sourceDigest, valueMac } from './delivery-record.ts';
import { composeKeys } from './fresh-keys.ts';
import { KEYRING, PLACE } from './secrets-fixture.ts';

const value = (text: string, version = 'v1'): LineValue => ({
  kind: 'value',
  version,
  value: SecretValue.fromText(text),
});
const failed: LineValue = { kind: 'failed', reason: 'SecretMissing', message: 'B is not there' };

function compose(plans: readonly DeliverPlan[], answers: Record<string, LineValue>) {
  const lines = plans.flatMap((plan) => plan.lines);
  const reads = new Map(
    lines.flatMap((line) => (answers[line.name] ? [[line, answers[line.name] ?? failed] as const] : [])),
  );
  return composeKeys(
    PLACE,
    plans.map((plan) => ({ plan, versions: plan.lines.map(() => 'v1') })),
    reads,
    KEYRING,
  );
}

describe('a data key that was read', () => {
  it('has its bytes and a record by which they are recognised', () => {
    const plan = wanted('A');
    const { fresh } = compose([plan], { A: value('one', 'v2') });
    const source = sourceDigest(plan, ['v2']);
    const mac = valueMac(KEYRING, PLACE, 'A', source, Buffer.from('one'));
    expect(fresh).toMatchObject([
      { dataKey: 'A', record: { source, mac, names: ['A@v2'], suppliers: ['uid-web'] } },
    ]);
    expect(fresh[0]?.value.reveal().toString()).toBe('one');
  });

  it('of several names records each with its own version and supplier', () => {
    const lines = [aLine('A'), aLine('B', { explicit: false })];
    const plan = wanted('URL', {
      lines,
      recipe: { kind: 'template', text: '${B}${A}${C}' },
      emptyNames: ['C'],
    });
    const { fresh } = compose([plan], { A: value('one', 'a1'), B: value('two', 'b1') });
    expect(fresh[0]?.value.reveal().toString()).toBe('twoone');
    expect(fresh[0]?.record).toMatchObject({ names: ['A@a1', 'B@b1'], suppliers: ['uid-web', 'uid-web?'] });
  });

  it('made of nothing but what counts as empty is empty', () => {
    const plan = wanted('A', { lines: [], recipe: { kind: 'empty' }, emptyNames: ['A'] });
    expect(compose([plan], {}).fresh[0]?.value.byteLength).toBe(0);
  });
});

describe('a data key of which something could not be read', () => {
  it('is not made, and says why; the others are', () => {
    const { fresh, failed: missing } = compose([wanted('A'), wanted('B')], { A: value('one'), B: failed });
    expect(fresh.map(({ dataKey }) => dataKey)).toEqual(['A']);
    expect(missing).toEqual([{ dataKey: 'B', reason: 'SecretMissing', message: 'B is not there' }]);
  });

  it('and was not even asked for is a fault of ours', () => {
    expect(compose([wanted('A')], {}).failed).toMatchObject([{ dataKey: 'A', reason: 'InternalError' }]);
  });

  it('and cannot be put into its form says so without the value', () => {
    const plan = wanted('A', { recipe: { kind: 'template', text: '${A | json}' } });
    const bytes: LineValue = {
      kind: 'value',
      version: 'v1',
      value: new SecretValue(Buffer.from('canary\xff', 'latin1')),
    };
    const { failed: missing } = compose([plan], { A: bytes });
    expect(missing).toMatchObject([{ dataKey: 'A', reason: 'ValueNotText' }]);
    expect(JSON.stringify(missing)).not.toContain('canary');
  });
});
