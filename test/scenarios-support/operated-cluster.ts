/**
 * Owns: a guarded cluster with the operator running in it, and short words for what scenarios do there.
 * Used by: scenarios. After set-up everything is done by `platform`, who has all rights by RBAC but is not in
 * system:masters, so that every policy applies to every step.
 */
import { enrollmentManifests } from '../../src/model/enrollment.ts';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { AuditLog, type AuditMark } from '../cluster/audit-log.ts';
import {
  clusterRoleBinding,
  type GuardedCluster,
  guardedCluster,
  OPERATOR_NAMESPACE,
  RBAC,
} from './guarded-cluster.ts';
import { type OperatorFlags, OperatorProcess } from './operator-process.ts';
import type { Person, Thing } from './person.ts';
import { until } from './until.ts';

export { until } from './until.ts';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface ScopeStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly supplied?: readonly { level: string; scope: string; names: readonly string[] }[];
  readonly shadowed?: readonly string[];
  readonly counts?: Readonly<Record<string, number>>;
  readonly targets?: readonly Record<string, unknown>[];
  readonly lastHandledReconcileAt?: string;
}

export interface SecretSeen {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** decoded as UTF-8 */
  readonly data: Readonly<Record<string, string>>;
}

export const READER = 'secret-reader';

export class OperatedCluster {
  readonly guarded: GuardedCluster;
  readonly platform: Person;
  readonly audit: AuditLog;
  /** Set-up ends here: from now on the audit log has to be free of system:masters. */
  readonly ready: AuditMark;
  readonly #kubeconfig: string;
  /** the tests' own to replace; only what was started here is started again */
  operator: OperatorProcess;

  constructor(parts: {
    guarded: GuardedCluster;
    platform: Person;
    audit: AuditLog;
    ready: AuditMark;
    kubeconfig: string;
    operator: OperatorProcess;
    /** with which it is started again; absent if it was started in another way */
    flags?: OperatorFlags;
  }) {
    this.guarded = parts.guarded;
    this.platform = parts.platform;
    this.audit = parts.audit;
    this.ready = parts.ready;
    this.#kubeconfig = parts.kubeconfig;
    this.operator = parts.operator;
    if (parts.flags) this.#keep(parts.operator, parts.flags);
  }

  /** The kubeconfig of the operator's service account. */
  get operatorKubeconfig(): string {
    return this.#kubeconfig;
  }

  async restartOperator(flags?: OperatorFlags): Promise<void> {
    await this.operator.stop();
    this.operator = await OperatorProcess.start(this.#kubeconfig, flags);
    this.#keep(this.operator, flags);
  }

  /**
   * A machine that stood still, or whose clock was set, costs the operator its Lease, and it ends as it must. No other end
   * is forgiven: a scenario that finds no operator fails.
   */
  #keep(operator: OperatorProcess, flags?: OperatorFlags): void {
    operator.onEnd(() => {
      if (this.operator !== operator || !operator.lostItsLease) return;
      console.warn('the operator lost its Lease, and is started again as a kubelet would');
      this.operator = OperatorProcess.launch(this.#kubeconfig, flags, operator.output);
      this.#keep(this.operator, flags);
    });
  }

  async stop(): Promise<void> {
    await this.operator.stop();
    await this.guarded.stop();
  }

  /** Applies as `platform`; throws when refused. */
  async have(...things: Thing[]): Promise<void> {
    for (const thing of things) {
      const { status, message } = await this.platform.apply(thing, { force: true });
      if (status >= 400)
        throw new Error(
          `${thing.kind} ${thing.metadata.namespace ?? ''}/${thing.metadata.name}: ${status} ${message}`,
        );
    }
  }

  async gone(...things: Thing[]): Promise<void> {
    for (const thing of things) {
      const { status, message } = await this.platform.remove(thing);
      if (status >= 400 && status !== 404)
        throw new Error(`${thing.kind} ${thing.metadata.name}: ${status} ${message}`);
    }
  }

  /** What system:masters did since set-up, which has to be nothing; the API server's own loopback apart. */
  async requestsByMasters(): Promise<string[]> {
    const entries = await this.audit.since(this.ready);
    return entries
      .filter(({ user, groups }) => groups.includes('system:masters') && user !== 'system:apiserver')
      .map(({ user, verb, uri }) => `${user}: ${verb} ${uri}`);
  }

  /** A namespace with a reader account that lends its identity, a backend `local`, and (unless told not to) enrolled. */
  async team(
    name: string,
    labels: Record<string, string> = {},
    options: { enrolled?: boolean } = {},
  ): Promise<void> {
    await this.have(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
      ...readerIn(name),
      ...(options.enrolled === false ? [] : enrolmentOf(name)),
      backendIn(name),
    );
  }

  async secret(namespace: string, name: string): Promise<SecretSeen | undefined> {
    const { status, body, message } = await this.platform.get(secretThing(namespace, name));
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${status} ${message}`);
    return seen(body as RawSecret);
  }

  async status(namespace: string, name: string): Promise<ScopeStatus> {
    const { body } = await this.platform.get(scopeThing(name, namespace, {}));
    return (body as { status?: ScopeStatus }).status ?? {};
  }

  /** The condition, of the generation that is stored now; undefined while the operator has not looked at it. */
  async condition(namespace: string, name: string, type = 'Ready'): Promise<Condition | undefined> {
    const { body } = await this.platform.get(scopeThing(name, namespace, {}));
    const { metadata, status } = body as { metadata: { generation: number }; status?: ScopeStatus };
    if (status?.observedGeneration !== metadata.generation) return undefined;
    return status.conditions?.find((condition) => condition.type === type);
  }

  /** Waits for data of exactly this content. */
  untilData(
    namespace: string,
    name: string,
    data: Record<string, string>,
    timeout = 10_000,
  ): Promise<SecretSeen> {
    return until(async () => {
      const secret = await this.secret(namespace, name);
      if (!secret || !sameData(secret.data, data))
        throw new Error(
          `Secret ${namespace}/${name} has ${JSON.stringify(secret?.data)}, not ${JSON.stringify(data)}`,
        );
      return secret;
    }, timeout);
  }

  untilReady(
    namespace: string,
    name: string,
    status: 'True' | 'False',
    reason?: string,
    timeout = 10_000,
  ): Promise<Condition> {
    return this.untilCondition(namespace, name, 'Ready', { status, ...(reason && { reason }) }, timeout);
  }

  /** Also where the scope was like that before: what else is told with it may come later. */
  untilCondition(
    namespace: string,
    name: string,
    type: string,
    wanted: Pick<Condition, 'status'> & Partial<Condition>,
    timeout = 10_000,
  ): Promise<Condition> {
    return until(async () => {
      const seen = await this.condition(namespace, name, type);
      const isSo = Object.entries(wanted).every(([key, value]) => seen?.[key as keyof Condition] === value);
      if (seen && isSo) return seen;
      throw new Error(
        `scope ${namespace}/${name}: ${type} is ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`,
      );
    }, timeout);
  }
}

/** A cluster with everything shipped and the operator running: about eight seconds. */
export async function operatedCluster(
  name: string,
  flags: OperatorFlags = {},
  base = 'default',
): Promise<OperatedCluster> {
  const guarded = await guardedCluster(name, base);
  await guarded.have(clusterRoleBinding('platform', 'cluster-admin'));
  const platform = await guarded.person('platform');
  const kubeconfig = await guarded.control.serviceAccountKubeconfig(OPERATOR_NAMESPACE, 'secretscope');
  const operator = await OperatorProcess.start(kubeconfig, flags);
  const audit = new AuditLog(guarded.control.auditLogPath);
  const ready = await audit.mark();
  return new OperatedCluster({ guarded, platform, audit, ready, kubeconfig, operator, flags });
}

interface RawSecret {
  readonly metadata: {
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  readonly type: string;
  readonly data?: Record<string, string>;
}

function seen({ metadata, type, data = {} }: RawSecret): SecretSeen {
  const { uid, resourceVersion, labels = {}, annotations = {} } = metadata;
  const decoded = Object.entries(data).map(([key, base64]) => [
    key,
    Buffer.from(base64, 'base64').toString('utf8'),
  ]);
  return { uid, resourceVersion, type, labels, annotations, data: Object.fromEntries(decoded) };
}

function sameData(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

export const secretThing = (namespace: string, name: string, data?: Record<string, string>): Thing => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  ...(data && { stringData: data }),
});

export const scopeThing = (name: string, namespace: string, spec: object): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretScope',
  metadata: { name, namespace },
  spec,
});

export const backendIn = (namespace: string, account = READER): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretBackend',
  metadata: { name: 'local', namespace },
  spec: { kubernetes: { auth: { serviceAccountRef: { name: account } } } },
});

export const LOCAL = { kind: 'SecretBackend', name: 'local' };

/** The account that reads sources of a namespace and lends its identity. */
export function readerIn(namespace: string): Thing[] {
  const rules = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: READER, namespace } },
    { apiVersion: RBAC, kind: 'Role', metadata: { name: READER, namespace }, rules },
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { name: READER, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: READER },
      subjects: [{ kind: 'ServiceAccount', name: READER, namespace }],
    },
  ];
}

export function enrolmentOf(namespace: string): Thing[] {
  const request = {
    namespace,
    operatorNamespace: OPERATOR_NAMESPACE,
    serviceAccounts: [READER],
    secrets: true,
  };
  return enrollmentManifests(request).map((manifest) => ({
    ...manifest,
    metadata: { ...manifest.metadata },
  }));
}
