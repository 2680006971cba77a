/** Owns: the chart secretscope: kinds, rights, and the operator. Called by: chart-files.ts. */
import type { Manifest } from '../../test/cluster/manifests.ts';
import type { ChartOption } from './chart-options.ts';
import {
  chartFile,
  KEPT,
  NAMESPACE_CHECK,
  OPERATOR_NAMESPACE,
  VERSION_LABEL,
  withMetadata,
} from './chart-parts.ts';
import { schemaFile, valuesFile } from './chart-values.ts';
import { conditionOf, operatorTemplate } from './operator-template.ts';
import { operatorValues } from './operator-values.ts';
import { isOfPoliciesChart, POLICIES_CHART } from './policies-chart.ts';
import type { ComponentName, Sources } from './source-manifests.ts';
import { Holes, onlyIf, templateFile } from './template-text.ts';

export const OPERATOR_CHART = 'secretscope';

const ABOUT =
  'Secrets by organization, repository and environment, synced from cloud secret managers into clusters';
const RIGHTS = /^(Cluster)?Role(Binding)?$/;

/** Content by path in the chart. Throws for an object of deploy/default that has no place in it. */
export function operatorChart(
  sources: Sources,
  options: readonly ChartOption[],
  version: string,
): Map<string, string> {
  const { everything, clusterWide } = sources;
  const deployment = theOnly(everything, 'Deployment');
  const values = operatorValues(deployment, options, version);
  const files = new Map([
    ['Chart.yaml', chartFile(OPERATOR_CHART, ABOUT, version)],
    ['values.yaml', valuesFile(values)],
    ['values.schema.json', schemaFile(OPERATOR_CHART, values)],
    ['templates/NOTES.txt', NOTES],
    ['templates/checks.yaml', NAMESPACE_CHECK + policiesCheck(everything)],
    ['templates/rights.yaml', templateFile('deploy/base', texts(everything.filter(isRight)))],
    [
      'templates/cluster-wide.yaml',
      onlyIf('.Values.clusterWide', templateFile('deploy/cluster-wide', texts(clusterWide))),
    ],
    [
      'templates/operator.yaml',
      templateFile('deploy/default', [
        accountTemplate(theOnly(everything, 'ServiceAccount')),
        operatorTemplate(deployment, sources.components, options, new Holes()),
      ]),
    ],
    [
      'templates/disruption-budget.yaml',
      onlyIf(
        'gt (int .Values.replicas) 1',
        templateFile('deploy/default', texts([theOnly(everything, 'PodDisruptionBudget')])),
      ),
    ],
  ]);
  for (const [path, text] of kindFiles(everything)) files.set(path, text);
  for (const [path, text] of componentFiles(sources)) files.set(path, text);
  demandComplete(everything);
  return files;
}

function kindFiles(everything: readonly Manifest[]): [string, string][] {
  return everything
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map((definition) => [
      `templates/kinds/${definition.metadata.name}.yaml`,
      templateFile('crds', texts([withMetadata(definition, { annotations: KEPT })])),
    ]);
}

function componentFiles({ components }: Sources): [string, string][] {
  return Object.entries(components).map(([name, { manifests }]) => {
    const component = name as ComponentName;
    const documents = manifests.map((manifest) => componentTemplate(component, manifest));
    const file = templateFile(`deploy/components/${name}`, documents);
    return [`templates/${name}.yaml`, onlyIf(conditionOf(component), file)];
  });
}

function componentTemplate(component: ComponentName, manifest: Manifest): string {
  const holes = new Holes();
  switch (component) {
    case 'monitoring':
      return holes.text(
        manifest.apiVersion.startsWith('monitoring.coreos.com/')
          ? withMetadata(manifest, { labels: { more: holes.more('.Values.monitoring.labels') } })
          : manifest,
      );
    case 'network-policy': {
      const spec = manifest['spec'] as { readonly egress: readonly unknown[] };
      const egress = [...spec.egress, holes.more('.Values.networkPolicy.extraEgress')];
      return holes.text({ ...manifest, spec: { ...spec, egress } });
    }
    case 'priority-class':
      return holes.text(manifest);
    default:
      return component satisfies never;
  }
}

function accountTemplate(account: Manifest): string {
  const holes = new Holes();
  const annotations = { annotations: holes.block('.Values.serviceAccount.annotations') };
  return holes.text({ ...account, metadata: { ...account.metadata, ...annotations } });
}

/** Where there is a cluster to look at: `helm template` sees none, and whoever applies its output keeps the order. */
function policiesCheck(everything: readonly Manifest[]): string {
  const bindings = everything.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
  const names = bindings.map(({ metadata }) => `"${metadata.name}"`).join(' ');
  const how = `helm upgrade --install ${POLICIES_CHART} charts/${POLICIES_CHART} --namespace ${OPERATOR_NAMESPACE}`;
  return `{{- if lookup "v1" "Namespace" "" "kube-system" }}
{{- range list ${names} }}
{{- $binding := lookup "admissionregistration.k8s.io/v1" "ValidatingAdmissionPolicyBinding" "" . }}
{{- if not $binding }}
{{- fail (printf "the admission policy %s is not in force, and nothing may be made that it does not guard; first: ${how}" .) }}
{{- end }}
{{- $version := dig "metadata" "labels" "${VERSION_LABEL}" $.Chart.AppVersion $binding }}
{{- if ne $version $.Chart.AppVersion }}
{{- fail (printf "the admission policy %s is of version %s, and this chart of version %s; first: ${how}" . $version $.Chart.AppVersion) }}
{{- end }}
{{- end }}
{{- end }}
`;
}

const NOTES = `{{- if not .Release.IsUpgrade -}}
SecretScope {{ .Chart.AppVersion }} is in the namespace {{ .Release.Namespace }}. What is left to do:

  kubectl label namespace {{ .Release.Namespace }} pod-security.kubernetes.io/enforce=restricted
  secretscope doctor
  secretscope init my-namespace | kubectl apply -f -

{{ end -}}
\`helm uninstall\` leaves kinds, scopes, policies and every Secret.
`;

function texts(manifests: readonly Manifest[]): string[] {
  return manifests.map((manifest) => new Holes().text(manifest));
}

function isRight({ kind }: Manifest): boolean {
  return RIGHTS.test(kind);
}

function theOnly(everything: readonly Manifest[], kind: string): Manifest {
  const [found, ...more] = everything.filter((manifest) => manifest.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`deploy/default has to have one ${kind}`);
  return found;
}

/** The Namespace is made by whoever installs: it has to be there before Helm can write down what it did. */
const PLACED = /^(Namespace|CustomResourceDefinition|ServiceAccount|Deployment|PodDisruptionBudget)$/;

function demandComplete(everything: readonly Manifest[]): void {
  for (const manifest of everything)
    if (!PLACED.test(manifest.kind) && !isRight(manifest) && !isOfPoliciesChart(manifest))
      throw new Error(`${manifest.kind} ${manifest.metadata.name} is in neither chart; see scripts/chart`);
}
