import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../model/approval.ts';
import type { LedgerSpec } from '../model/kinds/scope-ledger.ts';
import { parseLedger } from '../model/validate.ts';
import { aGate, DAY, type Gate, HOUR, START, subject, TARGET } from './a-gate.fixture.ts';
import { authorsIn, entriesOf, recordOf } from './ledger-records.ts';

const SCOPE = { namespace: 'prod', name: 'web', uid: 'scope' };
const HEX = 'a'.repeat(64);
const asked = () =>
  aGate({ allowBypass: true, grantTTL: '1h' })
    .reviewers('ana', 'ben')
    .with({ wanted: subject(['A'], { digest: `v1:sha256:${HEX}`, consumer: { ...TARGET, uid: 'claim' } }) })
    .asked()
    .at(60);
const ledgerOf = (gate: Gate): LedgerSpec => ({
  scope: SCOPE,
  requests: gate.facts.ledger.entries.map(recordOf),
});
const subjectsOf = (gate: Gate) =>
  new Map(gate.facts.ledger.entries.map(({ request, subject: known }) => [request.uid, known]));

describe('the ledger', () => {
  it.each<[string, Gate]>([
    ['a request that waits', asked()],
    ['a release', asked().approve('ana').settle()],
    ['a bypass', asked().bypass('root').settle()],
    ['a rejection', asked().reject('ana').settle()],
    ['a withdrawn one', asked().reject('ana').settle().at(90).revoke('ben').settle()],
    ['a revocation', asked().approve('ana').settle().revoke('ana').settle()],
    [
      'an end',
      asked()
        .approve('ana')
        .settle()
        .at(2 * HOUR)
        .settle(),
    ],
    [
      'one that was asked for again',
      asked()
        .at(31 * DAY)
        .settle()
        .with({ askedAgain: 'one' })
        .settle(),
    ],
  ])('gives back what was stored: %s', (_what, gate) => {
    const forgotten = { names: [], complete: false };
    const kept = gate.facts.ledger.entries.map((entry) =>
      entry.state === 'Waiting' || entry.state === 'Rejected' ? entry : { ...entry, authors: forgotten },
    );
    expect(entriesOf(ledgerOf(gate), subjectsOf(gate))).toEqual(kept);
  });

  it('is stored in the form that its kind has', () => {
    const gate = asked().approve('ana').settle().revoke('ana').settle();
    const metadata = { name: 'scope', namespace: 'secretscope-system', uid: 'u', resourceVersion: '1' };
    expect(parseLedger({ metadata, spec: ledgerOf(gate) })).toMatchObject({ kind: 'ok' });
  });

  it('is read in the order in which requests were made, however it is stored', () => {
    const gate = asked()
      .at(31 * DAY)
      .settle()
      .with({ askedAgain: 'one' })
      .settle();
    const { requests = [] } = ledgerOf(gate);
    const read = entriesOf({ scope: SCOPE, requests: requests.toReversed() }, subjectsOf(gate));
    expect(read.map(({ request }) => request.name)).toEqual(['web-1', 'web-2']);
  });

  it('knows authors only as far as it says so', () => {
    expect(authorsIn({})).toEqual({ names: [], complete: false });
    expect(authorsIn({ authors: ['ana'], authorsComplete: true })).toEqual({
      names: ['ana'],
      complete: true,
    });
  });
});

describe('if a request is no longer there', () => {
  const without = (gate: Gate, subjects = new Map()) => {
    const entries: LedgerEntry[] = entriesOf(ledgerOf(gate), subjects);
    return gate.with({ ledger: { ...gate.facts.ledger, entries } });
  };

  it('THREATS 8: a rejection of its plan stays', () => {
    expect(without(asked().reject('ana').settle()).is()).toBe('rejected');
  });

  it('its release covers nothing any more: the plan is asked for again', () => {
    expect(without(asked().approve('ana').settle()).decide().wanted.kind).toBe('unrequested');
  });

  it('its votes release nothing', () => {
    expect(without(asked().approve('ana')).decide().wanted.kind).toBe('unrequested');
  });

  it('another plan in its place, or one of another scope, is not taken for it', () => {
    const forged = new Map([['request-1', subject(['A'])]]);
    expect(without(asked().approve('ana'), forged).decide().wanted.kind).toBe('unrequested');
    const elsewhere = new Map([['request-1', { ...asked().request.subject, scopeUID: 'x' }]]);
    expect(without(asked().approve('ana'), elsewhere).decide().wanted.kind).toBe('unrequested');
  });
});

it('times are stored as the API server writes them', () => {
  expect(recordOf(asked().request).createdAt).toBe(new Date(START).toISOString().replace('.000', ''));
});
