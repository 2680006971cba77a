/** The samples for CI, held against the schema of a claim, the states that it can be in, and the command line. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { ClaimCluster } from '../src/cli/claim-fixture.ts';
import { CLAIM_STATES } from '../src/model/kinds/secret-claim.ts';
import { parseClaim } from '../src/model/validate.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly spec: Record<string, unknown>;
}

const SAMPLES = ['job', 'argo-workflows', 'tekton'];

function text(sample: string): string {
  return readFileSync(`deploy/samples/ci/${sample}.yaml`, 'utf8');
}

function manifests(sample: string): Manifest[] {
  return parseAllDocuments(text(sample)).map((document) => document.toJS() as Manifest);
}

function ofKind(sample: string, kind: string, name?: string): Manifest {
  const found = manifests(sample).find(
    (one) => one.kind === kind && (name ?? one.metadata.name) === one.metadata.name,
  );
  if (!found) throw new Error(`${sample}.yaml has no ${kind} ${name ?? ''}`);
  return found;
}

/** A claim as the API server would store it; what Argo fills in is a name. */
function stored(claim: string | Manifest): unknown {
  const object =
    typeof claim === 'string'
      ? (parse(claim.replaceAll(/\{\{[^}]+\}\}/g, 'deploy-x7k2p')) as Manifest)
      : claim;
  return { ...object, metadata: { namespace: 'ci', uid: 'u', resourceVersion: '1', ...object.metadata } };
}

interface ResourceTemplate {
  readonly name: string;
  readonly resource?: {
    readonly manifest: string;
    readonly successCondition: string;
    readonly failureCondition: string;
  };
}

function argoResource() {
  const { templates } = ofKind('argo-workflows', 'Workflow').spec as { templates: ResourceTemplate[] };
  const resource = templates.find(({ name }) => name === 'claim')?.resource;
  if (!resource) throw new Error('argo-workflows.yaml has no template that makes a claim');
  return resource;
}

describe('the samples for CI', () => {
  it.each(SAMPLES)(
    '%s.yaml can be read, begins with what it is, and leaves the namespace to whoever applies it',
    (sample) => {
      const documents = parseAllDocuments(text(sample));
      expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
      expect(text(sample)).toMatch(/^# [A-Z]/);
      expect(manifests(sample).filter(({ metadata }) => metadata.namespace !== undefined)).toEqual([]);
    },
  );

  it.each(SAMPLES)('%s.yaml prints no value', (sample) => {
    expect(text(sample)).toMatch(/\$\{#DATABASE_URL\}/);
    expect(text(sample)).not.toMatch(/\$\{?[A-Z]/);
  });

  it.each([
    ['job.yaml', () => ofKind('job', 'SecretClaim')],
    ['argo-workflows.yaml', () => argoResource().manifest],
  ])('the claim of %s is a Snapshot that ends by itself', (_sample, claim) => {
    const parsed = parseClaim(stored(claim()));
    expect(parsed).toMatchObject({ kind: 'ok', value: { spec: { mode: 'Snapshot', ttl: '2h' } } });
  });

  it('the Job takes its variables from the Secret of its claim', () => {
    const { secretName } = ofKind('job', 'SecretClaim').spec;
    const { template } = ofKind('job', 'Job').spec as {
      template: { spec: { containers: { envFrom: unknown }[] } };
    };
    expect(template.spec.containers[0]?.envFrom).toEqual([{ secretRef: { name: secretName } }]);
  });

  it('Argo Workflows waits for states that a claim can be in, and gives up at those that it never leaves', () => {
    const { successCondition, failureCondition } = argoResource();
    const statesIn = (condition: string) => {
      expect(condition).toMatch(/^status\.state (==|in) /);
      return condition.match(/\b[A-Z]\w+/g) ?? [];
    };
    expect(statesIn(successCondition)).toEqual(['Delivered']);
    expect(statesIn(failureCondition)).toEqual(['Expired', 'Ended']);
    expect(CLAIM_STATES).toEqual(expect.arrayContaining(['Delivered', 'Expired', 'Ended']));
  });

  it('Tekton runs a command line that exists, and it makes a valid claim', async () => {
    const { steps, params } = ofKind('tekton', 'Task', 'secretscope-claim').spec as unknown as TektonTask;
    const { tasks } = ofKind('tekton', 'Pipeline').spec as { tasks: { name: string; params: Param[] }[] };
    const given = [...(tasks.find(({ name }) => name === 'claim')?.params ?? []), ...params];
    const givenTo = (name: string) =>
      given.find((param) => param.name === name && (param.value ?? param.default));
    const args = (steps[0]?.args ?? []).map((arg) =>
      arg
        .replaceAll(
          /\$\(params\.(\w+)\)/g,
          (_, name: string) => givenTo(name)?.value ?? givenTo(name)?.default ?? '',
        )
        .replaceAll(/\$\([^)]+\)/g, 'deploy-x7k2p'),
    );
    await using cluster = await ClaimCluster.start();
    expect(args[0]).toBe('claim');
    const { text: out, code } = await cluster.claim(...args.slice(1));
    expect([out, code]).toEqual(['deploy-x7k2p', 0]);
    const parsed = parseClaim(stored(cluster.made[0]?.body as Manifest));
    expect(parsed).toMatchObject({ kind: 'ok', value: { spec: { mode: 'Snapshot', ttl: '2h' } } });
  });
});

interface Param {
  readonly name: string;
  readonly value?: string;
  readonly default?: string;
}

interface TektonTask {
  readonly params: Param[];
  readonly steps: { readonly args: readonly string[] }[];
}
