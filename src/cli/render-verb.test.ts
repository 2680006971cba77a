import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type AddVerb, run } from './cli-fixture.ts';
import { addRender } from './render-verb.ts';

let folder: string;
let stdin = '';
const verb: AddVerb = (program, terminal) => addRender(program, '0', terminal, () => Promise.resolve(stdin));
const actions = process.env['GITHUB_ACTIONS'];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secretscope-render-'));
  delete process.env['GITHUB_ACTIONS'];
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  if (actions !== undefined) process.env['GITHUB_ACTIONS'] = actions;
});

const render = (...args: string[]) => run(verb, 'render', '-f', folder, ...args);
const sample = (...names: string[]) =>
  run(verb, 'render', ...names.flatMap((name) => ['-f', `deploy/samples/${name}`]));

async function file(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: team, labels: { org: acme } }\n';
const BACKEND =
  'apiVersion: secretscope.dev/v1alpha1\nkind: SecretBackend\nmetadata: { name: local, namespace: team }\nspec: { kubernetes: { auth: { serviceAccountRef: { name: reader } } } }\n';
const scopeWith = (rest: string) =>
  `apiVersion: secretscope.dev/v1alpha1
kind: SecretScope
metadata: { name: web, namespace: team }
spec:
  level: Repository
  backendRef: { kind: SecretBackend, name: local }
${rest}`;
const all = (...parts: string[]) => parts.join('---\n');
const clean = scopeWith(`  secrets:
    - { name: A, from: { key: a } }
  targets:
    - { secretName: web, include: [A] }
`);

describe('the samples that are shipped', () => {
  it('demo: which level supplies what, and that reviewers decide', async () => {
    const { text, notes, code } = await sample('demo');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^Secret team-web\/web \(Opaque\) of SecretScope team-web\/web\n {2}DATABASE_URL {2}\*\*\* /,
    );
    expect(text).toContain(
      'ROOT_CA       ***  Organization acme-org/acme: key root-ca, property pem in SecretBackend acme-org/local',
    );
    expect(text).toContain('waits for reviewers: 1 approval of User ana');
    expect(text).toContain(
      'app.ini       ***  template of DATABASE_URL from Environment team-web-prod/web-production, DATABASE_PASSWORD from Repository team-web/web',
    );
    expect(notes.split('\n')).toEqual([
      expect.stringMatching(
        /^warning: deploy\/samples\/demo\/4-scopes.yaml:\d+: LockedAbove: ROOT_CA: Organization acme-org\/acme has locked/,
      ),
      expect.stringMatching(/^warning: deploy\/samples\/demo\/4-scopes.yaml:\d+: GateBypassable: /),
    ]);
  });

  it('production: a shared backend with a reserved prefix', async () => {
    const { text, notes, code } = await sample('production');
    expect([code, notes]).toEqual([0, '']);
    expect(text).toContain('1 approval of Group web-leads; nobody approves what they changed themselves');
    expect(text).toContain('DATABASE_URL  ***');
  });

  it.each(['aws', 'google', 'azure'])(
    '%s, with the namespaces of the organization beside it',
    async (name) => {
      const { text, notes, code } = await sample(name, 'organization');
      expect(code).toBe(0);
      expect(text.match(/^Secret /gm)).toHaveLength(3);
      expect(text.match(/\*\*\*/g)).toHaveLength(12);
      expect(notes).toMatch(/LockedAbove/);
      // GX63
      expect(notes).toMatch(/UnguardedProduction: it is called production, and has neither reviewers/);
      expect(notes).not.toContain('error');
    },
  );

  it('aws alone: what depends on labels that are not there is not called wrong', async () => {
    const { text, notes, code } = await sample('aws');
    expect(code).toBe(0);
    expect(text).toContain('DATABASE_URL  ?');
    expect(notes).toContain(
      'the labels of Namespace team-web are not in these files and may decide otherwise',
    );
    expect(notes).toContain('add its manifest, or --namespace-labels team-web=key=value');
    expect(notes).not.toContain('error:');
  });

  it('aws alone, with labels from the command line, is as with the manifests', async () => {
    const labels = ['acme-org', 'team-web', 'team-web-staging', 'team-web-prod'].flatMap((name) => [
      '--namespace-labels',
      `${name}=org=acme`,
    ]);
    const { text } = await run(verb, 'render', '-f', 'deploy/samples/aws', ...labels);
    expect(text).toBe((await sample('aws', 'organization')).text);
  });

  it.each(['ci', 'organization'])('%s', async (name) => {
    const { text, notes, code } = await sample(name, 'demo');
    expect([code, notes]).not.toContain('SpecInvalid');
    expect(text).toContain('Secret ');
  });

  it('ci with demo: the claim of a job, where the scope admits its namespace', async () => {
    const { text } = await run(
      verb,
      'render',
      ...['-f', 'deploy/samples/demo', '-f', 'deploy/samples/ci/job.yaml', '-n', 'ci'],
    );
    expect(text).toContain('Secret ci/deploy-42 (Opaque, immutable) of SecretClaim ci/deploy-42');
    expect(text).toContain('SENTRY_DSN    ***  Organization acme-org/acme');
  });
});

describe('the files', () => {
  it('are found in folders and folders below, as YAML and as JSON; other things are left alone', async () => {
    await file('a/ns.yaml', NAMESPACE);
    await file('a/b/backend.yml', BACKEND);
    await file('scope.json', JSON.stringify(parse(clean)));
    await file('chart/templates/x.yaml', '{{ if .Values.on }}\nkind: Thing\n{{ end }}');
    await file('.git/old.yaml', scopeWith('  nonsense: 1\n'));
    await file('readme.txt', 'apiVersion: secretscope.dev/v1alpha1\nkind: [');
    const { text, notes, code } = await render();
    expect([code, notes]).toEqual([0, '']);
    expect(text).toContain('A  ***  Repository team/web: key a in SecretBackend team/local');
  });

  it('may come from stdin, as kustomize and kubectl print them', async () => {
    stdin = all(NAMESPACE, BACKEND, clean);
    const { text, code } = await run(verb, 'render', '-f', '-');
    expect([code, text.split('\n')[0]]).toEqual([0, 'Secret team/web (Opaque) of SecretScope team/web']);
    const items = [NAMESPACE, BACKEND, clean].map((one) => parse(one) as object);
    stdin = JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2);
    expect((await run(verb, 'render', '-f', '-')).text).toBe(text);
  });

  it('that hold nothing of ours are a mistake, and no success', async () => {
    await file('x.yaml', 'kind: ConfigMap\n');
    const { code, notes } = await render();
    expect([code, notes]).toEqual([2, expect.stringContaining('no manifests of secretscope.dev in')]);
  });

  it.each<[string, string[], string]>([
    ['a path that is not there', ['-f', '/nowhere'], '-f /nowhere cannot be read (ENOENT)'],
    ['a style that there is not', ['--annotations', 'jira'], '--annotations takes github, gitlab, none'],
    [
      'labels without a Namespace',
      ['--namespace-labels', 'org'],
      '--namespace-labels takes NAMESPACE=key=value',
    ],
    ['a namespace that is none', ['-n', 'A_B'], '"A_B" is not the name of a namespace'],
    ['a report and a format', ['--annotations', 'gitlab', '-o', 'json'], 'leave -o out'],
    ['a format that there is not', ['-o', 'wide'], '-o takes table, json, yaml'],
  ])('and flags: %s ends with 2', async (_case, args, message) => {
    await file('x.yaml', all(BACKEND, clean));
    const { code, notes, text } = await render(...args);
    expect([code, text]).toEqual([2, '']);
    expect(notes).toContain(message);
  });
});

describe('what is wrong ends with 1, at the line that causes it', () => {
  it.each<[string, string, string]>([
    [
      'a field that there is not',
      scopeWith('  secerts: []\n'),
      'x.yaml:7: SpecInvalid: spec.secerts: unknown field',
    ],
    [
      'a rule of the schema',
      scopeWith(
        '  secrets:\n    - name: A\n      from: { key: a }\n    - name: github_x\n      from: { key: b }\n',
      ),
      'x.yaml:10: SpecInvalid: spec.secrets[1].name',
    ],
    [
      'a kind of a newer version',
      'apiVersion: secretscope.dev/v1\nkind: SecretScope\n',
      'x.yaml:2: KindUnknown',
    ],
    [
      'a kind that there is not',
      'apiVersion: secretscope.dev/v1alpha1\nkind: Scope\n',
      'x.yaml:2: KindUnknown',
    ],
    [
      'no YAML',
      'apiVersion: secretscope.dev/v1alpha1\nkind: [\n',
      'ManifestUnreadable: is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (BAD_INDENT)',
    ],
    [
      'aliases without end',
      `a: &a [1]\nb: &b [${'*a,'.repeat(99)}*a]\nc: &c [${'*b,'.repeat(99)}*b]\nd: [${'*c,'.repeat(99)}*c]\napiVersion: secretscope.dev/v1alpha1\n`,
      'ManifestUnreadable: has aliases',
    ],
    [
      'no name',
      'apiVersion: secretscope.dev/v1alpha1\nkind: SecretScope\nmetadata: { labels: {} }\nspec: {}\n',
      'x.yaml:3: SpecInvalid: metadata.name is missing',
    ],
    [
      'a name that nobody supplies',
      scopeWith(
        '  secrets: []\n  targets:\n    - secretName: web\n      include:\n        - A\n        - B\n',
      ),
      'x.yaml:12: NotAvailable: B is not an entry of this scope',
    ],
    [
      'a key that the provider cannot have',
      scopeWith('  secrets:\n    - name: A\n      from: { key: Not_A_Secret }\n'),
      'x.yaml:9: KeyInvalid: A: spec.secrets[].from.key "Not_A_Secret"',
    ],
    [
      'a template that is none',
      scopeWith(
        '  secrets: []\n  targets:\n    - secretName: web\n      template:\n        app.ini: "x"\n        b: "${A"\n',
      ),
      'x.yaml:12: TemplateInvalid',
    ],
    [
      'a field that is not built yet',
      scopeWith(
        '  targets:\n    - secretName: web\n      includeAll: true\n      restart: {workloads: [{apiVersion: argoproj.io/v1alpha1, kind: Deployment, name: a}]}\n',
      ),
      'x.yaml:10: UnsupportedByThisVersion',
    ],
    ['one object, twice', all(clean, clean.replace('key: a', 'key: b')), 'DefinedTwice: it is also in'],
    [
      'a Secret that two want',
      all(clean, clean.replace('name: web, namespace', 'name: other, namespace')),
      'TargetConflict: Secret team/web is also wanted by SecretScope team/web',
    ],
    [
      'a sealed value without an entry',
      `${clean}---\napiVersion: secretscope.dev/v1alpha1\nkind: SealedValue\nmetadata: { name: b, namespace: team }\nspec: { scopeRef: { name: web }, name: B, action: Delete, requestedAt: "2026-01-01T00:00:00Z" }\n`,
      'EntryMissing: SecretScope team/web has no entry B',
    ],
  ])('%s', async (_case, text, message) => {
    await file('x.yaml', text);
    await file('y.yaml', all(NAMESPACE, BACKEND));
    const { code, notes } = await render();
    expect(notes).toContain(message);
    expect(code).toBe(1);
  });

  it('names the rule that keeps a name of a level above, as its own files show it', async () => {
    const organization = `apiVersion: secretscope.dev/v1alpha1
kind: SecretScope
metadata: { name: acme, namespace: acme }
spec:
  level: Organization
  backendRef: { kind: SecretBackend, name: local }
  children: [{ namespaces: {}, trusted: true }]
  secrets: [{ name: A, from: { key: a } }]
`;
    const below = scopeWith(
      '  parentRef: { namespace: acme, name: acme }\n  targets: [{ secretName: web, include: [A] }]\n',
    );
    await file('x.yaml', all(below, organization, NAMESPACE, BACKEND));
    await file('z.yaml', all(NAMESPACE.replace('team', 'acme'), BACKEND.replace('team', 'acme')));
    const { code, notes } = await render();
    expect(code).toBe(1);
    expect(notes).toContain(
      'x.yaml:8: NotAvailable: A: Organization acme/acme has it, and its access is Private, and spec.children takes this repository for Public',
    );
  });

  it('names the rule of the level above that keeps everything from arriving', async () => {
    const organization = `apiVersion: secretscope.dev/v1alpha1
kind: SecretScope
metadata: { name: acme, namespace: acme }
spec:
  level: Organization
  backendRef: { kind: SecretBackend, name: local }
  children: [{ namespaces: { matchLabels: { org: other } }, trusted: true }]
  secrets: [{ name: A, from: { key: a }, access: { visibility: All } }]
`;
    const below = scopeWith(
      '  parentRef: { namespace: acme, name: acme }\n  targets: [{ secretName: web, include: [A] }]\n',
    );
    await file('x.yaml', all(below, organization, NAMESPACE, BACKEND));
    await file('z.yaml', all(NAMESPACE.replace('team', 'acme'), BACKEND.replace('team', 'acme')));
    const { code, notes } = await render();
    expect(code).toBe(1);
    expect(notes).toMatch(
      /x.yaml:7: NotAvailable: nothing comes from above: spec.children of acme\/acme admits no namespace like team \(org=acme\)/,
    );
  });

  it('THREATS 24: text of a file cannot steer the terminal, and values of it are not repeated', async () => {
    await file('x.yaml', scopeWith('  "odd\\u001b\\u202e": 1\n'));
    const { notes } = await render();
    expect(notes).toContain('\\u{202e}');
    expect(notes).not.toContain('\u202e');
    await file('x.yaml', 'apiVersion: secretscope.dev/v1alpha1\ndata: { password: "hunter2" hunter2\n');
    expect((await render()).notes).not.toContain('hunter2');
  });
});

describe('what the files do not tell is said, and not guessed', () => {
  it('a level above: what only it may supply is not certain', async () => {
    const text = scopeWith(
      '  parentRef: { namespace: acme, name: acme }\n  secrets: [{ name: A, from: { key: a } }]\n  targets: [{ secretName: web, include: [A, B] }]\n',
    );
    await file('x.yaml', all(text, NAMESPACE, BACKEND));
    const ran = await render();
    expect(ran.text).toContain('  A  ***');
    expect(ran.text).toMatch(/ {2}B {2}\? /);
    expect(ran.notes).toContain('note: ');
    expect(ran.notes).toContain(
      'SecretScope acme/acme is not in these files: what it supplies, locks and refuses',
    );
    expect(ran.notes).toContain('warning:');
    expect(ran.code).toBe(0);
    expect((await render('--strict')).code).toBe(1);
  });

  it('a backend: keys are shown, and whether they are granted is left open', async () => {
    await file('x.yaml', all(clean, NAMESPACE));
    const { text, notes, code } = await render();
    expect(code).toBe(0);
    expect(text).toContain('A  ***  Repository team/web: key a in SecretBackend team/local; not certain');
    expect(notes).toContain(
      'SecretBackend local is not in these files: whether it grants the keys is not known here',
    );
  });

  it('what a provider lists', async () => {
    await file(
      'x.yaml',
      all(
        scopeWith('  discover: [{ prefix: a. }]\n  targets: [{ secretName: w, includeAll: true }]\n'),
        BACKEND,
        NAMESPACE,
      ),
    );
    const { text, notes, code } = await render('--strict');
    expect([code, notes]).toEqual([
      0,
      expect.stringContaining('DiscoveryPending: names found by spec.discover'),
    ]);
    expect(text).toContain('no keys');
  });

  it('the scope of a claim', async () => {
    await file(
      'x.yaml',
      'apiVersion: secretscope.dev/v1alpha1\nkind: SecretClaim\nmetadata: { name: job }\nspec: { scopeRef: { namespace: prod, name: web }, include: [A], secretName: job }\n',
    );
    const { notes, code } = await render('-n', 'ci');
    expect(code).toBe(0);
    expect(notes).toContain('NotInFiles: SecretScope prod/web is not in these files');
  });
});

describe('for CI', () => {
  const wrong = scopeWith('  targets:\n    - secretName: web\n      include: ["B"]\n');
  beforeEach(() => file('x%,:.yaml', all(wrong, NAMESPACE, BACKEND)));

  it('GitHub gets workflow commands, recognised by its own variable', async () => {
    process.env['GITHUB_ACTIONS'] = 'true';
    const { text, code } = await render();
    delete process.env['GITHUB_ACTIONS'];
    expect(code).toBe(1);
    expect(text).toMatch(
      /^::error file=.*x%25%2C%3A.yaml,line=9,title=NotAvailable::SecretScope team\/web: B is not an entry/m,
    );
  });

  it('with -o json the commands are not in the way', async () => {
    const { text, notes } = await render('-o', 'json', '--annotations', 'github');
    expect((JSON.parse(text) as { problems: object[] }).problems).toHaveLength(1);
    expect(notes).toContain('::error file=');
  });

  it('GitLab gets a report on stdout and nothing else', async () => {
    const { text, notes } = await render('--annotations', 'gitlab');
    expect(JSON.parse(text)).toEqual([
      {
        description: expect.stringContaining('SecretScope team/web: B is not an entry') as string,
        check_name: 'NotAvailable',
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        severity: 'critical',
        location: { path: expect.stringContaining('x%,:.yaml') as string, lines: { begin: 9 } },
      },
    ]);
    expect(notes).toContain('Secret team/web');
  });

  it('-o json and yaml hold the Secrets, masked, and the problems', async () => {
    await file('x%,:.yaml', all(clean, NAMESPACE, BACKEND));
    const json: unknown = JSON.parse((await render('-o', 'json')).text);
    expect(json).toEqual({
      secrets: [
        {
          namespace: 'team',
          name: 'web',
          holder: 'SecretScope team/web',
          type: 'Opaque',
          labels: {},
          annotations: {},
          keys: [
            {
              key: 'A',
              state: 'delivered',
              content: 'value',
              value: '***',
              names: [
                {
                  name: 'A',
                  level: 'Repository',
                  scope: 'team/web',
                  key: 'a',
                  backend: 'SecretBackend team/local',
                },
              ],
            },
          ],
        },
      ],
      automations: [],
      problems: [],
    });
    expect(parse((await render('-o', 'yaml')).text)).toEqual(json);
  });
});
