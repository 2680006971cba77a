import { beforeEach, describe, expect, it } from 'vitest';
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import { SCOPES } from '../../watch/resources.ts';
import { automatedScope } from './automated-scope.ts';
import { AUTOMATION, AutomationOperator, OPEN } from './automation-fixture.ts';
import { lookAt } from './look-at-scope.ts';

let operator: AutomationOperator;
let held: ObservedTarget;

beforeEach(async () => {
  operator = new AutomationOperator(OPEN);
  await operator.automate().settle();
  held = only(operator.deps.targets.by('holder', 'prod/web-prod'));
});

function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1) return expect.fail();
  return item;
}

/** What is seen while the Secrets of the scope are these. */
function look(secrets: readonly ObservedTarget[] = [held]) {
  operator.look();
  const automation = operator.small.world.automations.get(AUTOMATION) ?? expect.fail();
  const found = automatedScope(automation, operator.deps);
  if (found.kind !== 'found') return expect.fail();
  const targets = { size: secrets.length, get: () => undefined, by: () => secrets };
  return lookAt(found.automated, { ...operator.deps, targets });
}

const inNamespace = (namespace: string, change: Partial<ObservedTarget> = {}) => ({
  ...held,
  namespace,
  ...change,
});
const holding = (namespace: string, names: readonly string[]) => {
  const record = held.record ?? expect.fail();
  const key = record.keys['A'] ?? expect.fail();
  return inNamespace(namespace, { record: { ...record, keys: { A: { ...key, names } } } });
};

describe('the Secrets of a scope', () => {
  it('are those of its targets, with the names in them', () => {
    expect(look().targets).toEqual([{ secretName: 'app', createdAt: held.createdAt, names: ['A@v-one'] }]);
  });

  it('are seen as well where a later version wrote them: they are not gone', () => {
    expect(look([{ ...held, proof: 'newer' }]).targets).toHaveLength(1);
  });

  it('of one target in many namespaces are one, with every version that there is', () => {
    const targets = look([
      holding('prod', ['A@1']),
      holding('team', ['A@2']),
      holding('acme', ['A@1']),
    ]).targets;
    expect(targets?.map(({ names }) => names)).toEqual([['A@1', 'A@2']]);
  });

  it('of one target in many namespaces were made when the first was', () => {
    const targets = look([held, inNamespace('team', { createdAt: held.createdAt - 5_000 })]).targets;
    expect(targets?.map(({ createdAt }) => createdAt)).toEqual([held.createdAt - 5_000]);
  });

  it.each<[string, () => ObservedTarget]>([
    ['is going', () => ({ ...held, deleting: true })],
    ['has a record that is not proven', () => ({ ...held, proof: 'invalid' })],
    ['has none', () => ({ ...held, record: undefined, proof: 'none' })],
    [
      'was made by an earlier scope of this name',
      () => {
        const record = held.record ?? expect.fail();
        return { ...held, record: { ...record, holder: { ...record.holder, uid: 'uid-before' } } };
      },
    ],
    [
      'is of no target any more',
      () => {
        const record = held.record ?? expect.fail();
        return { ...held, record: { ...record, target: 'gone' } };
      },
    ],
  ])('are without one that %s', (_what, secret) => {
    expect(look([secret()]).targets).toEqual([]);
  });

  it.each(['prod', 'team'])('cannot be told while those of %s are being listed', (namespace) => {
    operator.small.enrolments.set(namespace, 'starting');
    expect(look([held, inNamespace('team')]).targets).toBeUndefined();
  });
});

describe('the requests of a scope', () => {
  it('are none without a ledger', () => {
    expect(look().requests).toEqual([]);
  });

  it('cannot be told while approvals are not known', () => {
    operator.small.world.approvals = { missing: 'secretrequests are not served' };
    expect(look().requests).toBeUndefined();
  });
});

describe('whether a scope fails', () => {
  it('is said of what somebody has to mend, with its reason and its time', async () => {
    operator.edit({ targets: [{ secretName: 'app', include: ['A', 'GONE'] }] });
    await operator.settle();
    expect(look().failure).toMatchObject({ reason: 'NotAvailable' });
  });

  it('is not said of one that does not, and cannot be told of one that says nothing', () => {
    expect(look().failure).toBe('none');
    operator.api.put(SCOPES, {
      metadata: { name: 'web-prod', namespace: 'prod' },
      status: {},
    });
    expect(look().failure).toBeUndefined();
  });

  it('is not said of one that waits for approval, which is told as such', async () => {
    operator.edit({ protection: { requiredReviewers: [{ kind: 'User', name: 'ana' }] } });
    await operator.settle();
    expect(operator.ready).toBe('False AwaitingApproval');
    expect(look().failure).toBe('none');
  });
});

describe('where it is', () => {
  it('is said by the names of its levels', () => {
    expect(look().place).toMatchObject({
      namespace: 'prod',
      name: 'web-prod',
      organization: 'acme',
      repository: 'web',
      environment: 'web-prod',
    });
  });
});
