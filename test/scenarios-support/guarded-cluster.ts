/**
 * Owns: a test cluster with the shipped deployment in force, and the people in it.
 * Used by: tests of policies. Nobody but `admin` is in system:masters, for whom no policy would refuse anything.
 */
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { loadManifests } from '../cluster/manifests.ts';
import { preparedStore } from '../cluster/prepared-store.ts';
import { controlPlaneWith, scope } from './kinds-cluster.ts';
import { type Person, personOf, type Thing } from './person.ts';
import { until } from './until.ts';

export const RBAC = 'rbac.authorization.k8s.io/v1';
export const OPERATOR_NAMESPACE = 'secretscope-system';

// a policy is in force some time after it is stored, and a role in the built-in ones
const PATIENT = { timeout: 20_000, interval: 200 };

export class GuardedCluster {
  readonly control: ControlPlane;
  readonly admin: Person;
  readonly #people: Person[];

  constructor(control: ControlPlane, admin: Person) {
    this.control = control;
    this.admin = admin;
    this.#people = [admin];
  }

  async person(name: string): Promise<Person> {
    const person = await personOf(await this.control.userKubeconfig(name));
    this.#people.push(person);
    return person;
  }

  async serviceAccount(place: string, name: string): Promise<Person> {
    const account = await personOf(await this.control.serviceAccountKubeconfig(place, name));
    this.#people.push(account);
    return account;
  }

  /** The operator as it is deployed: its own account, the shipped rights, nothing else. */
  operator(): Promise<Person> {
    return this.serviceAccount(OPERATOR_NAMESPACE, 'secretscope');
  }

  /** As admin, whatever it takes; throws when the server refuses. */
  async have(...things: Thing[]): Promise<void> {
    for (const thing of things) {
      const { status, message } = await this.admin.apply(thing, { force: true });
      if (status >= 400) throw new Error(`${thing.kind} ${thing.metadata.name}: ${message}`);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#people.map((person) => person.close()));
    await this.control.stop();
  }
}

/** With everything of `deploy/<base>`, or of that file, applied and every policy seen to refuse something. */
export async function guardedCluster(name: string, base: string): Promise<GuardedCluster> {
  const manifests = await loadManifests(base.endsWith('.yaml') ? base : `deploy/${base}`);
  const store = await preparedStore(manifests, () => controlPlaneWith(manifests));
  const control = await startControlPlane({ name, store });
  const cluster = new GuardedCluster(control, await personOf(control.adminKubeconfig));
  await untilInForce(cluster);
  return cluster;
}

/** A stranger with every right of RBAC, but none of ours, runs into each policy on namespaces and scopes. */
async function untilInForce(cluster: GuardedCluster): Promise<void> {
  const stranger = await cluster.person('canary');
  await cluster.have(clusterRole('canary', everythingElse), clusterRoleBinding('canary', 'canary'));
  const refused = (thing: Thing, subresource?: string) =>
    until(async () => {
      const { status, message } = await stranger.apply(thing, {
        dryRun: true,
        ...(subresource && { subresource }),
      });
      if (status !== 403 || !message.includes('ValidatingAdmissionPolicy'))
        throw new Error(`not refused by policy: ${status} ${message}`);
    }, PATIENT);
  await refused(scope('canary', { level: 'Organization' }));
  await refused(scope('canary', { level: 'Environment', parentRef: { name: 'a' }, protection: {} }));
  await refused(namespace('canary', { 'secretscope.dev/canary': '' }));
  await refused(namespace('canary', { org: 'canary' }));
}

const everythingElse = [
  { apiGroups: ['secretscope.dev'], resources: ['secretscopes'], verbs: ['*'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['*'] },
];

export const namespace = (name: string, labels: Record<string, string> = {}): Thing => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

export const clusterRole = (name: string, rules: object[]): Thing => ({
  apiVersion: RBAC,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
});

export const clusterRoleBinding = (user: string, role: string): Thing => ({
  apiVersion: RBAC,
  kind: 'ClusterRoleBinding',
  metadata: { name: `${user}-${role}` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
});

/** Gives the user a ClusterRole in one namespace, as the command in a refusal would. */
export const roleBinding = (user: string, role: string, place: string): Thing => ({
  apiVersion: RBAC,
  kind: 'RoleBinding',
  metadata: { name: `${user}-${role}`, namespace: place },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
});

/** Repeats the attempt until it is let through: rights take a moment to arrive. */
export async function eventually(attempt: () => Promise<{ status: number; message: string }>): Promise<void> {
  await until(async () => {
    const { status, message } = await attempt();
    if (status >= 400) throw new Error(`${status} ${message}`);
  }, PATIENT);
}
