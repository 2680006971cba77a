/** The sample repository for ten teams: what its folders, Flux's list and Argo CD's generator say of each other. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = 'deploy/samples/ten-teams';
const read = (file: string) => readFileSync(`${ROOT}/${file}`, 'utf8');
const teams = readdirSync(`${ROOT}/teams`)
  .filter((name) => name !== 'base')
  .sort();

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>>;
}
const documents = (file: string) =>
  parseAllDocuments(read(file)).map((document) => document.toJSON() as Manifest);

describe('the repository of ten teams', () => {
  it('has ten of them, each with a folder of its own and a namespace from the platform', () => {
    expect(teams).toHaveLength(10);
    expect(readdirSync(`${ROOT}/platform/tenants`).sort()).toEqual(teams);
    const { resources } = parse(read('platform/kustomization.yaml')) as { resources: string[] };
    expect(resources).toEqual(['organization.yaml', ...teams.map((team) => `tenants/${team}`)]);
  });

  it.each(teams)('%s is in the same namespace on both sides, with reviewers of its own', (team) => {
    for (const file of [`platform/tenants/${team}`, `teams/${team}`]) {
      const text = read(`${file}/kustomization.yaml`);
      expect((parse(text) as { namespace: string }).namespace).toBe(`team-${team}`);
      if (team !== 'juniper') expect(text).toContain(`"value": "${team}-leads"`);
    }
  });

  it('Flux applies each as the account of that team, in whose namespace it has to be', () => {
    const [platform, ...each] = documents('flux/teams.yaml');
    expect(platform?.spec['path']).toBe('./ten-teams/platform');
    expect(
      each.map(({ metadata, spec }) => [metadata.namespace, spec['path'], spec['serviceAccountName']]),
    ).toEqual(teams.map((team) => [`team-${team}`, `./ten-teams/teams/${team}`, 'gitops']));
  });

  it('Argo CD takes every folder but the base, as the same account, and the platform as its own', () => {
    const [project, platform, set] = documents('argocd/applicationset.yaml');
    expect(JSON.stringify(set?.spec['generators'])).toContain('"path":"ten-teams/teams/base","exclude":true');
    expect(JSON.stringify(project?.spec['destinationServiceAccounts'])).toContain('"gitops"');
    expect(JSON.stringify(platform?.spec['source'])).toContain('ten-teams/platform');
  });

  it('holds no value, vote or request', () => {
    const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.yaml'),
    );
    const kinds = files
      .filter((file) => !file.endsWith('kustomization.yaml'))
      .flatMap((file) => documents(file).map(({ kind }) => kind));
    expect(kinds).toContain('SecretScope');
    for (const kind of ['Secret', 'SecretRequest', 'RequestReview', 'ScopeLedger'])
      expect(kinds).not.toContain(kind);
  });
});
