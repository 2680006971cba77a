/** How charts/ is made of deploy/, without helm; test/scenarios/charts.test.ts has helm and the API server judge it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartFiles, filesBelow } from '../scripts/chart/chart-files.ts';
import { operatorChart } from '../scripts/chart/operator-chart.ts';
import { isOfPoliciesChart } from '../scripts/chart/policies-chart.ts';
import { readSources } from '../scripts/chart/source-manifests.ts';
import { Holes, literal } from '../scripts/chart/template-text.ts';
import { VERSION } from '../src/version.ts';

const sources = await readSources('deploy');
const files = await chartFiles('deploy');
const fileOf = (path: string) => files.get(path) ?? '';

describe('a manifest as a template', () => {
  it('has values in the holes, at the depth of the hole', () => {
    const holes = new Holes();
    const object = {
      replicas: holes.inline('.Values.replicas'),
      pod: { resources: holes.block('.Values.resources'), args: ['run', holes.more('.Values.extraArgs')] },
    };
    expect(holes.text(object)).toBe(`replicas: {{ .Values.replicas }}
pod:
  {{- with .Values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  args:
    - run
    {{- with .Values.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
`);
  });

  it('has what is there only under a condition', () => {
    const holes = new Holes();
    const object = {
      ports: [1, holes.only('.Values.on', { name: 'metrics' })],
      class: holes.only('.Values.on', 'a'),
    };
    expect(holes.text(object)).toBe(`ports:
  - 1
  {{- if .Values.on }}
  - name: metrics
  {{- end }}
{{- if .Values.on }}
class: a
{{- end }}
`);
  });

  it('leaves text alone in which Helm would see an action', () => {
    expect(literal('{{ $value }}')).toBe('{{ "{{" }} $value }}');
    expect(new Holes().text({ summary: '{{ $value }}' })).toBe('summary: "{{ "{{" }} $value }}"\n');
  });

  it('quotes what Helm would read as no text: it reads YAML 1.1', () => {
    expect(new Holes().text({ a: 'on', b: '12:30', c: 'plain' })).toBe('a: "on"\nb: "12:30"\nc: plain\n');
  });

  it('is refused where a hole is in the middle of a text', () => {
    const holes = new Holes();
    const image = `registry/${holes.inline('.Values.image')}`;
    expect(() => holes.text({ image })).toThrow('a hole has to be a whole value: image: registry/@@0@@');
  });
});

describe('the charts', () => {
  it('are the committed ones', async () => {
    expect([...(await filesBelow('charts')).keys()].sort()).toEqual([...files.keys()].sort());
  });

  it('have no place for an object that deploy/default did not have before, and say so', () => {
    const strange = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'new' } };
    const more = { ...sources, everything: [...sources.everything, strange] };
    expect(() => operatorChart(more, [], VERSION)).toThrow('Service new is in neither chart');
  });

  it('are of one version, that of the image', () => {
    for (const chart of ['secretscope', 'secretscope-policies'])
      expect(parse(fileOf(`${chart}/Chart.yaml`))).toMatchObject({
        name: chart,
        version: VERSION,
        appVersion: VERSION,
      });
  });

  it.each(['secretscope', 'secretscope-policies'])('%s runs in one namespace, and says which', (chart) => {
    expect(fileOf(`${chart}/templates/checks.yaml`)).toContain(
      '{{- if ne .Release.Namespace "secretscope-system" }}',
    );
  });

  it('THREATS 9: helm uninstall keeps kinds, policies, and the labels that these guard', () => {
    const kept = (path: string) => (fileOf(path).match(/helm.sh\/resource-policy: keep/g) ?? []).length;
    const kinds = [...files.keys()].filter((path) => path.startsWith('secretscope/templates/kinds/'));
    expect(kinds).toHaveLength(9);
    expect(kinds.map(kept)).toEqual(kinds.map(() => 1));
    const policies = [...files.keys()].filter((path) => path.startsWith('secretscope-policies/templates/'));
    const total = policies.map(kept).reduce((sum, count) => sum + count, 0);
    expect(total).toBe(sources.everything.filter(isOfPoliciesChart).length);
  });

  it('THREATS 9: nothing else is made while a policy is missing', () => {
    const checks = fileOf('secretscope/templates/checks.yaml');
    const bindings = sources.everything.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(bindings.length).toBeGreaterThan(15);
    for (const { metadata } of bindings) expect(checks).toContain(`"${metadata.name}"`);
  });

  it.each(['secretscope', 'secretscope-policies'])(
    '%s: a value that there is not is refused at every depth',
    (chart) => {
      const schema = JSON.parse(fileOf(`${chart}/values.schema.json`)) as Schema;
      const values = parse(fileOf(`${chart}/values.yaml`)) as object;
      expect(Object.keys(schema.properties ?? {}).sort()).toEqual([...Object.keys(values), 'global'].sort());
      const open = openPlaces(schema, '').filter((place) => !FREE.test(place));
      expect(open).toEqual([]);
    },
  );

  it('say in values.yaml what each value is', () => {
    const lines = fileOf('secretscope/values.yaml').split('\n');
    const unsaid = lines.filter(
      (line, at) =>
        /^( {2})?\w+:/.test(line) && !lines[at - 1]?.trimStart().startsWith('#') && !IN_DEFAULT.test(line),
    );
    expect(unsaid).toEqual([]);
  });
});

interface Schema {
  readonly type?: string | string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

// objects of Kubernetes, and maps whose keys are the user's
const FREE = /\.(resources|affinity|nodeSelector|podLabels|podAnnotations|annotations|labels|global)$/;
// within resources, whose text is Kubernetes' own
const IN_DEFAULT = /^ {2}(requests|limits):/;

function openPlaces(schema: Schema, place: string): string[] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, each]) =>
    openPlaces(each, `${place}.${name}`),
  );
  return schema.type === 'object' && schema.additionalProperties !== false ? [place, ...inside] : inside;
}

describe('a component', () => {
  it.each(['network-policy', 'monitoring', 'priority-class'])(
    '%s is one that kustomize adds to a base',
    (name) => {
      const text = readFileSync(`deploy/components/${name}/kustomization.yaml`, 'utf8');
      expect(parse(text)).toMatchObject({
        apiVersion: 'kustomize.config.k8s.io/v1alpha1',
        kind: 'Component',
      });
    },
  );

  it('adds to the Deployment what it needs, and replaces nothing there', () => {
    const { monitoring } = sources.components;
    expect(monitoring.additions.map(({ path }) => path.at(-1))).toEqual(['-', '-']);
    expect(fileOf('secretscope/templates/operator.yaml')).toContain('- --metrics-address=0.0.0.0:8443');
  });
});
