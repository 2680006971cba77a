/**
 * Owns: figures, and how they are shown: the same table and JSON for every benchmark.
 * Called by: scripts/bench.ts and the benchmarks. Must not: measure.
 */

/** What a figure should be. A figure without an aim is for information. */
export type Aim = { readonly atMost: number } | { readonly atLeast: number } | { readonly exactly: number };

export interface Figure {
  /** `group / what`; figures of one group stand together in the table */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly aim: Aim | undefined;
}

/** Figures of one group, such as one size. */
export class FigureGroup {
  readonly figures: Figure[] = [];
  readonly #group: string;

  constructor(group: string) {
    this.#group = group;
  }

  add(what: string, value: number, unit: string, aim?: Aim): this {
    this.figures.push({ name: `${this.#group} / ${what}`, value: rounded(value), unit, aim });
    return this;
  }
}

export function isMissed({ value, aim }: Figure): boolean {
  if (!aim) return false;
  if ('atMost' in aim) return !(value <= aim.atMost);
  return 'atLeast' in aim ? !(value >= aim.atLeast) : value !== aim.exactly;
}

export function figuresJson(bench: string, figures: readonly Figure[]): string {
  const plain = figures.map(({ name, value, unit, aim }) => ({
    name,
    value,
    unit,
    aim: aimText(aim) ?? null,
  }));
  return JSON.stringify({ bench, figures: plain }, null, 2);
}

export function figuresTable(bench: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const [group = '', what = ''] = split(figure.name);
    return {
      group,
      cells: [what, shown(figure.value), figure.unit, aimText(figure.aim) ?? '', verdict(figure)],
    };
  });
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const lines = rows.flatMap(({ group, cells }, index) => {
    const heading = rows[index - 1]?.group === group ? [] : ['', group];
    return [...heading, line(cells, widths)];
  });
  const missed = figures.filter(isMissed).length;
  return [bench, ...lines, '', missed === 0 ? 'every aim is met' : `${missed} aims are missed`].join('\n');
}

function line(
  [what = '', value = '', unit = '', aim = '', verdictText = '']: string[],
  widths: number[],
): string {
  const [whatWidth = 0, valueWidth = 0, unitWidth = 0, aimWidth = 0] = widths;
  const columns = [
    what.padEnd(whatWidth),
    value.padStart(valueWidth),
    unit.padEnd(unitWidth),
    aim.padEnd(aimWidth),
  ];
  return `  ${columns.join('  ')}  ${verdictText}`.trimEnd();
}

function verdict(figure: Figure): string {
  if (!figure.aim) return '';
  return isMissed(figure) ? 'MISSED' : 'met';
}

function aimText(aim: Aim | undefined): string | undefined {
  if (!aim) return undefined;
  if ('atMost' in aim) return `<= ${shown(aim.atMost)}`;
  return 'atLeast' in aim ? `>= ${shown(aim.atLeast)}` : `= ${shown(aim.exactly)}`;
}

function split(name: string): string[] {
  const at = name.indexOf(' / ');
  return at < 0 ? ['', name] : [name.slice(0, at), name.slice(at + 3)];
}

/** Three digits say all that one run can. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function shown(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 });
}

/** The value below which a share of all lie; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
