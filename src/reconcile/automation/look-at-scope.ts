/** Owns: what an automation sees of its scope: the states that events are differences of. Used by: reconcile-automation.ts. */
import type { Look, SeenRequest, SeenTarget } from '../../automate/due-events.ts';
import type { ObservedTarget } from '../../materialize/observed-target.ts';
import type { RequestRecord } from '../../model/kinds/scope-ledger.ts';
import type { Level } from '../../model/kinds/secret-scope.ts';
import { REASONS, type Reason, reasonPolicy } from '../../model/reasons.ts';
import type { ScopeView } from '../../watch/views.ts';
import { BY_HOLDER, keyOf } from '../../watch/world.ts';
import { levelsOf } from '../approval/basis.ts';
import type { Deps } from '../deps.ts';
import type { Automated } from './automated-scope.ts';

export function lookAt(automated: Automated, deps: Deps): Look {
  return {
    place: placeOf(automated),
    targets: targetsOf(automated, deps),
    requests: requestsOf(automated, deps),
    failure: failureOf(automated.scope),
  };
}

export function placeOf({ scope, facts }: Pick<Automated, 'scope' | 'facts'>): Look['place'] {
  const levels = levelsOf(facts);
  const at = (level: Level) => levels.find(({ spec }) => spec.level === level);
  const environment = at('Environment');
  return {
    ...scope.metadata,
    organization: at('Organization')?.id.name ?? '',
    repository: at('Repository')?.id.name ?? '',
    environment: environment?.spec.environmentName ?? environment?.id.name ?? '',
  };
}

/** Undefined while the Secrets of a namespace are still being listed: what is not seen is not gone. */
function targetsOf({ scope, spec }: Automated, deps: Deps): SeenTarget[] | undefined {
  const held = deps.targets
    .by(BY_HOLDER, keyOf(scope.metadata))
    .filter(
      ({ record, proof, deleting }) =>
        (proof === 'proven' || proof === 'newer') && !deleting && record?.holder.uid === scope.metadata.uid,
    );
  const namespaces = [scope.metadata.namespace, ...held.map(({ namespace }) => namespace)];
  if (namespaces.some((namespace) => deps.enrolment(namespace) === 'starting')) return undefined;
  return (spec.targets ?? []).flatMap(({ secretName }) => {
    const own = held.filter(({ record }) => record?.target === secretName);
    return own.length > 0 ? [seenTarget(secretName, own)] : [];
  });
}

/** One target may have a Secret in many namespaces, and not all of them the newest version yet. */
function seenTarget(secretName: string, secrets: readonly ObservedTarget[]): SeenTarget {
  const names = secrets.flatMap(({ record }) =>
    Object.values(record?.keys ?? {}).flatMap((key) => key.names),
  );
  return {
    secretName,
    createdAt: Math.min(...secrets.map(({ createdAt }) => createdAt)),
    names: [...new Set(names)].sort(),
  };
}

/** Undefined while ledgers are not known. */
function requestsOf({ scope: { metadata } }: Automated, deps: Deps): SeenRequest[] | undefined {
  if (deps.world.approvalsKnown() !== 'known' || !deps.world.ledgersKnown()) return undefined;
  const { name, namespace, uid } = metadata;
  const ledger = deps.world.ledgers.get(uid);
  if (ledger?.spec.kind === 'invalid') return undefined;
  return (deps.ledgers.read({ name, namespace, uid }, ledger).spec.requests ?? []).map(seenRequest);
}

function seenRequest(record: RequestRecord): SeenRequest {
  const { uid, name, consumer, state, createdAt, decided, grant, authors = [] } = record;
  const decision = state === 'Released' ? grant : decided;
  const votes = decision?.votes ?? [];
  return {
    uid,
    name,
    consumer: { ...consumer, uid: consumer.uid ?? '' },
    state,
    createdAt: Date.parse(createdAt),
    decidedAt: decision && Date.parse(decision.at),
    by: grant?.by,
    people: state === 'Waiting' ? authors : [...new Set(votes.map(({ username }) => username))].sort(),
  };
}

/** What a person or a provider has to mend; that somebody has to approve is told as such. */
function failureOf({ conditions }: ScopeView): Look['failure'] {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (!ready) return undefined;
  const { status, reason, message, lastTransitionTime: since } = ready;
  const isFailure =
    status === 'False' &&
    Object.hasOwn(REASONS, reason) &&
    reasonPolicy(reason as Reason).event === 'Warning';
  return isFailure ? { reason, message, since } : 'none';
}
