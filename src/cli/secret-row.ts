/** Owns: what `secretscope secret list` knows of one secret, and how it prints it (spec row GX48). Pure. */
import { API_VERSION } from '../model/kinds/common.ts';
import type { Access, ScopeSpec } from '../model/kinds/secret-scope.ts';
import { agoText } from './secret-time.ts';
import { escapeText } from './terminal.ts';

export interface SecretRow {
  readonly name: string;
  /** RFC 3339; null where nobody knows, as for values that were stored past this product. */
  readonly updatedAt: string | null;
  /** all, private or selected; empty where there is none, as for a repository. */
  readonly visibility: string;
  /** Where the list of them is read: the scope itself, as a path of the API server. */
  readonly selectedReposURL: string;
  /** Those that are named; null where labels or groups select more than can be counted here. */
  readonly numSelectedRepos: number | null;
  /** With --effective only. */
  readonly level?: string;
  readonly scope?: string;
  readonly status?: string;
}

export const FIELDS = ['name', 'updatedAt', 'visibility', 'selectedReposURL', 'numSelectedRepos'] as const;
export const EFFECTIVE_FIELDS = [...FIELDS, 'level', 'scope', 'status'] as const;

export type AccessColumns = Pick<SecretRow, 'visibility' | 'selectedReposURL' | 'numSelectedRepos'>;

/** Only an organization says who may use its secrets. */
export function accessColumns(
  level: ScopeSpec['level'],
  access: Access = {},
  place: { readonly namespace: string; readonly name: string },
): AccessColumns {
  if (level !== 'Organization') return { visibility: '', selectedReposURL: '', numSelectedRepos: 0 };
  const { visibility = 'Private', repositories = [], namespaces, groups = [] } = access;
  const isSelected = visibility === 'Selected';
  const url = `/apis/${API_VERSION}/namespaces/${place.namespace}/secretscopes/${place.name}`;
  const isCounted = namespaces === undefined && groups.length === 0;
  return {
    visibility: visibility.toLowerCase(),
    selectedReposURL: isSelected ? url : '',
    numSelectedRepos: !isSelected ? 0 : isCounted ? repositories.length : null,
  };
}

export interface TableStyle {
  readonly isTerminal: boolean;
  readonly now: number;
  readonly withVisibility: boolean;
  readonly effective: boolean;
}

/** Aligned and with a header for people, tab-separated and without one for pipes. */
export function tableOf(rows: readonly SecretRow[], style: TableStyle): string {
  const { isTerminal, withVisibility, effective } = style;
  const cells = rows.map((row) => [
    row.name,
    updatedText(row, style),
    ...(effective ? [row.level ?? '', row.scope ?? ''] : []),
    ...(withVisibility ? [isTerminal ? visibilityText(row) : row.visibility.toUpperCase()] : []),
    ...(effective ? [row.status ?? ''] : []),
  ]);
  if (!isTerminal) return cells.map((line) => line.map(escapeText).join('\t')).join('\n');
  const header = [
    'NAME',
    'UPDATED',
    ...(effective ? ['LEVEL', 'SCOPE'] : []),
    ...(withVisibility ? ['VISIBILITY'] : []),
    ...(effective ? ['STATUS'] : []),
  ];
  return aligned([header, ...cells.map((line) => line.map(escapeText))]);
}

function updatedText({ updatedAt }: SecretRow, { isTerminal, now }: TableStyle): string {
  if (updatedAt === null) return '';
  return isTerminal ? agoText(now, Date.parse(updatedAt)) : updatedAt;
}

function visibilityText({ visibility, numSelectedRepos }: SecretRow): string {
  if (visibility === '') return '';
  if (visibility !== 'selected') return `Visible to ${visibility} repositories`;
  if (numSelectedRepos === null) return 'Visible to selected repositories';
  return numSelectedRepos === 1
    ? 'Visible to 1 selected repository'
    : `Visible to ${numSelectedRepos} selected repositories`;
}

/** With gh's two spaces between columns. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
