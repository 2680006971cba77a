/** What one check of doctor found. `skipped`: the caller may not look. A `warning` works, and somebody should know. */
export type Finding =
  | { readonly check: string; readonly outcome: 'ok' | 'skipped'; readonly message: string }
  | {
      readonly check: string;
      readonly outcome: 'warning' | 'problem';
      readonly message: string;
      /** what to run, or to do */
      readonly fix: string;
    };

/** What was seen of the cluster with the caller's rights. */
export type Look<T> =
  | { readonly kind: 'seen'; readonly value: T }
  /** half a sentence: what the caller may not do */
  | { readonly kind: 'hidden'; readonly why: string }
  | { readonly kind: 'missing' };

export const ok = (check: string, message: string): Finding => ({ check, outcome: 'ok', message });
export const skipped = (check: string, why: string): Finding => ({ check, outcome: 'skipped', message: why });
export const warning = (check: string, message: string, fix: string): Finding => ({
  check,
  outcome: 'warning',
  message,
  fix,
});
export const problem = (check: string, message: string, fix: string): Finding => ({
  check,
  outcome: 'problem',
  message,
  fix,
});

/** From the folder of the sources of the version that the cluster should have. An overlay has more than is shipped. */
export const APPLY_ALL =
  'apply again what you installed with: kubectl apply --server-side -k deploy/default, or your own kustomization';
export const APPLY_KINDS = 'kubectl apply --server-side -k crds';

// the charts refuse another namespace
const UPGRADE_POLICIES =
  'helm upgrade secretscope-policies charts/secretscope-policies -n secretscope-system';
const UPGRADE_REST =
  'helm upgrade secretscope charts/secretscope -n secretscope-system --reset-then-reuse-values';

/** Where Helm made the objects kubectl would conflict with it. The charts are two: policies, and everything else. */
export function forHelm(finding: Finding): Finding {
  if (!('fix' in finding)) return finding;
  const isPolicies = finding.check === 'policies' || finding.check === 'api server';
  const upgrade = isPolicies ? UPGRADE_POLICIES : UPGRADE_REST;
  const fix = finding.fix.replace(APPLY_ALL, upgrade).replace(APPLY_KINDS, upgrade);
  return { ...finding, fix };
}

const FEW = 3;

/** The first of many, and how many more there are. */
export function few(names: readonly string[]): string {
  const more = names.length - FEW;
  return `${names.slice(0, FEW).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `1 scope`, `2 scopes` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
