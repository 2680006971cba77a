import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../watch/resources.ts';
import { entry } from '../approval/approval-fixture.ts';
import { AutomationOperator, OPEN } from './automation-fixture.ts';

/** What the status of a scope says of its users. */
function usedBy(operator: AutomationOperator, place = 'prod/web-prod'): readonly string[] | undefined {
  return (operator.api.at(SCOPES, place)?.status as { usedBy?: string[] } | undefined)?.usedBy;
}

describe('W25: a scope says which automations use its entries', () => {
  it('by name, whether in texts, as access token or as the key of a signature', async () => {
    const operator = new AutomationOperator(OPEN);
    operator.automate({ secrets: ['A'], signature: { secret: 'B' } });
    await operator.settle();
    expect(usedBy(operator)).toEqual([
      'A: WebhookAutomation prod/notify',
      'B: WebhookAutomation prod/notify',
    ]);
  });

  it('and no longer once it is not used', async () => {
    const operator = new AutomationOperator(OPEN);
    await operator.automate().settle();
    await operator.automate({ secrets: [], payload: {} }).settle();
    expect(usedBy(operator)).toBeUndefined();
  });

  it('also where a level below uses them, but for what that level has itself', async () => {
    const operator = new AutomationOperator(OPEN);
    const web = operator.api.at(SCOPES, 'team/web');
    operator.api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: { ...web?.spec, secrets: [entry('A'), entry('SHARED', 'other')] },
    });
    operator.automate({ secrets: ['A', 'SHARED'], payload: { a: '${A}', s: '${SHARED}' } });
    await operator.settle();
    await operator.reconcile('team/web');
    expect(usedBy(operator, 'team/web')).toEqual(['SHARED: WebhookAutomation prod/notify']);
  });

  it('nothing is said where nobody uses anything', async () => {
    const operator = new AutomationOperator(OPEN);
    await operator.automate({ secrets: [], payload: {} }).settle();
    expect(usedBy(operator)).toBeUndefined();
  });
});
