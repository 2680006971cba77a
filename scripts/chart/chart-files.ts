/**
 * Owns: every file of charts/, made of deploy/ so that kustomize and Helm install the same.
 * Called by: generate.ts. Must not: write.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { VERSION } from '../../src/version.ts';
import { chartOptions } from './chart-options.ts';
import { OPERATOR_CHART, operatorChart } from './operator-chart.ts';
import { POLICIES_CHART, policiesChart } from './policies-chart.ts';
import { readSources } from './source-manifests.ts';

/** Content by path in charts/. Throws when something of deploy/ has no place in a chart. */
export async function chartFiles(deploy: string): Promise<Map<string, string>> {
  const sources = await readSources(deploy);
  const charts = {
    [POLICIES_CHART]: policiesChart(sources.everything, VERSION),
    [OPERATOR_CHART]: operatorChart(sources, await chartOptions(), VERSION),
  };
  const files = Object.entries(charts).flatMap(([chart, content]) =>
    [...content].map(([path, text]) => [`${chart}/${path}`, text] as const),
  );
  return new Map(files);
}

/** Content by path of every file below a folder; none where there is no folder. */
export async function filesBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return [];
    },
  );
  const read = async (path: string) => [relative(folder, path), await readFile(path, 'utf8')] as const;
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(read)));
}
