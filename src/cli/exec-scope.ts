/**
 * Owns: the values of a scope for one run: a claim that is made, waited for, read and deleted. Used by: exec-verb.ts.
 * However it ends, the claim goes; where this process is killed, its ttl takes the Secret.
 */
import { randomBytes } from 'node:crypto';
import { type AccessQuestion, mayI } from '../kube/access-review.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import type { ClaimSpec } from '../model/kinds/secret-claim.ts';
import { SecretValue } from '../model/secret-value.ts';
import { CLAIMS, SECRETS } from '../watch/resources.ts';
import { createClaim, deleteText, placeText, refusal } from './claim-make.ts';
import { includedNames, isNamespace, milliseconds, scopeRefFrom, ttlFrom } from './claim-order.ts';
import type { ClaimSurroundings } from './claim-surroundings.ts';
import { waitForClaim } from './claim-wait.ts';
import { type ConnectionFlags, connected } from './connection.ts';
import { allNames } from './exec-all-names.ts';
import type { ExecSource, WantedNames } from './exec-order.ts';
import type { Place } from './review-cluster.ts';
import { escapeText, notANamespace, type Terminal } from './terminal.ts';
import { EXIT, ExitError, UsageError } from './usage-error.ts';

type ScopeSource = Extract<ExecSource, { kind: 'scope' }>;

export interface ScopeTools {
  readonly version: string;
  readonly terminal: Terminal;
  readonly surroundings: ClaimSurroundings;
}

export async function valuesOfScope(
  { scope, ttl, timeout }: ScopeSource,
  { all, include, missing }: WantedNames,
  flags: ConnectionFlags,
  tools: ScopeTools,
): Promise<ReadonlyMap<string, SecretValue>> {
  const scopeRef = scopeRefFrom(scope);
  const named = include.length > 0 ? includedNames(include) : [];
  const timeoutMs = milliseconds('--timeout', timeout);
  const typed = { scopeRef, mode: 'Snapshot', ttl: ttlFrom(ttl) } as const;
  if (flags.namespace !== undefined && !isNamespace(flags.namespace))
    throw new UsageError(notANamespace(flags.namespace));
  return await connected(flags, tools.version, async ({ kube, namespace }) => {
    const offered = all
      ? await allNames(
          kube,
          { name: scopeRef.name, namespace: scopeRef.namespace ?? namespace },
          named,
          tools.terminal,
        )
      : [];
    const name = `exec-${randomBytes(6).toString('hex')}`;
    const spec: ClaimSpec = {
      ...typed,
      include: [...new Set([...offered, ...named])],
      secretName: name,
      ...(missing === 'empty' && { onMissing: 'Empty' as const }),
    };
    return await new PassingClaim(kube, { namespace, name }, timeoutMs, tools).values(spec);
  });
}

class PassingClaim {
  readonly #kube: KubeClient;
  readonly #place: Place;
  readonly #timeoutMs: number;
  readonly #tools: ScopeTools;
  readonly #leaving = new AbortController();

  constructor(kube: KubeClient, place: Place, timeoutMs: number, tools: ScopeTools) {
    this.#kube = kube;
    this.#place = place;
    this.#timeoutMs = timeoutMs;
    this.#tools = tools;
  }

  async values(spec: ClaimSpec): Promise<ReadonlyMap<string, SecretValue>> {
    const stopListening = this.#tools.surroundings.onLeave(() => this.#leaving.abort());
    try {
      await this.#mayFinish();
      return await this.#delivered(await this.#make(spec), spec);
    } catch (error) {
      throw this.#leaving.signal.aborted && isInterruption(error) ? interrupted() : error;
    } finally {
      stopListening();
    }
  }

  /** Asked before reviewers are: what they approved would be of no use to somebody who cannot read it. */
  async #mayFinish(): Promise<void> {
    const { namespace, name } = this.#place;
    const [read, take] = await Promise.all([
      this.#lacks({ verb: 'get', group: '', resource: 'secrets', namespace, name }),
      this.#lacks({ verb: 'delete', group: CLAIMS.group, resource: CLAIMS.plural, namespace, name }),
    ]);
    if (read) throw unreadable(namespace);
    if (take)
      this.#tools.terminal.note(
        `warning: you may not delete claims in namespace ${namespace}, so this one stays, with its Secret until its ttl is over; have somebody bind you the verb delete on secretclaims there`,
      );
  }

  /** An API server that does not tell is asked by doing it. */
  async #lacks(question: AccessQuestion): Promise<boolean> {
    try {
      return (await mayI(this.#kube, question, { signal: this.#leaving.signal })).kind === 'denied';
    } catch (error) {
      if (isKubeError(error) && error.kind !== 'aborted') return false;
      throw error;
    }
  }

  /** Not interrupted: whether it was made has to be known. */
  async #make(spec: ClaimSpec): Promise<KubeObject> {
    try {
      return await createClaim(this.#kube, this.#place, spec, AbortSignal.timeout(30_000));
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (isKubeError(error, 'timeout', 'network', 'server', 'aborted', 'badAnswer')) await this.#remove();
      throw refusal(error, this.#place, 'if it was it is gone again, or goes by its ttl; run this again');
    }
  }

  async #delivered(made: KubeObject, spec: ClaimSpec): Promise<ReadonlyMap<string, SecretValue>> {
    const { terminal, surroundings } = this.#tools;
    const { signal } = this.#leaving;
    const waiting = {
      terminal,
      pace: surroundings.pace,
      timeoutMs: this.#timeoutMs,
      signal,
      isPassing: true,
    };
    try {
      signal.throwIfAborted();
      await waitForClaim(this.#kube, made, this.#place, waiting);
      return await this.#read(made.metadata.uid, spec.include);
    } finally {
      await this.#remove();
    }
  }

  async #read(uid: string | undefined, names: readonly string[]): Promise<ReadonlyMap<string, SecretValue>> {
    const place = placeText(this.#place);
    const found: KubeObject & { readonly data?: Readonly<Record<string, string>> } = await this.#kube
      .get(SECRETS, this.#place, { signal: this.#leaving.signal })
      .catch((error: unknown) => {
        throw isKubeError(error, 'forbidden') ? unreadable(this.#place.namespace) : error;
      });
    if (!found.metadata.ownerReferences?.some((owner) => owner.uid === uid))
      throw new Error(`the Secret ${place} is not that of the claim; run this again`);
    const lacking = names.filter((name) => found.data?.[name] === undefined);
    if (lacking.length > 0)
      throw new ExitError(EXIT.notFound, `the Secret ${place} lacks ${lacking.join(', ')}; run this again`);
    return new Map(names.map((name) => [name, boxed(found.data?.[name] ?? '')]));
  }

  /** Its Secret goes with it. What keeps it from going is no reason to keep the values from the command. */
  async #remove(): Promise<void> {
    try {
      await this.#kube.delete(CLAIMS, this.#place, { deadlineMs: 10_000 });
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (error.kind === 'notFound') return;
      const why = error.kind === 'forbidden' ? 'you may not delete it' : error.message;
      this.#tools.terminal.note(
        `warning: claim ${placeText(this.#place)} is left behind, with its Secret until its ttl is over: ${escapeText(why)}\nto delete it: ${deleteText(this.#place)}`,
      );
    }
  }
}

function boxed(base64: string): SecretValue {
  return new SecretValue(Buffer.from(base64, 'base64'));
}

function isInterruption(error: unknown): boolean {
  return isKubeError(error, 'aborted') || (error instanceof Error && error.name === 'AbortError');
}

function interrupted(): ExitError {
  return new ExitError(
    EXIT.interrupted,
    'interrupted while waiting for the claim, of which nothing is left; the command was not run',
  );
}

function unreadable(namespace: string): ExitError {
  return new ExitError(
    EXIT.denied,
    `you may not read Secrets in namespace ${namespace}, so the command would not have its values; have somebody bind you the verb get on secrets there, or mount the Secret of a claim and use --from-dir`,
  );
}
