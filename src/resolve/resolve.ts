import type { Facts, NamespaceFacts } from '../model/facts.ts';
import { byName } from '../model/names.ts';
import type {
  NameAnswer,
  NameResult,
  Resolution,
  ResolvedNames,
  Uncertain,
  Uncertainty,
} from '../model/plan.ts';
import { answerFor, denialOf, notAvailable } from './answer.ts';
import { buildChain, type Chain, type Link } from './chain.ts';
import { entriesOf, LEVEL_LIMIT, type LevelEntries } from './entries.ts';
import { mayUse, type Offer, offers } from './organization-limit.ts';
import { type Contender, chooseSupplier, judge } from './precedence.ts';
import { refusals } from './refusals.ts';

interface LevelView {
  readonly link: Link;
  readonly entries: LevelEntries;
  readonly offers: ReadonlyMap<string, Offer>;
  /** Why any other name may still turn up at this level, for the scope asked. */
  readonly pending: Uncertainty | undefined;
}

/**
 * Which secrets reach `destination` through the scope asked, and why: the rules of levels, access, grants and
 * limits, decided from facts alone. Same facts, same answer; no clock, no value.
 *
 * `destination` is the scope's own namespace, or one that a fan-out target or a claim delivers to.
 */
export function resolve(facts: Facts, destination: NamespaceFacts = facts.scope.namespace): Resolution {
  const chain = buildChain(facts);
  const views = chain.links.map(viewOf);
  const contenders = contendersByName(views);
  const authority = {
    offeredBy: offeredBy(contenders, chain, destination),
    uncertain: uncertainty(chain, views),
  };
  const violations = refusals(facts);
  if (violations.length > 0) return { kind: 'refused', violations, ...authority };
  const names = [...contenders].map(
    ([name, list]) => [name, resolveName(name, list, views, chain, destination)] as const,
  );
  return {
    kind: 'resolved',
    ...authority,
    names: new Map(names),
    parentRefused: chain.refused,
    excluded: views.flatMap((view) => [...view.offers.values()].filter((offer) => offer.beyondLimit)).length,
    discovered: views[0]?.entries.discovered ?? 0,
    notes: views[0]?.entries.notes ?? [],
  };
}

function viewOf(link: Link): LevelView {
  const entries = entriesOf(link.scope, link.keys);
  // a prefix whose finds the scope asked may not use cannot surprise it
  const pending = entries.unlisted.find(({ access }) => mayUse(link, [access]))?.why;
  return { link, entries, offers: offers(link, entries), pending };
}

/** Who offers which name, most specific first; in the order of the names. */
function contendersByName(views: readonly LevelView[]): Map<string, Contender[]> {
  const found = new Map<string, Contender[]>();
  for (const [depth, view] of views.entries()) {
    for (const [name, offer] of view.offers) {
      const contender = { link: view.link, depth, offer };
      const others = found.get(name);
      if (others) others.push(contender);
      else found.set(name, [contender]);
    }
  }
  return new Map([...found].sort(([a], [b]) => byName(a, b)));
}

function offeredBy(
  contenders: ReadonlyMap<string, readonly Contender[]>,
  chain: Chain,
  destination: NamespaceFacts,
): Map<string, ReadonlySet<string>> {
  const suppliers = new Map<string, ReadonlySet<string>>();
  for (const [name, list] of contenders) {
    const allowed = list.filter((one) => denialOf(name, one, chain.links, destination) === undefined);
    if (allowed.length > 0) suppliers.set(name, new Set(allowed.map((one) => one.link.scope.id.uid)));
  }
  return suppliers;
}

function resolveName(
  name: string,
  contenders: readonly Contender[],
  views: readonly LevelView[],
  chain: Chain,
  destination: NamespaceFacts,
): NameResult {
  const winner = chooseSupplier(contenders);
  const candidates = judge(contenders, winner);
  if (!winner) return { answer: notAvailable(name), candidates };
  const answer = maybeShadowed(name, winner, views) ?? answerFor(name, winner, chain.links, destination);
  return { answer, candidates };
}

/**
 * A level below the supplier has not been listed yet and could define the name, or has found it beyond its limit:
 * nothing may fall through it.
 */
function maybeShadowed(name: string, winner: Contender, views: readonly LevelView[]): NameAnswer | undefined {
  if (winner.offer.entry.locked) return undefined;
  for (const [depth, { link, entries, pending }] of views.slice(0, winner.depth).entries()) {
    if (entries.leftOut.has(name))
      return depth === 0 ? beyondOwnLimit(name, link) : { ...notAvailable(name), kind: 'broken' };
    if (pending)
      return {
        kind: 'unknown',
        ...told(pending, depth),
        message: `${name}: ${told(pending, depth).message}`,
      };
  }
  return undefined;
}

function beyondOwnLimit(name: string, link: Link): NameAnswer {
  const { level } = link.scope.spec;
  const message = `${name} was discovered beyond the ${LEVEL_LIMIT[level]} secrets that ${level} holds, and no other level may stand in for it; write an entry for it, or narrow the prefix`;
  return { kind: 'broken', reason: 'LimitExceeded', message };
}

function uncertainty(chain: Chain, views: readonly LevelView[]): Uncertain | undefined {
  const depth = views.findIndex((view) => view.pending);
  const pending = views[depth]?.pending;
  if (!chain.uncertain && !pending) return undefined;
  // a refusal is told in the same words as an absence, whatever else is pending
  const why = chain.uncertain ?? chain.refused ?? (pending && told(pending, depth));
  if (!why) return undefined;
  const known = views.map(
    (view) => [view.link.scope.id.uid, view.pending ? 'explicitOnly' : 'complete'] as const,
  );
  return { ...why, known: new Map(known), levelsMissing: chain.uncertain !== undefined };
}

/** What another level has not listed is its own business; that something is pending there has to be said. */
function told(pending: Uncertainty, depth: number): Uncertainty {
  if (depth === 0) return pending;
  const message = 'a level above has not listed its discovered secrets yet; delivered keys stay until it has';
  return { reason: 'DiscoveryPending', message };
}

/** What `name` resolves to, also when no level has ever heard of it. */
export function answerOf(resolution: ResolvedNames, name: string): NameAnswer {
  const answer = resolution.names.get(name)?.answer ?? notAvailable(name);
  if (answer.kind !== 'absent') return answer;
  const { uncertain, parentRefused } = resolution;
  if (uncertain) return { kind: 'unknown', reason: uncertain.reason, message: uncertain.message };
  return parentRefused ? { ...answer, ...parentRefused } : answer;
}
