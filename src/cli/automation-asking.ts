/**
 * Owns: asking the operator something about one automation by an annotation, and taking that off again however it ends.
 * Used by: automation-try.ts, automation-replay.ts. It looks again and again: that needs the right to read one object.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import { AUTOMATIONS } from '../watch/resources.ts';
import { FIELD_MANAGER, placeText, refusedAs, statusOf } from './automation-object.ts';
import type { AutomationTools } from './automation-tools.ts';
import type { Place } from './review-cluster.ts';
import { conditionOf } from './review-wording.ts';
import { escapeText } from './terminal.ts';
import { EXIT, ExitError } from './usage-error.ts';

export interface Question<T> {
  /** `test` or `replay`, for people. */
  readonly what: string;
  readonly annotation: string;
  readonly value: string;
  /** Why an answer may take a while, for people who wait. */
  readonly slow?: string;
  /** What the operator answers to exactly this value; undefined: nothing yet. */
  answerIn(status: Readonly<Record<string, unknown>>): T | undefined;
}

type Tools = Pick<AutomationTools, 'terminal' | 'pace' | 'patienceMs' | 'signal'> & {
  readonly timeoutMs: number;
};

/** `seen`: the automation as it was read, which is the one that is meant. */
export async function asked<T>(
  kube: KubeClient,
  seen: KubeObject,
  question: Question<T>,
  tools: Tools,
): Promise<T> {
  const place = { namespace: seen.metadata.namespace ?? '', name: seen.metadata.name };
  const asking = new Asking(kube, place, seen.metadata.uid, question, tools);
  try {
    return await asking.answer();
  } catch (error) {
    throw isInterruption(error) && tools.signal.aborted ? interrupted(question.what) : error;
  } finally {
    await asking.takeOff();
  }
}

class Asking<T> {
  readonly #kube: KubeClient;
  readonly #place: Place;
  readonly #uid: string | undefined;
  readonly #question: Question<T>;
  readonly #tools: Tools;
  #isSlow = false;

  constructor(kube: KubeClient, place: Place, uid: string | undefined, question: Question<T>, tools: Tools) {
    this.#kube = kube;
    this.#place = place;
    this.#uid = uid;
    this.#question = question;
    this.#tools = tools;
  }

  async answer(): Promise<T> {
    const { pace, timeoutMs, signal } = this.#tools;
    signal.throwIfAborted();
    const begun = performance.now();
    for (let object = await this.#write(); ; ) {
      const answer = this.#question.answerIn(statusOf(object));
      if (answer !== undefined) return answer;
      this.#checkOurs(object);
      const waited = performance.now() - begun;
      if (waited >= timeoutMs) throw this.#timeIsOver(object);
      this.#tellSlow(waited);
      const pause = Math.min(Math.max(waited / 10, pace.leastMs), pace.mostMs, timeoutMs - waited + 1);
      await sleep(pause, undefined, { signal });
      object = await this.#look(object);
    }
  }

  /** Once. */
  #tellSlow(waited: number): void {
    const { slow } = this.#question;
    if (this.#isSlow || slow === undefined || waited < this.#tools.patienceMs) return;
    this.#isSlow = true;
    this.#tools.terminal.note(`note: there is no answer yet, still waiting: ${slow}`);
  }

  /** Not interrupted: whether it was written has to be known. */
  async #write(): Promise<KubeObject> {
    const { annotation, value } = this.#question;
    const patch = { metadata: { uid: this.#uid, annotations: { [annotation]: value } } };
    try {
      return await this.#kube.mergePatch(AUTOMATIONS, this.#place, patch, { fieldManager: FIELD_MANAGER });
    } catch (error) {
      throw isKubeError(error, 'conflict')
        ? this.#ending(EXIT.failed, 'was deleted and made again meanwhile; run this again')
        : await refusedAs(this.#kube, error, this.#place, 'patch');
    }
  }

  /** An API server that is away for a while ends no waiting. */
  async #look(last: KubeObject): Promise<KubeObject> {
    try {
      const options = { signal: this.#tools.signal, deadlineMs: 10_000 };
      const object = await this.#kube.get(AUTOMATIONS, this.#place, options);
      if (object.metadata.uid === this.#uid) return object;
    } catch (error) {
      if (isKubeError(error, 'network', 'timeout', 'server', 'throttled')) return last;
      if (!isKubeError(error, 'notFound')) throw await refusedAs(this.#kube, error, this.#place, 'get');
    }
    throw this.#ending(EXIT.notFound, 'was deleted meanwhile; what became of it is not known');
  }

  #checkOurs({ metadata: { annotations = {} } }: KubeObject): void {
    const { annotation, value, what } = this.#question;
    if (annotations[annotation] === value) return;
    throw this.#ending(
      EXIT.failed,
      `was asked for another ${what} meanwhile, or somebody took this one back; run this again`,
    );
  }

  #timeIsOver(object: KubeObject): ExitError {
    const { what } = this.#question;
    const { conditions, observedGeneration = -1 } = statusOf(object);
    const isSeen = Array.isArray(conditions) && conditions.length > 0 && observedGeneration !== -1;
    const ready = conditionOf({ ...object, spec: undefined }, 'Ready');
    const says = ready?.status === 'False' ? `. The operator says ${ready.reason}: ${ready.message}` : '';
    return isSeen
      ? this.#ending(
          EXIT.timedOut,
          `did not answer the ${what} within ${this.#tools.timeoutMs / 1000} s; wait longer with --timeout, or find out why: secretscope doctor${escapeText(says)}`,
        )
      : this.#ending(
          EXIT.operatorSilent,
          'was not looked at by any operator; find out why: secretscope doctor',
        );
  }

  #ending(code: ExitError['code'], what: string): ExitError {
    return new ExitError(code, `automation ${placeText(this.#place)} ${what}`);
  }

  /** What keeps it from going is told, and is no reason to keep the answer from anybody. */
  async takeOff(): Promise<void> {
    const { annotation } = this.#question;
    try {
      await this.#withoutOurs();
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (error.kind === 'notFound') return;
      const { namespace, name } = this.#place;
      this.#tools.terminal.note(
        `warning: the annotation ${annotation} is left behind: ${escapeText(error.message)}\nto take it off: kubectl annotate webhookautomation ${name} -n ${namespace} ${annotation}-`,
      );
    }
  }

  async #withoutOurs(): Promise<void> {
    const { annotation, value } = this.#question;
    for (let attempt = 1; ; attempt += 1) {
      const options = { deadlineMs: 10_000 };
      const { metadata } = await this.#kube.get(AUTOMATIONS, this.#place, options);
      const { uid, resourceVersion, annotations = {} } = metadata;
      if (uid !== this.#uid || annotations[annotation] !== value) return;
      // exactly what was looked at: one that somebody else writes now is not ours to take off
      const patch = { metadata: { uid, resourceVersion, annotations: { [annotation]: null } } };
      try {
        await this.#kube.mergePatch(AUTOMATIONS, this.#place, patch, {
          fieldManager: FIELD_MANAGER,
          ...options,
        });
        return;
      } catch (error) {
        if (!isKubeError(error, 'conflict') || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  }
}

/** The operator writes its status meanwhile, so the version of an object moves on. */
const MAX_ATTEMPTS = 5;

function isInterruption(error: unknown): boolean {
  return isKubeError(error, 'aborted') || (error instanceof Error && error.name === 'AbortError');
}

function interrupted(what: string): ExitError {
  return new ExitError(
    EXIT.interrupted,
    `interrupted; the ${what} is taken back, but what was sent already cannot be`,
  );
}
