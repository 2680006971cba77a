import type { Mutation } from './mutations.ts';

const claimTests = (...names: string[]) => names.map((name) => `src/reconcile/claim/claim-${name}.test.ts`);
const approvalTests = (...names: string[]) => names.map((name) => `src/reconcile/approval/${name}.test.ts`);
const inClaim = (name: string) => `src/reconcile/claim/${name}.ts`;
const inApproval = (name: string) => `src/reconcile/approval/${name}.ts`;

/** Wrong rules about who may claim, what a claim is given, and when it lets go. */
export const CLAIM_MUTATIONS: readonly Mutation[] = [
  // who may claim
  {
    name: 'claim: whom consumers admit is not asked whether it is trusted',
    file: 'src/resolve/claim-admission.ts',
    find: 'trusted !== true && matchesLabels',
    replace: 'trusted === false && matchesLabels',
    tests: ['src/resolve/claim-admission.test.ts'],
  },
  {
    name: 'claim: only the scope itself may distrust a namespace',
    file: 'src/resolve/claim-admission.ts',
    find: '![scope, ...above(parent)].some',
    replace: '![scope, ...above(parent).slice(9)].some',
    tests: ['src/resolve/claim-admission.test.ts'],
  },
  {
    name: 'claim: a level above that is not known distrusts nobody',
    file: inClaim('asked-scope'),
    find: "return above.kind !== 'none';",
    replace: "return above.kind === 'found';",
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a refusal is told in other words than an absence',
    file: inClaim('asked-scope'),
    find: "if (!admitsClaim(facts, namespace)) return { kind: 'refused', finding, asked };",
    replace:
      "if (!admitsClaim(facts, namespace))\n    return { kind: 'refused', finding: { ...finding, message: 'refused' }, asked };",
    tests: claimTests('answers'),
  },
  {
    name: 'claim: without the policy that proves the right it is delivered all the same',
    file: inClaim('asked-scope'),
    find: "if (found.kind === 'missing') return notInForce(found.missing.join(', '));",
    replace: "if (found.kind === 'missing') return undefined;",
    tests: claimTests('answers'),
  },
  // what is told across a boundary
  {
    name: 'claim: another namespace is told why a name cannot be had',
    file: inClaim('claim-plan'),
    find: 'if (scope.metadata.namespace === namespace.name) return plan;',
    replace: 'if (scope.metadata.namespace !== namespace.name) return plan;',
    tests: claimTests('answers'),
  },
  {
    name: 'claim: another namespace is told which key is missing',
    file: inClaim('deliver-claim'),
    find: 'isOwn ? scope.metadata.uid : undefined',
    replace: 'scope.metadata.uid',
    tests: claimTests('answers'),
  },
  // what was decided on
  {
    name: 'claim: what a release is compared with is what the watch shows by then',
    file: inClaim('asked-scope'),
    find: '    basis: claimBasis({ claim, facts, namespace }, deps),\n',
    replace: '    get basis() {\n      return claimBasis({ claim, facts, namespace }, deps);\n    },\n',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: the claim itself is not looked at before a release',
    file: inApproval('live-check'),
    find: 'await look.asker(releasing.party);',
    replace: '',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a Snapshot is of what the watch shows of its request',
    file: inClaim('claim-request'),
    find: '(await liveRequest(scope, record, deps, signal))',
    replace: 'undefined',
    tests: claimTests('attacks'),
  },
  // whose entries are whose
  {
    name: 'claim: a claim judges the entries of targets of its name',
    file: inApproval('party'),
    find: 'return kind === own && namespace === metadata.namespace && name === metadata.name;',
    replace: 'return namespace === metadata.namespace && name === metadata.name;',
    tests: approvalTests('party'),
  },
  {
    name: 'claim: the scope ends what was released to claims',
    file: inApproval('party'),
    find: "return consumer.kind === 'Target' || !mayAsk(consumer, scope, deps);",
    replace: "return consumer.kind === 'Target' || mayAsk(consumer, scope, deps);",
    tests: [...approvalTests('party'), ...claimTests('gate')],
  },
  {
    name: 'claim: while claims cannot be told they are gone',
    file: inApproval('party'),
    find: "if (known !== 'known') return true;",
    replace: '',
    tests: approvalTests('party'),
  },
  {
    name: 'claim: one that is not seen yet is gone',
    file: inApproval('party'),
    find: 'if (!asks) left.push(entry);',
    replace: 'left.push(entry);',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a scope tells voters on a claim that their vote changes nothing',
    file: inApproval('report-decisions'),
    find: 'if (entry && !concerns(party, entry, view, deps)) continue;',
    replace: '',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a Snapshot waits as long as anything else',
    file: inApproval('party'),
    find: "mode === 'Snapshot' && waits > SNAPSHOT_PENDING_MS",
    replace: "mode === 'Snapshot' && waits < 0",
    tests: [...approvalTests('party'), ...claimTests('gate')],
  },
  {
    name: 'claim: its ttl makes a release longer than the scope lets it be',
    file: inApproval('party'),
    find: 'durationMs(ttl) <= durationMs(grantTTL)',
    replace: 'durationMs(ttl) >= durationMs(grantTTL)',
    tests: approvalTests('party'),
  },
  {
    name: 'claim: whoever made it may approve it',
    file: inApproval('gate-facts'),
    find: 'asker ? withAskerAuthors(state.authors, asker, stamps) : state.authors',
    replace: 'state.authors',
    tests: claimTests('gate'),
  },
  {
    name: 'claim: who wrote an entry that nobody has seen is forgotten',
    file: inApproval('reviewed-entries'),
    find: 'return isSettled(decisions, spec) && isReviewed(facts, entries);',
    replace: 'return isSettled(decisions, spec) && (isReviewed(facts, entries) || true);',
    tests: approvalTests('reviewed-entries'),
  },
  // letting go
  {
    name: 'claim: what was released to an earlier claim of the name stays',
    file: inClaim('release-claimed'),
    find: '(isGuarded(spec) && isOver(one))',
    replace: 'false',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: what an earlier claim had elsewhere stays',
    file: inClaim('release-claimed'),
    find: '(one.name !== wish.secretName || (',
    replace: '(one.name === wish.secretName && (',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a finalizer keeps the Secret of a deleted claim',
    file: inClaim('reconcile-claim'),
    find: 'if (claim.deleting) return leaving(claim, deps, signal);',
    replace: "if (claim.deleting) return { kind: 'done' };",
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: Secrets go while the namespace of their claims does',
    file: inClaim('release-claimed'),
    find: 'return home?.metadata.deletionTimestamp === undefined;',
    replace: 'return home !== undefined;',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: what was merely not there any more goes at once',
    file: inClaim('release-claimed'),
    find: "(sawLeave(one, deps) ? 'witnessed' : 'found');\n  return releaseEach(held, leaving, `SecretClaim ${key} is gone`",
    replace:
      "(one ? 'witnessed' : 'found');\n  return releaseEach(held, leaving, `SecretClaim ${key} is gone`",
    tests: claimTests('answers'),
  },
  {
    name: 'claim: the request of one that is refused stays open',
    file: inClaim('report-claim'),
    find: "'asked' in asking ? asking.asked : undefined",
    replace: 'undefined',
    tests: claimTests('attacks'),
  },
  // time, and Snapshots
  {
    name: 'claim: no ttl counts under protection before a release',
    file: inClaim('deliver-claim'),
    find: 'this.#isGuarded && !isOfBefore ?',
    replace: 'this.#isGuarded ?',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: no ttl counts while the scope cannot be used',
    file: inClaim('reconcile-claim'),
    find: 'const end = isRefused ? undefined : shownEnd(claim);',
    replace: 'const end = isRefused ? shownEnd(claim) : undefined;',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a Snapshot whose Secret was deleted is made again',
    file: inClaim('taken-snapshot'),
    find: 'return isSnapshot(asked) && maySee && wasDelivered(asked.claim) && !takenSnapshot(asked, deps);',
    replace: 'return isSnapshot(asked) && !maySee && wasDelivered(asked.claim);',
    tests: claimTests('gate'),
  },
  {
    name: 'claim: a Snapshot that lost its label is waited for',
    file: inClaim('taken-snapshot'),
    find: 'return found?.managed === true && !found.deleting;',
    replace: 'return found !== undefined;',
    tests: claimTests('attacks'),
  },
  {
    name: 'claim: a Snapshot follows what is claimed',
    file: inClaim('deliver-claim'),
    find: 'unproven || taken || isLost ?',
    replace: 'unproven || isLost ?',
    tests: claimTests('gate'),
  },
  {
    name: 'claim: a Snapshot of the levels above is of when it is released',
    file: inClaim('claim-plan'),
    find: 'if (request) return fixedVersion(request, line.name);',
    replace: '',
    tests: claimTests('gate'),
  },
  {
    name: 'claim: a Snapshot is written into a Secret that may be changed',
    file: 'src/materialize/compare-target.ts',
    find: '(once || observed.type',
    replace: '(observed.type',
    tests: ['src/materialize/deliver-once.test.ts'],
  },
  {
    name: 'claim: a Snapshot has no owner',
    file: 'src/materialize/target-body.ts',
    find: '...(change.once && { ownerReferences: [ownerOf(change.holder)] }),',
    replace: '',
    tests: ['src/materialize/target-body.test.ts', 'src/materialize/deliver-once.test.ts'],
  },
  {
    name: 'claim: a claim and a scope of one name hold the same Secret',
    file: 'src/materialize/delivery-record.ts',
    find: "return `${kind === undefined ? '' : `${kind}/`}${namespace}/${name}`;",
    replace: "return `${kind === undefined ? '' : ''}${namespace}/${name}`;",
    tests: ['src/materialize/delivery-record.test.ts', 'src/materialize/target-contest.test.ts'],
  },
  // who is woken
  {
    name: 'claim: a change of the scope wakes nobody who claims from it',
    file: 'src/watch/claim-wake-up.ts',
    find: 'this.#wakeEach(this.#claims.by(BY_CLAIMED_SCOPE, key));',
    replace: 'this.#wakeEach(this.#claims.by(BY_NAMESPACE, key));',
    tests: ['src/watch/claim-wake-up.test.ts'],
  },
  {
    name: 'claim: a vote wakes only the scope',
    file: 'src/watch/claim-wake-up.ts',
    find: 'this.#requests.by(BY_REQUEST_UID, view.spec.value.requestRef.uid)',
    replace: 'this.#requests.by(BY_REQUEST_UID, view.metadata.uid)',
    tests: ['src/watch/claim-wake-up.test.ts'],
  },
];
