/** The files for Argo CD and Flux, and the guide to them: one says what the other does. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { aPlan as aTarget } from '../src/materialize/delivery-fixture.ts';
import { labelsOf } from '../src/materialize/target-metadata.ts';
import { API_VERSION } from '../src/model/kinds/common.ts';
import type { Reason } from '../src/model/reasons.ts';
import { argoHealth, because, FLUX_CHECKS, fluxHealth, healthPath, KINDS } from './gitops-health.fixture.ts';

describe('what is shipped', () => {
  const files = new Map(KINDS.map((kind) => [kind, readFileSync(healthPath(kind), 'utf8')]));

  it('the ConfigMap holds exactly the files: after a change of one, copy it there', () => {
    const map = parse(readFileSync('deploy/gitops/argocd/argocd-cm.yaml', 'utf8')) as { data: object };
    const wanted = [...files].map(([kind, text]) => [
      `resource.customizations.health.secretscope.dev_${kind}`,
      text,
    ]);
    expect(map.data).toEqual(Object.fromEntries(wanted));
    expect(globSync('deploy/gitops/argocd/**/*.lua')).toHaveLength(KINDS.length);
  });

  it('the files are the same down to the line of dashes', () => {
    const shared = [...files].map(([, text]) => /^-- Argo CD runs[\s\S]*?^-- -{20,}$/m.exec(text)?.[0]);
    expect(new Set(shared).size).toBe(1);
    expect(shared[0]?.length).toBeGreaterThan(1_000);
  });

  it('Flux is told of the same kinds', () => {
    expect(FLUX_CHECKS.map(({ kind }) => kind).sort()).toEqual(KINDS.toSorted());
    expect(new Set(FLUX_CHECKS.map(({ apiVersion }) => apiVersion))).toEqual(new Set([API_VERSION]));
  });

  it('the guide says of every reason that it lists what both conclude', () => {
    const guide = readFileSync('docs/guides/gitops.md', 'utf8');
    const rows = [...guide.matchAll(/^\| (.*#\w+\).*?) +\| (\w+) +\| (\w+) +\|$/gm)].flatMap(
      ([, reasons = '', inArgo, inFlux]) =>
        [...reasons.matchAll(/\[(\w+)\]\(/g)].map(([, reason]) => [reason, inArgo, inFlux]),
    );
    const real = rows.map(([reason]) => {
      const object = because('SecretClaim', reason as Reason);
      return [reason, argoHealth('SecretClaim', object).status, fluxHealth('SecretClaim', object)];
    });
    expect(rows).toEqual(real);
    expect(rows.length).toBeGreaterThan(8);
  });

  it('a Secret that is delivered has no label by which Argo CD or Flux would take it for their own', () => {
    const keys = Object.keys(labelsOf(aTarget([])));
    expect(keys.sort()).toEqual(['app.kubernetes.io/managed-by', 'secretscope.dev/managed']);
  });
});
