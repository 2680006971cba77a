import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseBackend, parseScope } from '../src/model/validate.ts';

const run = promisify(execFile);

/** Runs the binary from the sources, as `npm run secretscope` does. */
async function secretscope(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, ['src/main.ts', ...args], {
      env: { ...process.env, KUBECONFIG: '/nowhere' },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('the command line', () => {
  it('init prints manifests that are valid, with the enrolment and the identity they need', async () => {
    const { code, stdout } = await secretscope('init', 'my-team');
    const objects = parseAllDocuments(stdout).map(
      (document) => document.toJS() as { kind: string; metadata: object },
    );
    expect(code).toBe(0);
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Secret',
      'ServiceAccount',
      'Role',
      'RoleBinding',
      'Role',
      'RoleBinding',
      'SecretBackend',
      'SecretScope',
    ]);
    const stored = (kind: string) => {
      const object = objects.find((each) => each.kind === kind);
      return { ...object, metadata: { ...object?.metadata, uid: 'u', resourceVersion: '1' } };
    };
    expect(parseScope(stored('SecretScope')).kind).toBe('ok');
    expect(parseBackend(stored('SecretBackend')).kind).toBe('ok');
  });

  it('enroll -o yaml prints the manifest alone and asks no cluster', async () => {
    const { code, stdout } = await secretscope(
      'enroll',
      'my-team',
      '-o',
      'yaml',
      '--service-account',
      'reader',
    );
    expect(code).toBe(0);
    expect(parseAllDocuments(stdout).map((document) => (document.toJS() as { kind: string }).kind)).toEqual([
      'Role',
      'RoleBinding',
    ]);
    expect(stdout).toContain('reader');
  });

  it.each([
    ['an unknown verb', ['frobnicate'], /unknown command/],
    ['a namespace that is none', ['enroll', 'Not_A_Namespace'], /not the name of a namespace/],
    ["Kubernetes' own namespace", ['enroll', 'kube-system'], /never delivered/],
    ["Kubernetes' own namespace", ['init', 'kube-system'], /never delivered/],
    ['no right to give', ['enroll', 'my-team', '--no-secrets'], /--service-account/],
    ['an output format that is none', ['explain', 'web', '-o', 'xml'], /table, json, yaml/],
    ['a claim of nothing', ['claim', 'web', '--secret', 'web'], /--include/],
    ['a claim without a Secret', ['claim', 'web', '--include', 'A'], /--secret/],
    [
      'a claim for a year',
      ['claim', 'web', '--include', 'A', '--secret', 'web', '--ttl', '8760h'],
      /1m to 720h/,
    ],
    ['a namespace to look at that is none', ['doctor', '-n', 'A_B'], /not the name of a namespace/],
    ['a duration that is none', ['doctor', '--policy-settle', 'soon'], /such as 60s; got "soon"/],
    ['a shell that is none', ['completion', 'cmd'], /bash, zsh, fish/],
    [
      'a wrong flag value',
      ['run', '--workers', 'many', '--orphan-grace', 'soon'],
      /--workers[\s\S]*--orphan-grace/,
    ],
  ])('%s ends with code 2 and says what to type', async (_what, args, message) => {
    const { code, stderr } = await secretscope(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('a kubeconfig that is not there ends with code 1 and says so', async () => {
    const { code, stderr } = await secretscope('explain', 'web');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*\/nowhere/);
  });
});
