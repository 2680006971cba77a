/** Owns: `secretscope secret list`: names, times and who may use them; never a value. Used by: secret-verb.ts. */
import type { KubeClient } from '../kube/kube-client.ts';
import type { ConnectionFlags } from './connection.ts';
import { effectiveSecrets } from './secret-effective.ts';
import { type FoundScope, findScope } from './secret-found-scope.ts';
import { accessColumns, EFFECTIVE_FIELDS, FIELDS, type SecretRow, tableOf } from './secret-row.ts';
import type { SecretTools } from './secret-tools.ts';
import { updatedTimes } from './secret-updated.ts';
import { FlagError } from './secret-usage.ts';
import { type LevelFlags, type Wanted, wantedFrom } from './secret-wanted.ts';
import { escapeText, formatFrom, printData } from './terminal.ts';

export interface ListFlags extends ConnectionFlags, LevelFlags {
  readonly namespace?: string;
  /** True: given without fields. */
  readonly json?: string | true;
  readonly jq?: string;
  readonly template?: string;
  readonly output?: string;
  readonly effective?: boolean;
}

export interface ListOrder {
  readonly wanted: Wanted;
  readonly effective: boolean;
  readonly print:
    | { readonly kind: 'table' }
    | { readonly kind: 'fields'; readonly fields: readonly string[] }
    | { readonly kind: 'all'; readonly format: 'json' | 'yaml' };
}

export function listOrderFrom(args: readonly string[], flags: ListFlags): ListOrder {
  const wanted = wantedFrom('list', flags);
  const { effective = false } = flags;
  if (args.length > 0) throw new FlagError('list', `accepts 0 arg(s), received ${args.length}`);
  if (flags.jq !== undefined || flags.template !== undefined)
    throw new FlagError('list', '`--jq` and `--template` are not supported; pipe --json to jq');
  if (effective && wanted.level === 'Organization')
    throw new FlagError('list', '`--effective` is only supported with `--repo` or `--env`');
  if (flags.json !== undefined && flags.output !== undefined)
    throw new FlagError('list', 'specify only one of `--json` or `--output`');
  return { wanted, effective, print: printFrom(flags, effective) };
}

function printFrom({ json, output }: ListFlags, effective: boolean): ListOrder['print'] {
  const format = formatFrom(output);
  if (json === undefined) return format === 'table' ? { kind: 'table' } : { kind: 'all', format };
  const known: readonly string[] = effective ? EFFECTIVE_FIELDS : FIELDS;
  const available = known.map((field) => `  ${field}`).join('\n');
  if (json === true)
    throw new FlagError('list', `Specify one or more comma-separated fields for \`--json\`:\n${available}`);
  const fields = json.split(',').map((field) => field.trim());
  const wrong = fields.find((field) => !known.includes(field));
  if (wrong !== undefined)
    throw new FlagError(
      'list',
      `Unknown JSON field: "${escapeText(wrong)}"\nAvailable fields:\n${available}`,
    );
  return { kind: 'fields', fields };
}

export async function listSecrets(
  kube: KubeClient,
  namespace: string,
  { wanted, effective, print }: ListOrder,
  { terminal, isTerminal, now }: SecretTools,
): Promise<void> {
  const scope = await findScope(kube, namespace, wanted);
  const { rows, notes } = effective ? await effectiveSecrets(kube, scope) : await ownSecrets(kube, scope);
  for (const note of notes) terminal.note(`note: ${escapeText(note)}`);
  if (print.kind === 'all') return printData(terminal, print.format, rows);
  if (print.kind === 'fields') {
    const data = rows.map((row) =>
      Object.fromEntries(print.fields.map((field) => [field, fieldOf(row, field)])),
    );
    return terminal.out(isTerminal ? JSON.stringify(data, null, 2) : JSON.stringify(data));
  }
  if (rows.length === 0) {
    if (isTerminal) terminal.note('no secrets found');
    return;
  }
  const withVisibility = effective || wanted.level === 'Organization';
  terminal.out(tableOf(rows, { isTerminal, now: now(), withVisibility, effective }));
}

function fieldOf(row: SecretRow, field: string): unknown {
  return Object.entries(row).find(([name]) => name === field)?.[1];
}

/** In the order of the scope. */
async function ownSecrets(
  kube: KubeClient,
  { view, spec }: FoundScope,
): Promise<{ readonly rows: readonly SecretRow[]; readonly notes: readonly string[] }> {
  const times = await updatedTimes(kube, view);
  const rows = (spec.secrets ?? []).map(({ name, access }) => ({
    name,
    updatedAt: times.get(name) ?? null,
    ...accessColumns(spec.level, access, view.metadata),
  }));
  const { namespace, name } = view.metadata;
  const discovers = (spec.discover ?? []).length > 0;
  const notes = discovers
    ? [`names found by spec.discover are not listed here: secretscope explain ${namespace}/${name}`]
    : [];
  return { rows, notes };
}
