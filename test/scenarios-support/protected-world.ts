/**
 * Owns: a cluster with protected environments and the people around them, and short words for what they do.
 * Used by: scenarios of approvals. Nobody here is in system:masters; reviewers hold `approve` and little else.
 */
import { readFile } from 'node:fs/promises';
import { Agent, type Dispatcher } from 'undici';
import { parse } from 'yaml';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { AuditEntry } from '../cluster/audit-log.ts';
import { clusterRoleBinding, OPERATOR_NAMESPACE, roleBinding } from './guarded-cluster.ts';
import {
  LOCAL,
  type OperatedCluster,
  operatedCluster,
  READER,
  type ScopeStatus,
  scopeThing,
  secretThing,
  until,
} from './operated-cluster.ts';
import type { OperatorFlags } from './operator-process.ts';
import { type Answer, Person, type Thing } from './person.ts';

/** Namespace of the repository, and of the environments. */
export const TEAM = 'team-web';
export const PROD = 'team-web-prod';
/** Environments of different tests: each has its own name, Secret and source. */
export interface Environment {
  readonly name: string;
  readonly target: string;
  readonly source: string;
}

export interface SeenRequest {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly resourceVersion: string;
  };
  readonly spec: {
    readonly scopeRef: { readonly name: string; readonly uid: string };
    readonly subject: string;
    readonly secrets: readonly Record<string, unknown>[];
    readonly namespaces?: readonly Record<string, unknown>[];
    readonly authors: readonly string[];
    readonly authorsComplete: boolean;
  };
  readonly status?: {
    readonly state?: string;
    readonly approvals?: string;
    readonly authors?: string;
    readonly expires?: string;
    readonly conditions?: ScopeStatus['conditions'];
    readonly release?: { readonly at: string; readonly votes: readonly Record<string, unknown>[] };
  };
}

// policies are believed after a second here, and not after a minute
const FLAGS: OperatorFlags = { extra: ['--policy-settle', '1s'] };

export class ProtectedWorld {
  readonly cluster: OperatedCluster;
  readonly #people = new Map<string, Person>();

  constructor(cluster: OperatedCluster) {
    this.cluster = cluster;
  }

  stop(): Promise<void> {
    return this.cluster.stop();
  }

  /** Someone with a client certificate. */
  async person(name: string, groups: readonly string[] = []): Promise<Person> {
    const key = `${name} ${groups.join()}`;
    const known = this.#people.get(key);
    if (known) return known;
    const { control } = this.cluster.guarded;
    const { personOf } = await import('./person.ts');
    const person = await personOf(await control.userKubeconfig(name, groups));
    this.#people.set(key, person);
    return person;
  }

  /** A person who may vote on scopes of the namespace, in person. */
  async reviewer(name: string, namespace = PROD): Promise<Person> {
    await this.cluster.have(roleBinding(name, 'secretscope-reviewer', namespace));
    return this.person(name);
  }

  /** An environment of the repository with one secret in it, `PASSWORD`, whose value is `value`. */
  async environment(
    name: string,
    protection: object | undefined,
    change: object = {},
    value = `value of ${name}`,
  ): Promise<Environment> {
    const source = `${name}-source`;
    const target = `${name}-target`;
    await this.cluster.have(secretThing(PROD, source, { PASSWORD: value }));
    await this.cluster.have(scopeThing(name, PROD, environmentSpec(name, protection, change)));
    return { name, source, target };
  }

  change(name: string, protection: object | undefined, change: object = {}): Promise<void> {
    return this.cluster.have(scopeThing(name, PROD, environmentSpec(name, protection, change)));
  }

  async requests(name: string): Promise<SeenRequest[]> {
    const path = `/apis/${API_VERSION}/namespaces/${PROD}/secretrequests`;
    const { body } = await this.cluster.platform.call('GET', path);
    const { items } = body as { items: SeenRequest[] };
    return items
      .filter(({ spec }) => spec.scopeRef.name === name)
      .sort((a, b) => numberOf(a.metadata.name) - numberOf(b.metadata.name));
  }

  /** The newest request of the environment, in that state. */
  untilRequest(name: string, state = 'Waiting', timeout = PATIENT_MS): Promise<SeenRequest> {
    return until(async () => {
      const last = (await this.requests(name)).at(-1);
      if (last?.status?.state !== state)
        throw new Error(
          `request ${last?.metadata.name} of ${name} is ${JSON.stringify(last?.status)}, not ${state}; ${JSON.stringify(await this.cluster.status(PROD, name))}`,
        );
      return last;
    }, timeout);
  }

  /** Casts a vote; the answer of the API server, whatever it is. */
  vote(
    voter: Person,
    username: string,
    decision: string,
    request: SeenRequest,
    change: Record<string, unknown> = {},
  ): Promise<Answer> {
    return voter.create(voteThing(username, decision, request, change));
  }

  /** Casts a vote that has to be admitted. */
  async cast(
    username: string,
    decision: string,
    request: SeenRequest,
    change: Record<string, unknown> = {},
  ): Promise<void> {
    const { status, message } = await this.vote(
      await this.person(username),
      username,
      decision,
      request,
      change,
    );
    if (status >= 400) throw new Error(`the vote ${decision} of ${username}: ${status} ${message}`);
  }

  /** What became of the votes on a request: `ana Approve True VoteCounted`. */
  async votes(request: SeenRequest): Promise<string[]> {
    const path = `/apis/${API_VERSION}/namespaces/${PROD}/requestreviews`;
    const { body } = await this.cluster.platform.call('GET', path);
    const { items } = body as { items: SeenVote[] };
    return items
      .filter(({ spec }) => spec.requestRef.uid === request.metadata.uid)
      .map(({ spec, status }) => {
        const counted = status?.conditions?.find(({ type }) => type === 'Counted');
        return `${spec.reviewer.username} ${spec.decision} ${counted?.status} ${counted?.reason}`;
      })
      .sort();
  }

  /** Waits until the votes on a request are worth exactly this, in the words of `votes`. */
  untilVotes(request: SeenRequest, ...expected: string[]): Promise<void> {
    return until(async () => {
      const votes = await this.votes(request);
      if (votes.join() !== expected.toSorted().join())
        throw new Error(`${request.metadata.name} has the votes ${votes.join()}, not ${expected.join()}`);
    }, PATIENT_MS);
  }

  /** Waits for a request that is another than this one, in that state. */
  untilNewer(name: string, { metadata: { uid } }: SeenRequest, state = 'Waiting'): Promise<SeenRequest> {
    return until(async () => {
      const newer = await this.untilRequest(name, state, 0);
      if (newer.metadata.uid === uid)
        throw new Error(`${name} has made no request but ${newer.metadata.name}`);
      return newer;
    }, PATIENT_MS);
  }

  /** Who wrote the target's Secret since the cluster was ready, and how. */
  async writesOf(target: string): Promise<string[]> {
    const entries = await this.cluster.audit.since(this.cluster.ready);
    return entries
      .filter((one) => one.resource === 'secrets' && one.namespace === PROD)
      .filter(({ name, uri }) => name === target || uri.includes(`/${target}?`))
      .filter(({ verb, code }) => ['create', 'update', 'patch', 'delete'].includes(verb) && code < 400)
      .map(({ user, verb }) => `${user} ${verb}`);
  }

  /** The operator's own identity, for what nobody else may do; since its token is used, it is no administrator. */
  async asOperator(): Promise<Person> {
    const { personOf } = await import('./person.ts');
    return personOf(this.cluster.operatorKubeconfig);
  }

  /** With a token, as the service account that the operator's rights do not reach; made by platform. */
  async account(namespace: string, name: string): Promise<Person> {
    const thing = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
    await this.cluster.have(thing);
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const spec = { expirationSeconds: 7200 };
    const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
    const { body, message } = await this.cluster.platform.call('POST', path, { ...kind, spec });
    const { token } = (body as { status?: { token?: string } }).status ?? {};
    if (token === undefined) throw new Error(`no token for ${namespace}/${name}: ${message}`);
    const { cluster } = await this.#connection(name);
    const connect = { ca: fromBase64(cluster['certificate-authority-data']) };
    return new Person(cluster['server'] ?? '', token, new Agent({ connect, allowH2: false }));
  }

  /** Somebody who acts as another user, with the right to impersonate that RBAC gave. */
  async impersonating(name: string, other: string): Promise<Person> {
    const { cluster, user } = await this.#connection(name);
    const connect = {
      ca: fromBase64(cluster['certificate-authority-data']),
      cert: fromBase64(user['client-certificate-data']),
      key: fromBase64(user['client-key-data']),
    };
    const dispatcher = new Agent({ connect, allowH2: false }).compose((dispatch) => (options, handler) => {
      const headers = { ...(options.headers as Record<string, string>), 'impersonate-user': other };
      return dispatch({ ...options, headers } as Dispatcher.DispatchOptions, handler);
    });
    return new Person(cluster['server'] ?? '', undefined, dispatcher as unknown as Agent);
  }

  async #connection(name: string) {
    const config = parse(await readFile(await this.cluster.guarded.control.userKubeconfig(name), 'utf8')) as {
      readonly clusters: readonly { readonly cluster: Record<string, string> }[];
      readonly users: readonly { readonly user: Record<string, string> }[];
    };
    return { cluster: config.clusters[0]?.cluster ?? {}, user: config.users[0]?.user ?? {} };
  }

  /** Reads of a source's value by the backend's identity, since the cluster was ready. */
  async readsOf(source: string): Promise<AuditEntry[]> {
    const entries = await this.cluster.audit.since(this.cluster.ready);
    return entries.filter(
      ({ resource, verb, name, user }) =>
        resource === 'secrets' &&
        verb === 'get' &&
        name === source &&
        user === `system:serviceaccount:${PROD}:${READER}`,
    );
  }

  untilSecret(target: string, value: string, timeout = 15_000) {
    return this.cluster.untilData(PROD, target, { PASSWORD: value }, timeout);
  }

  untilGone(target: string, timeout = 15_000): Promise<void> {
    return until(async () => {
      if (await this.cluster.secret(PROD, target)) throw new Error(`Secret ${target} is still there`);
    }, timeout);
  }

  /** An environment whose first plan was approved by ana and is delivered. */
  async released(
    name: string,
    protection: object = reviewedBy('ana'),
    change: object = {},
    value = `value of ${name}`,
  ): Promise<Environment> {
    const made = await this.environment(name, protection, change, value);
    await this.cast('ana', 'Approve', await this.untilRequest(name));
    await this.untilRequest(name, 'Released');
    await this.cluster.untilReady(PROD, name, 'True');
    return made;
  }

  /** The Secret has exactly these data. */
  untilHas(target: string, data: Record<string, string>, timeout = 15_000) {
    return this.cluster.untilData(PROD, target, data, timeout);
  }

  /** Waits until the operator has looked at the scope as it is now. */
  untilLookedAt(name: string, timeout = 15_000): Promise<void> {
    return until(async () => {
      if (!(await this.cluster.condition(PROD, name))) throw new Error(`${name} was not looked at`);
    }, timeout);
  }

  /** The states of all of its requests, oldest first. */
  async states(name: string): Promise<(string | undefined)[]> {
    return (await this.requests(name)).map(({ status }) => status?.state);
  }

  untilStates(name: string, ...states: string[]): Promise<void> {
    return until(async () => {
      const seen = (await this.states(name)).join();
      if (seen !== states.join()) throw new Error(`requests of ${name} are ${seen}, not ${states.join()}`);
    }, PATIENT_MS);
  }

  /** Whoever changes this annotation asks once more. */
  async askAgain(name: string, value: string): Promise<void> {
    const { status, message } = await this.cluster.platform.merge(scopeThing(name, PROD, {}), {
      metadata: { annotations: { 'secretscope.dev/request': value } },
    });
    if (status >= 400) throw new Error(`asking again for ${name}: ${status} ${message}`);
  }

  /** A source in PROD; answers the entry that reads it. */
  async source(name: string, source: string, value: string, property = name): Promise<object> {
    await this.cluster.have(secretThing(PROD, source, { [property]: value }));
    return { name, from: { key: source, property } };
  }

  /** A new operator process, with the flags of this world; the one before has ended, or is ended now. */
  async restart(): Promise<void> {
    await this.cluster.restartOperator(FLAGS);
  }

  /** Of every environment. */
  async allRequests(): Promise<SeenRequest[]> {
    const path = `/apis/${API_VERSION}/namespaces/${PROD}/secretrequests`;
    const { body } = await this.cluster.platform.call('GET', path);
    return (body as { items: SeenRequest[] }).items;
  }

  /** What its ledger holds of each request, oldest first: `first-first-target-1 Released approve`. */
  async ledger(scopeUid: string): Promise<string[]> {
    const { body, status } = await this.cluster.platform.get({
      apiVersion: API_VERSION,
      kind: 'ScopeLedger',
      metadata: { name: scopeUid, namespace: OPERATOR_NAMESPACE },
    });
    if (status === 404) return [];
    const { requests = [] } = (body as { spec: { requests?: LedgerRecord[] } }).spec;
    return requests.map(({ name, state, grant }) => `${name} ${state} ${grant?.by ?? 'never'}`);
  }
}

interface LedgerRecord {
  readonly name: string;
  readonly state: string;
  readonly grant?: { readonly by: string };
}

// a busy machine, and the 5 s for which the operator collects changes
const PATIENT_MS = 30_000;

const fromBase64 = (text = ''): string => Buffer.from(text, 'base64').toString();

export const ledgerThing = (uid: string): Thing => ({
  apiVersion: API_VERSION,
  kind: 'ScopeLedger',
  metadata: { name: uid, namespace: OPERATOR_NAMESPACE },
});

interface SeenVote {
  readonly spec: {
    readonly requestRef: { readonly uid: string };
    readonly decision: string;
    readonly reviewer: { readonly username: string };
  };
  readonly status?: { readonly conditions?: ScopeStatus['conditions'] };
}

const numberOf = (name: string) => Number(/[0-9]+$/.exec(name)?.[0] ?? 0);

let votesCast = 0;

export function voteThing(
  username: string,
  decision: string,
  { metadata: { name, uid }, spec: { scopeRef, subject } }: SeenRequest,
  change: Record<string, unknown> = {},
): Thing {
  votesCast += 1;
  return {
    apiVersion: API_VERSION,
    kind: 'RequestReview',
    metadata: { name: `${name}-vote-${votesCast}`, namespace: PROD },
    spec: {
      scopeRef: { name: scopeRef.name, uid: scopeRef.uid },
      requestRef: { name, uid },
      subject,
      decision,
      as: { kind: 'User', name: username },
      reviewer: { username },
      ...change,
    },
  };
}

export function environmentSpec(name: string, protection: object | undefined, change: object = {}): object {
  return {
    level: 'Environment',
    parentRef: { namespace: TEAM, name: 'web' },
    backendRef: LOCAL,
    secrets: [{ name: 'PASSWORD', from: { key: `${name}-source`, property: 'PASSWORD' } }],
    targets: [{ secretName: `${name}-target`, includeAll: true }],
    ...(protection && { protection }),
    ...change,
  };
}

export const reviewedBy = (...names: string[]) => ({
  requiredReviewers: names.map((name) => ({ kind: 'User', name })),
});

/** With a repository, and reviewers ana and bob who hold the right for every scope of PROD. */
export async function protectedWorld(name: string, flags: OperatorFlags = {}): Promise<ProtectedWorld> {
  const extra = [...(FLAGS.extra ?? []), ...(flags.extra ?? [])];
  const cluster = await operatedCluster(name, { ...flags, extra });
  const world = new ProtectedWorld(cluster);
  await cluster.team(TEAM);
  await cluster.team(PROD);
  await cluster.have(
    secretThing(TEAM, 'shared-source', { TOKEN: 'of the repository', PASSWORD: 'less specific' }),
    scopeThing('web', TEAM, {
      level: 'Repository',
      backendRef: LOCAL,
      children: [
        {
          namespaces: { matchLabels: { 'kubernetes.io/metadata.name': PROD } },
          visibility: 'Private',
          trusted: true,
        },
      ],
      secrets: [
        { name: 'PASSWORD', from: { key: 'shared-source', property: 'PASSWORD' } },
        { name: 'TOKEN', from: { key: 'shared-source', property: 'TOKEN' } },
      ],
    }),
  );
  await Promise.all(['ana', 'bob'].map((person) => world.reviewer(person)));
  await cluster.have(clusterRoleBinding('eve', 'edit'));
  return world;
}
