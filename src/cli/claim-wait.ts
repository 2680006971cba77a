/**
 * Owns: waiting until a claim is delivered, or will not be. Used by: claim-verb.ts, exec-scope.ts.
 * It looks again and again instead of watching: that needs the right to read one claim, not to list all of them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '../kube/call-options.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError, type KubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { CLAIMS } from '../watch/resources.ts';
import { deleteText, placeText, unreadable } from './claim-make.ts';
import { type Standing, standingOf } from './claim-standing.ts';
import type { Place } from './review-cluster.ts';
import { escapeText, type Terminal } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface ClaimPace {
  /** Between two looks: at first, and at most. A tenth of what was waited lies between. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** After which an operator that says nothing is none. */
  readonly silentMs: number;
  /** How long "cannot be delivered" has to stand: what a claim needs may have been applied together with it. */
  readonly settleMs: number;
}

export interface WaitTools {
  readonly terminal: Terminal;
  readonly pace: ClaimPace;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whoever waits deletes the claim, however the waiting ends; otherwise it stays. */
  readonly isPassing?: boolean;
}

/** The claim as it is delivered; every other outcome throws, with the exit code that says which. */
export async function waitForClaim(
  kube: KubeClient,
  made: KubeObject,
  place: Place,
  tools: WaitTools,
): Promise<KubeObject> {
  const { pace, timeoutMs, signal } = tools;
  const begun = performance.now();
  const tell = toldOnce(tools.terminal, place);
  const patience = new Patience(place, tools);
  for (let claim = made, trouble: KubeError | undefined; ; ) {
    const standing = standingOf(claim);
    if (standing.kind === 'delivered') return claim;
    const waited = performance.now() - begun;
    tell(trouble ? `cannot be looked at just now, trying again: ${trouble.message}` : textOf(standing));
    patience.check(standing, waited, trouble);
    await sleep(pauseMs(waited, pace, timeoutMs), undefined, { signal });
    const leftMs = timeoutMs - (performance.now() - begun);
    ({ claim, trouble } = await look(kube, place, claim, { signal, deadlineMs: deadlineOf(leftMs) }));
  }
}

/** With the last pause ending when the time does. */
function pauseMs(waited: number, { leastMs, mostMs }: ClaimPace, timeoutMs: number): number {
  const pause = Math.min(Math.max(waited / 10, leastMs), mostMs);
  return Math.max(Math.min(pause, timeoutMs - waited), 1);
}

/** Of one look; a healthy API server needs milliseconds. */
function deadlineOf(leftMs: number): number {
  return Math.min(Math.max(leftMs, 1_000), 10_000);
}

interface Look {
  readonly claim: KubeObject;
  readonly trouble: KubeError | undefined;
}

/** An API server that is away for a while ends no waiting: the claim goes on without whoever waits. */
async function look(kube: KubeClient, place: Place, last: KubeObject, options: CallOptions): Promise<Look> {
  try {
    const claim = await kube.get(CLAIMS, place, options);
    if (claim.metadata.uid === last.metadata.uid) return { claim, trouble: undefined };
    throw new ExitError(
      EXIT.notFound,
      `claim ${placeText(place)} was deleted and made again meanwhile; run this again to wait for the new one`,
    );
  } catch (error) {
    if (isKubeError(error, 'network', 'timeout', 'server', 'throttled'))
      return { claim: last, trouble: error };
    throw isKubeError(error) ? unreadable(error, place) : error;
  }
}

function textOf(standing: Standing): string {
  switch (standing.kind) {
    case 'unseen':
      return 'waiting for the operator to look at it';
    case 'waiting':
      return standing.text;
    case 'stuck':
      return `not delivered: ${standing.why}`;
    case 'over':
    case 'delivered':
      return '';
    default:
      return never(standing);
  }
}

function never(standing: never): never {
  throw new Error(`unknown standing ${JSON.stringify(standing)}`);
}

function toldOnce(terminal: Terminal, place: Place): (text: string) => void {
  let last = '';
  return (text) => {
    if (text !== '' && text !== last) terminal.note(escapeText(`claim ${placeText(place)}: ${text}`));
    last = text;
  };
}

/** When to stop, and what to say then. */
class Patience {
  readonly #place: Place;
  readonly #pace: ClaimPace;
  readonly #timeoutMs: number;
  readonly #isPassing: boolean;
  #seenAt = 0;
  #stuckSince: number | undefined;

  constructor(place: Place, { pace, timeoutMs, isPassing = false }: WaitTools) {
    this.#place = place;
    this.#pace = pace;
    this.#timeoutMs = timeoutMs;
    this.#isPassing = isPassing;
  }

  /** Throws where there is nothing more to wait for. */
  check(standing: Standing, waited: number, trouble: KubeError | undefined): void {
    const ends = waited >= this.#timeoutMs;
    // what was seen last is no news, and an operator that cannot be heard is not silent
    if (trouble) {
      this.#seenAt = waited;
      if (ends)
        throw this.#ending(EXIT.unreachable, `could not be looked at: ${trouble.message}`, this.#again);
      return;
    }
    if (standing.kind !== 'unseen') this.#seenAt = waited;
    this.#stuckSince = standing.kind === 'stuck' ? (this.#stuckSince ?? waited) : undefined;
    if (standing.kind === 'over') throw this.#over(standing);
    if (standing.kind === 'stuck' && (ends || waited - (this.#stuckSince ?? waited) >= this.#pace.settleMs))
      throw this.#ending(EXIT.undeliverable, `cannot be delivered: ${standing.why}`, this.#again);
    if (standing.kind === 'unseen' && waited - this.#seenAt >= this.#pace.silentMs)
      throw this.#ending(EXIT.operatorSilent, 'was not looked at by any operator', NO_OPERATOR);
    if (ends)
      throw this.#ending(EXIT.timedOut, `is not delivered in time, still ${textOf(standing)}`, this.#again);
  }

  get #again(): string | undefined {
    return this.#isPassing ? TAKEN_BACK : 'the claim stays, and running this again goes on waiting for it';
  }

  #over({ code, why }: Extract<Standing, { kind: 'over' }>): ExitError {
    // what is over stays over: a step that is run again takes up this very claim
    const another = `for another one delete it, and run this again: ${deleteText(this.#place)}`;
    return this.#ending(
      code,
      `is not delivered: ${why}`,
      code === EXIT.ended && !this.#isPassing ? another : undefined,
    );
  }

  #ending(code: ExitError['code'], what: string, next: string | undefined): ExitError {
    return new ExitError(code, [`claim ${placeText(this.#place)} ${what}`, next].filter(Boolean).join('\n'));
  }
}

const TAKEN_BACK =
  'the claim is taken back, and the command was not run; the next run asks anew, with --timeout as long as it takes';
const NO_OPERATOR =
  'no operator seems to run, or it does not know claims yet; look with: kubectl get deployment secretscope -n secretscope-system';
