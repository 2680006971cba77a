/**
 * `secretscope explain` and `diff` as different people, on a real API server with the shipped rights and the operator
 * running: what each of them sees, where their view ends, and what an edit would change.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/cli-fixture.ts';
import { addDiff } from '../../src/cli/diff-verb.ts';
import type { Explanation } from '../../src/cli/explain-answer.ts';
import { addExplain } from '../../src/cli/explain-verb.ts';
import { addRender } from '../../src/cli/render-verb.ts';
import { clusterRole, clusterRoleBinding, roleBinding } from '../scenarios-support/guarded-cluster.ts';
import { scopeThing } from '../scenarios-support/operated-cluster.ts';
import type { Thing } from '../scenarios-support/person.ts';
import {
  environmentSpec,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  reviewedBy,
  TEAM,
} from '../scenarios-support/protected-world.ts';

const KINDS_TO_LOOK_AT = ['secretscopes', 'secretclaims', 'secretbackends', 'clustersecretbackends'];

let world: ProtectedWorld;
let folder: string;

beforeAll(async () => {
  world = await protectedWorld('explain-diff');
  folder = await mkdtemp(join(tmpdir(), 'secretscope-explain-'));
  await world.cluster.have(
    // who owns PROD, who sees it, and who sees scopes everywhere and Secrets nowhere
    roleBinding('owner', 'admin', PROD),
    roleBinding('owner', 'view', TEAM),
    roleBinding('viewer', 'view', PROD),
    clusterRoleBinding('auditor', 'view'),
    // as docs/guides/pull-requests.md gives them to CI
    clusterRole('secretscope-diff', [
      { apiGroups: ['secretscope.dev'], resources: KINDS_TO_LOOK_AT, verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list'] },
    ]),
    clusterRoleBinding('pipeline', 'secretscope-diff'),
  );
  await world.released('open', reviewedBy('ana'));
  await world.environment('closed', reviewedBy('ana'));
  await world.untilRequest('closed');
  await world.environment('plain', undefined);
  await world.untilHas('plain-target', { PASSWORD: 'value of plain', TOKEN: 'of the repository' });
});
afterAll(async () => {
  await world?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const config = (who: string) => world.cluster.guarded.control.userKubeconfig(who);
const explain = async (who: string, ...args: string[]) =>
  run(
    (program, terminal) => addExplain(program, '0', terminal),
    'explain',
    ...args,
    '--kubeconfig',
    await config(who),
  );
const diff = async (who: string, ...args: string[]) =>
  run(
    (program, terminal) => addDiff(program, '0', terminal),
    'diff',
    ...args,
    '--kubeconfig',
    await config(who),
  );
const parsed = ({ text }: { text: string }) => JSON.parse(text) as Explanation;

/** Writes objects as somebody keeps them in Git. */
async function inFiles(name: string, ...things: Thing[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: things }, null, 2));
  return path;
}

/** What the cluster holds, as `kubectl get -o json` prints it. */
async function live(...things: Thing[]): Promise<Thing[]> {
  const answers = await Promise.all(things.map((thing) => world.cluster.platform.get(thing)));
  return answers.map(({ body }) => body as Thing);
}

const backend = (namespace: string): Thing => ({
  apiVersion: 'secretscope.dev/v1alpha1',
  kind: 'SecretBackend',
  metadata: { name: 'local', namespace },
});
const namespace = (name: string): Thing => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

describe('explain', () => {
  it('tells the owner which version is where since when, and what it hides', async () => {
    const { text, code } = await explain('owner', `${PROD}/open`);
    expect(code).toBe(0);
    const stamp = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';
    const version = '\\S+';
    expect(text.split('\n')).toEqual([
      `Environment ${PROD}/open`,
      expect.stringMatching(new RegExp(`^├─ Ready True since ${stamp}: Materialized: `)),
      expect.stringMatching(/^├─ sealing key [0-9a-f]{16}$/),
      '├─ gate: 1 approval of User ana',
      expect.stringMatching(
        /^│ {2}└─ SecretRequest team-web-prod\/open-open-target-1 for target team-web-prod\/open-target: Released, approvals 1\/1/,
      ),
      expect.stringMatching(/^│ {5}└─ Released: /),
      `├─ PASSWORD: from Environment ${PROD}/open`,
      expect.stringMatching(
        new RegExp(
          `^│ {2}├─ delivered in version ${version} from Environment ${PROD}/open in Secret ${PROD}/open-target \\(PASSWORD\\), since ${stamp} at the latest$`,
        ),
      ),
      `│  ├─ Environment ${PROD}/open (key open-source): supplies the value`,
      `│  └─ Repository ${TEAM}/web (key shared-source): hidden by a more specific level`,
      `└─ TOKEN: from Repository ${TEAM}/web`,
      `   └─ Repository ${TEAM}/web (key shared-source): supplies the value`,
    ]);
  });

  it('tells a viewer of the versions that the status has, and where their view ends', async () => {
    const { text, code } = await explain('viewer', `${PROD}/open`, 'password');
    expect(code).toBe(0);
    expect(text).toMatch(
      /delivered in version \S+ from Environment team-web-prod\/open; since when is not known/,
    );
    expect(text).toContain(`note: you may not read SecretScope ${TEAM}/web`);
    expect(text).toContain(
      `note: you may not read Secret ${PROD}/open-target: since when its keys are there is not told`,
    );
    expect(text).toContain('note: names of the levels above may be missing here');
    expect(text).not.toContain('hidden by');
  });

  it('tells what a closed gate waits for, and of whom', async () => {
    const { text } = await explain('owner', `${PROD}/closed`);
    expect(text).toMatch(
      /SecretRequest team-web-prod\/closed-closed-target-1 for target team-web-prod\/closed-target: Waiting, approvals 0\/1, until \d{4}-/,
    );
    expect(text).toContain('asks for PASSWORD (Added)');
    expect(text).toContain(`secretscope review show ${PROD}/closed-closed-target-1`);
    const { names, gate } = parsed(await explain('owner', `${PROD}/closed`, 'PASSWORD', '-o', 'json'));
    expect(names[0]?.waitsFor).toEqual([`${PROD}/closed-closed-target-1`]);
    expect(names[0]?.delivered).toBeUndefined();
    expect(gate?.requests[0]).toMatchObject({
      state: 'Waiting',
      approvals: '0/1',
      reason: 'AwaitingApproval',
    });
  });

  it('tells what a claim of another namespace would get, and by which rule nothing', async () => {
    const { text } = await explain('auditor', `${PROD}/open`, '--for', TEAM);
    expect(text).toContain(`Environment ${PROD}/open, for a claim of namespace ${TEAM}`);
    expect(text).toContain(`spec.consumers of ${PROD}/open does not admit namespace ${TEAM}`);
  });

  it.each([
    ['who may not read it', 'stranger', `${PROD}/open`, 3],
    ['of one that is not there', 'auditor', `${PROD}/nothing`, 4],
  ])('tells nothing to those %s', async (_case, who, scope, code) => {
    const ran = await explain(who, scope);
    expect([ran.code, ran.text]).toEqual([code, '']);
  });

  it('from files says the same of names as from the cluster', async () => {
    const scopes = [scopeThing('open', PROD, {}), scopeThing('web', TEAM, {})];
    const file = await inFiles(
      'all.json',
      ...(await live(...scopes, backend(PROD), backend(TEAM), namespace(PROD), namespace(TEAM))),
    );
    const online = parsed(await explain('auditor', `${PROD}/open`, '-o', 'json'));
    const offline = parsed(await explain('auditor', `${PROD}/open`, '-o', 'json', '-f', file));
    expect([offline.source, offline.notes]).toEqual(['files', []]);
    expect(offline.names).toEqual(
      online.names.map(({ name, answer, suppliedBy, candidates }) => ({
        name,
        answer,
        suppliedBy,
        candidates,
      })),
    );
    const rendered = await run(
      (program, terminal) => addRender(program, '0', terminal),
      'render',
      '-f',
      file,
    );
    expect(rendered.text).toContain(`Secret ${PROD}/open-target (Opaque) of SecretScope ${PROD}/open`);
  });
});

describe('diff', () => {
  const edited = (change: object) =>
    scopeThing('open', PROD, environmentSpec('open', reviewedBy('ana'), change));

  it('of what is there ends with 0', async () => {
    const file = await inFiles('same.json', edited({}));
    const { text, code, notes } = await diff('owner', '-f', file);
    expect([code, text]).toEqual([0, '']);
    expect(notes).toContain('no Secret would change');
  });

  it('lists what would appear, go and change supplier, and that reviewers decide', async () => {
    const file = await inFiles(
      'edited.json',
      edited({
        secrets: [{ name: 'TOKEN', from: { key: 'open-source', property: 'PASSWORD' } }],
        targets: [
          {
            secretName: 'open-target',
            include: ['TOKEN', 'PASSWORD'],
            keys: { TOKEN: 'token' },
            labels: { app: 'web' },
          },
        ],
      }),
    );
    const { text, code } = await diff('owner', '-f', file);
    expect(code).toBe(1);
    expect(text.split('\n')).toEqual([
      `~ Secret ${PROD}/open-target of SecretScope ${PROD}/open`,
      '    what is new or other waits for reviewers: 1 approval of User ana',
      '    + label app: "web"',
      expect.stringMatching(
        /^ {4}~ PASSWORD: Environment team-web-prod\/open \(key open-source, .*\) → Repository team-web\/web \(key shared-source, .*\) \(now PASSWORD@\S+\)$/,
      ),
      expect.stringMatching(/^ {4}\+ token: Environment team-web-prod\/open \(key open-source/),
    ]);
  });

  it('follows a change of a level above to everything below it', async () => {
    const [web] = await live(scopeThing('web', TEAM, {}));
    const spec = { ...(web as unknown as { spec: object }).spec, secrets: [] };
    const file = await inFiles('above.json', scopeThing('web', TEAM, spec));
    const { text, code } = await diff('platform', '-f', file, '-o', 'json');
    expect(code).toBe(1);
    const { differences } = JSON.parse(text) as { differences: { secret: string; keys: object[] }[] };
    expect(differences).toMatchObject([
      { secret: `${PROD}/plain-target`, change: 'changed', keys: [{ key: 'TOKEN', change: 'removed' }] },
    ]);
    expect(differences[0]?.keys).toMatchObject([{ now: [expect.stringMatching(/^TOKEN@/)] }]);
  });

  it('of a new Secret where somebody has one of that name already says so', async () => {
    await world.cluster.have({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'theirs', namespace: PROD },
    });
    const file = await inFiles('new.json', edited({ targets: [{ secretName: 'theirs', includeAll: true }] }));
    const { text } = await diff('owner', '-f', file);
    expect(text).toContain(
      '- Secret team-web-prod/open-target of SecretScope team-web-prod/open: it is deleted',
    );
    expect(text).toContain(
      '+ Secret team-web-prod/theirs of SecretScope team-web-prod/open: one of this name is there',
    );
  });

  it('works with the rights that the guide gives to CI, which see no Secret', async () => {
    const plain = environmentSpec('plain', undefined, {
      targets: [{ secretName: 'plain-target', include: ['PASSWORD'] }],
    });
    const file = await inFiles('plain.json', scopeThing('plain', PROD, plain));
    const { text, code, notes } = await diff('pipeline', '-f', file);
    expect(code).toBe(1);
    expect(text).toMatch(/^~ Secret .*\n {4}- TOKEN: Repository team-web\/web \(key shared-source, .*\)$/);
    expect(text).not.toContain('now');
    expect(notes).not.toContain('note:');
  });

  it('does not take for new what the caller may not see', async () => {
    const file = await inFiles('same.json', edited({}));
    const { code, text, notes } = await diff('stranger', '-f', file);
    expect([code, text]).toEqual([3, '']);
    expect(notes).toContain(`you may not read SecretScope ${PROD}/open, so there is nothing to compare with`);
  });

  it('of manifests that are not valid ends with 11, and compares nothing', async () => {
    const file = await inFiles('wrong.json', edited({ nonsense: 1 }));
    const { code, notes } = await diff('owner', '-f', file);
    expect([code, notes]).toEqual([11, expect.stringContaining('SpecInvalid: spec.nonsense')]);
  });

  it('shows no value', async () => {
    const file = await inFiles(
      'edited.json',
      edited({ targets: [{ secretName: 'other', includeAll: true }] }),
    );
    const outputs = [await diff('owner', '-f', file), await explain('owner', `${PROD}/open`, '-o', 'yaml')];
    for (const { text, notes } of outputs) expect(text + notes).not.toContain('value of open');
  });
});
