import { describe, expect, it } from 'vitest';
import { ACCESS, aBackend, aPlan, line, value, written } from '../../gate/a-plan.fixture.ts';
import { MAX_AUTHORS } from '../../model/approval.ts';
import type { LedgerSpec } from '../../model/kinds/scope-ledger.ts';
import { BACKENDS, SCOPES } from '../../watch/resources.ts';
import { aScopeView } from '../../watch/world-fixture.ts';
import { entry, ProtectedOperator, user } from './approval-fixture.ts';
import { planAuthors, scopeAuthors } from './authors.ts';

const SETTLE_MS = 60_000;
const POLICIES = Date.parse('2026-01-01T00:00:00Z');
const LATER = '2026-01-01T00:01:00Z';
const EARLIER = '2026-01-01T00:00:59Z';
const scope = { namespace: 'prod', name: 'web-prod', uid: 'uid-own' };
const ledger = (more: Partial<LedgerSpec> = {}): LedgerSpec => ({ scope, ...more });
const view = (authors: readonly string[], creationTimestamp = LATER) => ({
  ...aScopeView('prod/web-prod', {}, { creationTimestamp }),
  authors,
});

describe('who changed a scope', () => {
  const stamps = { since: POLICIES, unchanged: true, settleMs: SETTLE_MS };

  it('is whom the stamp names, and whom the ledger has seen and nobody has answered', () => {
    const { names } = scopeAuthors(
      view(['dev', 'eve']),
      ledger({ authors: ['ana', 'dev'], authorsComplete: true }),
      stamps,
    );
    expect(names).toEqual(['ana', 'dev', 'eve']);
  });

  it('are never more than fit', () => {
    const many = Array.from({ length: MAX_AUTHORS }, (_, index) => `user-${index}`);
    expect(scopeAuthors(view(['eve']), ledger({ authors: many }), stamps).names).toEqual(many);
  });

  it.each<[string, LedgerSpec, string, Partial<typeof stamps> | { since: undefined }, boolean]>([
    ['of a scope that was made when all policies were loaded, is everybody', ledger(), LATER, {}, true],
    ['of a scope that was made before, may be somebody else', ledger(), EARLIER, {}, false],
    ['if nobody is stamped, may be anybody', ledger(), LATER, { since: undefined }, false],
    [
      'if the ledger knew everybody and stamping went on, is everybody',
      ledger({ authorsComplete: true }),
      EARLIER,
      {},
      true,
    ],
    [
      'if stamping had a gap since, may be somebody else',
      ledger({ authorsComplete: true }),
      LATER,
      { unchanged: false },
      false,
    ],
    [
      'if the ledger did not know everybody, may be somebody else',
      ledger({ authorsComplete: false }),
      LATER,
      {},
      false,
    ],
  ])('%s', (_, spec, createdAt, change, complete) => {
    expect(scopeAuthors(view(['dev'], createdAt), spec, { ...stamps, ...change }).complete).toBe(complete);
  });
});

describe('who asked for a plan', () => {
  const own = { names: ['dev'], complete: true };
  const stamps = { since: POLICIES, settleMs: SETTLE_MS };
  const above = [view(['ted']), view(['orla'])];
  const released = written(aPlan([value('A'), value('org:B')]));
  const asked = (
    keys: Parameters<typeof aPlan>[0],
    before: typeof released | undefined = released,
    levels = above,
  ) => planAuthors(own, written(aPlan(keys)), before, levels, stamps);

  it.each<[string, Parameters<typeof aPlan>[0], string[]]>([
    ['if nothing inherited is new, is who changed the scope', [value('A=other'), value('org:B')], ['dev']],
    [
      'if an inherited line is new, is also who changed the levels above',
      [value('A'), value('org:B'), value('org:C')],
      ['dev', 'ted', 'orla'],
    ],
    [
      'if an inherited line changed, is also who changed the levels above',
      [value('A'), value('org:B=other')],
      ['dev', 'ted', 'orla'],
    ],
    [
      'if an inherited line takes the place of an own one, is also who changed the levels above',
      [value('org:A')],
      ['dev', 'ted', 'orla'],
    ],
    ['if an inherited line only leaves, is who changed the scope', [value('A')], ['dev']],
  ])('%s', (_, keys, names) => {
    expect(asked(keys).names).toEqual(names);
  });

  it('if nothing was released, is also who changed the levels above what is inherited', () => {
    expect(planAuthors(own, written(aPlan([value('org:A')])), undefined, above, stamps).names).toEqual([
      'dev',
      'ted',
      'orla',
    ]);
  });

  it.each<[string, ReturnType<typeof asked>, boolean]>([
    ['if every level above was stamped from its beginning, is everybody', asked([value('org:C')]), true],
    [
      'if one was there before the policies, may be somebody else',
      asked([value('org:C')], released, [view(['ted']), view([], EARLIER)]),
      false,
    ],
    [
      'if one was there before the policies and nothing inherited is new, is everybody',
      asked([value('A=x')], released, [view([], EARLIER)]),
      true,
    ],
    [
      'if its backend is another of the same name, may be somebody else',
      asked([
        value(
          line('A', {
            backend: { ...aBackend('vault'), id: { namespace: 'prod', name: 'vault', uid: 'uid-2' } },
          }),
        ),
      ]),
      false,
    ],
    [
      'if its backend means another place, may be somebody else',
      asked([value(line('A', { backend: aBackend('vault', { namespace: 'x' }) }))]),
      false,
    ],
    [
      'if another backend is named, is everybody: that is a change of the scope',
      asked([value(line('A', { backend: aBackend('other') }))]),
      true,
    ],
    [
      'if somebody was missing before, may be somebody else',
      planAuthors({ ...own, complete: false }, written(aPlan([value('A')]), ACCESS), released, above, stamps),
      false,
    ],
  ])('%s', (_, authors, complete) => {
    expect(authors.complete).toBe(complete);
  });
});

describe('under preventSelfReview, whoever asked is not forgotten', () => {
  const guarded = { protection: { requiredReviewers: [user('ana'), user('ben')], preventSelfReview: true } };
  const askedBy = async (operator: ProtectedOperator) => {
    await operator.pass(10);
    await operator.settle();
    return operator.plan.authors;
  };

  it('while another request waits', async () => {
    const operator = await ProtectedOperator.released(guarded);
    operator.edit({ secrets: [entry('A', 'other')] }, 'eve');
    await operator.settle();
    operator.edit({ secrets: [entry('A', 'b')] }, 'dev');
    expect(await askedBy(operator)).toEqual(['eve', 'dev']);
  });

  it('while what they added cannot be had', async () => {
    const operator = await ProtectedOperator.released(guarded);
    const { metadata, spec = {} } = operator.api.at(SCOPES, 'team/web') ?? {};
    operator.api.put(SCOPES, {
      metadata: { name: 'web', ...metadata },
      spec: { ...spec, secrets: [entry('B')] },
    });
    const vault = operator.api.at(BACKENDS, 'team/vault');
    operator.api.remove(BACKENDS, 'team/vault');
    operator.edit({ targets: [{ secretName: 'app', include: ['A', 'B'] }] }, 'eve');
    await operator.settle();
    if (vault) operator.api.put(BACKENDS, vault);
    expect(await askedBy(operator)).toContain('eve');
  });

  it('while the target cannot be planned', async () => {
    const operator = await ProtectedOperator.released(guarded);
    const target = { secretName: 'app', includeAll: true };
    operator.edit(
      { secrets: [entry('A'), entry('B')], targets: [{ ...target, keys: { A: 'X', B: 'X' } }] },
      'eve',
    );
    await operator.settle();
    operator.edit({ targets: [target] }, 'dev');
    expect(await askedBy(operator)).toContain('eve');
  });

  // gate-result.ts isSettled sees only targets that a decision is about; one that cannot be planned and was never asked for has
  // none (consumers.ts). Settled is a scope only if each target of its spec has a decision.
  it('while another target of theirs cannot be planned, of which nothing was ever asked', async () => {
    const operator = await ProtectedOperator.released({ ...guarded, secrets: [entry('A'), entry('B')] });
    const app = { secretName: 'app', includeAll: true };
    const copy = { secretName: 'copy', include: ['A', 'B'] };
    operator.edit({ targets: [app, { ...copy, keys: { A: 'X', B: 'X' } }] }, 'eve');
    await operator.settle();
    operator.edit({ targets: [app, copy] }, 'dev');
    expect(await askedBy(operator)).toContain('eve');
  });
});
