/**
 * Owns: a guarded cluster with the policies of approval in force, those who act in it, and what they send.
 * Used by: approval-admission*.test.ts. Whom it impersonates has the rights of that user and no others.
 */
import { Agent, type Dispatcher } from 'undici';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { clusterPaths } from '../cluster/cluster-dir.ts';
import { readAdmin, readAuthority } from '../cluster/cluster-files.ts';
import {
  clusterRole,
  type GuardedCluster,
  guardedCluster,
  namespace,
  OPERATOR_NAMESPACE,
} from './guarded-cluster.ts';
import { scope } from './kinds-cluster.ts';
import { REQUEST, REVIEW } from './largest-approvals.ts';
import { type Answer, Person, personOf, type Thing } from './person.ts';
import { until } from './until.ts';

export const PROD = 'team-web-prod';
export const SCOPE_UID = REVIEW.scopeRef.uid;

/** Every verb on every kind, which is what a generated role of an operator's project gives (API-REVIEW 6). */
export const EVERY_KIND = clusterRole('every-kind', [
  {
    apiGroups: ['secretscope.dev'],
    resources: ['secretscopes', 'secretrequests', 'requestreviews', 'scopeledgers', 'secretscopes/status'],
    verbs: ['*'],
  },
]);
/** Whatever RBAC can give in the group, subresources and made up ones included. */
export const WHOLE_GROUP = clusterRole('whole-group', [
  { apiGroups: ['secretscope.dev'], resources: ['*'], verbs: ['*'] },
]);

export interface User {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
}

export class ApprovalCluster {
  readonly guarded: GuardedCluster;
  readonly #people: Person[] = [];

  constructor(guarded: GuardedCluster) {
    this.guarded = guarded;
  }

  get admin(): Person {
    return this.guarded.admin;
  }

  /** With a client certificate, which has no UID. */
  async person(name: string, ...groups: string[]): Promise<Person> {
    return this.#remembered(await personOf(await this.guarded.control.userKubeconfig(name, groups)));
  }

  /** Impersonated: the only way to a user of any name, or with a UID, without an identity provider. */
  async actingAs({ user, groups = [], uid }: User): Promise<Person> {
    const paths = clusterPaths(this.guarded.control.dir);
    const [authority, admin] = await Promise.all([readAuthority(paths), readAdmin(paths)]);
    const as = {
      'impersonate-user': user,
      ...(groups.length > 0 && { 'impersonate-group': [...groups] }),
      ...(uid !== undefined && { 'impersonate-uid': uid }),
    };
    const connect = { ca: authority.certificate, cert: admin.certificate, key: admin.key };
    const agent = new Agent({ connect, allowH2: false });
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      const headers = { ...(options.headers as Record<string, string>), ...as };
      return dispatch({ ...options, headers } as Dispatcher.DispatchOptions, handler);
    });
    return this.#remembered(new Person(this.guarded.control.url, undefined, dispatcher as unknown as Agent));
  }

  have(...things: Thing[]): Promise<void> {
    return this.guarded.have(...things);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#people.map((person) => person.close()));
    await this.guarded.stop();
  }

  #remembered(person: Person): Person {
    this.#people.push(person);
    return person;
  }
}

/** `base` as for guardedCluster. Ends when every policy has refused what it has to, or stamped. */
export async function approvalCluster(name: string, base = 'default'): Promise<ApprovalCluster> {
  const cluster = new ApprovalCluster(await guardedCluster(name, base));
  await cluster.have(namespace(PROD), EVERY_KIND, WHOLE_GROUP);
  const { admin } = cluster;
  await refusedBy('review-identity', () => dryRun(admin, vote('canary', { reviewer: { username: 'x' } })));
  await refusedBy('approval-records', () => dryRun(admin, secretRequest('canary')));
  const operator = await cluster.guarded.operator();
  const changed = { spec: { suspend: true } };
  await cluster.have(scope('canary', { level: 'Repository' }, PROD));
  await refusedBy('operator-scopes', () => operator.merge(scope('canary', {}, PROD), changed, '?dryRun=All'));
  const owned = withOwners(secretRequest('canary'), { kind: 'Pod', apiVersion: 'v1', name: 'x', uid: 'x' });
  await refusedBy('operator-reviews', () => dryRun(operator, owned));
  return cluster;
}

/** Waits for this policy to refuse the attempt, which changes nothing. */
export async function refusedBy(policy: string, attempt: () => Promise<Answer>): Promise<void> {
  await until(
    async () => {
      const { status, message } = await attempt();
      if (!message.includes(`ValidatingAdmissionPolicy '${policy}.secretscope.dev'`))
        throw new Error(`not refused by ${policy}: ${status} ${message}`);
    },
    { timeout: 30_000, interval: 200 },
  );
}

export const collectionOf = (kind: string, place = PROD): string =>
  `/apis/${API_VERSION}/namespaces/${place}/${kind.toLowerCase()}s`;

export const dryRun = (person: Person, thing: Thing): Promise<Answer> =>
  person.call('POST', `${collectionOf(thing.kind, thing.metadata.namespace)}?dryRun=All`, thing);

const thing = (kind: string, name: string, spec: object, place: string): Thing => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name, namespace: place },
  spec,
});

/** A vote to approve on the scope `production`, by whoever sends it, as themselves if `as` says so. */
export function vote(name: string, more: object = {}, place = PROD): Thing {
  const { reviewer: _, ...rest } = REVIEW;
  const scopeRef = { ...REVIEW.scopeRef, name: 'production' };
  return thing('RequestReview', name, { ...rest, scopeRef, ...more }, place);
}

export const secretRequest = (name: string, place = PROD): Thing =>
  thing('SecretRequest', name, REQUEST, place);

export const ledger = (place = OPERATOR_NAMESPACE): Thing =>
  thing('ScopeLedger', SCOPE_UID, { scope: { ...REVIEW.scopeRef, namespace: PROD } }, place);

export const withOwners = (of: Thing, ...ownerReferences: object[]): Thing => ({
  ...of,
  metadata: { ...of.metadata, ownerReferences },
});

export const asUser = (name: string) => ({ as: { kind: 'User', name } });
export const asGroup = (name: string) => ({ as: { kind: 'Group', name } });
