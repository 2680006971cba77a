import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseBackend, parseScope } from '../model/validate.ts';
import { keyFault } from '../resolve/key-rules.ts';
import { type AddVerb, run } from './cli-fixture.ts';
import { addInit } from './init-verb.ts';

const verb: AddVerb = (program, terminal) => addInit(program, terminal);
const init = (...args: string[]) => run(verb, 'init', ...args);

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec?: {
    readonly secrets?: { from: { key: string; property: string } }[];
    readonly kubernetes?: { auth: { serviceAccountRef: { name: string } } };
  };
  readonly rules?: { resources: string[]; resourceNames?: string[] }[];
  readonly stringData?: Record<string, string>;
}
const manifestsOf = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Manifest);
/** As the API server would hand it back. */
const stored = (manifest: Manifest) => ({
  ...manifest,
  metadata: { ...manifest.metadata, uid: 'u', resourceVersion: '1' },
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secretscope-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('secretscope init', () => {
  it('prints everything that a first secret needs, all in one namespace', async () => {
    const { text, notes, code } = await init('team');
    const manifests = manifestsOf(text);
    expect(manifests.map(({ kind }) => kind)).toEqual([
      'Secret',
      'ServiceAccount',
      'Role',
      'RoleBinding',
      'Role',
      'RoleBinding',
      'SecretBackend',
      'SecretScope',
    ]);
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['team']));
    expect(notes).toContain('kubectl apply -f first-secret.yaml');
    expect(code).toBe(0);
  });

  it('prints a backend and a scope that the schemas take', async () => {
    const manifests = manifestsOf((await init()).text);
    const of = (kind: string) =>
      stored(manifests.find((manifest) => manifest.kind === kind) ?? expect.fail());
    expect(parseBackend(of('SecretBackend')).kind).toBe('ok');
    expect(parseScope(of('SecretScope')).kind).toBe('ok');
  });

  it('prints objects that fit together: source, account, backend and scope', async () => {
    const manifests = manifestsOf((await init()).text);
    const one = (kind: string) => manifests.find((manifest) => manifest.kind === kind);
    const from = one('SecretScope')?.spec?.secrets?.[0]?.from;
    const account = one('ServiceAccount')?.metadata.name ?? '';
    expect(from && keyFault('kubernetes', from.key)).toBeUndefined();
    expect([one('Secret')?.metadata.name, Object.keys(one('Secret')?.stringData ?? {})]).toEqual([
      from?.key,
      [from?.property],
    ]);
    expect(one('SecretBackend')?.spec?.kubernetes?.auth.serviceAccountRef.name).toBe(account);
    const lent = manifests
      .flatMap(({ rules = [] }) => rules)
      .find(({ resources }) => resources.includes('serviceaccounts/token'));
    expect(lent?.resourceNames).toEqual([account]);
  });

  it('--dir writes one file for each part, in the order to apply them', async () => {
    const { text, notes } = await init('team', '--dir', join(folder, 'new'));
    const files = await readdir(join(folder, 'new'));
    expect(files).toEqual([
      '1-source.yaml',
      '2-identity.yaml',
      '3-enrolment.yaml',
      '4-backend.yaml',
      '5-scope.yaml',
    ]);
    expect(text.split('\n')).toEqual(files.map((file) => join(folder, 'new', file)));
    expect(notes).toContain(`kubectl apply -f ${join(folder, 'new')}`);
    const texts = await Promise.all(files.map((file) => readFile(join(folder, 'new', file), 'utf8')));
    expect(texts.flatMap(manifestsOf)).toEqual(manifestsOf((await init('team')).text));
  });

  it('--dir never writes over a file that is there', async () => {
    await init('team', '--dir', folder);
    expect(await init('other', '--dir', folder)).toMatchObject({
      code: 1,
      notes: expect.stringContaining('1-source.yaml'),
    });
    expect(await readFile(join(folder, '1-source.yaml'), 'utf8')).toContain('namespace: team');
  });

  it.each(['Team', 'kube-system', 'secretscope-system', 'a/b'])('refuses namespace %s', async (namespace) => {
    expect(await init(namespace)).toMatchObject({ code: 2, text: '' });
  });
});
