import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AutomationCluster, aDelivery, anAutomation, type Operator, SPEC } from './automation-cli-fixture.ts';

const REPLAY = 'secretscope.dev/replay';
let cluster: AutomationCluster;
beforeEach(async () => {
  cluster = await AutomationCluster.start();
  cluster.put(anAutomation('deploys', SPEC, { ...SEEN, undelivered: [aDelivery('one'), aDelivery('two')] }));
});
afterEach(() => cluster[Symbol.asyncDispose]());

const SEEN = { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'Listening' }] };

/** As the operator does, with room for so many. */
const puttingBack =
  (room: number): Operator =>
  (annotations, status) => {
    const [, which] = annotations[REPLAY]?.split(':') ?? [];
    if (which === undefined) return undefined;
    const { undelivered = [] } = status as { undelivered?: { id: string }[] };
    const back = undelivered.filter(({ id }) => which === 'all' || id === which).slice(0, room);
    const isBack = (id: string) => back.some((one) => one.id === id);
    return {
      lastHandledReplay: annotations[REPLAY],
      waiting: back,
      undelivered: undelivered.filter(({ id }) => !isBack(id)),
    };
  };

describe('automation replay', () => {
  it('puts all back that was given up, and takes its wish off again', async () => {
    cluster.operator = puttingBack(50);
    const { text, code } = await cluster.run('replay', 'deploys', '--all');
    expect([code, text]).toEqual([0, '2 deliveries of team/deploys put back, to be sent in order']);
    expect(cluster.written).toEqual([{ [REPLAY]: 'r0:all' }, { [REPLAY]: null }]);
    expect(cluster.annotations()).toEqual({});
  });

  it('puts one back', async () => {
    cluster.operator = puttingBack(50);
    const { text } = await cluster.run('replay', 'deploys', '--delivery', 'two');
    expect(text).toBe('1 delivery of team/deploys put back, to be sent in order');
    expect(cluster.written[0]).toEqual({ [REPLAY]: 'r0:two' });
  });

  it('if there is no room for all, it says how many stayed', async () => {
    cluster.operator = puttingBack(1);
    const { text, notes, code } = await cluster.run('replay', 'deploys', '--all');
    expect([code, text]).toEqual([1, '1 delivery of team/deploys put back, to be sent in order']);
    expect(notes).toContain('1 delivery of team/deploys stayed where they were, since at most 50 wait');
  });

  it('if nothing was given up, all of it is nothing, and one of it is not there', async () => {
    cluster.put(anAutomation('deploys', SPEC, SEEN));
    const all = await cluster.run('replay', 'deploys', '--all');
    expect([all.code, all.notes]).toEqual([0, expect.stringContaining('has given up no delivery')]);
    const one = await cluster.run('replay', 'deploys', '--delivery', 'one');
    expect([one.code, one.notes]).toEqual([4, expect.stringContaining('has given up no delivery one')]);
    expect(cluster.written).toEqual([]);
  });

  it('if the operator does not look in time, the wish is taken back', async () => {
    const { code } = await cluster.run('replay', 'deploys', '--all', '--timeout', '1s');
    expect([code, cluster.annotations()]).toEqual([7, {}]);
  });

  it.each<[string[], string]>([
    [[], 'say which deliveries to send again'],
    [['--all', '--delivery', 'one'], 'exclude each other'],
    [['--delivery', 'a b'], '--delivery takes the id of a delivery'],
    [['--delivery', 'all'], '--delivery takes the id of a delivery'],
  ])('refuses %j', async (flags, message) => {
    const { notes, code } = await cluster.run('replay', 'deploys', ...flags);
    expect([code, notes]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('WX9 automation delete', () => {
  it('asks for its name, and tells what is lost', async () => {
    Object.assign(cluster, { canAsk: true, line: 'deploys' });
    const { text, code } = await cluster.run('delete', 'deploys');
    expect([code, text]).toEqual([0, '✓ Deleted automation team/deploys']);
    expect(cluster.questions).toEqual([
      'Automation team/deploys sends nothing any more. 0 that wait and 2 that were given up are lost.\nType deploys or y to confirm:',
    ]);
    expect(cluster.deleted).toMatchObject([{ preconditions: { uid: 'uid-deploys' } }]);
  });

  it.each(['', 'n', 'deploy'])('%j is a no', async (line) => {
    Object.assign(cluster, { canAsk: true, line });
    const { notes, code } = await cluster.run('delete', 'deploys');
    expect([code, notes]).toEqual([1, 'error: not confirmed; automation team/deploys stays as it is']);
    expect(cluster.deleted).toEqual([]);
  });

  it('does not ask with --yes, and says who makes it again', async () => {
    const labels = { 'argocd.argoproj.io/instance': 'web' };
    cluster.put(anAutomation('deploys', SPEC, {}, { labels }));
    const { notes, code } = await cluster.run('delete', 'deploys', '--yes');
    expect([code, notes]).toEqual([0, expect.stringContaining('warning: Argo CD manages automation')]);
    expect(cluster.deleted).toHaveLength(1);
  });

  it('where nobody can be asked, it wants --yes', async () => {
    const { notes, code } = await cluster.run('delete', 'deploys');
    expect([code, notes]).toEqual([2, expect.stringContaining('--yes is required')]);
  });

  it.each<[number, string, number, string]>([
    [
      403,
      'Forbidden',
      3,
      'the right to delete webhookautomations.secretscope.dev in namespace team is missing',
    ],
    [409, 'Conflict', 1, 'was deleted and made again meanwhile'],
    [404, 'NotFound', 4, 'there is no automation deploys'],
  ])('if the API server says %s, it ends with what to do', async (status, reason, ends, message) => {
    cluster.refused.set('DELETE', { code: status, reason, message: 'no' });
    const { notes, code } = await cluster.run('delete', 'deploys', '-y');
    expect([code, notes]).toEqual([ends, expect.stringContaining(message)]);
  });
});
