/** What a webhook automation asks for in the ledger of its scope, beside targets and claims. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Consumer, LedgerEntry } from '../../model/approval.ts';
import { AUTOMATIONS } from '../../watch/resources.ts';
import { aScopeView } from '../../watch/world-fixture.ts';
import { AUTOMATION, AutomationOperator, PROTECTED } from '../automation/automation-fixture.ts';
import { SmallOperator } from '../reconcile-fixture.ts';
import { askerOf, asksOf, concerns, holdingView, type Party, TARGETS, termsFor } from './party.ts';

const SPEC = {
  scopeRef: { name: 'web-prod' },
  events: ['Rotated'],
  url: 'https://hooks.acme.dev/in',
  payload: {},
};
const NOTIFY = {
  kind: 'WebhookAutomation',
  namespace: 'prod',
  name: 'notify',
  uid: 'uid-prod/notify',
} as const;
const scope = aScopeView('prod/web-prod');

let small: SmallOperator;
beforeEach(() => {
  small = new SmallOperator();
  small.world.automation('prod/notify', SPEC);
});

const entryOf = (consumer: Consumer): LedgerEntry => ({
  request: { name: 'web-prod-notify-1', uid: 'uid-request' },
  subject: { scopeUID: scope.metadata.uid, consumer, digest: 'v1:x', pin: 'Access', lines: [] },
  askedAgain: '',
  createdAt: 0,
  authors: { names: [], complete: true },
  state: 'Waiting',
});
const viewOf = () => small.world.automations.get('prod/notify') ?? expect.fail();
const partyOf = (): Party => ({ kind: 'automation', automation: viewOf(), webhook: undefined });
const isOf = (party: Party, consumer: Consumer) => concerns(party, entryOf(consumer), scope, small.deps);

describe('whose an entry of the ledger is', () => {
  it('that of an automation is its own, and not that of the targets', () => {
    expect([isOf(partyOf(), NOTIFY), isOf(TARGETS, NOTIFY)]).toEqual([true, false]);
  });

  it.each<[string, Partial<Consumer>]>([
    ['a target of its name', { kind: 'Target', uid: '' }],
    ['a claim of its name', { kind: 'SecretClaim' }],
    ['another automation', { name: 'other' }],
    ['one of another namespace', { namespace: 'team' }],
  ])('that of %s is not its own', (_what, change) => {
    expect(isOf(partyOf(), { ...NOTIFY, ...change })).toBe(false);
  });

  it('that of an earlier one of its name is, which sheds no rejection', () => {
    expect(isOf(partyOf(), { ...NOTIFY, uid: 'uid-before' })).toBe(true);
  });

  it('is left to the scope when the automation is gone, is going, or names another scope', () => {
    const spec = { ...SPEC, scopeRef: { name: 'other' } };
    small.world.automation('prod/notify', spec);
    expect(isOf(TARGETS, NOTIFY)).toBe(true);
    small.world.automation('prod/notify', SPEC, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(isOf(TARGETS, NOTIFY)).toBe(true);
    small.world.automations.delete('prod/notify');
    expect(isOf(TARGETS, NOTIFY)).toBe(true);
  });

  it('and never while automations cannot be told, or this one cannot be read', () => {
    small.world.automation('prod/notify', { ...SPEC, url: 'http://plain' });
    expect(isOf(TARGETS, NOTIFY)).toBe(false);
    small.world.automations.delete('prod/notify');
    small.world.claiming = { missing: 'webhookautomations are not served' };
    expect(isOf(TARGETS, NOTIFY)).toBe(false);
  });
});

describe('an automation', () => {
  it('holds no Secret, asks for itself, and has the terms of the scope', () => {
    const protection = { requiredReviewers: [{ kind: 'User' as const, name: 'ana' }], pendingTTL: '48h' };
    expect(holdingView(partyOf(), scope)).toBeUndefined();
    expect(askerOf(partyOf())).toBe(viewOf());
    expect(asksOf(partyOf(), scope)).toBe(viewOf());
    expect(termsFor(partyOf(), protection)).toBe(protection);
  });
});

describe('just before its release', () => {
  let operator: AutomationOperator;
  beforeEach(async () => {
    operator = new AutomationOperator(PROTECTED);
    operator.automate();
    await operator.settle();
    const request = operator.requests.find(({ metadata }) => metadata.name === 'web-prod-notify-1');
    operator.cast('Approve', 'ana', request ? { request } : {});
    operator.look();
    operator.watching = false;
  });
  const state = () => operator.states.find((one) => one.startsWith('web-prod-notify-1'));

  it('if nothing moved, it is released', async () => {
    await operator.lookAt();
    expect(state()).toBe('web-prod-notify-1 Released');
  });

  it.each<[string, () => void]>([
    ['it was changed', () => void operator.automate({ payload: { stolen: '${A}' } })],
    ['it is gone', () => operator.api.remove(AUTOMATIONS, AUTOMATION)],
    [
      'it was made again',
      () => {
        const { spec = {} } = operator.api.at(AUTOMATIONS, AUTOMATION) ?? {};
        operator.api.remove(AUTOMATIONS, AUTOMATION);
        operator.api.put(AUTOMATIONS, { metadata: { name: 'notify', namespace: 'prod' }, spec });
      },
    ],
    ['its organization lists no host any more', () => void operator.organization({ automationHosts: [] })],
  ])('if %s and the watch has not shown it, nothing is released', async (_what, move) => {
    move();
    await operator.lookAt();
    expect([state(), operator.result, operator.events]).toEqual([
      'web-prod-notify-1 Waiting',
      { kind: 'retry' },
      [],
    ]);
  });

  it('one that the watch does not show yet is not ended by the scope', async () => {
    operator.small.world.automations.delete(AUTOMATION);
    await operator.reconcile();
    expect(state()).toBe('web-prod-notify-1 Waiting');
  });

  it('one that is gone for certain is', async () => {
    operator.watching = true;
    operator.api.remove(AUTOMATIONS, AUTOMATION);
    await operator.reconcile();
    expect(state()).not.toBe('web-prod-notify-1 Waiting');
  });
});
