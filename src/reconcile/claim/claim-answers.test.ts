/** What a claim is told, and what it is never told. */
import { describe, expect, it } from 'vitest';
import { targetThing } from '../../watch/interests.ts';
import { CLAIMS, SCOPES } from '../../watch/resources.ts';
import { entry, SCOPE } from '../approval/approval-fixture.ts';
import { CLAIM, ClaimOperator, OPEN, PROTECTED } from './claim-fixture.ts';

/** Everything that whoever may read the claim is told, but for times. */
const heard = async (op: ClaimOperator, change: Readonly<Record<string, unknown>> = {}) => {
  await op.claim(change).lookAt();
  const { conditions = [], ...status } = op.claimStatus();
  const { events } = op.small;
  return {
    ...status,
    conditions: conditions.map(({ lastTransitionTime: _, ...rest }) => rest),
    events: events.filter(({ regarding }) => regarding.kind === 'SecretClaim').map(({ note }) => note),
    result: op.result,
  };
};

describe('THREATS 25: one answer, in the same words', () => {
  it('for a scope that is not there, does not admit, cannot be read, or is going', async () => {
    const gone = new ClaimOperator();
    gone.api.remove(SCOPES, SCOPE);
    const going = new ClaimOperator();
    going.api.put(SCOPES, {
      metadata: { ...going.scope.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } as never,
    });
    const answers = [
      await heard(gone),
      await heard(going),
      await heard(new ClaimOperator({ ...OPEN, consumers: [] })),
      await heard(new ClaimOperator().edit({ children: [{ namespaces: {}, visibility: 'Private' }] })),
      await heard(new ClaimOperator().edit({ secrets: 'none' })),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ state: 'Waiting' });
  });

  it('for a name that nobody defines, and one that a level above does not let out of its own hands', async () => {
    const answers = [
      await heard(new ClaimOperator(), { include: ['R'] }),
      await heard(new ClaimOperator().editRepository({ secrets: [entry('R', 'other')] }), { include: ['R'] }),
      await heard(new ClaimOperator({ ...OPEN, secrets: [entry('B')] }), { include: ['R'] }),
    ];
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ missing: ['R: NotAvailable'] });
  });

  it('tells a stranger neither key nor provider of what cannot be read', async () => {
    const op = new ClaimOperator({ ...OPEN, secrets: [entry('A', 'missing-key')] });
    const answer = JSON.stringify(await heard(op));
    expect(answer).not.toContain('missing-key');
    expect(answer).not.toContain('vault');
    expect(answer).toContain('NotAvailable');
  });

  it('tells a stranger of a backend that is not there what it tells of a name that is not', async () => {
    const name = { include: ['A'] };
    const absent = await heard(new ClaimOperator({ ...OPEN, secrets: [entry('B')] }), name);
    const broken = await heard(new ClaimOperator().loseBackend('prod/vault'), name);
    expect(JSON.stringify(broken)).not.toContain('vault');
    expect(broken.conditions[0]).toEqual(absent.conditions[0]);
    const op = new ClaimOperator().loseBackend('prod/vault').claim({}, 'prod/job');
    await op.lookAt('prod/job');
    expect(op.told('prod/job')).toBe('Waiting BackendMissing');
  });

  it('tells the namespace of the scope what is wrong', async () => {
    const op = new ClaimOperator({ ...OPEN, secrets: [entry('A', 'missing-key')] });
    await op.claim({}, 'prod/job').lookAt('prod/job');
    expect(op.told('prod/job')).toBe('Waiting SecretMissing');
  });
});

describe('a claim on a scope that nobody guards', () => {
  it('is delivered at once, and then rests', async () => {
    const op = await new ClaimOperator().claim().settle();
    expect(op.told()).toBe('Delivered Materialized');
    expect(op.held()).toEqual({ A: 'one' });
    expect(await op.lookAt()).toEqual({ kind: 'done' });
    expect(op.done).toEqual([]);
  });

  it('follows its source and its spec', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.small.source('a', 'new');
    await op.claim({ include: ['A', 'B'], keys: { B: 'b.txt' } }).settle();
    expect(op.held()).toEqual({ A: 'new', 'b.txt': 'two' });
  });

  it('gets nothing new, and keeps what it has, while nobody proves that it may be made', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.small.world.policies.delete('ValidatingAdmissionPolicyBinding/claim-rights.secretscope.dev');
    op.small.source('a', 'new');
    await op.claim({}, 'ci/next').settle();
    expect(op.held()).toEqual({ A: 'one' });
    expect(op.told('ci/next')).toBe('Waiting PolicyNotInForce');
    expect(op.held('ci/next')).toBeUndefined();
  });

  it('is not delivered when it was made before the policy, until whoever may makes it again', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op.pass(60);
    const createdAt = op.small.clock.now();
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const)
      op.small.world.policy(kind, 'claim-rights.secretscope.dev', { createdAt: createdAt + 5_000 });
    await op.claim({}, 'ci/early').settle();
    expect(op.told('ci/early')).toBe('Waiting PolicyNotInForce');
    expect(op.held()).toEqual({ A: 'one' });
    // nobody can tell whether the annotation was set before the policy, too
    await op.again('proven', 'ci/early').settle();
    expect(op.told('ci/early')).toBe('Waiting PolicyNotInForce');
    expect(op.message('ci/early')).toContain('kubectl replace --force');
    await op.pass(60);
    op.unclaim('ci/early').claim({}, 'ci/early');
    await op.settle();
    expect(op.told('ci/early')).toBe('Delivered Materialized');
  });

  it('loses what authority takes, also while nobody proves that it may be made', async () => {
    const op = await new ClaimOperator().claim({ include: ['A', 'B'] }).settle();
    op.small.world.policies.delete('ValidatingAdmissionPolicy/claim-rights.secretscope.dev');
    await op.edit({ secrets: [entry('B')] }).settle();
    expect(op.held()).toEqual({ B: 'two' });
  });

  it('does not fight for a Secret, and takes it as soon as it is let go', async () => {
    const op = await new ClaimOperator().claim().claim({ secretName: 'job' }, 'ci/second').settle();
    expect(op.told('ci/second')).toBe('Waiting TargetConflict');
    expect([...op.small.interests.of(targetThing('ci', 'job'))]).toContain('SecretClaim/ci/second');
    await op.unclaim().settle();
    expect(op.told('ci/second')).toBe('Delivered Materialized');
  });

  it('of an Organization is refused', async () => {
    const op = new ClaimOperator();
    op.api.put(SCOPES, {
      metadata: { name: 'acme', namespace: 'ci' },
      spec: { level: 'Organization', backendRef: { kind: 'ClusterSecretBackend', name: 'shared' } },
    });
    await op.claim({ scopeRef: { name: 'acme' } }).lookAt();
    expect(op.told()).toBe('Waiting NotAvailable');
    expect(op.message()).toContain('Organization');
  });

  it('that cannot be read stays as it is', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op.claim({ mode: 'Frozen' }).lookAt();
    expect(op.told()).toBe('Waiting SpecInvalid');
    expect(op.held()).toEqual({ A: 'one' });
  });
});

describe('letting go', () => {
  it('of a claim that was seen to go: at once', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op.unclaim().lookAt();
    expect(op.held()).toBeUndefined();
  });

  it('of one that is merely missing: after the grace period', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.api.remove(CLAIMS, CLAIM);
    expect(await op.lookAt()).toMatchObject({ kind: 'requeueAfter' });
    expect(op.held()).toEqual({ A: 'one' });
    await op.pass(86_401);
    await op.lookAt();
    expect(op.held()).toBeUndefined();
  });

  it('of none while the kind is going', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.api.remove({ plural: 'customresourcedefinitions' } as never, 'secretclaims.secretscope.dev');
    await op.unclaim().lookAt();
    expect(op.held()).toEqual({ A: 'one' });
    expect(op.result).toEqual({ kind: 'requeueAfter', ms: 30_000 });
  });

  it('of a claim whose scope no longer admits it: at once', async () => {
    const op = await new ClaimOperator().claim().settle();
    await op.edit({ consumers: [] }).settle();
    expect(op.told()).toBe('Waiting NotAvailable');
    expect(op.held()).toBeUndefined();
  });

  it('of a claim whose scope is gone: after the grace period', async () => {
    const op = await new ClaimOperator().claim().settle();
    op.api.remove(SCOPES, SCOPE);
    await op.lookAt();
    expect(op.held()).toEqual({ A: 'one' });
    await op.pass(86_401);
    await op.lookAt();
    expect(op.held()).toBeUndefined();
  });

  it('closes the request of a claim that is gone', async () => {
    const op = await new ClaimOperator(PROTECTED).claim().settle();
    await op.unclaim().settle();
    expect(op.states).toEqual(['web-prod-job-1 Superseded']);
  });
});
