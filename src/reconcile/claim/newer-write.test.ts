import { describe, expect, it } from 'vitest';
import type { WriteRecord } from '../../model/kinds/scope-ledger.ts';
import type { PlanLine, TargetPlan } from '../../model/plan.ts';
import { ledgerView } from '../../watch/approval-views.ts';
import { raw } from '../../watch/world-fixture.ts';
import type { Deps } from '../deps.ts';
import { SmallOperator } from '../reconcile-fixture.ts';
import { newerWrite } from './newer-write.ts';

const PINNED_AT = '2026-01-01T12:00:00Z';
const UID = 'uid-web';

function planOf(version: string | undefined): TargetPlan {
  const scope = { namespace: 'team', name: 'web', uid: UID };
  const line = { name: 'TOKEN', scope, ...(version !== undefined && { version }) } as PlanLine;
  const recipe = { kind: 'value', name: 'TOKEN' } as const;
  const key = { kind: 'deliver', dataKey: 'TOKEN', recipe, lines: [line], emptyNames: [] } as const;
  return { keys: [key] } as unknown as TargetPlan;
}

function depsWith(...writes: WriteRecord[]): Deps {
  const operator = new SmallOperator();
  const spec = { scope: { namespace: 'team', name: 'web', uid: UID }, writes };
  operator.world.ledgers.set(UID, ledgerView(raw('ScopeLedger', `secretscope-system/${UID}`, spec)));
  return operator.deps;
}

const write = (name: string, at: string): WriteRecord => ({
  name,
  action: 'Set',
  created: at,
  at,
  done: true,
});
const LATER = '2026-01-01T12:00:01Z';
const EARLIER = '2026-01-01T11:59:57Z';
const JUST_BEFORE = '2026-01-01T11:59:59Z';

describe('THREATS 23: what a Snapshot has pinned, and what was stored since', () => {
  it('if a newer value of the name was stored through the product, says which name', () => {
    expect(newerWrite(planOf('v1'), PINNED_AT, depsWith(write('TOKEN', LATER)))).toBe('TOKEN');
  });

  it('if it was stored before the version was pinned, it is that version', () => {
    expect(newerWrite(planOf('v1'), PINNED_AT, depsWith(write('TOKEN', EARLIER)))).toBeUndefined();
  });

  it('if it was stored about then, its version decides, since clocks tell seconds', () => {
    const stored = { ...write('TOKEN', JUST_BEFORE), version: 'v2' };
    expect(newerWrite(planOf('v2'), PINNED_AT, depsWith(stored))).toBeUndefined();
    expect(newerWrite(planOf('v1'), PINNED_AT, depsWith(stored))).toBe('TOKEN');
  });

  it('if another name was stored, nothing is said of this one', () => {
    expect(newerWrite(planOf('v1'), PINNED_AT, depsWith(write('OTHER', LATER)))).toBeUndefined();
  });

  it('if no version is pinned, the newest is handed out anyway', () => {
    expect(newerWrite(planOf(undefined), PINNED_AT, depsWith(write('TOKEN', LATER)))).toBeUndefined();
  });

  it('if nothing is known of the scope, nothing was stored', () => {
    expect(newerWrite(planOf('v1'), PINNED_AT, new SmallOperator().deps)).toBeUndefined();
  });
});
