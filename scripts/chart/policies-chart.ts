/**
 * Owns: the chart secretscope-policies: what has to be in force before there is anything to guard, and stays when all
 * else goes. Called by: chart-files.ts.
 */
import { parse } from 'yaml';
import type { Manifest } from '../../test/cluster/manifests.ts';
import { chartFile, KEPT, NAMESPACE_CHECK, VERSION_LABEL, withMetadata } from './chart-parts.ts';
import { type ChartValue, FLAG, schemaFile, TEXTS, valuesFile } from './chart-values.ts';
import { Holes, onlyIf, templateFile } from './template-text.ts';

export const POLICIES_CHART = 'secretscope-policies';

const NAME = 'Admission policies of SecretScope: install them before the chart secretscope';
const POLICY = /^(Validating|Mutating)AdmissionPolicy(Binding)?$/;

export function isOfPoliciesChart({ kind, metadata }: Manifest): boolean {
  return POLICY.test(kind) || (kind === 'ConfigMap' && metadata.name === 'secretscope-authority-labels');
}

/** Content by path in the chart. Throws where the ConfigMap of authority labels is none. */
export function policiesChart(everything: readonly Manifest[], version: string): Map<string, string> {
  const own = everything.filter(isOfPoliciesChart);
  const marked = own.map((manifest) =>
    withMetadata(manifest, { annotations: KEPT, labels: { [VERSION_LABEL]: version } }),
  );
  const [mutating, others] = divided(marked, ({ kind }) => kind.startsWith('Mutating'));
  const [policies, [labels, ...more]] = divided(others, ({ kind }) => POLICY.test(kind));
  if (labels === undefined || more.length > 0)
    throw new Error('deploy/base has one ConfigMap, of authority labels');
  const values = valuesOf(labels);
  const text = (manifests: readonly Manifest[]) => manifests.map((manifest) => new Holes().text(manifest));
  return new Map([
    ['Chart.yaml', chartFile(POLICIES_CHART, NAME, version)],
    ['values.yaml', valuesFile(values)],
    ['values.schema.json', schemaFile(POLICIES_CHART, values)],
    ['templates/checks.yaml', NAMESPACE_CHECK],
    ['templates/authority-labels.yaml', templateFile('deploy/base', [labelsTemplate(labels)])],
    ['templates/policies.yaml', templateFile('deploy/base/policies', text(policies))],
    [
      'templates/mutating-policies.yaml',
      onlyIf(
        'not .Values.withoutMutatingPolicies',
        templateFile('deploy/base/policies/mutating', text(mutating)),
      ),
    ],
  ]);
}

function labelsTemplate(labels: Manifest): string {
  const holes = new Holes();
  return holes.text({ ...labels, data: { keys: holes.inline('join "," .Values.authorityLabels | quote') } });
}

function valuesOf(labels: Manifest): ChartValue[] {
  const { keys } = labels['data'] as { keys: string };
  return [
    {
      name: 'withoutMutatingPolicies',
      about:
        'For clusters before Kubernetes 1.36, which have no MutatingAdmissionPolicy. Voters then write their own name into votes, and it is not known who changed a scope.',
      otherwise: false,
      schema: FLAG,
    },
    {
      name: 'authorityLabels',
      about:
        'Labels of Namespaces that decide who inherits secrets, besides all of secretscope.dev/. Only holders of the verb assign on namespacelabels.secretscope.dev may set, change or remove them.',
      otherwise: (parse(`[${keys}]`) as unknown[]).map(String),
      schema: TEXTS,
    },
  ];
}

function divided<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
