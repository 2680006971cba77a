import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { type Clock, systemClock } from './kube/clock.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import type { KubeClient } from './kube/kube-client.ts';
import { loadKubeConfig } from './kube/kube-config.ts';
import type { LeaderTerm } from './kube/leader-term.ts';
import { LeaseElector } from './kube/lease-elector.ts';
import { openClient } from './kube/open-client.ts';
import { loadInstallationKey } from './materialize/installation-key.ts';
import { API_VERSION, GROUP } from './model/kinds/common.ts';
import { observeOperator, startServers } from './operator/endpoints.ts';
import { followLogLevel } from './operator/log-level.ts';
import { Operator } from './operator/operator.ts';
import { type OutboundAccess, outboundAccess } from './operator/outbound-access.ts';
import { prerequisites, rightsEverywhere, untilAnswered } from './operator/prerequisites.ts';
import type { EmitEvent } from './reconcile/deps.ts';
import { type AdjustableLogger, createLogger } from './report/logger.ts';
import { createMetrics, type Metrics } from './report/metrics.ts';
import { endOnUncaught } from './report/uncaught-error.ts';
import type { AnyReflector } from './watch/reflect.ts';

/** Thrown by the fence: what was planned belongs to the next leader. */
class NotLeading extends Error {
  override readonly name = 'NotLeading';
}

// a Pod gets 40 s to end: 20 for running reconciles and 2 for those that are cut off, 6 for the Lease, 2 for events
const DRAIN_MS = 20_000;
const FLUSH_MS = 2_000;

/**
 * Runs the operator until `signal` aborts. Answers the process' exit code: 0 after an orderly end, 1 when the
 * Lease was lost or a reconcile would not end, so that the kubelet starts it anew.
 */
export async function runOperator(config: Config, version: string, signal: AbortSignal): Promise<number> {
  const clock = systemClock;
  const random = Math.random;
  const log = createLogger(config.logLevel);
  endOnUncaught(log);
  const access = outboundAccess(config.outbound);
  const metrics = createMetrics();
  metrics.build(version);
  const endpoint = await loadKubeConfig({ kubeconfig: config.kubeconfig, context: config.context }, clock);
  const userAgent = `secretscope/${version}`;
  const onRequest = ({
    verb,
    resource,
    code,
    seconds,
  }: {
    verb: string;
    resource: string;
    code: string;
    seconds: number;
  }) => metrics.apiCall(verb, resource, code, seconds);
  const { client: kube, close } = openClient({ endpoint, clock, random, userAgent, onRequest });
  try {
    return await runWith({ config, access, kube, clock, random, log, metrics, signal });
  } finally {
    await close();
  }
}

interface Process {
  readonly config: Config;
  readonly access: OutboundAccess;
  readonly kube: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: AdjustableLogger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

async function runWith(process: Process): Promise<number> {
  const { config, access, kube, clock, random, log, metrics, signal } = process;
  const state: { term: LeaderTerm | undefined; operator: Operator | undefined } = {
    term: undefined,
    operator: undefined,
  };
  const servers = await startServers(process, state);
  const logLevel = followedLogLevel(process);
  const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
  const events = new EventRecorder({
    client: kube,
    clock,
    reporter: { controller: `${GROUP}/operator`, instance: hostname() },
    onDrop: () => metrics.eventsDropped(1),
  });
  try {
    if (!(await prerequisites(process))) return 0;
    const known = await untilAnswered(() => firstAnswers(process), process);
    if (!known) return 0;
    const operator = new Operator({
      ...config,
      access,
      kube,
      clock,
      random,
      log,
      metrics,
      ...known,
      emit: emitWith(events),
      fence: () => requireLeading(config, state.term),
    });
    state.operator = operator;
    observeOperator(
      operator,
      process,
      () => config.leaderElect === false || state.term?.isLeaderNow() === true,
    );
    operator.observation.start();
    const synced = await Promise.race([operator.observation.whenSynced(), aborted(signal).then(() => false)]);
    if (synced) log.info({ scopes: operator.observation.cluster.scopes.size }, 'watching');
    const code = synced ? await lead(process, operator, identity, state) : 0;
    await operator.close();
    return code;
  } finally {
    await events.flush(FLUSH_MS);
    await Promise.all([logLevel.stop(), ...servers.map((server) => server.close())]);
  }
}

/** From the first moment: why it does not start may be what somebody wants to know. */
function followedLogLevel({ config, kube, clock, random, log }: Process): AnyReflector {
  const { operatorNamespace, relistEveryMs, logLevel: usual } = config;
  const onError = (error: unknown) => log.debug({ err: error }, 'the watch of the log level broke off');
  const watch = { client: kube, clock, random, relistEveryMs, onError };
  const reflector = followLogLevel({ ...watch, operatorNamespace, usual, log });
  reflector.start();
  return reflector;
}

/** What has to be known before anything is looked at. */
async function firstAnswers({ kube, config, signal }: Process) {
  return {
    keyring: await loadInstallationKey(kube, config.operatorNamespace, signal),
    clusterWide: await rightsEverywhere(kube, signal),
  };
}

async function lead(
  process: Process,
  operator: Operator,
  identity: string,
  state: { term: LeaderTerm | undefined },
): Promise<number> {
  const { config, kube, clock, random, log, signal } = process;
  if (config.leaderElect) {
    const onFollow = (leader: string) => log.info({ leader }, 'following');
    const onError = (error: unknown) => log.warn({ err: error }, 'the Lease could not be read or renewed');
    const elector = new LeaseElector({
      client: kube,
      namespace: config.operatorNamespace,
      name: 'secretscope',
      identity,
      clock,
      random,
      onFollow,
      onError,
    });
    state.term = await elector.acquire(signal);
    if (!state.term) return 0;
  }
  log.info({ identity }, 'leading');
  operator.startWorkers();
  await Promise.race([aborted(signal), ...(state.term ? [aborted(state.term.leading)] : [])]);
  const lost = !signal.aborted;
  log.info(lost ? 'the Lease is lost; ending' : 'asked to end');
  const drained = await operator.stopWorkers(lost ? 0 : DRAIN_MS);
  if (drained && !lost) await state.term?.release();
  return drained && !lost ? 0 : 1;
}

function requireLeading(config: Config, term: LeaderTerm | undefined): void {
  if (config.leaderElect && term?.isLeaderNow() !== true)
    throw new NotLeading('this replica does not lead; the next one plans again');
}

function emitWith(events: EventRecorder): EmitEvent {
  return ({ regarding, ...note }) => {
    const { name, namespace, uid } = regarding.metadata;
    const apiVersion = regarding.kind === 'Secret' ? 'v1' : API_VERSION;
    const place = namespace === '' ? {} : { namespace };
    events.record({ ...note, regarding: { apiVersion, kind: regarding.kind, name, uid, ...place } });
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
