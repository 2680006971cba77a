/** `secretscope exec --scope` as a process of its own, against a scripted API server: its claim goes, whatever happens around it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, type Received, statusBody } from '../kube/testing/scripted-server.ts';
import { APPROVAL, CLAIMS_PATH, DELIVERED, REQUEST, stands } from './claim-fixture.ts';
import { FewObjects } from './cli-fixture.ts';
import { begin, shell } from './exec-fixture.ts';

const WAITS = stands('Waiting', 'AwaitingApproval', { request: REQUEST, message: 'by reviewers' });
const VALUE = 'tulip-99-and-rose';

let few: FewObjects;
let claim: { metadata: { name: string } } | undefined;
let looks: object[];
let deleted: number;
let isDeletedAfterMs: number;
let made: number;
let isMadeAfterMs: number;

beforeEach(async () => {
  [claim, looks, deleted, isDeletedAfterMs] = [undefined, [WAITS, DELIVERED], 0, 0];
  [made, isMadeAfterMs] = [0, 0];
  few = await FewObjects.start();
  few.server.handle((received, response) => {
    const isMade = received.method === 'POST' && received.path === CLAIMS_PATH;
    if (isMade) made += 1;
    const answer = () => json(response, received.method === 'POST' ? 201 : 200, answerTo(received));
    if (received.method === 'DELETE') setTimeout(answer, isDeletedAfterMs);
    else if (isMade) setTimeout(answer, isMadeAfterMs);
    else answer();
  });
});
afterEach(() => few[Symbol.asyncDispose]());

function answerTo({ method, path, body }: Received): object {
  if (method === 'DELETE') {
    deleted += 1;
    return statusBody(200, '');
  }
  const metadata = { namespace: 'team', uid: 'claim-uid', resourceVersion: '1', generation: 1 };
  if (method === 'POST' && path !== CLAIMS_PATH) return {};
  if (method === 'POST') claim = body as { metadata: { name: string } };
  if (path.startsWith(CLAIMS_PATH)) {
    const status = method === 'POST' || looks.length === 1 ? looks[0] : looks.shift();
    return { ...claim, metadata: { ...claim?.metadata, ...metadata }, status };
  }
  const name = path.split('/').at(-1);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'team',
      uid: 's',
      resourceVersion: '1',
      ownerReferences: [{ uid: 'claim-uid' }],
    },
    data: { PASSWORD: Buffer.from(VALUE).toString('base64') },
  };
}

const args = () => [
  ...['exec', '--kubeconfig', few.kubeconfig, '--scope', 'team-web-prod/web-production'],
  ...['--include', 'PASSWORD', '--', 'printenv', 'PASSWORD'],
];

describe('the claim of a run is deleted', () => {
  it('before the command begins', async () => {
    const running = begin(args());
    running.child.stdin.end();
    expect(await running.ended).toMatchObject({ code: 0, out: '***\n' });
    expect(deleted).toBe(1);
  });

  it('where nobody reads what is said meanwhile, and the command runs', async () => {
    looks = [WAITS, WAITS, stands('Waiting', 'AwaitingApproval', { message: 'by others' }), DELIVERED];
    const { out } = await shell(`$SECRETSCOPE ${args().join(' ')} 2> >(head -1 > /dev/null); echo $?`);
    expect([out, deleted]).toEqual(['***\n0\n', 1]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'where %s comes twice, from two senders',
    async (signal) => {
      [looks, isDeletedAfterMs] = [[WAITS], 400];
      const running = begin(args());
      await expect.poll(() => running.err, { timeout: 20_000 }).toContain(APPROVAL);
      running.child.kill(signal);
      setTimeout(() => running.child.kill(signal), 150);
      expect(await running.ended).toMatchObject({ code: 130, out: '' });
      expect(deleted).toBe(1);
      expect(running.err).toContain(
        'interrupted while waiting for the claim, of which nothing is left; the command was not run',
      );
    },
  );

  it('where a signal comes before it is known whether it was made', async () => {
    [looks, isMadeAfterMs] = [[WAITS], 1_500];
    const running = begin(args());
    await expect.poll(() => made, { timeout: 20_000 }).toBe(1);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 130, out: '' });
    expect(deleted).toBe(1);
  });
});

it('whoever asks a second time, and not by mistake, is not kept waiting', async () => {
  [looks, isDeletedAfterMs] = [[WAITS], 8_000];
  const running = begin(args());
  await expect.poll(() => running.err, { timeout: 20_000 }).toContain(APPROVAL);
  running.child.kill('SIGINT');
  setTimeout(() => running.child.kill('SIGINT'), 1_300);
  expect(await running.ended).toMatchObject({ signal: 'SIGINT', out: '' });
});
