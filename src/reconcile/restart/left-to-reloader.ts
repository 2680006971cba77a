/**
 * Owns: whether Stakater's Reloader restarts a workload for a Secret already, by the annotations that it documents. Two
 * restarts for one change help nobody, and whoever set the annotation decided who does it.
 */
const AUTO = ['reloader.stakater.com/auto', 'secret.reloader.stakater.com/auto'];
const NAMED = 'secret.reloader.stakater.com/reload';

/** `annotations`: of the workload or of its pod template, since Reloader reads either. */
export function leftToReloader(annotations: Readonly<Record<string, string>>, secret: string): boolean {
  const named = (annotations[NAMED] ?? '').split(',').map((name) => name.trim());
  return named.includes(secret) || AUTO.some((key) => annotations[key]?.trim().toLowerCase() === 'true');
}
