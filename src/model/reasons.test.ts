import { describe, expect, it } from 'vitest';
import { gravest, REASONS, type Reason, reasonPolicy } from './reasons.ts';

const all = Object.keys(REASONS) as Reason[];

describe('the closed list of reasons', () => {
  it.each(all)('%s is a word that a condition accepts', (reason) => {
    expect(reason).toMatch(/^[A-Z][A-Za-z]{2,63}$/);
  });

  it.each(all.filter((reason) => REASONS[reason].ready === 'True'))(
    'if only %s is found, the object is ready, so it neither stalls nor is looked at again',
    (reason) => {
      expect(reasonPolicy(reason)).toMatchObject({ stalled: false, requeue: 'onChange', rank: 0 });
    },
  );

  it.each(all.filter((reason) => REASONS[reason].ready === 'False'))(
    'if %s is found, it outranks everything that is well, and something will wake it up',
    (reason) => {
      const policy = reasonPolicy(reason);
      expect(policy.rank).toBeGreaterThan(0);
      // what does not stall mends itself, so somebody has to look; the gate says itself when time changes something
      const byTheGate = ['RequestNeeded', 'WaitTimerRunning', 'AwaitingApproval'].includes(reason);
      // it is over, as was asked: nothing has to wake it
      const isOver = policy.over === true;
      expect(policy.stalled || byTheGate || isOver || policy.requeue !== 'onChange').toBe(true);
    },
  );

  it.each<Reason>([
    'NotAvailable',
    'KeyNotGranted',
    'LimitExceeded',
    'ParentUnknown',
    'UnsupportedByThisVersion',
  ])('%s stalls: nothing changes until a person acts', (reason) => {
    expect(reasonPolicy(reason)).toMatchObject({ ready: 'False', stalled: true });
  });
});

describe('of several findings', () => {
  it('the gravest is shown', () => {
    const findings = [
      { reason: 'BackendThrottled' },
      { reason: 'SpecInvalid' },
      { reason: 'SecretMissing' },
    ] as const;
    expect(gravest(findings)).toBe(findings[1]);
  });

  it('of equally grave ones the first is shown', () => {
    const findings = [{ reason: 'PropertyMissing' }, { reason: 'SecretMissing' }] as const;
    expect(gravest(findings)).toBe(findings[0]);
  });

  it('of none none is shown', () => {
    expect(gravest([])).toBeUndefined();
  });
});
