import type { Clock, Random } from '../kube/clock.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { objectKey, SECRETS, type Secret } from '../kube/kube-objects.ts';
import { Store } from '../kube/store.ts';
import { holderText } from '../materialize/delivery-record.ts';
import type { Keyring } from '../materialize/keyring.ts';
import { type ObservedTarget, observeTarget } from '../materialize/observed-target.ts';
import { MANAGED_LABEL } from '../model/marks.ts';
import type { Enrolment } from '../reconcile/deps.ts';
import type { Logger } from '../report/logger.ts';
import { ClaimWakeUp } from '../watch/claim-wake-up.ts';
import { BY_UID, ClusterWatches } from '../watch/cluster-watches.ts';
import { EnrolledWatches } from '../watch/enrolled-watches.ts';
import { Interests } from '../watch/interests.ts';
import type { AnyReflector } from '../watch/reflect.ts';
import { samePolicy } from '../watch/same-views.ts';
import { type Wake, WakeUp } from '../watch/wake-up.ts';
import { Witness } from '../watch/witness.ts';
import { BY_HOLDER, BY_NAMESPACE } from '../watch/world.ts';

export interface ObservationOptions {
  readonly kube: KubeClient;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
  readonly relistEveryMs: number;
  readonly log: Logger;
  readonly operatorNamespace: string;
  /** Rights on Secrets everywhere: one watch instead of one for each enrolled namespace. */
  readonly clusterWide: boolean;
  readonly wake: Wake;
  /** A backend object went: nothing may be kept open in its name. */
  readonly backendGone: (uid: string) => void;
}

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

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.cluster = new ClusterWatches({
      ...options,
      client: options.kube,
      listeners: this.#listeners(),
      onError: this.#onError,
    });
    const { scopes, claims, requests } = this.cluster;
    this.#wakeUp = new WakeUp(scopes, this.interests, options.wake);
    this.#wakeClaims = new ClaimWakeUp(claims, requests, options.wake);
    this.#wakeChain = new WakeUp(scopes, this.interests, (kind, key) => {
      options.wake(kind, key);
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
    const synced = (await this.cluster.whenSynced()) && (await everywhere);
    if (synced) await Promise.all([this.#enrolled.whenLooked(), this.cluster.approvals.whenLooked()]);
    if (synced) this.#tellWhatIsMissing();
    return synced;
  }

  async stop(): Promise<void> {
    await Promise.all([this.cluster.stop(), this.#enrolled.stop()]);
  }

  reflectors(): AnyReflector[] {
    const { reflectors, approvals } = this.cluster;
    return [...reflectors, ...approvals.reflectors, ...this.#enrolled.reflectors()];
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

  #tellWhatIsMissing(): void {
    const { log } = this.#options;
    const approvals = this.cluster.approvalsKnown();
    const mutating = this.cluster.mutatingKnown();
    if (approvals !== 'known') log.info(approvals, 'protected scopes wait until this can be watched');
    if (mutating !== 'known') log.info(mutating, 'nobody is known to have asked until this can be watched');
  }

  #listeners() {
    return {
      scope: (before, after, { key, via }) => {
        if (via === 'watch') this.witness.watched(before, after);
        else this.witness.listed(after);
        this.#wakeChain.scope(key, before, after);
      },
      backend: (before, after, { key }) => this.#backendChanged('SecretBackend', key, before, after),
      clusterBackend: (before, after, { key }) =>
        this.#backendChanged('ClusterSecretBackend', key, before, after),
      claim: (before, after, { key, via }) => {
        if (via === 'watch') this.claimWitness.watched(before, after);
        else this.claimWitness.listed(after);
        this.#wakeClaims.claim(key, before, after);
      },
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
      },
      policy: (before, after) => {
        this.#wakeUp.policy(before, after);
        if (!samePolicy(before, after)) this.#wakeClaims.all();
      },
      approvalsKnown: () => {
        this.#wakeUp.protectedScopes();
        this.#wakeClaims.all();
      },
    } satisfies ConstructorParameters<typeof ClusterWatches>[0]['listeners'];
  }

  #approvalChanged(...[before, after]: Parameters<WakeUp['approval']>): void {
    this.#wakeUp.approval(before, after);
    this.#wakeClaims.approval(before, after);
  }

  #enrolmentKnown(namespace: string): void {
    this.#wakeUp.enrolment(namespace);
    this.#wakeClaims.enrolment(namespace);
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
    // a namespace that only lends an identity gives no right on its Secrets: that is no fault; nor is an installation
    // from before there were approvals, or a Kubernetes without mutating policies
    const isUsual =
      isKubeError(error, 'forbidden') ||
      (isKubeError(error, 'notFound') && this.cluster.approvals.mayLack(label));
    const level = isUsual ? 'debug' : 'warn';
    this.#options.log[level]({ err: error, watch: label }, 'a watch broke off and is taken up again');
  };
}

function holderKeys(target: ObservedTarget | undefined): string[] {
  return target?.record ? [holderText(target.record.holder)] : [];
}
