/**
 * Owns: the surroundings in which webhook automations are attacked: a receiver that is listed, another one that the
 * operator could reach and nobody lists, a cloud that keeps versions, and short words for what is done and seen there.
 * Used by: automation-attacks.test.ts.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { AutomationStatus } from '../../src/model/kinds/webhook-automation.ts';
import { issueServerCertificate } from '../cluster/pki.ts';
import { clusterIssuer } from '../peers/cluster-issuer.ts';
import { StandInAws } from '../peers/stand-in-aws.ts';
import { AutomationWorld, automationOf, ORG } from './automation-world.ts';
import { lenderIn, subjectOf } from './cloud-things.ts';
import { OPERATOR_NAMESPACE, RBAC } from './guarded-cluster.ts';
import { LOCAL, READER, scopeThing, secretThing, until } from './operated-cluster.ts';
import type { OperatorFlags } from './operator-process.ts';
import type { Answer, Person, Thing } from './person.ts';
import { environmentSpec, PROD, protectedWorld, reviewedBy, TEAM } from './protected-world.ts';
import type { Answering } from './webhook-answers.ts';
import { type Receipt, WebhookReceiver } from './webhook-receiver.ts';

/** A namespace whose owner floods whatever he can reach. */
export const FLOOD = 'team-flood';
/** A namespace whose owner has done nothing to anybody. */
export const CALM = 'team-calm';
export const CLOUD = 'cloud';
const ACCOUNT = { namespace: PROD, name: READER };
const OWN_LABEL = { stage: 'prod' };

export class AttackWorld extends AutomationWorld {
  readonly stranger: WebhookReceiver;
  readonly cloud: StandInAws;
  readonly flags: OperatorFlags;
  readonly #answers = new Map<string, Answering>();
  #looks = 0;

  private constructor(parts: {
    world: AutomationWorld['world'];
    receiver: WebhookReceiver;
    stranger: WebhookReceiver;
    cloud: StandInAws;
    flags: OperatorFlags;
  }) {
    super(parts.world, parts.receiver, parts.flags);
    this.stranger = parts.stranger;
    this.cloud = parts.cloud;
    this.flags = parts.flags;
    this.receiver.usually((exchange) => this.#answer(exchange));
  }

  static async start(name: string): Promise<AttackWorld> {
    const receiver = await WebhookReceiver.start({ names: ['127.0.0.1', 'localhost'] });
    const certificate = await issueServerCertificate(receiver.authority, ['127.0.0.1', 'localhost']);
    const stranger = await WebhookReceiver.start({ certificate });
    const cloud = await StandInAws.open();
    const endpoints = ['--insecure-test-endpoints', stranger.endpoint, ...cloud.flags];
    const flags = { extra: ['--policy-settle', '1s', ...receiver.flags, ...endpoints] };
    const world = await protectedWorld(name, flags);
    const attack = new AttackWorld({ world, receiver, stranger, cloud, flags });
    await attack.#build();
    return attack;
  }

  override async stop(): Promise<void> {
    await super.stop();
    await this.stranger.close();
    await this.cloud.close();
  }

  async #build(): Promise<void> {
    const { cluster } = this.world;
    this.cloud.trust(await clusterIssuer(cluster.platform), subjectOf(ACCOUNT));
    await cluster.team(ORG);
    await cluster.team(CALM, OWN_LABEL);
    await cluster.team(FLOOD);
    await this.organization(['127.0.0.1']);
    await cluster.have(
      ...lenderIn(PROD, ACCOUNT.name),
      writerIn(TEAM),
      { ...scopeThing('hooked', TEAM, this.repositorySpec()) },
      {
        apiVersion: API_VERSION,
        kind: 'ClusterSecretBackend',
        metadata: { name: CLOUD },
        spec: {
          ...this.cloud.block(this.cloud.workload(ACCOUNT)),
          grants: [
            {
              namespaces: { matchLabels: { 'kubernetes.io/metadata.name': PROD } },
              keys: [{ prefix: 'web/' }],
            },
          ],
          refreshInterval: '1s',
        },
      },
    );
  }

  /** Of the repository below the organization; `change` is what is different. */
  repositorySpec(change: object = {}): object {
    return {
      level: 'Repository',
      parentRef: { namespace: ORG, name: 'acme' },
      backendRef: LOCAL,
      children: [{ namespaces: {}, visibility: 'Private', trusted: true }],
      ...change,
    };
  }

  /** An environment that ana guards, whose target she has approved. */
  async approved(name: string, protection: object = reviewedBy('ana'), change: object = {}): Promise<void> {
    await this.environment(name, protection, change);
    await this.world.cast('ana', 'Approve', await this.untilRequest(name, `${name}-target`));
    await this.world.cluster.untilReady(PROD, name, 'True', undefined, 30_000);
  }

  /** An environment in the namespace of somebody else, with one secret, `PASSWORD`, and one target. */
  elsewhere(place: string, name: string, change: object = {}): Promise<void> {
    const spec = { parentRef: { namespace: TEAM, name: 'hooked' }, ...change };
    return this.world.cluster.have(
      secretThing(place, `${name}-source`, { PASSWORD: `value of ${name}` }),
      scopeThing(name, place, environmentSpec(name, undefined, spec)),
    );
  }

  automationIn(namespace: string, name: string, spec: object): Thing {
    return { apiVersion: API_VERSION, kind: 'WebhookAutomation', metadata: { name, namespace }, spec };
  }

  /** Waits until an automation of that namespace says so: the reason of Ready, or what `holds` looks at. */
  untilSays(
    place: string,
    name: string,
    said: string | ((status: AutomationStatus) => boolean),
    timeout = 30_000,
  ): Promise<void> {
    const holds = typeof said === 'string' ? (status: AutomationStatus) => reasonOf(status) === said : said;
    return until(async () => {
      const { body } = await this.world.cluster.platform.get(this.automationIn(place, name, {}));
      const { status = {} } = body as { status?: AutomationStatus };
      if (!holds(status)) throw new Error(`automation ${place}/${name} says ${JSON.stringify(status)}`);
    }, timeout);
  }

  /** What the receiver does with requests for this path, until it is told otherwise. */
  answers(name: string, answering: Answering | undefined): void {
    if (answering) this.#answers.set(`/${name}`, answering);
    else this.#answers.delete(`/${name}`);
  }

  #answer(exchange: Parameters<Answering>[0]): void {
    const answering = this.#answers.get(exchange.response.req.url ?? '');
    if (answering) answering(exchange);
    else exchange.response.writeHead(200).end();
  }

  /** Answers with what it was sent, in its head and in its body, as an echo server does. */
  echo(code: number): Answering {
    return ({ response }) => {
      const said = this.receiver.receipts.at(-1)?.body.toString() ?? '';
      const head = response.req.rawHeaders.join(' ');
      const message = Buffer.from(`${head} ${said}`)
        .toString('latin1')
        .replace(/[^ -~]/g, '?');
      response.writeHead(code, { 'x-echo': message.slice(0, 8_000) }).end(`${head}\n${said}`);
    };
  }

  /** Every attempt that arrived at the path of this automation. */
  receipts(name: string): Receipt[] {
    return this.receiver.receipts.filter(({ path }) => path === `/${name}`);
  }

  /** Waits for as many attempts, and answers the last one. */
  untilReceipts(name: string, count: number, timeout = 20_000): Promise<Receipt> {
    return until(async () => {
      const found = this.receipts(name);
      const last = found.at(-1);
      if (!last || found.length < count)
        throw new Error(`${found.length} attempts for ${name}: ${JSON.stringify(await this.status(name))}`);
      return last;
    }, timeout);
  }

  /** Ready, as the operator has it after it looked again: what is asserted next rests on no older look. */
  async afterLook(name: string): Promise<AutomationStatus> {
    const requested = `look-${this.#looks++}`;
    await this.annotate(name, { 'reconcile.secretscope.dev/requestedAt': requested });
    return this.untilStatus(name, ({ lastHandledReconcileAt }) => lastHandledReconcileAt === requested);
  }

  /** A status that nobody but the operator can have written: with its account, and as it writes. */
  async forge(name: string, change: AutomationStatus): Promise<void> {
    const operator = await this.world.asOperator();
    const status = { ...(await this.status(name)), ...change };
    const { kind, apiVersion, metadata } = automationOf(name);
    const thing = { apiVersion, kind, metadata, status };
    const answer = await operator.apply(thing, {
      manager: 'secretscope',
      force: true,
      subresource: 'status',
    });
    await operator.close();
    if (answer.status >= 400) throw new Error(`the forged status of ${name}: ${answer.message}`);
  }

  /** Asks for one test delivery and waits for what is told of it. */
  async test(name: string, id: string, more: object = {}): Promise<NonNullable<AutomationStatus['test']>> {
    const wish = JSON.stringify({ id, event: 'Rotated', ...more });
    await this.annotate(name, { 'secretscope.dev/test': wish });
    const { test } = await this.untilStatus(name, (told) => told.test?.id === id);
    if (!test) throw new Error('nothing is told of the test');
    return test;
  }

  /** The requests that one automation asked for, by their state, oldest first. */
  async requestsOf(scope: string, name: string): Promise<(string | undefined)[]> {
    const requests = await this.world.requests(scope);
    return requests
      .filter(({ spec }) => consumerOf(spec) === `WebhookAutomation ${name}`)
      .map(({ status }) => status?.state);
  }

  async removed(thing: Thing): Promise<void> {
    const { platform } = this.world.cluster;
    await this.world.cluster.gone(thing);
    await until(async () => {
      if ((await platform.get(thing)).status !== 404)
        throw new Error(`${thing.metadata.name} is still there`);
    }, 20_000);
  }

  destroy(namespace: string, scope: string, name: string, as: string): Promise<Answer> {
    const spec = {
      scopeRef: { name: scope },
      name,
      action: 'Delete',
      requestedAt: new Date().toISOString(),
    };
    const thing = { apiVersion: API_VERSION, kind: 'SealedValue', metadata: { name: as, namespace }, spec };
    return this.world.cluster.platform.apply(thing, { force: true });
  }

  /** What a SealedValue says: `InUse InUse`, and by whom. */
  untilSealed(namespace: string, name: string, expected: string): Promise<readonly string[]> {
    const thing = { apiVersion: API_VERSION, kind: 'SealedValue', metadata: { name, namespace } };
    return until(async () => {
      const { body } = await this.world.cluster.platform.get(thing);
      const { state, conditions = [], usedBy = [] } = (body as { status?: SealedSeen }).status ?? {};
      const words = `${state} ${conditions.find(({ type }) => type === 'Ready')?.reason}`;
      if (words !== expected) throw new Error(`${name} is ${words}: ${JSON.stringify(conditions)}`);
      return usedBy;
    }, 30_000);
  }

  /** What the operator shows to the API server. */
  async operatorToken(): Promise<{ readonly token: string }> {
    const config = parse(await readFile(this.world.cluster.operatorKubeconfig, 'utf8')) as {
      readonly users: readonly { readonly user: { readonly token: string } }[];
    };
    return { token: config.users[0]?.user.token ?? '' };
  }

  /** Everything that somebody who may not read Secrets sees, and what the operator prints. */
  async channels(): Promise<Map<string, string>> {
    const read = async (path: string) =>
      plain(JSON.stringify((await this.world.cluster.platform.call('GET', path)).body));
    const kinds = ['webhookautomations', 'secretscopes', 'secretrequests', 'requestreviews', 'sealedvalues'];
    const group = `/apis/${API_VERSION}`;
    const found = new Map([
      ['output', plain(this.world.cluster.operator.output)],
      ['metrics', await this.world.cluster.operator.metrics()],
      ['events', await read('/apis/events.k8s.io/v1/events')],
      ['core events', await read('/api/v1/events')],
      ['ledgers', await read(`${group}/namespaces/${OPERATOR_NAMESPACE}/scopeledgers`)],
      ['config maps', await read(`/api/v1/namespaces/${OPERATOR_NAMESPACE}/configmaps`)],
    ]);
    for (const kind of kinds) found.set(kind, await read(`${group}/${kind}`));
    const audit = await this.world.cluster.audit.since(this.world.cluster.ready);
    return found.set('audit log', audit.map(({ uri }) => decodeURIComponent(uri)).join('\n'));
  }

  /** Somebody who has every right of RBAC that a team has on its automations, and none of ours. */
  editor(): Promise<Person> {
    return this.world.person('eve');
  }
}

function reasonOf({ conditions = [] }: AutomationStatus): string | undefined {
  return conditions.find(({ type }) => type === 'Ready')?.reason;
}

interface SealedSeen {
  readonly state?: string;
  readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
  readonly usedBy?: readonly string[];
}

/** JSON escapes would hide a value from a search. */
function plain(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

function consumerOf(spec: object): string {
  const { consumer } = spec as { consumer?: { kind: string; name: string } };
  return `${consumer?.kind} ${consumer?.name}`;
}

/** The account of the backend may write, too: what is deleted through it goes. */
function writerIn(namespace: string): Thing {
  const rules = [
    { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
    { apiGroups: ['secretscope.dev'], resources: ['secretbackends'], verbs: ['lend'] },
  ];
  return { apiVersion: RBAC, kind: 'Role', metadata: { name: READER, namespace }, rules };
}
