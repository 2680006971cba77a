import { expect, it } from 'vitest';
import type { Uncertain } from '../model/plan.ts';
import { SecretValue } from '../model/secret-value.ts';
import { compareTarget } from './compare-target.ts';
import { composeValue } from './compose-value.ts';
import { aLine, aPlan, delivered, FakeProvider, HOLDER, wanted } from './delivery-fixture.ts';

const provider = new FakeProvider({ CA: 'of the organization' });
const ORGANIZATION_GONE: Uncertain = {
  reason: 'NotAvailable',
  message: 'the level above is not there',
  known: new Map([[HOLDER.uid, 'complete']]),
  levelsMissing: true,
};
const fromOrganization = (locked: boolean) =>
  wanted('CA', { lines: [aLine('CA', { scope: { ...HOLDER, uid: 'uid-org' }, locked })] });

/** An own entry of the same name is planned, after the organization that supplied the value went missing. */
async function afterTheOrganizationWentMissing(locked: boolean) {
  const { observed } = await delivered(aPlan([fromOrganization(locked)]), provider);
  const plan = aPlan([wanted('CA')], { uncertain: ORGANIZATION_GONE });
  const versions = provider.versionsOf(plan);
  return compareTarget({
    plan,
    versions,
    observed,
    holderUid: HOLDER.uid,
    suspended: false,
    mayStay: () => true,
  });
}

it('if the organization that locked a name is missing, the own entry does not take its place', async () => {
  const { kept, refresh } = await afterTheOrganizationWentMissing(true);
  expect(kept.map(({ dataKey, reason }) => [dataKey, reason])).toEqual([['CA', 'NotAvailable']]);
  expect(refresh).toEqual([]);
});

it('if it had not locked the name, the own entry goes on', async () => {
  const { kept, refresh } = await afterTheOrganizationWentMissing(false);
  expect(kept).toEqual([]);
  expect(refresh.map(({ plan }) => plan.dataKey)).toEqual(['CA']);
});

it('if a value looks like a placeholder, it is delivered as it is', () => {
  const values = new Map([
    ['A', SecretValue.fromText('${B}')],
    ['B', SecretValue.fromText('b')],
  ]);
  const made = composeValue('app.ini', { kind: 'template', text: '${A} ${B}' }, values);
  expect(made.kind === 'value' && made.value.reveal().toString()).toBe('${B} b');
});
