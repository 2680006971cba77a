/**
 * Owns: the figures of days on which nothing changes: calls, and what they cost.
 * Called by: cloud-child.ts.
 */
import type { Aim, FigureGroup } from '../figures.ts';
import { priceOf } from './cloud-profiles.ts';
import type { FleetStage } from './fleet-stage.ts';
import { keysOf } from './fleet-world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TICK_MS = 1_000;
const AWS_AIM: Aim = { atMost: 2_500 };
const DEFAULT_INTERVAL_MS = 300_000;
// without looks at the account, questions come every four hours; with them every five minutes, and those of 2,004 pages
// are what takes longest to compute: 12 of them are counted, one more or less
const COUNTED_MS = { nothing: DAY_MS, versions: 4 * HOUR_MS, marks: HOUR_MS };

interface Span {
  readonly what: string;
  /** the time for which the figure is given, and the part of it that is simulated, milliseconds */
  readonly ofMs: number;
  readonly countedMs: number;
  /** of the simulated clock: with longer ones an idle time takes less to compute */
  readonly tickMs: number;
  readonly aim: Aim | undefined;
}

/** With push: a day, and where everything is compared once a week, the week after it. Begins after a start. */
export async function pushedIdleRun(stage: FleetStage, figures: FigureGroup): Promise<void> {
  const { name, capabilities, hasPush } = stage.profile;
  const how = hasPush ? 'with push' : 'if it were pushed';
  // a tick decides when in six hours to seven days a question is asked; within CALL_MS (tracked-answers.ts) there are two
  const span = (days: number) => ({ ofMs: days * DAY_MS, countedMs: days * DAY_MS, tickMs: 300_000 });
  const aim = name === 'aws' ? AWS_AIM : undefined;
  await addSpan(stage, figures, { ...span(1), what: `an idle day ${how}`, aim });
  const days = capabilities.sweepMs / DAY_MS;
  if (days <= 1) return;
  await addSpan(stage, figures, { ...span(days), what: `an idle week ${how}`, aim: weeklyAim(stage) });
}

/** Without push, at the interval that a backend has if nobody chose one. */
export async function polledIdleRun(stage: FleetStage, figures: FigureGroup): Promise<void> {
  const { profile, world } = stage;
  const countedMs = COUNTED_MS[profile.capabilities.surveyTells ?? 'nothing'];
  const what = `an idle day of polling (counted for ${countedMs / HOUR_MS} h)`;
  await addSpan(stage, figures, { ofMs: DAY_MS, countedMs, tickMs: 10_000, what, aim: undefined });
  const references = world.scopes.reduce((sum, { lines }) => sum + lines.length, 0);
  const calls = (references * DAY_MS) / DEFAULT_INTERVAL_MS;
  figures.add('– one read for each reference every 5 minutes', calls, 'calls');
  figures.add('– price of one read for each reference every 5 minutes', priceOf(profile, calls), 'USD');
}

async function addSpan(stage: FleetStage, figures: FigureGroup, span: Span): Promise<void> {
  const { what, ofMs, countedMs, tickMs, aim } = span;
  const { clock, provider, profile } = stage;
  const before = provider.bill;
  clock.tickMs = tickMs;
  await clock.pass(countedMs);
  clock.tickMs = TICK_MS;
  const factor = ofMs / countedMs;
  const { requests, billed } = provider.bill;
  figures.add(what, (requests - before.requests) * factor, 'calls', aim);
  figures.add(`– price of ${what}`, priceOf(profile, (billed - before.billed) * factor), 'USD');
}

/** One sweep, and a check of the backend an hour, which may come a tenth early. */
function weeklyAim({ world, profile, provider }: FleetStage): Aim {
  const sweep = profile.capabilities.surveyTells ? provider.pages : keysOf(world).length;
  return { atMost: Math.ceil(sweep + (7 * 24) / 0.9) };
}
