/**
 * Owns: short words for claims of the namespace `ci` on environments of a protected world, and what becomes of them.
 * Used by: scenarios of claims.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { ClaimStatus } from '../../src/model/kinds/secret-claim.ts';
import { roleBinding } from './guarded-cluster.ts';
import { scopeThing, secretThing, until } from './operated-cluster.ts';
import type { OperatorFlags } from './operator-process.ts';
import type { Answer, Person, Thing } from './person.ts';
import {
  environmentSpec,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  type SeenRequest,
  TEAM,
} from './protected-world.ts';

/** Namespace of the jobs. */
export const CI = 'ci';
const PATIENT_MS = 30_000;

export interface SeenClaim {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly creationTimestamp: string;
  };
  readonly status?: ClaimStatus;
  readonly authors?: readonly string[];
}

export interface SeenSecret {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly ownerReferences?: readonly Record<string, unknown>[];
  };
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
}

export const toCI = { consumers: [{ namespaces: { matchLabels: { 'kubernetes.io/metadata.name': CI } } }] };

export function claimThing(name: string, scope: string, spec: object = {}, namespace = CI): Thing {
  return {
    apiVersion: API_VERSION,
    kind: 'SecretClaim',
    metadata: { name, namespace },
    spec: { scopeRef: { namespace: PROD, name: scope }, include: ['PASSWORD'], secretName: name, ...spec },
  };
}

export class ClaimWorld {
  readonly world: ProtectedWorld;
  /** Who makes claims in `ci`, as a pipeline does. */
  readonly builder: Person;

  constructor(world: ProtectedWorld, builder: Person) {
    this.world = world;
    this.builder = builder;
  }

  stop(): Promise<void> {
    return this.world.stop();
  }

  /** An environment without targets that admits `ci`, with one secret in it, `PASSWORD`. */
  async claimable(
    name: string,
    protection?: object,
    change: object = {},
    value = `value of ${name}`,
  ): Promise<void> {
    await this.world.cluster.have(
      secretThing(PROD, `${name}-source`, { PASSWORD: value }),
      scopeThing(name, PROD, environmentSpec(name, protection, { targets: [], ...toCI, ...change })),
    );
  }

  /** The repository above hands its secrets to `ci` as well: every level on the way has to. */
  async sharedAbove(): Promise<void> {
    const { status, message } = await this.world.cluster.platform.merge(scopeThing('web', TEAM, {}), {
      spec: toCI,
    });
    if (status >= 400) throw new Error(`the repository: ${status} ${message}`);
  }

  /** Makes a claim that has to be admitted, or changes one by server-side apply. */
  async claim(name: string, scope: string, spec: object = {}): Promise<void> {
    const { status, message } = await this.builder.apply(claimThing(name, scope, spec));
    if (status >= 400) throw new Error(`the claim ${name}: ${status} ${message}`);
  }

  async remove(name: string): Promise<void> {
    await this.builder.remove(claimThing(name, 'any'));
  }

  async seen(name: string): Promise<SeenClaim | undefined> {
    const answer: Answer = await this.world.cluster.platform.get(claimThing(name, 'any'));
    return answer.status === 404 ? undefined : (answer.body as SeenClaim);
  }

  /** `Delivered Materialized`: the state, and the reason of Ready. */
  async state(name: string): Promise<string> {
    const claim = await this.seen(name);
    const { state, conditions = [] } = claim?.status ?? {};
    return `${state} ${conditions.find(({ type }) => type === 'Ready')?.reason}`;
  }

  async message(name: string, type = 'Ready'): Promise<string> {
    const claim = await this.seen(name);
    return claim?.status?.conditions?.find((one) => one.type === type)?.message ?? '';
  }

  untilState(name: string, expected: string, timeout = PATIENT_MS): Promise<void> {
    return until(async () => {
      const claim = await this.seen(name);
      const state = await this.state(name);
      if (state !== expected || claim?.status?.observedGeneration !== claim?.metadata.generation)
        throw new Error(`claim ${name} is ${state}, not ${expected}: ${JSON.stringify(claim?.status)}`);
    }, timeout);
  }

  async secret(name: string, namespace = CI): Promise<SeenSecret | undefined> {
    const { status, body, message } = await this.world.cluster.platform.get(secretThing(namespace, name));
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${status} ${message}`);
    return body as SeenSecret;
  }

  untilHas(name: string, data: Record<string, string>, timeout = PATIENT_MS) {
    return this.world.cluster.untilData(CI, name, data, timeout);
  }

  untilGone(name: string, timeout = PATIENT_MS): Promise<void> {
    return until(async () => {
      if (await this.secret(name)) throw new Error(`Secret ${name} is still there`);
    }, timeout);
  }

  /** The request that the claim waits for. */
  untilRequest(scope: string, name: string, state = 'Waiting'): Promise<SeenRequest> {
    return until(async () => {
      const requests = await this.world.requests(scope);
      const own = requests.filter(
        ({ spec }) => (spec as { consumer?: { name?: string } }).consumer?.name === name,
      );
      const last = own.at(-1);
      if (last?.status?.state !== state)
        throw new Error(
          `the last request of claim ${name} is ${last?.metadata.name} ${last?.status?.state}: ${await this.state(name)} ${await this.message(name)}`,
        );
      return last;
    }, PATIENT_MS);
  }

  /** All that the claim has asked for, oldest first. */
  async requestsOf(scope: string, name: string): Promise<SeenRequest[]> {
    const requests = await this.world.requests(scope);
    return requests.filter(({ spec }) => (spec as { consumer?: { name?: string } }).consumer?.name === name);
  }

  async states(scope: string, name: string): Promise<(string | undefined)[]> {
    return (await this.requestsOf(scope, name)).map(({ status }) => status?.state);
  }

  untilStates(scope: string, name: string, ...states: string[]): Promise<void> {
    return until(async () => {
      const seen = (await this.states(scope, name)).join();
      if (seen !== states.join())
        throw new Error(
          `requests of claim ${name} are ${seen}, not ${states.join()}: ${await this.message(name)}`,
        );
    }, PATIENT_MS);
  }

  /** A vote on the newest request of the claim. */
  async decided(
    scope: string,
    name: string,
    decision: string,
    who = 'ana',
    state = 'Waiting',
  ): Promise<SeenRequest> {
    const request = await this.untilRequest(scope, name, state);
    await this.world.cast(who, decision, request);
    return request;
  }

  /** Whoever may change the claim asks once more. */
  async askAgain(name: string, value: string): Promise<void> {
    const annotations = { 'secretscope.dev/request': value };
    const { status, message } = await this.builder.merge(claimThing(name, 'any'), {
      metadata: { annotations },
    });
    if (status >= 400) throw new Error(`asking again for ${name}: ${status} ${message}`);
  }

  /** Who wrote a Secret of `ci` since the cluster was ready, and how. */
  async writesOf(name: string): Promise<string[]> {
    const { audit, ready } = this.world.cluster;
    return (await audit.since(ready))
      .filter((one) => one.resource === 'secrets' && one.namespace === CI && one.name === name)
      .filter(({ verb, code }) => ['create', 'update', 'patch', 'delete'].includes(verb) && code < 400)
      .map(({ user, verb }) => `${user} ${verb}`);
  }

  /** Released by ana. */
  async approved(scope: string, name: string): Promise<void> {
    await this.world.cast('ana', 'Approve', await this.untilRequest(scope, name));
    await this.untilState(name, 'Delivered Materialized');
  }
}

/** A protected world with the namespace `ci`, enrolled, and builder, who may claim from every scope of PROD and TEAM. */
export async function claimWorld(name: string, flags: OperatorFlags = {}): Promise<ClaimWorld> {
  const world = await protectedWorld(name, flags);
  const { cluster } = world;
  await cluster.team(CI);
  await cluster.have(
    roleBinding('builder', 'edit', CI),
    roleBinding('builder', 'secretscope-claimer', PROD),
    roleBinding('builder', 'secretscope-claimer', TEAM),
  );
  return new ClaimWorld(world, await world.person('builder'));
}
