/** Owns: which values the chart secretscope has. Called by: operator-chart.ts. */
import type { Manifest } from '../../test/cluster/manifests.ts';
import type { ChartOption } from './chart-options.ts';
import { type ChartValue, FLAG, OBJECT, OBJECTS, TEXT, TEXT_MAP, TEXTS } from './chart-values.ts';

interface Deployment {
  readonly replicas: number;
  readonly template: {
    readonly spec: {
      readonly topologySpreadConstraints: readonly object[];
      readonly containers: readonly { readonly image: string; readonly resources: object }[];
    };
  };
}

/** With the defaults of the Deployment. Throws where its image is not of this version. */
export function operatorValues(
  deployment: Manifest,
  options: readonly ChartOption[],
  version: string,
): ChartValue[] {
  const { replicas, template } = deployment['spec'] as Deployment;
  const { image = '', resources } = template.spec.containers[0] ?? {};
  const { topologySpreadConstraints } = template.spec;
  return [
    imageValue(image, version),
    {
      name: 'replicas',
      about: 'One leads, the others take over. With one there is no PodDisruptionBudget.',
      otherwise: replicas,
      schema: { type: 'integer', minimum: 1, maximum: 10 },
    },
    {
      name: 'clusterWide',
      about:
        "The Secrets of every namespace without enrolment. Whoever takes the operator's token then reads every Secret of the cluster.",
      otherwise: false,
      schema: FLAG,
    },
    {
      name: 'options',
      about: 'Flags of `secretscope run`; empty: what the operator does by itself.',
      inside: options.map(optionValue),
    },
    { name: 'extraArgs', about: 'More arguments of `secretscope run`.', otherwise: [], schema: TEXTS },
    {
      name: 'extraEnv',
      about: 'More environment variables: name and value.',
      otherwise: [],
      schema: OBJECTS,
    },
    {
      name: 'extraVolumes',
      about: 'Volumes of the Pod, such as a certificate for --metrics-cert-dir.',
      otherwise: [],
      schema: OBJECTS,
    },
    { name: 'extraVolumeMounts', about: 'Where they are mounted.', otherwise: [], schema: OBJECTS },
    {
      name: 'resources',
      about:
        'Of the container; Node takes half of the memory limit for its heap. Figures: docs/reference/benchmarks.md.',
      otherwise: resources,
      schema: OBJECT,
    },
    ...placementValues(topologySpreadConstraints),
    ...surroundingValues(),
  ];
}

function imageValue(image: string, version: string): ChartValue {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  if (tag !== version)
    throw new Error(`deploy/default has the image ${image}, not one of version ${version}`);
  return {
    name: 'image',
    about: 'Where the image comes from.',
    inside: [
      { name: 'repository', about: 'Without tag.', otherwise: repository, schema: { ...TEXT, minLength: 1 } },
      { name: 'tag', about: "Empty: the chart's version.", otherwise: '', schema: TEXT },
      {
        name: 'digest',
        about: 'sha256:…, so that nobody can put another image behind the tag.',
        otherwise: '',
        schema: { ...TEXT, pattern: '^(sha256:[0-9a-f]{64})?$' },
      },
      {
        name: 'pullPolicy',
        about: "Empty: the cluster's default.",
        otherwise: '',
        schema: { enum: ['', 'Always', 'IfNotPresent', 'Never'] },
      },
    ],
  };
}

function optionValue({ name, flag, description, otherwise, isList }: ChartOption): ChartValue {
  const byItself = otherwise === undefined ? '' : ` (${otherwise})`;
  return {
    name,
    about: `--${flag}: ${description}${byItself}`,
    otherwise: isList ? [] : '',
    schema: isList ? TEXTS : { type: ['string', 'integer'] },
  };
}

function placementValues(topologySpreadConstraints: readonly object[]): ChartValue[] {
  return [
    {
      name: 'topologySpreadConstraints',
      about: 'Of the Pods, and so are the next ones.',
      otherwise: topologySpreadConstraints,
      schema: OBJECTS,
    },
    { name: 'affinity', about: 'As in a Pod.', otherwise: {}, schema: OBJECT },
    { name: 'nodeSelector', about: 'As in a Pod.', otherwise: {}, schema: TEXT_MAP },
    { name: 'tolerations', about: 'As in a Pod.', otherwise: [], schema: OBJECTS },
    {
      name: 'priorityClassName',
      about:
        'Empty: none. `secretscope`: a class of its own, which the chart makes. Or a class that is there, such as system-cluster-critical.',
      otherwise: '',
      schema: TEXT,
    },
    { name: 'imagePullSecrets', about: 'Names of Secrets: [{name: …}].', otherwise: [], schema: OBJECTS },
    {
      name: 'podLabels',
      about: 'More labels, such as those of Azure Workload Identity.',
      otherwise: {},
      schema: TEXT_MAP,
    },
    { name: 'podAnnotations', about: 'Annotations of the Pods.', otherwise: {}, schema: TEXT_MAP },
  ];
}

function surroundingValues(): ChartValue[] {
  return [
    {
      name: 'serviceAccount',
      about: "The operator's own account, whose name the policies know.",
      inside: [
        {
          name: 'annotations',
          about: 'By which a cloud knows it, for backends with `auth: {ambient: true}`.',
          otherwise: {},
          schema: TEXT_MAP,
        },
      ],
    },
    {
      name: 'networkPolicy',
      about:
        'Who may talk to the operator and where it may talk to; docs/guides/deployment.md says what that cannot do.',
      inside: [
        { name: 'enabled', about: 'Whether there is one.', otherwise: false, schema: FLAG },
        {
          name: 'extraEgress',
          about: 'More rules, such as a proxy, or the metadata server of a cloud for `ambient`.',
          otherwise: [],
          schema: OBJECTS,
        },
      ],
    },
    {
      name: 'monitoring',
      about: 'Metrics for a Prometheus Operator, and alerts.',
      inside: [
        {
          name: 'enabled',
          about: 'Needs the kinds ServiceMonitor and PrometheusRule of monitoring.coreos.com.',
          otherwise: false,
          schema: FLAG,
        },
        {
          name: 'labels',
          about: 'By which your Prometheus finds ServiceMonitors and rules.',
          otherwise: {},
          schema: TEXT_MAP,
        },
      ],
    },
  ];
}
