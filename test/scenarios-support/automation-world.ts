/**
 * Owns: short words for webhook automations of environments below an organization that lists a receiver's host, and the
 * receiver. Used by: scenarios of automations.
 */
import { API_VERSION } from '../../src/model/kinds/common.ts';
import type { AutomationStatus } from '../../src/model/kinds/webhook-automation.ts';
import { scopeThing, secretThing, until } from './operated-cluster.ts';
import type { OperatorFlags } from './operator-process.ts';
import type { Thing } from './person.ts';
import {
  environmentSpec,
  PROD,
  type ProtectedWorld,
  protectedWorld,
  type SeenRequest,
  TEAM,
} from './protected-world.ts';
import { WebhookReceiver } from './webhook-receiver.ts';

/** Namespace of the organization. */
export const ORG = 'acme-org';
const PATIENT_MS = 30_000;
const EVERYTHING = [
  'Materialized',
  'Rotated',
  'ReviewRequested',
  'ReviewApproved',
  'ReviewRejected',
  'SyncFailed',
];

interface SeenAutomation {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly status?: AutomationStatus;
  readonly authors?: readonly string[];
}

export const automationOf = (name: string, spec: object = {}): Thing => ({
  apiVersion: API_VERSION,
  kind: 'WebhookAutomation',
  metadata: { name, namespace: PROD },
  spec,
});

export class AutomationWorld {
  readonly world: ProtectedWorld;
  readonly receiver: WebhookReceiver;
  readonly #flags: OperatorFlags;

  constructor(world: ProtectedWorld, receiver: WebhookReceiver, flags: OperatorFlags) {
    this.world = world;
    this.receiver = receiver;
    this.#flags = flags;
  }

  async stop(): Promise<void> {
    await this.world.stop();
    await this.receiver.close();
  }

  /** The organization lists the hosts; `HOOK_TOKEN` and `HOOK_KEY` are its own, and every repository may use them. */
  async organization(hosts: readonly string[]): Promise<void> {
    const entry = (name: string) => ({
      name,
      from: { key: 'hook', property: name },
      access: { visibility: 'All' },
    });
    await this.world.cluster.have(
      secretThing(ORG, 'hook', { HOOK_TOKEN: 'xoxb-of-acme', HOOK_KEY: 'signing-key' }),
      scopeThing('acme', ORG, {
        level: 'Organization',
        backendRef: { kind: 'SecretBackend', name: 'local' },
        children: [{ namespaces: {}, visibility: 'Private', trusted: true }],
        secrets: [entry('HOOK_TOKEN'), entry('HOOK_KEY')],
        automationHosts: hosts,
      }),
    );
  }

  /** An environment below the organization, with one secret of its own, `PASSWORD`, and one target. */
  async environment(name: string, protection?: object, change: object = {}): Promise<void> {
    await this.world.cluster.have(
      secretThing(PROD, `${name}-source`, { PASSWORD: `value of ${name}` }),
      scopeThing(
        name,
        PROD,
        environmentSpec(name, protection, {
          parentRef: { namespace: TEAM, name: 'hooked' },
          targets: [{ secretName: `${name}-target`, include: ['PASSWORD'] }],
          ...change,
        }),
      ),
    );
  }

  /** Makes an automation that has to be admitted, or changes it. */
  async automate(name: string, scope: string, spec: object = {}): Promise<void> {
    await this.world.cluster.have(
      automationOf(name, {
        scopeRef: { name: scope },
        events: EVERYTHING,
        url: `${this.receiver.endpoint}/${name}`,
        payload: { event: '${event_type}', about: '${scope_name}' },
        ...spec,
      }),
    );
  }

  async seen(name: string): Promise<SeenAutomation> {
    const { body } = await this.world.cluster.platform.get(automationOf(name));
    return body as SeenAutomation;
  }

  async status(name: string): Promise<AutomationStatus> {
    return (await this.seen(name)).status ?? {};
  }

  /** Waits for the reason of Ready, of the generation that is stored now. */
  untilReady(name: string, reason: string, timeout = PATIENT_MS): Promise<AutomationStatus> {
    return until(async () => {
      const { metadata, status = {} } = await this.seen(name);
      const ready = status.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.reason !== reason || status.observedGeneration !== metadata.generation)
        throw new Error(`automation ${name} is not ${reason}: ${JSON.stringify(status)}`);
      return status;
    }, timeout);
  }

  untilStatus(name: string, holds: (status: AutomationStatus) => boolean, timeout = PATIENT_MS) {
    return until(async () => {
      const status = await this.status(name);
      if (!holds(status)) throw new Error(`automation ${name} says ${JSON.stringify(status)}`);
      return status;
    }, timeout);
  }

  /** What arrived for one automation: each delivery once, as its event, in order. */
  arrived(name: string): string[] {
    const events = new Map<string, string>();
    for (const { path, headers } of this.receiver.receipts)
      if (path === `/${name}`)
        events.set(headers['x-secretscope-delivery'] ?? '', headers['x-secretscope-event'] ?? '');
    return [...events.values()];
  }

  untilArrived(name: string, ...events: string[]): Promise<void> {
    return until(async () => {
      const arrived = this.arrived(name);
      if (arrived.join() !== events.join())
        throw new Error(
          `${name} was told ${arrived.join()}, not ${events.join()}: ${JSON.stringify(await this.status(name))}`,
        );
    }, PATIENT_MS);
  }

  async annotate(name: string, annotations: Readonly<Record<string, string>>): Promise<void> {
    const { status, message } = await this.world.cluster.platform.merge(automationOf(name), {
      metadata: { annotations },
    });
    if (status >= 400) throw new Error(`automation ${name}: ${status} ${message}`);
  }

  /** The newest request of the automation, in that state. */
  untilRequest(scope: string, name: string, state = 'Waiting'): Promise<SeenRequest> {
    return until(async () => {
      const requests = await this.world.requests(scope);
      const own = requests.filter(
        ({ spec }) => (spec as { consumer?: { name?: string } }).consumer?.name === name,
      );
      const last = own.at(-1);
      if (last?.status?.state !== state)
        throw new Error(`the last request of ${name} is ${last?.metadata.name} ${last?.status?.state}`);
      return last;
    }, PATIENT_MS);
  }

  rotate(scope: string, value: string): Promise<void> {
    return this.world.cluster.have(secretThing(PROD, `${scope}-source`, { PASSWORD: value }));
  }

  async killOperator(): Promise<void> {
    await this.world.cluster.operator.kill();
  }

  restart(): Promise<void> {
    return this.world.cluster.restartOperator(this.#flags);
  }
}

/** A protected world below an organization, whose operator may send to one receiver. */
export async function automationWorld(name: string): Promise<AutomationWorld> {
  const receiver = await WebhookReceiver.start({ names: ['127.0.0.1', 'localhost'] });
  const flags = { extra: ['--policy-settle', '1s', ...receiver.flags] };
  const world = await protectedWorld(name, flags);
  await world.cluster.team(ORG);
  const automations = new AutomationWorld(world, receiver, flags);
  await automations.organization(['127.0.0.1']);
  await world.cluster.have(
    scopeThing('hooked', TEAM, {
      level: 'Repository',
      parentRef: { namespace: ORG, name: 'acme' },
      backendRef: { kind: 'SecretBackend', name: 'local' },
      children: [{ namespaces: {}, visibility: 'Private', trusted: true }],
    }),
  );
  return automations;
}
