import type { NamespaceFacts, ScopeFacts } from '../model/facts.ts';
import type { NameAnswer, PlanLine } from '../model/plan.ts';
import type { Reason } from '../model/reasons.ts';
import { admitsConsumer } from './admission.ts';
import type { Link } from './chain.ts';
import { keyFault } from './key-rules.ts';
import { USABLE_ORGANIZATION_SECRETS } from './organization-limit.ts';
import type { Contender } from './precedence.ts';

type Denial = Extract<NameAnswer, { kind: 'denied' | 'absent' }>;

/**
 * Turns the supplier of a name into the answer that the scope asked gets. What goes wrong at its own level is
 * told in full; across a boundary a denial, an absence and a fault read the same, `NotAvailable` (existence is no
 * one else's business). Only what happens to the key differs.
 */
export function answerFor(
  name: string,
  winner: Contender,
  links: readonly Link[],
  destination: NamespaceFacts,
): NameAnswer {
  const answer =
    denialOf(name, winner, links, destination) ?? ledgerUnknown(name, winner) ?? fromBackend(name, winner);
  if (winner.depth === 0) return answer;
  if (answer.kind === 'broken') return { ...notAvailable(name), kind: 'broken' };
  // beyond the limit is told: it is said only of what the organization did grant
  const told = answer.kind !== 'denied' || answer.reason === 'LimitExceeded';
  return told ? answer : notAvailable(name);
}

/** A value that was deleted may still be at the backend: while nobody knows whether, nothing new is read there. */
function ledgerUnknown(name: string, { link }: Contender): NameAnswer | undefined {
  if (link.scope.destroyed !== 'unknown') return undefined;
  const message = `${name}: whether its value was deleted is not known yet; what is delivered stays until it is`;
  return { kind: 'unknown', reason: 'Progressing', message };
}

/** Why authority keeps an entry from the destination, if it does. Whether it could be read is not asked. */
export function denialOf(
  name: string,
  { depth, link, offer }: Contender,
  links: readonly Link[],
  destination: NamespaceFacts,
): Denial | undefined {
  if (!offer.granted) return notAvailable(name);
  if (offer.beyondLimit) return denied('LimitExceeded', beyondLimitMessage(name, link));
  if (!reaches(links.slice(0, depth + 1), destination)) return notAvailable(name);
  if (isDestroyed(link.scope, name)) return denied('ValueDeleted', valueDeletedMessage(name, link.scope));
  return keyDenial(name, link, offer.entry.from.key);
}

function keyDenial(name: string, { scope, keys }: Link, key: string): Denial | undefined {
  // no backend, no answer: that the key is withheld is not known
  if (scope.backend.kind !== 'found') return undefined;
  const grant = keys(key);
  switch (grant.kind) {
    case 'granted':
      return undefined;
    case 'notGranted':
      return denied('KeyNotGranted', notGrantedMessage(name, scope, key));
    case 'protected':
      return denied(
        'KeyProtected',
        `${name}: key ${shown(key)} is delivered only through the environment ${grant.by}`,
      );
    default:
      return unreachable(grant);
  }
}

/** Every scope from the one that defines an entry down to the one asked has to admit the namespace it reaches. */
function reaches(way: readonly Link[], destination: NamespaceFacts): boolean {
  const asked = way[0]?.scope;
  if (asked?.namespace.name === destination.name) return true;
  // an organization meets no repository here, so its access policy would have nothing to judge
  if (asked?.spec.level === 'Organization') return false;
  return way.every((link) => admitsConsumer(link.scope, destination));
}

function fromBackend(name: string, { link, offer }: Contender): NameAnswer {
  const { entry } = offer;
  const { backend } = link.scope;
  if (entry.collidesWith !== undefined) {
    return broken(
      'NameCollision',
      `${name}: keys ${shown(entry.from.key)} and ${shown(entry.collidesWith)} both make this name; write an entry for one of them`,
    );
  }
  if (backend.kind !== 'found') return backendNotThere(name, link.scope, entry.from.key);
  const fault = keyFault(backend.provider, entry.from.key);
  if (fault !== undefined)
    return broken('KeyInvalid', `${name}: spec.secrets[].from.key "${shown(entry.from.key)}" ${fault}`);
  return { kind: 'line', line: lineOf(name, link.scope, entry, backend) };
}

/** Where the value of an entry is kept. */
export function lineOf(
  name: string,
  scope: ScopeFacts,
  entry: Contender['offer']['entry'],
  backend: Extract<ScopeFacts['backend'], { kind: 'found' }>,
): PlanLine {
  const { key, version, property, encoding } = entry.from;
  return {
    name,
    level: scope.spec.level,
    scope: scope.id,
    locked: entry.locked,
    backend: {
      refKind: backend.refKind,
      id: backend.id,
      provider: backend.provider,
      identity: backend.identity,
    },
    key,
    ...(version === undefined ? {} : { version }),
    ...(property === undefined ? {} : { property }),
    encoding: encoding ?? 'None',
    explicit: entry.explicit,
  };
}

/** The one answer across a boundary, for a name that does not exist and for one that is not granted. */
export function notAvailable(name: string): Extract<NameAnswer, { kind: 'absent' }> {
  return {
    kind: 'absent',
    reason: 'NotAvailable',
    message: `${name} is not an entry of this scope, and no level above makes it available here; add it to spec.secrets, or ask the owner of the level above for access`,
  };
}

/** A shared backend that is not there reads as one that grants nothing: its name is no tenant's to try out. */
function backendNotThere(name: string, owner: ScopeFacts, key: string): NameAnswer {
  const ref = owner.spec.backendRef;
  if (ref?.kind === 'ClusterSecretBackend')
    return broken('KeyNotGranted', notGrantedMessage(name, owner, key));
  const which = ref ? `spec.backendRef ${ref.kind} ${ref.name}` : 'spec.backendRef';
  return broken(
    'BackendMissing',
    `${name}: ${which} of scope ${owner.id.namespace}/${owner.id.name} does not exist; create it`,
  );
}

function notGrantedMessage(name: string, owner: ScopeFacts, key: string): string {
  const backend = owner.spec.backendRef?.name ?? '';
  return `${name}: ClusterSecretBackend ${backend} does not grant key ${shown(key)} to namespace ${owner.namespace.name}; ask its admin for a grant, or correct spec.backendRef`;
}

/** What cannot be told takes nothing away; see `answerFor` for what it hands out. */
function isDestroyed({ destroyed }: ScopeFacts, name: string): boolean {
  return destroyed !== undefined && destroyed !== 'unknown' && destroyed.has(name);
}

/** Also said of a locked or shadowing entry: no other level may stand in for it. */
function valueDeletedMessage(name: string, { id, spec }: ScopeFacts): string {
  const flag = { Organization: ' --org', Repository: ' --repo', Environment: undefined }[spec.level];
  const command = flag && `secretscope secret set ${name}${flag} ${id.namespace}/${id.name}, or `;
  return `${name}: its value was deleted; store a new one (${command ?? ''}a SealedValue for scope ${id.name} in namespace ${id.namespace}), or remove the entry from spec.secrets`;
}

function beyondLimitMessage(name: string, { scope }: Link): string {
  return `${name} is not among the first ${USABLE_ORGANIZATION_SECRETS} secrets by name that organization ${scope.id.namespace}/${scope.id.name} grants here; ask its owner to grant fewer`;
}

function denied(reason: Reason, message: string): Denial {
  return { kind: 'denied', reason, message };
}

function broken(reason: Reason, message: string): NameAnswer {
  return { kind: 'broken', reason, message };
}

/** Spec text for a message: cut, since a message has to stay readable, and without what a terminal would obey. */
function shown(text: string): string {
  const safe = text.replace(/[^ -~]/g, '?');
  return safe.length > 64 ? `${safe.slice(0, 61)}...` : safe;
}

function unreachable(grant: never): never {
  throw new Error(`no answer is known for this grant: ${JSON.stringify(grant)}`);
}
