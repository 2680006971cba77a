/**
 * Owns: a real API server with everything shipped in force, repositories that admit a namespace of jobs each, the claims
 * there, and the operator as a process with the flags of its Deployment.
 * Called by: claim-bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import {
  type GuardedCluster,
  guardedCluster,
  OPERATOR_NAMESPACE,
} from '../../scenarios-support/guarded-cluster.ts';
import {
  backendIn,
  enrolmentOf,
  LOCAL,
  readerIn,
  scopeThing,
  secretThing,
} from '../../scenarios-support/operated-cluster.ts';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { pathOf, type Thing } from '../../scenarios-support/person.ts';
import { until } from '../../scenarios-support/until.ts';
import { AuditTail } from '../audit-tail.ts';
import { OperatorPod } from '../operator-pod.ts';
import { allOf, RawClient } from '../raw-client.ts';

/** Claims of one namespace, on one repository. */
const IN_A_NAMESPACE = 500;
const READY_MS = 300_000;
const LONG_MS = 1_800_000;
const LOOK_EVERY_MS = 5;
// a list of 500 Secrets is work for the API server, which is measured along
const LIST_EVERY_MS = 200;
const NAMES = ['DATABASE_URL', 'NPM_TOKEN'];

const ciName = (index: number) => `ci-${Math.floor(index / IN_A_NAMESPACE)}`;
const teamName = (index: number) => `team-${Math.floor(index / IN_A_NAMESPACE)}`;

export class ClaimsAtWork {
  readonly audit: AuditTail;
  readonly #guarded: GuardedCluster;
  readonly #pod: OperatorPod;
  readonly #admin: RawClient;
  readonly #running = new Set<OperatorProcess>();
  #stopping: Promise<void> | undefined;

  private constructor(guarded: GuardedCluster, pod: OperatorPod, admin: RawClient) {
    this.#guarded = guarded;
    this.#pod = pod;
    this.#admin = admin;
    this.audit = new AuditTail(guarded.control.auditLogPath);
  }

  static async start(name: string): Promise<ClaimsAtWork> {
    const guarded = await guardedCluster(name, 'default');
    const { control } = guarded;
    const kubeconfig = await control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope');
    const pod = await OperatorPod.of(kubeconfig);
    return new ClaimsAtWork(guarded, pod, await RawClient.of(control.adminKubeconfig));
  }

  /** Once, however often it is asked for. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#running].map((operator) => operator.kill()));
    await this.#admin.close();
    await Promise.all([this.#guarded.stop(), this.#pod.remove()]);
  }

  async startOperator(): Promise<OperatorProcess> {
    const operator = this.#pod.launch();
    this.#running.add(operator);
    await operator.untilReady(READY_MS);
    await operator.untilLeading();
    return operator;
  }

  async endOperator(operator: OperatorProcess): Promise<void> {
    await operator.stop();
    this.#running.delete(operator);
  }

  /** Namespaces with a repository, each with one of jobs that it admits; no claim yet. */
  async prepare(claims: number): Promise<void> {
    for (let index = 0; index < claims; index += IN_A_NAMESPACE) {
      const [team, ci] = [teamName(index), ciName(index)];
      for (const name of [team, ci]) {
        await this.#create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
        for (const thing of [...readerIn(name), ...enrolmentOf(name)]) await this.#create(thing);
      }
      await this.#create(backendIn(team));
      await this.#create(secretThing(team, 'source', Object.fromEntries(NAMES.map((name) => [name, team]))));
      const consumers = [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': ci } } }];
      const secrets = NAMES.map((name) => ({ name, from: { key: 'source', property: name } }));
      const spec = { level: 'Repository', backendRef: LOCAL, consumers, secrets };
      await this.#create(scopeThing('web', team, spec));
    }
  }

  /** Milliseconds from the answer to each claim until its Secret is there; nothing else waits for the operator. */
  async oneByOne(count: number): Promise<number[]> {
    const times: number[] = [];
    for (let index = 0; index < count; index++) {
      const name = `alone-${index}`;
      await this.#claim(0, name, 'Snapshot');
      const made = performance.now();
      await until(() => this.#requireSecret(name), { timeout: 60_000, interval: LOOK_EVERY_MS });
      times.push(performance.now() - made);
      // its status is written after its Secret; the next one is not to wait for that
      await pause(200);
    }
    return times;
  }

  /** The same for many at once, 32 in flight; the list is looked at five times a second. */
  async atOnce(count: number): Promise<number[]> {
    const names = Array.from({ length: count }, (_, index) => `burst-${index}`);
    const made = new Map<string, number>();
    const seen = new Map<string, number>();
    const making = allOf(names, async (name) => {
      await this.#claim(0, name, 'Snapshot');
      made.set(name, performance.now());
    });
    await until(
      async () => {
        for (const name of await this.#secrets(0)) if (!seen.has(name)) seen.set(name, performance.now());
        if (!names.every((name) => seen.has(name))) throw new Error('not everything is delivered');
      },
      { timeout: LONG_MS, interval: LIST_EVERY_MS },
    );
    await making;
    return names.map((name) => Math.max(0, (seen.get(name) ?? 0) - (made.get(name) ?? 0)));
  }

  /** What was claimed so far, with its Secrets. */
  async removeJobs(): Promise<void> {
    const path = `/apis/${API_VERSION}/namespaces/${ciName(0)}/secretclaims`;
    await this.#admin.send({ method: 'DELETE', path });
    await until(
      async () => {
        const left = await this.#secrets(0);
        if (left.length > 0) throw new Error(`${left.length} Secrets are still there`);
      },
      { timeout: LONG_MS, interval: 1_000 },
    );
  }

  /** Live claims, 32 requests in flight; answers after how many milliseconds the last Secret is there. */
  async live(count: number): Promise<number> {
    const begun = performance.now();
    const indexes = Array.from({ length: count }, (_, index) => index);
    await allOf(indexes, (index) => this.#claim(index, `live-${index}`, 'Live'));
    for (let index = 0; index < count; index += IN_A_NAMESPACE) {
      const wanted = Math.min(IN_A_NAMESPACE, count - index);
      await until(
        async () => {
          const { length } = await this.#secrets(index);
          if (length < wanted) throw new Error(`${length} of ${wanted} Secrets are there`);
        },
        { timeout: LONG_MS, interval: 1_000 },
      );
    }
    return performance.now() - begun;
  }

  #claim(index: number, name: string, mode: 'Live' | 'Snapshot'): Promise<unknown> {
    const scopeRef = { namespace: teamName(index), name: 'web' };
    const spec = { scopeRef, include: NAMES, secretName: name, mode };
    const metadata = { name, namespace: ciName(index) };
    return this.#create({ apiVersion: API_VERSION, kind: 'SecretClaim', metadata, spec });
  }

  async #requireSecret(name: string): Promise<void> {
    const path = `/api/v1/namespaces/${ciName(0)}/secrets/${name}`;
    const { kind } = (await this.#admin.send({ method: 'GET', path, orStatus: 404 })) as { kind: string };
    if (kind !== 'Secret') throw new Error(`${name} is not delivered`);
  }

  async #secrets(index: number): Promise<string[]> {
    const path = `/api/v1/namespaces/${ciName(index)}/secrets?labelSelector=secretscope.dev/managed%3Dtrue`;
    const { items } = (await this.#admin.send({ method: 'GET', path })) as {
      items: { metadata: { name: string } }[];
    };
    return items.map(({ metadata }) => metadata.name);
  }

  #create(thing: Thing): Promise<unknown> {
    const { apiVersion, kind, metadata } = thing;
    const { namespace = 'default' } = metadata;
    const path = pathOf({ apiVersion, kind, metadata: { namespace } });
    return this.#admin.send({ method: 'POST', path, body: thing });
  }
}
