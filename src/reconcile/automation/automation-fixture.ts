/** For tests: an organization that lists a host, an environment below it, and an operator that reconciles its automations in memory. */
import type { KubeObject } from '../../kube/kube-objects.ts';
import type { AutomationStatus } from '../../model/kinds/webhook-automation.ts';
import { AUTOMATIONS, CRDS, SCOPES } from '../../watch/resources.ts';
import type { ReconcileResult } from '../../watch/worker-pool.ts';
import { entry, ProtectedOperator, SCOPE, user } from '../approval/approval-fixture.ts';
import { reconcileAutomation } from './reconcile-automation.ts';

export const AUTOMATION = 'prod/notify';
export const HOST = 'hooks.acme.dev';
const BASE = {
  secrets: [entry('A'), entry('B')],
  targets: [{ secretName: 'app', include: ['A'] }],
};
export const OPEN = { ...BASE, protection: undefined };
export const PROTECTED = { ...BASE, protection: { requiredReviewers: [user('ana'), user('ben')] } };

type Spec = Readonly<Record<string, unknown>>;
type Meta = Partial<KubeObject['metadata']>;

export class AutomationOperator extends ProtectedOperator {
  result: ReconcileResult | undefined;

  constructor(spec: Spec = OPEN) {
    super(spec);
    this.namespace('acme');
    this.organization({ automationHosts: [HOST] });
    const web = this.api.at(SCOPES, 'team/web');
    const parentRef = { namespace: 'acme', name: 'acme' };
    this.api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: { ...web?.spec, parentRef },
    });
    this.api.put(CRDS, { metadata: { name: 'webhookautomations.secretscope.dev' } });
  }

  organization(change: Spec): this {
    const old = this.api.at(SCOPES, 'acme/acme');
    const children = [{ namespaces: {}, visibility: 'Private', trusted: true }];
    const spec = { level: 'Organization', children, ...old?.spec, ...change };
    this.api.put(SCOPES, { metadata: { name: 'acme', namespace: 'acme' }, spec, authors: ['olga'] });
    return this;
  }

  /** Somebody makes or changes the automation; admission stamps who did. */
  automate(change: Spec = {}, annotations: Meta['annotations'] = {}): this {
    const old = this.api.at(AUTOMATIONS, AUTOMATION);
    const spec = {
      scopeRef: { name: 'web-prod' },
      events: [
        'Materialized',
        'Rotated',
        'ReviewRequested',
        'ReviewApproved',
        'ReviewRejected',
        'SyncFailed',
      ],
      url: `https://${HOST}/hook`,
      payload: { text: '${event_type}', token: '${A}' },
      secrets: ['A'],
      ...old?.spec,
      ...change,
    };
    const metadata = { name: 'notify', namespace: 'prod', annotations };
    this.api.put(AUTOMATIONS, { metadata, spec, authors: ['cal'] });
    return this;
  }

  async lookAt(): Promise<ReconcileResult> {
    if (this.watching) this.look();
    this.forget();
    this.result = await reconcileAutomation(AUTOMATION, this.deps, new AbortController().signal);
    return this.result;
  }

  /** The automation and its scope, until nothing more is written. */
  override async settle(): Promise<this> {
    for (let round = 0; round < 12; round++) {
      await this.lookAt();
      const done = [...this.done];
      await this.reconcile(SCOPE);
      done.push(...this.done);
      if (done.length === 0) return this;
    }
    throw new Error(`it does not come to rest: ${this.done.join('; ')}`);
  }

  get automationStatus(): AutomationStatus {
    return (this.api.at(AUTOMATIONS, AUTOMATION)?.status ?? {}) as AutomationStatus;
  }

  /** `False AwaitingApproval` */
  told(type = 'Ready'): string {
    const one = this.automationStatus.conditions?.find((condition) => condition.type === type);
    return one ? `${one.status} ${one.reason}` : 'none';
  }

  get message(): string {
    return this.automationStatus.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  }

  /** What was sent, as the receiver reads it. */
  get bodies(): Record<string, string>[] {
    return this.small.posted.map(({ body }) => JSON.parse(body) as Record<string, string>);
  }

  get events(): string[] {
    return this.small.posted.map(({ headers }) => headers['X-SecretScope-Event'] ?? '');
  }

  get ids(): string[] {
    return this.small.posted.map(({ headers }) => headers['X-SecretScope-Delivery'] ?? '');
  }
}
