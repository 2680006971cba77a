import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { needsAPerson } from './needs-a-person.ts';
import { REASONS, type Reason } from './reasons.ts';

const RULES = new URL('../../deploy/components/monitoring/prometheus-rule.yaml', import.meta.url);
// of automations: no scope has it
const OF_NO_SCOPE: readonly Reason[] = ['DeliveryFailing'];

it('the alert SecretScopeNeedsAPerson leaves out what needs nobody, and nothing else', async () => {
  const [, list = ''] = /secretscope_scopes\{reason!~"([^"]+)"\}/.exec(await readFile(RULES, 'utf8')) ?? [];
  const leftOut = list.split('|');
  expect(leftOut.filter(needsAPerson)).toEqual([]);
  const notReady = (Object.keys(REASONS) as Reason[]).filter((reason) => {
    const policy: { ready: string; over?: boolean } = REASONS[reason];
    return policy.ready === 'False' && policy.over !== true && !OF_NO_SCOPE.includes(reason);
  });
  expect(notReady.filter((reason) => !needsAPerson(reason)).toSorted()).toEqual(
    leftOut.filter((reason) => notReady.includes(reason as Reason)).toSorted(),
  );
});

it.each(['SecretMissing', 'BackendDenied', 'Rejected', 'ofAnotherVersion'])('%s needs a person', (reason) => {
  expect(needsAPerson(reason)).toBe(true);
});

it.each(['Materialized', 'AwaitingApproval', 'Expired', 'DeliveryFailing'])('%s needs nobody', (reason) => {
  expect(needsAPerson(reason)).toBe(false);
});
