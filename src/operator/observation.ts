import { objectKey, SECRETS, type Secret } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { holderText } from '../materialize/delivery-record.ts';
import { type ObservedTarget, observeTarget } from '../materialize/observed-target.ts';
import { MANAGED_LABEL } from '../model/marks.ts';
import type { Enrolment } from '../reconcile/deps.ts';
import { AutomationWakeUp } from '../watch/automation-wake-up.ts';
import { ClaimWakeUp } from '../watch/claim-wake-up.ts';
import { BY_UID, ClusterWatches } from '../watch/cluster-watches.ts';
import { EnrolledWatches } from '../watch/enrolled-watches.ts';
import { Interests } from '../watch/interests.ts';
import type { AnyReflector } from '../watch/reflect.ts';
import { samePolicy } from '../watch/same-views.ts';
import { type Wake, WakeUp } from '../watch/wake-up.ts';
import { Witness } from '../watch/witness.ts';
import { BY_HOLDER, BY_NAMESPACE } from '../watch/world.ts';
import { WritingWakeUp } from '../watch/writing-wake-up.ts';
import { type ObservationOptions, tellOfWatch, tellWhatIsMissing } from './observation-options.ts';

/** Everything that is watched, and who is woken by what. Reads only. */
export class Observation {
  readonly cluster: ClusterWatches;
  readonly targets = new Store<ObservedTarget>({ [BY_HOLDER]: holderKeys });
  readonly interests = new Interests();
  readonly witness = new Witness();
  readonly claimWitness = new Witness();
  readonly #options: ObservationOptions;
  readonly #enrolled: EnrolledWatches<Secret, ObservedTarget>;
  readonly #wakeUp: WakeUp;
  /** for changes that reach whoever claims from a scope, too */
  readonly #wakeChain: WakeUp;
  readonly #wakeClaims: ClaimWakeUp;
  readonly #wakeWriting: WritingWakeUp;
  readonly #wakeAutomations: AutomationWakeUp;

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.cluster = new ClusterWatches({
      ...options,
      client: options.kube,
      listeners: this.#listeners(),
      onError: this.#onError,
    });
    const { scopes, claims, automations, requests, sealed } = this.cluster;
    this.#wakeWriting = new WritingWakeUp(scopes, sealed, options.wake);
    this.#wakeAutomations = new AutomationWakeUp(scopes, automations, requests, options.wake);
    const wake: Wake = (kind, key) => {
      options.wake(kind, key);
      if (kind !== 'scope') return;
      this.#wakeWriting.scope(key);
      this.#wakeAutomations.scope(key);
    };
    this.#wakeUp = new WakeUp(scopes, this.interests, wake);
    this.#wakeClaims = new ClaimWakeUp(claims, requests, wake);
    this.#wakeChain = new WakeUp(scopes, this.interests, (kind, key) => {
      wake(kind, key);
      if (kind === 'scope') this.#wakeClaims.scope(key);
    });
    this.#enrolled = new EnrolledWatches({
      ...options,
      client: options.kube,
      type: SECRETS,
      labelSelector: `${MANAGED_LABEL}=true`,
      store: this.targets,
      transform: (secret) =>
        observeTarget(secret, options.keyring, this.targets.get(objectKey(secret.metadata))),
      onChange: (before, after) => this.#targetChanged(before, after),
      onNamespace: (namespace) => this.#enrolmentKnown(namespace),
      onError: this.#onError,
    });
  }

  start(): void {
    this.cluster.start();
    if (this.#options.clusterWide) this.#enrolled.watchEverywhere();
  }

  /**
   * False when stopped before everything was listed once. Of single namespaces only a first look is waited for: a
   * scope whose Secrets are being listed would be reported as not ready, although nothing is wrong with it. So it is
   * with what protected scopes need, which an older installation lacks.
   */
  async whenSynced(): Promise<boolean> {
    const everywhere = this.#options.clusterWide ? this.#enrolled.watchEverywhere().whenSynced() : true;
    if (!(await this.cluster.whenSynced()) || !(await everywhere)) return false;
    await this.#whenLooked();
    tellWhatIsMissing(this.cluster, this.#options.log);
    return true;
  }

  async #whenLooked(): Promise<void> {
    const { approvals, writing } = this.cluster;
    await Promise.all([this.#enrolled, approvals, writing].map((one) => one.whenLooked()));
  }

  async stop(): Promise<void> {
    await Promise.all([this.cluster.stop(), this.#enrolled.stop()]);
  }

  reflectors(): AnyReflector[] {
    const { reflectors, approvals, writing } = this.cluster;
    return [...reflectors, ...approvals.reflectors, ...writing.reflectors, ...this.#enrolled.reflectors()];
  }

  /** Kubernetes' own namespaces and the operator's get no Secrets, whatever rights there are. */
  enrolment(namespace: string): Enrolment {
    if (namespace.startsWith('kube-') || namespace === this.#options.operatorNamespace) return 'forbidden';
    return this.#enrolled.state(namespace);
  }

  enrolledNamespaces(): string[] {
    const all = this.#options.clusterWide ? [...this.cluster.namespaces.keys()] : this.#enrolled.namespaces();
    return all.filter((namespace) => this.enrolment(namespace) === 'enrolled').sort();
  }

  /** A provider reports that a key may have changed; no key means any of that backend. */
  sourceChanged(backendUid: string, key: string | undefined): void {
    this.#wakeUp.source(backendUid, key);
  }

  /** Something about a backend is to be told that its object does not show. */
  backendNews(backendUid: string): void {
    const [own] = this.cluster.backends.by(BY_UID, backendUid);
    const [shared] = this.cluster.clusterBackends.by(BY_UID, backendUid);
    if (own) this.#options.wake('backend', `${own.metadata.namespace}/${own.metadata.name}`);
    if (shared) this.#options.wake('clusterbackend', shared.metadata.name);
  }

  #listeners() {
    return {
      scope: (before, after, { key, via }) => {
        if (via === 'watch') this.witness.watched(before, after);
        else this.witness.listed(after);
        this.#wakeChain.scope(key, before, after);
        this.#wakeWriting.published(before, after);
        this.#wakeAutomations.conditions(key, before, after);
      },
      backend: (before, after, { key }) => this.#backendChanged('SecretBackend', key, before, after),
      clusterBackend: (before, after, { key }) =>
        this.#backendChanged('ClusterSecretBackend', key, before, after),
      claim: (before, after, { key, via }) => {
        if (via === 'watch') this.claimWitness.watched(before, after);
        else this.claimWitness.listed(after);
        this.#wakeClaims.claim(key, before, after);
      },
      automation: (before, after, { key }) => this.#wakeAutomations.automation(key, before, after),
      namespace: (before, after) => {
        this.#wakeChain.namespace(before, after);
        this.#wakeClaims.namespace(before, after);
      },
      enrolment: (before, after) => this.#enrolmentChanged(before ?? after ?? ''),
      request: (before, after) => this.#approvalChanged(before, after),
      review: (before, after) => this.#approvalChanged(before, after),
      ledger: (before, after) => {
        this.#wakeUp.ledger(before, after);
        this.#wakeClaims.ledger(before, after);
        this.#wakeWriting.ledger(before, after, this.#wakeChain);
      },
      sealed: (before, after) => this.#wakeWriting.sealed(before, after),
      keyMap: (_before, _after, { key }) => this.#wakeWriting.keyMap(key.slice(key.indexOf('/') + 1)),
      sealingKey: () => this.#wakeWriting.sealingKey(),
      policy: (before, after) => {
        this.#wakeUp.policy(before, after);
        if (!samePolicy(before, after)) this.#wakeAskers();
      },
      approvalsKnown: () => this.#wakeUndecided(),
    } satisfies ConstructorParameters<typeof ClusterWatches>[0]['listeners'];
  }

  #approvalChanged(...[before, after]: Parameters<WakeUp['approval']>): void {
    this.#wakeUp.approval(before, after);
    this.#wakeClaims.approval(before, after);
    this.#wakeAutomations.approval(before, after);
  }

  #wakeUndecided(): void {
    this.#wakeUp.protectedScopes();
    this.#wakeAskers();
  }

  #wakeAskers(): void {
    this.#wakeClaims.all();
    this.#wakeAutomations.all();
  }

  #enrolmentKnown(namespace: string): void {
    for (const wakes of [this.#wakeUp, this.#wakeClaims]) wakes.enrolment(namespace);
  }

  #backendChanged(...[kind, key, before, after]: Parameters<WakeUp['backend']>): void {
    this.#wakeChain.backend(kind, key, before, after);
    if (before && before.metadata.uid !== after?.metadata.uid) this.#options.backendGone(before.metadata.uid);
  }

  #targetChanged(before: ObservedTarget | undefined, after: ObservedTarget | undefined): void {
    const secret = after ?? before;
    if (secret) this.#wakeUp.target(secret, [...holderKeys(before), ...holderKeys(after)]);
  }

  #enrolmentChanged(namespace: string): void {
    const still = this.cluster.enrolments.keysBy(BY_NAMESPACE, namespace).size > 0;
    const work = still ? this.#enrolled.enrol(namespace) : this.#enrolled.leave(namespace);
    work.then(
      () => this.#enrolmentKnown(namespace),
      (error) => this.#onError(error, `Secrets of ${namespace}`),
    );
  }

  readonly #onError = (error: unknown, label: string): void => {
    const { approvals, writing } = this.cluster;
    const mayLack = approvals.mayLack(label) || writing.mayLack(label);
    tellOfWatch(error, label, mayLack, this.#options.log);
  };
}

function holderKeys(target: ObservedTarget | undefined): string[] {
  return target?.record ? [holderText(target.record.holder)] : [];
}
