/**
 * Owns: the template of the operator's Deployment: the object of deploy/default with holes where values go, and what
 * each component adds where it is switched on. Called by: operator-chart.ts.
 */
import type { Document } from 'yaml';
import type { Manifest } from '../../test/cluster/manifests.ts';
import { type ChartOption, optionHole } from './chart-options.ts';
import type { Component, ComponentName } from './source-manifests.ts';
import { documentOf, type Holes } from './template-text.ts';

const POD = ['spec', 'template', 'spec'];
const CONTAINER = [...POD, 'containers', 0];
// what a hole has for a key where its content brings its own keys
const KEYLESS = 'more';

const IMAGE = [
  'printf "%s:%s%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion)',
  '(ternary "" (printf "@%s" .Values.image.digest) (empty .Values.image.digest))',
].join(' ');

/** The Deployment as a template. Throws where a component adds to a place that the Deployment lacks. */
export function operatorTemplate(
  deployment: Manifest,
  components: Readonly<Record<ComponentName, Component>>,
  options: readonly ChartOption[],
  holes: Holes,
): string {
  const document = documentOf(deployment);
  if (document.hasIn([...POD, 'containers', 1])) throw new Error('the operator is one container');
  for (const [path, hole] of valuesOf(holes)) document.setIn(path, hole);
  for (const { path, value } of components.monitoring.additions)
    add(document, path, holes.only(conditionOf('monitoring'), value));
  // last, so that what somebody adds overrules what is there
  for (const option of options) document.addIn([...CONTAINER, 'args'], optionHole(option, holes));
  document.addIn([...CONTAINER, 'args'], holes.more('.Values.extraArgs'));
  document.addIn([...CONTAINER, 'env'], holes.more('.Values.extraEnv'));
  return holes.text(document);
}

/** When the chart has what is in the component. */
export function conditionOf(component: ComponentName): string {
  switch (component) {
    case 'network-policy':
      return '.Values.networkPolicy.enabled';
    case 'monitoring':
      return '.Values.monitoring.enabled';
    case 'priority-class':
      return 'eq .Values.priorityClassName "secretscope"';
    default:
      return component satisfies never;
  }
}

function valuesOf(holes: Holes): [(string | number)[], string][] {
  return [
    [['spec', 'replicas'], holes.inline('.Values.replicas')],
    [['spec', 'template', 'metadata', 'annotations'], holes.block('.Values.podAnnotations')],
    [['spec', 'template', 'metadata', 'labels', KEYLESS], holes.more('.Values.podLabels')],
    [[...POD, 'imagePullSecrets'], holes.block('.Values.imagePullSecrets')],
    [[...POD, 'priorityClassName'], holes.optional('.Values.priorityClassName')],
    [[...POD, 'topologySpreadConstraints'], holes.block('.Values.topologySpreadConstraints')],
    [[...POD, 'affinity'], holes.block('.Values.affinity')],
    [[...POD, 'nodeSelector'], holes.block('.Values.nodeSelector')],
    [[...POD, 'tolerations'], holes.block('.Values.tolerations')],
    [[...POD, 'volumes'], holes.block('.Values.extraVolumes')],
    [[...CONTAINER, 'image'], holes.inline(IMAGE)],
    [[...CONTAINER, 'imagePullPolicy'], holes.optional('.Values.image.pullPolicy')],
    [[...CONTAINER, 'resources'], holes.block('.Values.resources')],
    [[...CONTAINER, 'volumeMounts'], holes.block('.Values.extraVolumeMounts')],
  ];
}

function add(document: Document, path: readonly string[], hole: string): void {
  const last = path.at(-1);
  const place = path.slice(0, -1).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  if (!document.hasIn(place)) throw new Error(`the Deployment has no ${place.join('/')} to add to`);
  if (last === '-') document.addIn(place, hole);
  else document.setIn([...place, last], hole);
}
