/** `secretscope review` as a person with a client certificate, on a real API server that knows the kinds. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { subjectOf } from '../../src/model/request-subject.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { clusterRole, namespace, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scope } from '../scenarios-support/kinds-cluster.ts';
import { MAIN } from '../scenarios-support/operator-process.ts';
import { type Person, personOf, type Thing } from '../scenarios-support/person.ts';

const run = promisify(execFile);
const PLACE = 'team-web-prod';
const REQUEST = 'web-production-web-1';

let control: ControlPlane;
let admin: Person;
let ana: string;
let eve: string;

beforeAll(async () => {
  control = await startControlPlane({ name: 'review' });
  await applyManifests(control, await loadManifests('crds'));
  admin = await personOf(control.adminKubeconfig);
  ana = await control.userKubeconfig('ana@acme.dev', ['web-leads']);
  eve = await control.userKubeconfig('eve');
  const ours = (resources: string[], verbs: string[]) => ({
    apiGroups: ['secretscope.dev'],
    resources,
    verbs,
  });
  await have(namespace(PLACE));
  await have(
    clusterRole('reviewer', [
      ours(['secretscopes', 'secretrequests'], ['get', 'list']),
      ours(['requestreviews'], ['get', 'list', 'create']),
    ]),
  );
  await have(roleBinding('ana@acme.dev', 'reviewer', PLACE));
  const protection = { requiredReviewers: [{ kind: 'Group', name: 'web-leads' }] };
  const guarded = { level: 'Environment', parentRef: { name: 'web' }, protection };
  const { uid } = await have(scope('web-production', guarded, PLACE));
  await have(request(uid));
});
afterAll(async () => {
  await admin?.close();
  await control?.stop();
});

async function have(thing: Thing): Promise<{ uid: string }> {
  const { status, message, body } = await admin.apply(thing);
  if (status >= 400) throw new Error(message);
  return (body as { metadata: { uid: string } }).metadata;
}

function request(scopeUID: string): Thing {
  const scopeRef = { name: 'web-production', uid: scopeUID };
  const plan = {
    scopeRef,
    consumer: { kind: 'Target' as const, namespace: PLACE, name: 'web' },
    pin: 'Access' as const,
    secret: { name: 'web', type: 'Opaque' as const },
    secrets: [],
    keys: [{ key: 't.env', change: 'Added' as const, content: 'Template' as const, text: 'MODE=prod' }],
    namespaces: [{ name: PLACE, change: 'Added' as const }],
  };
  const spec = {
    ...plan,
    subject: subjectOf(plan).digest,
    authors: ['ben@acme.dev'],
    authorsComplete: true,
  };
  return {
    apiVersion: API_VERSION,
    kind: 'SecretRequest',
    metadata: { name: REQUEST, namespace: PLACE },
    spec,
  };
}

async function review(kubeconfig: string, ...args: string[]) {
  const full = [MAIN, 'review', ...args, '--kubeconfig', kubeconfig];
  const ended = await run(process.execPath, full).catch((error: unknown) => error);
  const { code = 0, stdout, stderr } = ended as { code?: number; stdout: string; stderr: string };
  return { code, stdout, stderr };
}

describe('a reviewer with a client certificate', () => {
  it('finds what waits, sees it, and votes for the group that the certificate names', async () => {
    expect((await review(ana, 'list', '-n', PLACE)).stdout).toContain(REQUEST);
    const before = await review(ana, 'show', REQUEST, '-n', PLACE);
    expect(before.stdout).toContain('      | MODE=prod');
    expect(before.stdout).toContain('votes: none');

    const voted = await review(ana, 'approve', REQUEST, '-n', PLACE, '--yes', '--comment', 'as agreed');
    expect(voted.stdout).toMatch(
      /^Approve by ana@acme.dev as Group web-leads on .*: RequestReview web-production-web-1-/,
    );
    expect(voted.stderr).toContain('the operator has not said yet what it is worth; look later');
    expect(voted.code).toBe(0);

    const after = await review(ana, 'show', `${PLACE}/${REQUEST}`);
    expect(after.stdout).toMatch(/Approve by ana@acme.dev as Group web-leads, \d+s ago: "as agreed"/);
    expect((await review(ana, '-n', PLACE)).stdout).toMatch(/ Approve$/m);
  });

  it('if neither every namespace nor that of the context may be listed, is told so, and it ends with 3', async () => {
    const { stdout, stderr, code } = await review(ana, 'list', '-A');
    expect(stderr).toContain('you may not list requests');
    expect([stdout, code]).toEqual(['', 3]);
  });

  it('if there is no terminal to ask on, needs --yes', async () => {
    const { stderr, code } = await review(ana, 'reject', REQUEST, '-n', PLACE);
    expect(stderr).toContain('then vote with --yes');
    expect(code).toBe(2);
  });
});

describe('somebody without rights', () => {
  it.each([
    [['list'], 'you may not list requests'],
    [['show', REQUEST], 'you may not read requests'],
    [['approve', REQUEST, '--yes'], 'you may not read requests'],
  ])('%j says what is missing and ends with 3', async (args, message) => {
    const { stderr, code } = await review(eve, ...args, '-n', PLACE);
    expect(stderr).toContain(message);
    expect(code).toBe(3);
  });
});
