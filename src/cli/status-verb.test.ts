import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_VERSION } from '../model/kinds/common.ts';
import { FewObjects, run } from './cli-fixture.ts';
import { addStatus } from './status-verb.ts';

let cluster: FewObjects;
beforeEach(async () => {
  cluster = await FewObjects.start();
  cluster.objects.set('/apis/coordination.k8s.io/v1/namespaces/secretscope-system/leases/secretscope', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'secretscope', namespace: 'secretscope-system', uid: 'l', resourceVersion: '1' },
    spec: { holderIdentity: 'pod_1', renewTime: new Date().toISOString(), leaseDurationSeconds: 12 },
  });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const status = (...args: string[]) =>
  run(
    (program, terminal) => addStatus(program, '0.0.0', terminal),
    'status',
    '--kubeconfig',
    cluster.kubeconfig,
    ...args,
  );

function lists(plural: string, kind: string, ...statuses: object[]): void {
  const items = statuses.map((one, index) => ({
    metadata: { name: `one-${index}`, namespace: 'team', uid: `u${index}`, resourceVersion: '1' },
    status: one,
  }));
  cluster.objects.set(`/apis/${API_VERSION}/${plural}`, {
    apiVersion: API_VERSION,
    kind: `${kind}List`,
    metadata: { resourceVersion: '1' },
    items,
  });
}

const ready = (value: 'True' | 'False', reason: string) => ({
  conditions: [
    { type: 'Ready', status: value, reason, message: '', lastTransitionTime: '2020-01-01T00:00:00Z' },
  ],
});

describe('status', () => {
  it('sums up a fleet in a line for each part, and ends with 0', async () => {
    lists('secretscopes', 'SecretScope', ready('True', 'Materialized'), ready('True', 'Materialized'));
    lists('secretbackends', 'SecretBackend', ready('True', 'Reachable'));
    lists('secretrequests', 'SecretRequest', { state: 'Waiting' }, { state: 'Released' });
    const { text, code } = await status();
    expect(text).toMatch(/^leader {7}pod_1, renewed \d+s ago$/m);
    expect(text).toMatch(/^scopes {7}2: 2 Materialized$/m);
    expect(text).toMatch(/^backends {5}1: 1 Reachable$/m);
    expect(text).toMatch(/^requests {5}1 waits for reviewers/m);
    expect(code).toBe(0);
  });

  it('tells of changes that wait or were rejected, though all is delivered', async () => {
    const [good] = ready('True', 'Materialized').conditions;
    const held = (reason: string) => ({
      conditions: [good, { ...good, type: 'ChangesPending', status: 'True', reason }],
    });
    lists(
      'secretscopes',
      'SecretScope',
      held('Rejected'),
      held('AwaitingApproval'),
      held('AwaitingApproval'),
    );
    const { text, code } = await status();
    expect(text).toMatch(
      /^scopes {7}3: 3 Materialized; changes not delivered: 2 AwaitingApproval, 1 Rejected$/m,
    );
    expect(code).toBe(0);
  });

  it('says what needs a person where a value is missing', async () => {
    lists('secretscopes', 'SecretScope', ready('False', 'SecretMissing'));
    const { notes, code } = await status();
    expect(notes).toContain('1 of 1 scopes need a person');
    expect(code).toBe(1);
  });

  it('names backends that are not ready, says what next, and ends with 1', async () => {
    lists('secretbackends', 'SecretBackend', ready('False', 'BackendDenied\u001b[31m'));
    const all = await status();
    expect(all.text).toContain('SecretBackend team/one-0: BackendDenied\\u{1b}[31m');
    expect(all.notes).toContain('1 of 1 backends are not ready; what mends each: secretscope doctor');
    expect(all.code).toBe(1);
  });

  it('of one namespace counts nothing of another', async () => {
    lists('secretbackends', 'SecretBackend', ready('False', 'BackendDenied'));
    const { text, code } = await status('-n', 'other');
    expect(text).not.toContain('one-0');
    expect(code).toBe(0);
  });

  it('as JSON says the same, and notes what the caller may not see', async () => {
    lists('secretbackends', 'SecretBackend', ready('True', 'Reachable'));
    cluster.objects.set(`/apis/${API_VERSION}/secretscopes`, 'forbidden');
    const { text, code } = await status('-o', 'json');
    const told = JSON.parse(text) as { notes: string[]; backends: { total: number }; scopes?: object };
    expect(told.notes).toContain('you may not list secretscopes in every namespace; name one with -n');
    expect([told.backends.total, told.scopes, code]).toEqual([1, undefined, 0]);
  });

  it.each([
    ['both -n and -A', ['-n', 'team', '-A']],
    ['what is no namespace', ['-n', 'Team!']],
    ['another format', ['-o', 'xml']],
  ])('refuses %s', async (_case, args) => {
    expect((await status(...args)).code).toBe(2);
  });
});
