/**
 * Owns: how fast a log is masked, by the number of secrets, beside a plain copy of it. Called by: scripts/bench.ts.
 * The log passes in pieces of 64 kB, as a pipe hands them over; what comes out is written to one buffer.
 */
import { parseArgs } from 'node:util';
import { ADDITIONS } from '../../../src/mask/extra-forms.ts';
import { Masker, type MaskOptions } from '../../../src/mask/masker.ts';
import { type Bench, countsFrom, progress } from '../bench-module.ts';
import { type Aim, FigureGroup } from '../figures.ts';
import { Dice, logFrom, secretsFrom } from './log-corpus.ts';

const SEED = 20261123;
const CHUNK = 65_536;

interface Row {
  readonly title: string;
  readonly secrets: number;
  readonly shortShare?: number;
  readonly options: MaskOptions;
  readonly aim?: Aim;
}

const GITHUB: MaskOptions = {};
/** As `exec` and `mask` have it, but for detection. */
const USUAL: MaskOptions = { additions: ADDITIONS };

const ROWS: readonly Row[] = [
  { title: '1 secret, GitHub’s forms', secrets: 1, options: GITHUB },
  { title: '100 secrets, GitHub’s forms', secrets: 100, options: GITHUB },
  { title: '1,000 secrets, GitHub’s forms', secrets: 1_000, options: GITHUB, aim: { atLeast: 200 } },
  { title: '10,000 secrets, GitHub’s forms', secrets: 10_000, options: GITHUB, aim: { atLeast: 150 } },
  { title: '1,000 secrets, all forms', secrets: 1_000, options: USUAL, aim: { atLeast: 200 } },
  { title: '10,000 secrets, all forms', secrets: 10_000, options: USUAL, aim: { atLeast: 150 } },
  { title: '1,000 secrets, 2 % of them short', secrets: 1_000, shortShare: 0.02, options: GITHUB },
  { title: '10,000 secrets, 2 % of them short', secrets: 10_000, shortShare: 0.02, options: GITHUB },
  { title: 'detection alone', secrets: 0, options: { detect: true } },
  { title: '1,000 secrets, all forms, and detection', secrets: 1_000, options: { ...USUAL, detect: true } },
];

export const mask: Bench = async (flags) => {
  const options = {
    megabytes: { type: 'string', default: '64' },
    runs: { type: 'string', default: '5' },
  } as const;
  const { values } = parseArgs({ args: [...flags], options });
  const [megabytes = 64] = countsFrom('--megabytes', values.megabytes);
  const [runs = 5] = countsFrom('--runs', values.runs);
  const bytes = megabytes * 1e6;
  return [
    ...copied(bytes, runs).figures,
    ...ROWS.flatMap((row) => {
      progress(row.title);
      return measured(row, bytes, runs).figures;
    }),
  ];
};

function copied(bytes: number, runs: number): FigureGroup {
  const log = logFrom(new Dice(SEED), bytes, ['-']);
  const speed = fastest(log, runs, () => ({ write: (chunk) => [chunk], end: () => [] })).megabytesASecond;
  return new FigureGroup('a plain copy').add('speed', speed, 'MB/s');
}

function measured(row: Row, bytes: number, runs: number): FigureGroup {
  const dice = new Dice(SEED);
  const secrets = secretsFrom(dice, row.secrets, row.shortShare);
  const log = logFrom(dice, bytes, secrets.length > 0 ? secrets : ['-']);
  const begun = performance.now();
  const masker = new Masker(row.options);
  for (const secret of secrets) masker.addValue(secret);
  masker.mask('the first text builds the index');
  const buildMs = performance.now() - begun;
  const { megabytesASecond, masks } = fastest(log, runs, () => masker.stream());
  return new FigureGroup(row.title)
    .add('speed', megabytesASecond, 'MB/s', row.aim)
    .add('built in', buildMs, 'ms')
    .add('memory of the index', masker.byteLength / 1e6, 'MB')
    .add('masks a MB', masks / (bytes / 1e6), '');
}

interface Stream {
  write(chunk: Uint8Array): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

/** Of several runs, the one that others disturbed least. */
function fastest(log: Buffer, runs: number, stream: () => Stream) {
  const out = Buffer.alloc(log.length * 2);
  let best = Number.POSITIVE_INFINITY;
  let length = 0;
  for (let run = 0; run < runs; run++) {
    const begun = performance.now();
    length = passed(log, stream(), out);
    best = Math.min(best, performance.now() - begun);
  }
  return { megabytesASecond: log.length / 1e3 / best, masks: masksIn(out.subarray(0, length)) };
}

function passed(log: Buffer, stream: Stream, out: Buffer): number {
  let at = 0;
  const take = (pieces: readonly Uint8Array[]) => {
    for (const piece of pieces) {
      out.set(piece, at);
      at += piece.length;
    }
  };
  for (let start = 0; start < log.length; start += CHUNK)
    take(stream.write(log.subarray(start, start + CHUNK)));
  take(stream.end());
  return at;
}

function masksIn(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf('***'); at >= 0; at = text.indexOf('***', at + 3)) count++;
  return count;
}
