import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPOSITORY, SecretCluster } from './secret-fixture.ts';

let cluster: SecretCluster;
beforeEach(async () => {
  cluster = await SecretCluster.start();
  const from = { key: 'web-values', property: 'TOKEN' };
  cluster.scope('team/web', { ...REPOSITORY, secrets: [{ name: 'TOKEN', from }] });
});
afterEach(() => cluster[Symbol.asyncDispose]());

describe('GX49 secret delete', () => {
  it('deletes the value, and leaves the entry', async () => {
    cluster.person.isTerminal = true;
    const { text, notes, code } = await cluster.run('delete', 'token', '--yes');
    expect([code, text]).toEqual([0, '✓ Deleted secret TOKEN from team/web']);
    expect(cluster.sent).toMatchObject([
      { action: 'Delete', spec: { requestedAt: '2026-11-22T10:00:00.000Z', name: 'TOKEN' } },
    ]);
    expect(cluster.deleted).toEqual(['token-t0']);
    expect(cluster.entries('team/web')).toHaveLength(1);
    expect(notes).toContain('its entry stays in scope team/web');
  });

  it('names the environment and its repository', async () => {
    cluster.person.isTerminal = true;
    const from = { key: 'prod-values', property: 'TOKEN' };
    cluster.scope('team/prod', {
      level: 'Environment',
      parentRef: { name: 'web' },
      backendRef: REPOSITORY.backendRef,
      secrets: [{ name: 'TOKEN', from }],
    });
    const { text } = await cluster.run('remove', 'TOKEN', '-e', 'prod', '-y');
    expect(text).toBe('✓ Deleted secret TOKEN from prod environment on team/web');
  });

  it('takes the entry out where that is asked for', async () => {
    await cluster.run('delete', 'TOKEN', '--yes', '--remove-entry');
    expect(cluster.entries('team/web')).toEqual([]);
  });

  it('leaves the entry to Git where that has the last word', async () => {
    const from = { key: 'web-values', property: 'TOKEN' };
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'web' };
    cluster.scope('team/web', { ...REPOSITORY, secrets: [{ name: 'TOKEN', from }] }, { labels });
    const { notes, code } = await cluster.run('delete', 'TOKEN', '--yes', '--remove-entry');
    expect([code, notes]).toEqual([8, expect.stringContaining('is managed by Flux')]);
    expect(cluster.sent).toHaveLength(1);
  });

  it.each(['y', 'yes', 'TOKEN'])('asks, and %s is a yes', async (line) => {
    Object.assign(cluster.person, { canAsk: true, line });
    expect((await cluster.run('delete', 'TOKEN')).code).toBe(0);
    expect(cluster.person.questions[0]).toContain('taken away from everybody at once, and destroyed');
  });

  it.each(['', 'n', 'token'])('asks, and %j is a no', async (line) => {
    Object.assign(cluster.person, { canAsk: true, line });
    const { notes, code } = await cluster.run('delete', 'TOKEN');
    expect([code, notes]).toEqual([1, 'error: not confirmed; TOKEN stays as it is']);
    expect(cluster.sent).toEqual([]);
  });

  it.each([
    [['TOKEN'], '--yes is required where nobody can be asked', 2],
    [[], 'accepts 1 arg(s), received 0', 2],
    [['A', 'B'], 'accepts 1 arg(s), received 2', 2],
    [['NONE', '--yes'], 'failed to delete secret NONE: scope team/web has no entry NONE', 4],
  ])('refuses %j', async (args, message, code) => {
    expect(await cluster.run('delete', ...args)).toMatchObject({
      notes: expect.stringContaining(message),
      code,
    });
  });

  it('shows what lists the entries of the scope that was meant', async () => {
    const from = { key: 'values', property: 'TOKEN' };
    const { backendRef } = REPOSITORY;
    const parentRef = { namespace: 'team', name: 'web' };
    cluster.scope('acme/acme', { level: 'Organization', backendRef, secrets: [{ name: 'TOKEN', from }] });
    cluster.scope('team/prod', { level: 'Environment', parentRef, backendRef });
    cluster.scope('team/west', { level: 'Environment', environmentName: 'EU West', parentRef, backendRef });
    const shown = async (...flags: string[]) =>
      (await cluster.run('delete', 'NONE', '--yes', ...flags)).notes.split('secretscope ').at(-1);
    expect(await shown()).toBe('secret list --repo team/web');
    expect(await shown('--org', 'acme/acme')).toBe('secret list --org acme/acme');
    expect(await shown('--env', 'prod')).toBe('secret list --env prod --repo team/web');
    expect(await shown('--env', 'EU West')).toBe("secret list --env 'EU West' --repo team/web");
  });

  it('tells who still uses it, and leaves nothing behind', async () => {
    cluster.answers = {
      TOKEN: {
        state: 'InUse',
        reason: 'InUse',
        usedBy: ['target web of SecretScope team/web', 'SecretClaim ci/deploy'],
      },
    };
    const { notes, code } = await cluster.run('delete', 'TOKEN', '--yes');
    expect(code).toBe(1);
    expect(notes).toContain('failed to delete secret TOKEN: it is still in use, and nothing was deleted');
    expect(notes).toContain('SecretClaim ci/deploy');
    expect(cluster.deleted).toHaveLength(1);
  });

  it('deletes it all the same with --force', async () => {
    await cluster.run('delete', 'TOKEN', '--yes', '--force');
    expect(cluster.sent[0]?.spec).toMatchObject({ force: true });
  });

  it('K14 says where the provider still keeps it', async () => {
    cluster.answers = {
      TOKEN: { state: 'SoftDeleted', reason: 'Destroyed', message: 'AWS keeps it for 7 days' },
    };
    const { notes, code } = await cluster.run('delete', 'TOKEN', '--yes');
    expect([code, notes]).toEqual([0, expect.stringContaining('AWS keeps it for 7 days')]);
  });

  it('G41 names the right that is missing', async () => {
    cluster.forbidden.add('POST sealedvalues');
    const { notes, code } = await cluster.run('delete', 'TOKEN', '--yes');
    expect([code, notes]).toEqual([
      3,
      expect.stringContaining(
        'failed to delete secret TOKEN: no value can be changed: the right to create sealedvalues',
      ),
    ]);
  });
});
