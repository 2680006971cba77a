import { describe, expect, it } from 'vitest';
import { filesIn, staleFiles } from '../scripts/crd/generated-files.ts';
import {
  SHIPPED_POLICIES_FILE,
  shippedPoliciesFile,
  shippedPoliciesText,
} from '../scripts/crd/shipped-policies-file.ts';
import { SHIPPED_POLICIES } from '../src/model/shipped-policies.ts';
import { loadManifests, type Manifest } from './cluster/manifests.ts';

const binding = (name: string, spec: object): Manifest => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name },
  spec,
});

describe('the list of shipped policies', () => {
  it('is up to date', async () => {
    const wanted = await shippedPoliciesFile('deploy/base/policies');
    const existing = await filesIn('src/model', (name) => name === SHIPPED_POLICIES_FILE);
    expect(staleFiles(wanted, existing)).toEqual([]);
  });

  it('has every policy and binding of the deployment, and carries the label by which they are watched', async () => {
    const policies = (await loadManifests('deploy/default')).filter(({ kind }) =>
      /AdmissionPolicy/.test(kind),
    );
    const names = (of: readonly { kind: string; name: string }[]) =>
      of.map(({ kind, name }) => `${kind} ${name}`).sort();
    expect(names(policies.map(({ kind, metadata }) => ({ kind, name: metadata.name })))).toEqual(
      names(SHIPPED_POLICIES),
    );
    const labels = policies.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/part-of']);
    expect(new Set(labels)).toEqual(new Set(['secretscope']));
  });

  it('says what the files say, whatever stands in an expression', () => {
    const spec = { expression: 'a\\b `c` ${d} $e \'f\' "g"' };
    const text = shippedPoliciesText([binding('a', spec)]);
    const [literal = ''] = /`\{.*\}`/.exec(text) ?? [];
    expect(JSON.parse(new Function(`return ${literal}`)())).toEqual(spec);
  });

  it('is in the order of names, so that a new one is a line more and not another file', () => {
    const [first, second] = [binding('a', {}), binding('b', {})];
    expect(shippedPoliciesText([second, first])).toBe(shippedPoliciesText([first, second]));
  });
});
