import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { AutomationCluster, aDelivery, anAutomation, SPEC } from './automation-cli-fixture.ts';

let cluster: AutomationCluster;
beforeEach(async () => {
  cluster = await AutomationCluster.start();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const condition = (status: string, reason: string, message: string) => ({
  conditions: [{ type: 'Ready', status, reason, message, lastTransitionTime: '' }],
});
const BUSY = {
  ...condition('False', 'AwaitingApproval', 'reviewers decide\u001b[31m'),
  request: 'web-deploys-1',
  waiting: [aDelivery('w')],
  undelivered: [aDelivery('one')],
  counts: { waiting: 1, delivered: 12, undelivered: 3 },
  lastDelivery: { id: 'x', event: 'Rotated', at: '2026-11-22T10:00:00Z', code: 204, milliseconds: 40 },
};

const cells = (line: string | undefined) => line?.split(/ {3,}/);

describe('automation list', () => {
  it('tells of each what it is told, where it sends to, and how that goes', async () => {
    cluster.put(anAutomation('deploys', SPEC, BUSY));
    const { text, code } = await cluster.run('list');
    const [head, row] = text.split('\n');
    expect([code, cells(head)?.slice(0, 3)]).toEqual([0, ['NAMESPACE', 'NAME', 'SCOPE']]);
    expect(cells(row)).toEqual([
      'team',
      'deploys',
      'web',
      'Rotated,SyncFailed',
      'hooks.acme.dev',
      'False',
      'AwaitingApproval',
      '1',
      '12',
      '1',
      '204 3m ago',
    ]);
  });

  it('counts what is kept to be sent again, not what was given up since it was made', async () => {
    cluster.put(anAutomation('deploys', SPEC, { ...BUSY, undelivered: [] }));
    const { text, notes } = await cluster.run('list');
    expect(cells(text.split('\n')[1])?.[9]).toBe('0');
    expect(notes).not.toContain('gave up');
  });

  it('says what to do about what is not as it should be', async () => {
    cluster.put(anAutomation('deploys', SPEC, BUSY));
    expect((await cluster.run('list')).notes.split('\n')).toEqual([
      'note: team/deploys: AwaitingApproval: reviewers decide\\u{1b}[31m',
      'note: team/deploys asks reviewers: secretscope review show team/web-deploys-1',
      'note: team/deploys gave up 1 delivery; to send again: secretscope automation replay team/deploys --all',
    ]);
  });

  it('sends nobody to a request that is decided', async () => {
    const status = { ...condition('False', 'DeliveryFailing', 'HTTP 503'), request: 'web-deploys-1' };
    cluster.put(anAutomation('deploys', SPEC, status));
    expect((await cluster.run('list')).notes).toBe('note: team/deploys: DeliveryFailing: HTTP 503');
  });

  it('never shows the path of a URL, which may be a credential', async () => {
    const outputs = await Promise.all(
      ['table', 'json', 'yaml'].map((format) => cluster.run('list', '-o', format)),
    );
    for (const { text, notes } of outputs) expect(text + notes).not.toContain('s3cr3t-path');
  });

  it('as JSON and YAML has what can be replayed, by its id', async () => {
    cluster.put(anAutomation('deploys', SPEC, BUSY));
    const { text } = await cluster.run('list', '-o', 'json');
    expect(JSON.parse(text)).toMatchObject({
      notes: [],
      automations: [
        {
          name: 'deploys',
          host: 'hooks.acme.dev',
          counts: { waiting: 1, delivered: 12, undelivered: 3 },
          lastDelivery: { event: 'Rotated', code: 204 },
          undelivered: [{ id: 'one', event: 'Rotated', attempts: 9, last: { code: 503 } }],
        },
      ],
    });
    expect(parse((await cluster.run('ls', '-o', 'yaml')).text)).toEqual(JSON.parse(text));
  });

  it('before the operator has looked, there is nothing to tell yet', async () => {
    cluster.put(anAutomation('deploys', SPEC, { conditions: 'none', counts: null, lastDelivery: 7 }));
    const { text, notes } = await cluster.run('list');
    expect([cells(text.split('\n')[1])?.slice(5), notes]).toEqual([['0', '0', '0'], '']);
  });

  it('one that this version cannot read is a note, and the others are listed', async () => {
    cluster.put(anAutomation('newer', { ...SPEC, sendsBy: 'pigeon' }));
    const { text, notes } = await cluster.run('list');
    expect(text).toContain('deploys');
    expect(notes).toContain('this version cannot read automation team/newer');
  });

  it('of one namespace, or of all', async () => {
    const inNamespace = async (...flags: string[]) => (await cluster.run('list', ...flags)).notes;
    cluster.remove();
    expect(await inNamespace()).toBe('there are no automations in namespace team');
    expect(await inNamespace('-n', 'ci')).toBe('there are no automations in namespace ci');
    expect(await inNamespace('-A')).toBe('there are no automations in any namespace');
    expect(await inNamespace('-A', '-n', 'ci')).toContain('use either');
    expect(await inNamespace('-n', 'C I')).toContain('is not the name of a namespace');
  });

  it.each<[number, string, number, string]>([
    [
      403,
      'Forbidden',
      3,
      'the right to list webhookautomations.secretscope.dev in namespace team is missing',
    ],
    [404, 'NotFound', 4, 'this cluster knows no automations'],
  ])('if the API server says %s, it says what is missing', async (status, reason, ends, message) => {
    cluster.refused.set('GET', { code: status, reason, message: 'no' });
    const { notes, code } = await cluster.run('list');
    expect([code, notes]).toEqual([ends, expect.stringContaining(message)]);
  });
});
