/**
 * Owns: a real API server with everything shipped in force, repositories with one automation each below an organization
 * that lists the receiver, the receiver, and the operator as a process with the flags of its Deployment.
 * Called by: automation-bench.ts.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { StoredDelivery } from '../../../src/model/kinds/automation-status-schema.ts';
import { API_VERSION } from '../../../src/model/kinds/common.ts';
import type { AutomationStatus } from '../../../src/model/kinds/webhook-automation.ts';
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
import { progress } from '../bench-module.ts';
import { BenchCluster } from '../materialize/bench-cluster.ts';
import { APPLY, allOf, MERGE } from '../raw-client.ts';
import { ReceiverLink } from './receiver-link.ts';

const ORG = 'acme-org';

/** A repository with one secret, one target and one automation, all named after it. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

export const pathIn = ({ name }: Place): string => `/${name}`;
export const sourceOf = (name: string): string => `${name}-source`;
export const targetOf = (name: string): string => `${name}-target`;

export class AutomationsAtWork {
  readonly cluster: BenchCluster;
  readonly receiver: ReceiverLink;
  readonly places: readonly Place[];

  private constructor(cluster: BenchCluster, receiver: ReceiverLink, places: readonly Place[]) {
    this.cluster = cluster;
    this.receiver = receiver;
    this.places = places;
  }

  /** Of neighbours in the list each is in another namespace. */
  static async start(
    automations: number,
    namespaces: number,
    started: AsyncDisposableStack,
  ): Promise<AutomationsAtWork> {
    const receiver = await ReceiverLink.start();
    started.defer(() => receiver.stop());
    process.env['BENCH_OPERATOR_FLAGS'] = JSON.stringify(receiver.flags);
    const options = process.env['BENCH_NODE_OPTIONS'] ?? '';
    process.env['BENCH_NODE_OPTIONS'] =
      `${options} --import=${join(import.meta.dirname, 'operator-flags.ts')}`;
    const cluster = await BenchCluster.start(`bench-automations-${automations}`);
    started.defer(() => cluster.stop());
    const places = Array.from({ length: automations }, (_, index) => {
      return { namespace: `team-${index % namespaces}`, name: `app-${index}` };
    });
    return new AutomationsAtWork(cluster, receiver, places);
  }

  async startOperator(): Promise<OperatorProcess> {
    const operator = await this.cluster.startOperator();
    await operator.untilLeading();
    return operator;
  }

  /** Namespaces, repositories and their automations; no operator has looked at them. */
  async prepare(): Promise<void> {
    const namespaces = [...new Set(this.places.map(({ namespace }) => namespace))];
    progress(`${namespaces.length} namespaces with ${this.places.length} repositories and automations`);
    await allOf([ORG, ...namespaces], async (name) => {
      await this.#create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      for (const thing of [...readerIn(name), ...enrolmentOf(name), backendIn(name)])
        await this.#create(thing);
    });
    await this.#create(secretThing(ORG, 'hook', { HOOK_TOKEN: 'xoxb-of-acme', HOOK_KEY: 'signing-key' }));
    await this.#create(scopeThing('acme', ORG, organizationSpec()));
    await allOf(this.places, async ({ namespace, name }) => {
      await this.#create(secretThing(namespace, sourceOf(name), { PASSWORD: `first of ${name}` }));
      await this.#create(scopeThing(name, namespace, repositorySpec(name)));
      await this.#create(this.#automation({ namespace, name }));
    });
  }

  async rotate({ namespace, name }: Place): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${sourceOf(name)}`;
    const body = { stringData: { PASSWORD: randomUUID() } };
    await this.cluster.admin.send({ method: 'PATCH', path, type: MERGE, body });
  }

  /** As the operator would write it: each automation has so many deliveries to be sent, none of which was tried. */
  async fillQueues(each: number): Promise<void> {
    progress(`${each} deliveries are put into each queue`);
    await allOf(this.places, async (place) => {
      const path = pathOf(this.#automation(place));
      const { metadata, status = {} } = (await this.cluster.admin.send({ method: 'GET', path })) as Stored;
      const waiting = Array.from({ length: each }, () => deliveryOf(place));
      const { name, namespace, uid } = metadata;
      const counts = { delivered: 0, undelivered: 0, ...status.counts, waiting: each };
      const full = { ...status, waiting, counts };
      const body = { ...this.#automation(place), metadata: { name, namespace, uid }, status: full };
      await this.cluster.asOperator.send({
        method: 'PATCH',
        path: `${path}/status?fieldManager=secretscope&force=true`,
        type: APPLY,
        body: { ...body, spec: undefined },
      });
    });
  }

  /** With a token and a signature of the organization, and a secret of its own. */
  #automation({ namespace, name }: Place): Thing {
    const payload = {
      event: '${event_type}',
      about: '${scope_namespace}/${scope_name}',
      name: '${secret_name}',
      value: '${PASSWORD}',
    };
    return {
      apiVersion: API_VERSION,
      kind: 'WebhookAutomation',
      metadata: { name, namespace },
      spec: {
        scopeRef: { name },
        events: ['Rotated'],
        url: `${this.receiver.endpoint}${pathIn({ namespace, name })}`,
        secrets: ['PASSWORD'],
        accessToken: { secret: 'HOOK_TOKEN' },
        signature: { secret: 'HOOK_KEY' },
        payload,
      },
    };
  }

  #create(thing: Thing): Promise<unknown> {
    const { apiVersion, kind, metadata } = thing;
    const path = pathOf({ apiVersion, kind, metadata: { namespace: metadata.namespace ?? 'default' } });
    return this.cluster.admin.send({ method: 'POST', path, body: thing });
  }
}

interface Stored {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly status?: AutomationStatus;
}

function organizationSpec(): object {
  const secrets = ['HOOK_TOKEN', 'HOOK_KEY'].map((name) => {
    return { name, from: { key: 'hook', property: name }, access: { visibility: 'All' } };
  });
  const children = [{ namespaces: {}, visibility: 'Private', trusted: true }];
  return { level: 'Organization', backendRef: LOCAL, children, secrets, automationHosts: ['127.0.0.1'] };
}

function repositorySpec(name: string): object {
  return {
    level: 'Repository',
    parentRef: { namespace: ORG, name: 'acme' },
    backendRef: LOCAL,
    secrets: [{ name: 'PASSWORD', from: { key: sourceOf(name), property: 'PASSWORD' } }],
    targets: [{ secretName: targetOf(name), include: ['PASSWORD'] }],
  };
}

/** As long as a real one. */
function deliveryOf({ namespace, name }: Place): StoredDelivery {
  const [id, at] = [randomUUID(), new Date().toISOString()];
  const variables = {
    event_type: 'Rotated',
    event_time: at,
    delivery_id: id,
    entity_name: 'acme',
    project_name: name,
    scope_namespace: namespace,
    scope_name: name,
    secret_name: 'PASSWORD',
    secret_version: '12345678901234567890',
    previous_version: '12345678901234567889',
  };
  return { id, event: 'Rotated', at, variables, attempts: 0 };
}
