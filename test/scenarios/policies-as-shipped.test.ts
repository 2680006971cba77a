/** The shipped policies as a real API server stores them: the operator knows them again, and every edit of one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAsShipped } from '../../src/model/policy-shape.ts';
import { SHIPPED_POLICIES } from '../../src/model/shipped-policies.ts';
import { applyManifests } from '../cluster/apply-manifests.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { type Person, personOf } from '../scenarios-support/person.ts';

type Fields = Record<string, unknown>;
type Shipped = (typeof SHIPPED_POLICIES)[number];

let control: ControlPlane;
let admin: Person;

beforeAll(async () => {
  control = await startControlPlane({ name: 'as-shipped' });
  await applyManifests(control, await loadManifests('deploy/default'));
  admin = await personOf(control.adminKubeconfig);
});
afterAll(async () => {
  await admin?.close();
  await control?.stop();
});

const ROOT = '/apis/admissionregistration.k8s.io/v1';
const pathTo = ({ kind, name }: Shipped) =>
  `${ROOT}/${kind.toLowerCase().replace(/policy$/, 'policie')}s/${name}`;

async function specOf(shipped: Shipped): Promise<unknown> {
  const { status, body, message } = await admin.call('GET', pathTo(shipped));
  expect(message).toBe('');
  expect(status).toBe(200);
  return (body as { spec?: unknown }).spec;
}

/** Whether it is still the shipped one after this edit, which is a dry run: the next test begins anew. */
async function edited(shipped: Shipped, spec: Fields): Promise<boolean> {
  const path = `${pathTo(shipped)}?dryRun=All`;
  const { status, body, message } = await admin.call('PATCH', path, { spec }, 'merge-patch+json');
  expect(message).toBe('');
  expect(status).toBe(200);
  return isAsShipped(shipped.kind, shipped.name, (body as { spec?: unknown }).spec);
}

const of = (pattern: RegExp) => SHIPPED_POLICIES.filter(({ kind }) => pattern.test(kind));
const selector = { namespaceSelector: { matchLabels: { reviewed: 'yes' } } };
const specTextOf = ({ spec }: Shipped): Fields => JSON.parse(spec);

/** Merge patches, which leave everything else as it is. */
const EDITS: readonly [string, RegExp, (shipped: Shipped) => Fields][] = [
  ['is only audited', /^Validating.*Binding$/, () => ({ validationActions: ['Audit'] })],
  ['binds another policy', /Binding$/, () => ({ policyName: 'another.example.com' })],
  ['is narrowed to some namespaces by its binding', /Binding$/, () => ({ matchResources: selector })],
  ['is narrowed to some namespaces', /Policy$/, () => ({ matchConstraints: selector })],
  [
    'is narrowed to some objects',
    /Policy$/,
    () => ({ matchConstraints: { objectSelector: { matchLabels: { reviewed: 'yes' } } } }),
  ],
  [
    'leaves out a namespace by a condition',
    /Policy$/,
    () => ({ matchConditions: [{ name: 'some', expression: 'request.namespace != "team-web"' }] }),
  ],
  ['lets through what it cannot judge', /Policy$/, () => ({ failurePolicy: 'Ignore' })],
  [
    'leaves out a kind',
    /Policy$/,
    () => {
      const rule = { apiGroups: ['*'], apiVersions: ['*'], resources: ['pods'], operations: ['*'] };
      return { matchConstraints: { excludeResourceRules: [rule] } };
    },
  ],
  [
    'is without its first rule',
    /^ValidatingAdmissionPolicy$/,
    (shipped) => ({
      validations: [
        ...(specTextOf(shipped)['validations'] as unknown[]).slice(1),
        { expression: 'true', message: 'anything goes' },
      ],
    }),
  ],
  [
    'changes something else',
    /^MutatingAdmissionPolicy$/,
    () => ({
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
    }),
  ],
  [
    'is asked another number of times',
    /^MutatingAdmissionPolicy$/,
    (shipped) => ({
      reinvocationPolicy: specTextOf(shipped)['reinvocationPolicy'] === 'Never' ? 'IfNeeded' : 'Never',
    }),
  ],
];

describe('THREATS 9: what proves who voted is what this version ships', () => {
  it.each(SHIPPED_POLICIES)('$kind $name is known again as it is stored', async (shipped) => {
    expect(isAsShipped(shipped.kind, shipped.name, await specOf(shipped))).toBe(true);
  });

  it.each(EDITS)('a policy that %s is another one', async (_edit, pattern, patch) => {
    for (const shipped of of(pattern)) {
      const isStill = await edited(shipped, patch(shipped));
      expect([shipped.name, isStill]).toEqual([shipped.name, usual(shipped, patch(shipped))]);
    }
  });
});

/** Where the shipped one says so itself, the edit is none. */
function usual(shipped: Shipped, patch: Fields): boolean {
  const spec = specTextOf(shipped);
  return Object.entries(patch).every(
    ([field, value]) => JSON.stringify(spec[field]) === JSON.stringify(value),
  );
}
