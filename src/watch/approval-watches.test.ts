import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../kube/kube-client.ts';
import { openClient } from '../kube/open-client.ts';
import { eventually } from '../kube/testing/eventually.ts';
import { FakeClock } from '../kube/testing/fake-clock.ts';
import { SHIPPED_POLICIES } from '../model/shipped-policies.ts';
import { ledgerSpec, REQUEST_REF, requestSpec, reviewSpec, SCOPE_REF } from './approval-fixture.ts';
import { ApprovalWatches } from './approval-watches.ts';
import { KindsServer } from './kinds-server.fixture.ts';
import { WatchHealth } from './watch-health.ts';
import {
  BY_LEDGER_SCOPE,
  BY_REQUEST_SCOPE,
  BY_REQUEST_UID,
  BY_VOTED_REQUEST,
  BY_VOTED_SCOPE,
} from './world.ts';
import { raw } from './world-fixture.ts';

const MUTATING = ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'];
const DECIDING = [
  'secretrequests',
  'requestreviews',
  'scopeledgers',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
];

let server: KindsServer;
let client: KubeClient;
let close: () => Promise<void>;
let told: string[];
let watches: ApprovalWatches;
let clock: FakeClock;

beforeEach(async () => {
  server = await KindsServer.start();
  clock = new FakeClock();
  const endpoint = server.server.endpoint();
  ({ client, close } = openClient({ endpoint, clock, random: () => 0.5, userAgent: 'test' }));
  told = [];
  const tell = (what: string) => () => void told.push(what);
  watches = new ApprovalWatches({
    client,
    clock,
    random: () => 0.5,
    operatorNamespace: 'system',
    onError: () => undefined,
    listeners: {
      request: tell('request'),
      review: tell('review'),
      ledger: tell('ledger'),
      policy: tell('policy'),
      claim: tell('claim'),
      automation: tell('automation'),
      approvalsKnown: () => told.push(watches.approvalsKnown() === 'known' ? 'known' : 'missing'),
    },
  });
});

afterEach(async () => {
  await watches.stop();
  await close();
  await server.server.stop();
});

const start = async () => {
  watches.start();
  await watches.whenLooked();
};
const passing = () => clock.advance(1_000);
const isKnown = () => watches.approvalsKnown() === 'known';

describe('what protected scopes need is watched', () => {
  it('requests and votes everywhere, ledgers where the operator lives, and our own policies', async () => {
    await start();
    const asked = server.watched.map(({ path, query }) => `${path} ${query.get('labelSelector') ?? ''}`);
    const ours = '/apis/secretscope.dev/v1alpha1';
    const admission = (plural: string) =>
      `/apis/admissionregistration.k8s.io/v1/${plural} app.kubernetes.io/part-of=secretscope`;
    expect(asked.sort()).toEqual(
      [
        `${ours}/secretrequests `,
        `${ours}/requestreviews `,
        `${ours}/secretclaims `,
        `${ours}/webhookautomations `,
        `${ours}/namespaces/system/scopeledgers `,
        ...[...DECIDING.slice(3), ...MUTATING].map(admission),
      ].sort(),
    );
  });

  it('requests and votes are found by scope, by request and by UID', async () => {
    server.objects.set('secretrequests', [raw('SecretRequest', 'prod/web-1', requestSpec(), REQUEST_REF)]);
    server.objects.set('requestreviews', [raw('RequestReview', 'prod/vote', reviewSpec())]);
    await start();
    const { requests, reviews } = watches;
    expect(requests.keysBy(BY_REQUEST_SCOPE, 'prod/web-prod')).toEqual(new Set(['prod/web-1']));
    expect(requests.keysBy(BY_REQUEST_UID, REQUEST_REF.uid)).toEqual(new Set(['prod/web-1']));
    expect(reviews.keysBy(BY_VOTED_REQUEST, REQUEST_REF.uid)).toEqual(new Set(['prod/vote']));
    expect(reviews.keysBy(BY_VOTED_SCOPE, 'prod/web-prod')).toEqual(new Set(['prod/vote']));
  });

  it('ledgers are known when they were listed, not before: a deleted value may be in one', async () => {
    expect(watches.ledgersKnown()).toBe(false);
    await start();
    expect(watches.ledgersKnown()).toBe(true);
  });

  it('ledgers are known to be none where the kind is not served', async () => {
    server.refused.set('scopeledgers', 404);
    await start();
    expect(watches.ledgersKnown()).toBe(true);
  });

  it('a ledger is found by the UID of its scope and by its name, and is gone when it is deleted', async () => {
    const ledger = raw('ScopeLedger', `system/${SCOPE_REF.uid}`, ledgerSpec());
    server.objects.set('scopeledgers', [ledger]);
    await start();
    expect(watches.ledgers.get(SCOPE_REF.uid)?.spec.kind).toBe('ok');
    expect(watches.ledgers.by(BY_LEDGER_SCOPE, 'prod/web-prod')).toHaveLength(1);
    server.event('scopeledgers', 'DELETED', ledger);
    await eventually(() => watches.ledgers.size === 0);
    expect(told.filter((what) => what === 'ledger')).toHaveLength(2);
  });

  it('a policy and its binding of the same name are two', async () => {
    const [policy, binding] = SHIPPED_POLICIES;
    const name = policy?.name ?? '';
    expect(binding?.name).toBe(name);
    for (const [plural, shipped] of [
      ['validatingadmissionpolicies', policy],
      ['validatingadmissionpolicybindings', binding],
    ] as const)
      server.objects.set(plural, [raw(shipped?.kind ?? '', name, JSON.parse(shipped?.spec ?? ''))]);
    await start();
    expect([...watches.policies.values()].map(({ kind, asShipped }) => `${kind} ${asShipped}`)).toEqual(
      expect.arrayContaining([`${policy?.kind} true`, `${binding?.kind} true`]),
    );
  });
});

describe('an installation that lacks it', () => {
  it.each(DECIDING)('if %s is not served, nothing can be decided, and that is said', async (plural) => {
    server.refused.set(plural, 404);
    await start();
    expect(watches.approvalsKnown()).toEqual({
      missing: expect.stringMatching(new RegExp(`^${plural}\\..* is not served$`)),
      absent: true,
    });
    expect(watches.mutatingKnown()).toBe('known');
  });

  it('if a right is missing, that is said', async () => {
    server.refused.set('scopeledgers', 403);
    await start();
    expect(watches.approvalsKnown()).toEqual({
      missing: 'the operator may not list scopeledgers.secretscope.dev in system',
    });
  });

  it('if mutating policies are not served, everything else is known', async () => {
    for (const plural of MUTATING) server.refused.set(plural, 404);
    await start();
    expect([isKnown(), watches.mutatingKnown()]).toEqual([
      true,
      {
        missing: MUTATING.map((plural) => `${plural}.admissionregistration.k8s.io is not served`).join(', '),
        absent: true,
      },
    ]);
  });

  it('is waited for once, and no longer than ten seconds', async () => {
    server.server.handle(() => undefined);
    watches.start();
    let looked = false;
    void watches.whenLooked().then(() => {
      looked = true;
    });
    await clock.advance(9_000);
    expect(looked).toBe(false);
    await clock.advance(1_000);
    expect(looked).toBe(true);
  });

  it('if it is brought up to date, it is told that everything is known now', async () => {
    server.refused.set('secretrequests', 404);
    await start();
    expect(told).not.toContain('known');
    server.refused.clear();
    await eventually(isKnown, passing);
    expect(told.filter((what) => what === 'known')).toHaveLength(1);
  });
});

describe('health', () => {
  const health = () => new WatchHealth({ clock, reflectors: () => watches.reflectors });

  it('if a kind is missing for ever, the operator is ready and alive', async () => {
    for (const plural of [...DECIDING, ...MUTATING]) server.refused.set(plural, 404);
    await start();
    for (let minute = 0; minute < 6; minute += 1) await eventually(passedMinute(), passing);
    expect([health().ready(), health().alive()]).toEqual([
      { ok: true, reasons: [] },
      { ok: true, reasons: [] },
    ]);
  });

  it('if a watch that was synced does nothing any more, that counts as with every other', async () => {
    await start();
    clock.freeze(301_000);
    expect(health().alive().reasons).toContain('secretrequests.secretscope.dev did nothing for 301 s');
  });
});

/** True a minute later by the clock that stands still, which the caller moves. */
function passedMinute(): () => boolean {
  const end = clock.monotonic() + 60_000;
  return () => clock.monotonic() >= end;
}

describe('THREATS 9: what was known and cannot be seen any more is not known', () => {
  it.each([403, 404] as const)('if a kind is answered with %d after it was listed', async (status) => {
    await start();
    expect(isKnown()).toBe(true);
    server.refuse('validatingadmissionpolicies', status);
    await eventually(() => !isKnown(), passing);
    server.refused.clear();
    await eventually(isKnown, passing);
    expect(told.filter((what) => what === 'known' || what === 'missing').slice(-2)).toEqual([
      'missing',
      'known',
    ]);
  });

  it('but if the API server is only away for a moment, it stays known', async () => {
    await start();
    server.refuse('validatingadmissionpolicies', 500);
    await eventually(() => watches.reflectors.some(({ state }) => state === 'failing'), passing);
    expect(isKnown()).toBe(true);
  });
});
