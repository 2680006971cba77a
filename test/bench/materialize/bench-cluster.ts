/**
 * Owns: a real API server with everything shipped in force, thousands of enrolled namespaces in it, and the operator
 * as a process of its own with the flags that it has by default.
 * Called by: the runs on a real API server.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type GuardedCluster,
  guardedCluster,
  OPERATOR_NAMESPACE,
} from '../../scenarios-support/guarded-cluster.ts';
import type { OperatorProcess } from '../../scenarios-support/operator-process.ts';
import { pathOf, type Thing } from '../../scenarios-support/person.ts';
import { AuditTail } from '../audit-tail.ts';
import { progress } from '../bench-module.ts';
import { OperatorPod } from '../operator-pod.ts';
import { allOf, RawClient } from '../raw-client.ts';
import {
  enrolledNamespace,
  organizationScope,
  organizationSources,
  ownSource,
  repositoryScope,
} from './team-objects.ts';
import { ORGANIZATION, teamName } from './team-specs.ts';

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases`;
const READY_MS = 600_000;

export class BenchCluster {
  readonly audit: AuditTail;
  /** in system:masters: for what people and other controllers would have done before */
  readonly admin: RawClient;
  /** shows the operator's own token, so that the same rights and policies are checked */
  readonly asOperator: RawClient;
  readonly #guarded: GuardedCluster;
  readonly #pod: OperatorPod;
  readonly #running = new Set<OperatorProcess>();
  #stopping: Promise<void> | undefined;

  private constructor(guarded: GuardedCluster, pod: OperatorPod, admin: RawClient, asOperator: RawClient) {
    this.#guarded = guarded;
    this.#pod = pod;
    this.admin = admin;
    this.asOperator = asOperator;
    this.audit = new AuditTail(guarded.control.auditLogPath);
  }

  static async start(name: string): Promise<BenchCluster> {
    const guarded = await guardedCluster(name, 'default');
    const kubeconfig = await guarded.control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope');
    const admin = await RawClient.of(guarded.control.adminKubeconfig);
    return new BenchCluster(guarded, await OperatorPod.of(kubeconfig), admin, await RawClient.of(kubeconfig));
  }

  get apiServerPid(): number {
    return this.#guarded.control.pids['kube-apiserver'] ?? 0;
  }

  /** Once, however often it is asked for. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#running].map((operator) => operator.kill()));
    await Promise.all([this.admin.close(), this.asOperator.close()]);
    await Promise.all([this.#guarded.stop(), this.#pod.remove()]);
  }

  /** Started and ready: everything that it watches was listed once. */
  async startOperator(): Promise<OperatorProcess> {
    const operator = this.launchOperator();
    await operator.untilReady(READY_MS);
    return operator;
  }

  /** Started; whether it ever becomes ready is the benchmark's business. `under`: a command that confines it. */
  launchOperator(under?: readonly string[]): OperatorProcess {
    const operator = this.#pod.launch(under);
    this.#running.add(operator);
    return operator;
  }

  /** What etcd keeps, by its own account, in megabytes. */
  async storedMb(): Promise<number> {
    const folder = join(this.#guarded.control.dir, 'etcd-data');
    const { size } = await stat(join(folder, 'member', 'snap', 'db'));
    return size / 2 ** 20;
  }

  async endOperator(operator: OperatorProcess): Promise<void> {
    await operator.stop();
    this.#running.delete(operator);
  }

  /** Somebody else seems to lead, so an operator that starts opens its watches and does nothing else. */
  async holdLease(): Promise<void> {
    const now = new Date().toISOString().replace('Z', '000Z');
    const spec = { holderIdentity: 'bench', leaseDurationSeconds: 3600, acquireTime: now, renewTime: now };
    const metadata = { name: 'secretscope', namespace: OPERATOR_NAMESPACE };
    await this.releaseLease();
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    await this.admin.send({ method: 'POST', path: LEASE, body });
  }

  async releaseLease(): Promise<void> {
    await this.admin.send({ method: 'DELETE', path: `${LEASE}/secretscope`, orStatus: 404 });
  }

  /** Namespaces with backends and sources, but without scopes. */
  async enrol(count: number): Promise<void> {
    progress(`creating ${count} namespaces with accounts, rights, backends and sources`);
    await this.#createAll(enrolledNamespace(ORGANIZATION));
    await allOf(organizationSources(), (source) => this.#create(source));
    await allOf(teams(count), async (name) => {
      await this.#createAll([...enrolledNamespace(name), ownSource(name)]);
    });
    await this.#untilControllersRest();
  }

  async createScopes(count: number): Promise<void> {
    progress(`creating ${count} scopes`);
    await this.#create(organizationScope());
    await allOf(teams(count), (_name, index) => this.#create(repositoryScope(index)));
  }

  async #createAll(things: readonly Thing[]): Promise<void> {
    for (const thing of things) await this.#create(thing);
  }

  #create(thing: Thing): Promise<unknown> {
    const { apiVersion, kind, metadata } = thing;
    const { namespace = 'default' } = metadata;
    const path = pathOf({ apiVersion, kind, metadata: { namespace } });
    return this.admin.send({ method: 'POST', path, body: thing });
  }

  /** Service accounts and CA bundles of thousands of namespaces are made by controllers, some time later. */
  async #untilControllersRest(): Promise<void> {
    await this.audit.skip();
    do await pause(2_000);
    while (
      (await this.audit.read()).some(({ user, verb }) => user.includes('controller') && verb === 'create')
    );
  }
}

export const teams = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => teamName(index));
