/** The files for Argo CD and Flux, and the guide to them: one says what the other does. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
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

  it('a Secret that is delivered has no label by which Argo CD or Flux would take it for their own', () => {
    const keys = Object.keys(labelsOf(aTarget([])));
    expect(keys.sort()).toEqual(['app.kubernetes.io/managed-by', 'secretscope.dev/managed']);
  });
});
