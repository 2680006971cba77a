/** For tests: claims of another namespace on an environment, and an operator that reconciles both in memory. */
import type { KubeObject } from '../../kube/kube-objects.ts';
import type { ClaimStatus } from '../../model/kinds/secret-claim.ts';
import { BACKENDS, CLAIMS, CRDS, NAMESPACES, SCOPES } from '../../watch/resources.ts';
import { claimView } from '../../watch/views.ts';
import type { ReconcileResult } from '../../watch/worker-pool.ts';
import { entry, ProtectedOperator, SCOPE, user } from '../approval/approval-fixture.ts';
import type { Stored } from '../approval/memory-api.fixture.ts';
import { reconcileClaim } from './reconcile-claim.ts';

export const CLAIM = 'ci/job';
const CI = { matchLabels: { team: 'ci' } };
/** No target: what there is, is claimed. */
const SHARED = { secrets: [entry('A'), entry('B')], targets: [], consumers: [{ namespaces: CI }] };
export const PROTECTED = { ...SHARED, protection: { requiredReviewers: [user('ana'), user('ben')] } };
export const OPEN = { ...SHARED, protection: undefined };

type Spec = Readonly<Record<string, unknown>>;
type Meta = Partial<KubeObject['metadata']>;

export class ClaimOperator extends ProtectedOperator {
  /** Of the last reconcile of a claim. */
  result: ReconcileResult | undefined;

  constructor(spec: Spec = OPEN) {
    super(spec);
    this.namespace('ci', { team: 'ci' });
    this.api.put(CRDS, { metadata: { name: 'secretclaims.secretscope.dev' } });
    this.api.put(CRDS, { metadata: { name: 'secretscopes.secretscope.dev' } });
  }

  /** Somebody makes or changes a claim; admission stamps who did. */
  claim(change: Spec = {}, place = CLAIM, metadata: Meta = {}): this {
    const [namespace = '', name = ''] = place.split('/');
    const old = this.api.at(CLAIMS, place);
    const spec = {
      scopeRef: { namespace: 'prod', name: 'web-prod' },
      include: ['A'],
      secretName: name,
      ...old?.spec,
      ...change,
    };
    this.api.put(CLAIMS, { metadata: { name, namespace, ...metadata }, spec, authors: ['cal'] });
    return this;
  }

  /** It is deleted, which the watch shows. */
  unclaim(place = CLAIM): this {
    const old = this.api.at(CLAIMS, place);
    if (old) this.deps.claimWitness.watched(claimView(old as KubeObject), undefined);
    this.api.remove(CLAIMS, place);
    return this;
  }

  again(value: string, place = CLAIM): this {
    const annotations = { 'secretscope.dev/request': value };
    return this.claim({}, place, { annotations });
  }

  async lookAt(place = CLAIM): Promise<ReconcileResult> {
    if (this.watching) this.look();
    this.forget();
    this.result = await reconcileClaim(place, this.deps, new AbortController().signal);
    return this.result;
  }

  /** The claims, and the scope, until nothing more is written. */
  override async settle(places: readonly string[] = this.places): Promise<this> {
    for (let round = 0; round < 12; round++) {
      const done: string[] = [];
      for (const place of places) {
        await this.lookAt(place);
        done.push(...this.done);
      }
      await this.reconcile(SCOPE);
      done.push(...this.done);
      if (done.length === 0) return this;
    }
    throw new Error(`it does not come to rest: ${this.done.join('; ')}`);
  }

  get places(): string[] {
    const places = this.api.all(CLAIMS).map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
    return [...new Set([CLAIM, ...places])];
  }

  /** `Delivered Materialized`: its state, and why. */
  told(place = CLAIM): string {
    const { state, conditions = [] } = this.claimStatus(place);
    return `${state} ${conditions.find(({ type }) => type === 'Ready')?.reason}`;
  }

  message(place = CLAIM): string {
    const { conditions = [] } = this.claimStatus(place);
    return conditions.find(({ type }) => type === 'Ready')?.message ?? '';
  }

  claimStatus(place = CLAIM): ClaimStatus {
    return (this.api.at(CLAIMS, place)?.status ?? {}) as ClaimStatus;
  }

  held(place = CLAIM): Record<string, string> | undefined {
    return this.small.secrets.stored.has(place) ? this.small.data(place) : undefined;
  }

  /** Asked for and approved by ana. */
  async approved(): Promise<this> {
    await this.settle();
    this.cast('Approve', 'ana');
    return this.settle();
  }

  protect(): this {
    return this.edit(PROTECTED);
  }

  stored(place = CLAIM): Stored | undefined {
    return this.api.at(CLAIMS, place);
  }

  labelled(name: string, labels: Readonly<Record<string, string>>): this {
    this.api.put(NAMESPACES, { metadata: { name, labels } });
    return this;
  }

  /** Of the repository above. */
  editRepository(change: Spec): this {
    const old = this.api.at(SCOPES, 'team/web');
    this.api.put(SCOPES, {
      metadata: { name: 'web', namespace: 'team' },
      spec: { ...old?.spec, ...change },
    });
    return this;
  }

  loseBackend(place: string): this {
    this.api.remove(BACKENDS, place);
    return this;
  }
}
