import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../../watch/resources.ts';
import { entry, ProtectedOperator, user } from './approval-fixture.ts';

const PINNED = { protection: { requiredReviewers: [user('ana'), user('ben')], pin: 'Version' } };

/** With a backend that keeps versions. */
async function pinned(spec: Readonly<Record<string, unknown>> = {}): Promise<ProtectedOperator> {
  const operator = new ProtectedOperator({ ...PINNED, ...spec });
  operator.api.put(BACKENDS, {
    metadata: { name: 'vault', namespace: 'prod' },
    spec: { aws: { region: 'eu-west-1', auth: { secretRef: { name: 'keys' } } } },
  });
  await operator.settle();
  operator.cast('Approve', 'ana');
  await operator.settle();
  await operator.pass(60);
  return operator;
}

describe('under pin: Version', () => {
  it('exactly the version that was approved is delivered', async () => {
    const operator = await pinned();
    expect([operator.plan.secrets[0]?.version, operator.data]).toEqual(['v-one', { A: 'one' }]);
  });

  it('each rotation waits for its own approval, and the version before goes on', async () => {
    const operator = await pinned();
    operator.small.source('a', 'rotated');
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([
      { A: 'one' },
      ['web-prod-app-1 Released', 'web-prod-app-2 Waiting'],
    ]);
    operator.cast('Approve', 'ben');
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([
      { A: 'rotated' },
      ['web-prod-app-1 Superseded', 'web-prod-app-2 Released'],
    ]);
  });

  it('costs no write once it is delivered', async () => {
    const operator = await pinned();
    await operator.reconcile();
    expect(operator.done).toEqual([]);
  });

  it('if the version cannot be told, nothing is asked, and what was released stays', async () => {
    const operator = await pinned();
    operator.small.sources.failing = { kind: 'failed', reason: 'BackendUnavailable', message: 'no answer' };
    await operator.settle();
    expect([operator.data, operator.states]).toEqual([{ A: 'one' }, ['web-prod-app-1 Released']]);
  });

  it('if the backend does not answer, a revocation does not wait for it', async () => {
    const operator = await pinned();
    operator.cast('Revoke', 'ben');
    operator.small.sources.hangs = true;
    void operator.reconcile();
    await expect.poll(() => operator.states).toEqual(['web-prod-app-1 Revoked']);
  });

  it('if the backend does not answer, a Secret whose release was revoked goes all the same', async () => {
    const operator = await pinned();
    operator.cast('Revoke', 'ben');
    operator.small.sources.hangs = true;
    void operator.reconcile();
    await expect.poll(() => operator.isThere, { timeout: 300 }).toBe(false);
  });

  it('whoever changed the scope is an author, though the version cannot be told at first', async () => {
    const operator = await pinned();
    operator.edit({ secrets: [entry('A'), entry('B')] }, 'eve');
    operator.small.sources.failures.set('b', {
      kind: 'failed',
      reason: 'BackendUnavailable',
      message: 'no answer',
    });
    await operator.settle();
    operator.small.sources.failures.clear();
    await operator.settle();
    expect(operator.plan.authors).toEqual(['eve']);
  });
});
