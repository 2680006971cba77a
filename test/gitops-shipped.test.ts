/** The files for Argo CD and Flux, and the guide to them: one says what the other does. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { aPlan as aTarget } from '../src/materialize/delivery-fixture.ts';
import { labelsOf } from '../src/materialize/target-metadata.ts';
import { API_VERSION } from '../src/model/kinds/common.ts';
import type { Reason } from '../src/model/reasons.ts';
import { argoHealth, argoScripts, because, FLUX_CHECKS, fluxHealth, KINDS } from './gitops-health.fixture.ts';

describe('what is shipped', () => {
  it('Argo CD is told of every kind, in a script that needs nothing beside it', () => {
    const scripts = argoScripts();
    expect([...scripts.keys()].sort()).toEqual(KINDS.toSorted());
    for (const [kind, text] of scripts) expect(text).toContain(`-- Health of a ${kind}.`);
  });

  it('Flux is told of the same kinds', () => {
    expect(FLUX_CHECKS.map(({ kind }) => kind).sort()).toEqual(KINDS.toSorted());
    expect(new Set(FLUX_CHECKS.map(({ apiVersion }) => apiVersion))).toEqual(new Set([API_VERSION]));
  });

  it('the guide says of every reason that it lists what both conclude', () => {
    const guide = readFileSync('docs/guides/gitops.md', 'utf8');
    const rows = [...guide.matchAll(/^\| (.*#\w+\).*?) +\| (\w+) +\| (\w+) +\|$/gm)].flatMap(
      ([, reasons = '', inArgo, inFlux]) =>
        [...reasons.matchAll(/\[(\w+)\]\(/g)].map(([, reason]) => [
          /^of an? (SealedValue|WebhookAutomation)/.exec(reasons)?.[1] ?? 'SecretClaim',
          reason,
          inArgo,
          inFlux,
        ]),
    );
    const real = rows.map(([kind = '', reason]) => {
      const object = because(kind, reason as Reason);
      return [kind, reason, argoHealth(kind, object).status, fluxHealth(kind, object)];
    });
    expect(rows).toEqual(real);
    expect(rows.length).toBeGreaterThan(8);
  });

  it('no definition writes a default into what is in Git: in a list it would differ for ever', () => {
    const defaults = globSync('crds/secretscope.dev_*.yaml').flatMap((file) => {
      const crd = parse(readFileSync(file, 'utf8')) as Definition;
      if (!KINDS.includes(crd.spec.names.kind)) return [];
      const { spec } = crd.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
      expect(spec).toBeDefined();
      return defaultsIn(spec, crd.spec.names.kind);
    });
    expect(defaults).toEqual([]);
  });

  it('a Secret that is delivered has no label by which Argo CD or Flux would take it for their own', () => {
    const keys = Object.keys(labelsOf(aTarget([])));
    expect(keys.sort()).toEqual(['app.kubernetes.io/managed-by', 'secretscope.dev/managed']);
  });
});

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec?: unknown } } };
    }[];
  };
}

function defaultsIn(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'default' in schema && 'type' in schema ? [path] : [];
  return [...own, ...Object.entries(schema).flatMap(([key, part]) => defaultsIn(part, `${path}.${key}`))];
}
