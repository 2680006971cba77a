/**
 * Owns: a real API server with everything shipped in force, protected environments in it, a reviewer, and the operator
 * as a process with the flags of its Deployment.
 * Called by: approval-bench.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import {
  type GuardedCluster,
  guardedCluster,
  OPERATOR_NAMESPACE,
  roleBinding,
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
import { reviewedBy, type SeenRequest, voteThing } from '../../scenarios-support/protected-world.ts';
import { AuditTail } from '../audit-tail.ts';
import { OperatorPod } from '../operator-pod.ts';
import { allOf, RawClient } from '../raw-client.ts';

/** A repository is said to have so many environments; more of them make its own status dear, not theirs. */
const IN_A_NAMESPACE = 100;
const REVIEWER = 'ana';
// a vote counts once the policies that prove it have been in force for a minute, by every clock
const SETTLED_MS = 65_000;
const READY_MS = 300_000;

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export class ApprovalWorld {
  readonly audit: AuditTail;
  readonly #guarded: GuardedCluster;
  readonly #pod: OperatorPod;
  readonly #admin: RawClient;
  readonly #reviewer: RawClient;
  readonly #running = new Set<OperatorProcess>();
  readonly #begun = performance.now();
  #stopping: Promise<void> | undefined;

  private constructor(parts: {
    guarded: GuardedCluster;
    pod: OperatorPod;
    admin: RawClient;
    reviewer: RawClient;
  }) {
    this.#guarded = parts.guarded;
    this.#pod = parts.pod;
    this.#admin = parts.admin;
    this.#reviewer = parts.reviewer;
    this.audit = new AuditTail(parts.guarded.control.auditLogPath);
  }

  static async start(name: string): Promise<ApprovalWorld> {
    const guarded = await guardedCluster(name, 'default');
    const { control } = guarded;
    const pod = await OperatorPod.of(
      await control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope'),
    );
    const admin = await RawClient.of(control.adminKubeconfig);
    const reviewer = await RawClient.of(await control.userKubeconfig(REVIEWER));
    return new ApprovalWorld({ guarded, pod, admin, reviewer });
  }

  /** Once, however often it is asked for. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#running].map((operator) => operator.kill()));
    await Promise.all([this.#admin.close(), this.#reviewer.close()]);
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

  /** Namespaces with a repository each, without an environment; answers where the environments go. */
  async prepare(count: number): Promise<Place[]> {
    const places = Array.from({ length: count }, (_, index) => ({
      namespace: `team-${Math.floor(index / IN_A_NAMESPACE)}`,
      name: `env-${index}`,
    }));
    for (const name of new Set(places.map(({ namespace }) => namespace))) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      const parts = [namespace, ...readerIn(name), ...enrolmentOf(name), backendIn(name)];
      const review = roleBinding(REVIEWER, 'secretscope-reviewer', name);
      for (const thing of [...parts, review]) await this.#create(thing);
      await this.#create(scopeThing('web', name, { level: 'Repository' }));
    }
    await allOf(places, ({ namespace, name }) =>
      this.#create(secretThing(namespace, `${name}-source`, { PASSWORD: `value of ${name}` })),
    );
    return places;
  }

  /** One target and one secret each, reviewed by one person. */
  async protect(places: readonly Place[]): Promise<void> {
    await allOf(places, ({ namespace, name }) =>
      this.#create(
        scopeThing(name, namespace, {
          level: 'Environment',
          parentRef: { name: 'web' },
          backendRef: LOCAL,
          secrets: [{ name: 'PASSWORD', from: { key: `${name}-source`, property: 'PASSWORD' } }],
          targets: [{ secretName: `${name}-target`, includeAll: true }],
          protection: reviewedBy(REVIEWER),
        }),
      ),
    );
  }

  /** Every request there is, by name of its scope, where all are in that state. */
  async requests(places: readonly Place[], state: string): Promise<Map<string, SeenRequest> | undefined> {
    const found = new Map<string, SeenRequest>();
    for (const namespace of new Set(places.map((place) => place.namespace))) {
      const path = `/apis/${API_VERSION}/namespaces/${namespace}/secretrequests`;
      const { items } = (await this.#admin.send({ method: 'GET', path })) as { items: SeenRequest[] };
      for (const item of items) if (item.status?.state === state) found.set(item.spec.scopeRef.name, item);
    }
    return places.every(({ name }) => found.has(name)) ? found : undefined;
  }

  async untilVotesCount(): Promise<void> {
    await pause(Math.max(0, this.#begun + SETTLED_MS - performance.now()));
  }

  async approve({ namespace }: Place, request: SeenRequest): Promise<void> {
    const vote = voteThing(REVIEWER, 'Approve', request);
    const body = { ...vote, metadata: { ...vote.metadata, namespace } };
    const path = pathOf({ ...vote, metadata: { namespace } });
    await this.#reviewer.send({ method: 'POST', path, body });
  }

  async isDelivered({ namespace, name }: Place): Promise<boolean> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}-target`;
    const { kind } = (await this.#admin.send({ method: 'GET', path, orStatus: 404 })) as { kind: string };
    return kind === 'Secret';
  }

  /** Names of the environments of a namespace whose Secret is there. */
  async delivered(namespace: string): Promise<string[]> {
    const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=secretscope.dev/managed%3Dtrue`;
    const { items } = (await this.#admin.send({ method: 'GET', path })) as {
      items: { metadata: { name: string } }[];
    };
    return items.map(({ metadata }) => metadata.name.replace(/-target$/, ''));
  }

  #create(thing: Thing): Promise<unknown> {
    const { apiVersion, kind, metadata } = thing;
    const { namespace = 'default' } = metadata;
    const path = pathOf({ apiVersion, kind, metadata: { namespace } });
    return this.#admin.send({ method: 'POST', path, body: thing });
  }
}
