import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { enrollmentManifests, restartManifests } from '../model/enrollment.ts';
import { type AddVerb, FewObjects, run } from './cli-fixture.ts';
import { addEnroll } from './enroll-verb.ts';

const verb: AddVerb = (program, terminal) => addEnroll(program, '0', terminal);
const enroll = (...args: string[]) => run(verb, 'enroll', ...args);
const ROLE = '/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles/secretscope-operator';
const manifestsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as unknown);
const wanted = (serviceAccounts: string[], secrets = true) =>
  JSON.parse(
    JSON.stringify(
      enrollmentManifests({
        namespace: 'team',
        operatorNamespace: 'secretscope-system',
        serviceAccounts,
        secrets,
      }),
    ),
  ) as unknown;

describe('secretscope enroll', () => {
  it('-o yaml prints manifests that can be committed, and nothing else', async () => {
    const { text, notes, code } = await enroll('team', '--service-account', 'reader', '-o', 'yaml');
    expect(manifestsOf(text)).toEqual(wanted(['reader']));
    expect([notes, code]).toEqual(['', 0]);
  });

  it('--dry-run shows the rights and the manifests, and says that nothing was changed', async () => {
    const { text } = await enroll('team', '--service-account', 'reader', 'other', '--dry-run');
    expect(text).toMatch(/^rights of secretscope-system\/secretscope in namespace team:/);
    expect(text).toMatch(/secrets +\(all\) +get, list, watch, create, patch, delete/);
    expect(text).toMatch(/serviceaccounts\/token +other, reader +create/);
    expect(manifestsOf(text.slice(text.indexOf('apiVersion')))).toEqual(wanted(['reader', 'other']));
  });

  it('--no-secrets gives no right on Secrets', async () => {
    const { text } = await enroll('team', '--no-secrets', '--service-account', 'reader', '-o', 'yaml');
    expect(manifestsOf(text)).toEqual(wanted(['reader'], false));
  });

  it.each([
    [[], '(all)'],
    [['--workload', 'web', 'api'], 'api, web'],
  ])('--restart prints a Role of its own, with %j', async (more, names) => {
    const { text } = await enroll('team', '--restart', ...more, '--dry-run');
    expect(text.replace(/ +/g, ' ')).toContain(`deployments, statefulsets, daemonsets ${names} get, patch`);
    const restarts = restartManifests({
      namespace: 'team',
      operatorNamespace: 'secretscope-system',
      workloads: more.slice(1),
    });
    expect(manifestsOf(text.slice(text.indexOf('apiVersion'))).slice(2)).toEqual(
      JSON.parse(JSON.stringify(restarts)),
    );
  });

  it('applies a Role and a RoleBinding as the caller, and says how to take it back', async () => {
    await using cluster = await FewObjects.start();
    const { text, code } = await enroll(
      'team',
      '--service-account',
      'reader',
      '--kubeconfig',
      cluster.kubeconfig,
    );
    expect(cluster.writes.map(({ method, body }) => `${method} ${(body as { kind: string }).kind}`)).toEqual([
      'PATCH Role',
      'PATCH RoleBinding',
    ]);
    expect(cluster.writes.map(({ body }) => body)).toEqual(wanted(['reader']));
    expect(cluster.writes[0]?.query.get('fieldManager')).toBe('secretscope-cli');
    expect([text.includes('kubectl delete role,rolebinding secretscope-operator -n team'), code]).toEqual([
      true,
      0,
    ]);
  });

  it('adds accounts to those that were lent before', async () => {
    await using cluster = await FewObjects.start();
    const [role] = enrollmentManifests({
      namespace: 'team',
      operatorNamespace: 's',
      serviceAccounts: ['earlier'],
      secrets: true,
    });
    cluster.objects.set(ROLE, role);
    await enroll('team', '--service-account', 'reader', '--kubeconfig', cluster.kubeconfig);
    expect(cluster.writes[0]?.body).toEqual((wanted(['earlier', 'reader']) as unknown[])[0]);
  });

  it('ends with the code for a missing right, and the words of the server, made safe', async () => {
    await using cluster = await FewObjects.start();
    cluster.objects.set(ROLE, 'forbidden');
    const { notes, code } = await enroll('team', '--kubeconfig', cluster.kubeconfig);
    expect([code, notes.includes('\u001b')]).toEqual([3, false]);
    expect(cluster.writes).toEqual([]);
  });
});

describe('what cannot be enrolled is refused before anything is asked', () => {
  it.each<[string[], string]>([
    [['kube-system'], 'secrets are never delivered to namespace kube-system'],
    [['secretscope-system'], 'secrets are never delivered to namespace secretscope-system'],
    [['Team'], '"Team" is not the name of a namespace'],
    [['team', '--operator-namespace', 'a/b'], '"a/b" is not the name of a namespace'],
    [['team', '--service-account', 'a;b'], '"a;b" is not the name of a service account'],
    [['team', '--no-secrets'], '--no-secrets leaves no right to give'],
    [['team', '-o', 'json'], '-o takes yaml'],
    [['team', '--workload', 'web'], '--workload goes with --restart'],
    [['team', '--restart', '--workload', 'a;b'], '"a;b" is not the name of a workload'],
    [['team', '--restart', '--no-secrets', '--service-account', 'a'], 'leave --no-secrets out'],
  ])('%j', async (args, message) => {
    const { notes, code, text } = await enroll(...args);
    expect([code, text]).toEqual([2, '']);
    expect(notes).toContain(message);
  });
});
