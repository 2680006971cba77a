/** What the harness makes of what it has seen: which plans there are, and what the oracles say. */
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../src/model/box-digest.ts';
import type { AuditEntry } from './cluster/audit-log.ts';
import { againIfSlow, UncleanRun } from './faults/again-if-slow.ts';
import type { FaultScenario } from './faults/fault-scenario.ts';
import { SCENARIOS } from './faults/fault-scenarios.ts';
import { WRITER } from './faults/fault-world.ts';
import { withoutRepeats } from './faults/gating.ts';
import { plansFor } from './faults/make-plans.ts';
import { approvedWrites } from './faults/oracles/approved-writes.ts';
import { claimedWrites } from './faults/oracles/claimed-writes.ts';
import { needlessWrites } from './faults/oracles/needless-writes.ts';
import type { Evidence } from './faults/oracles/oracle.ts';
import { toldWebhooks } from './faults/oracles/told-webhooks.ts';
import { writtenValues } from './faults/oracles/written-values.ts';
import { type SeenRequest, traceOf } from './faults/proxy/seen-request.ts';
import { SEEDED_BUGS } from './faults/seeded-bugs/all-seeded-bugs.ts';
import { SIGNED } from './faults/told-scenarios.ts';
import { labelOf, tracedWrites } from './faults/trace.ts';
import { OPERATOR } from './scenarios-support/requests.ts';

const asEntry = (entry: Partial<AuditEntry>) => entry as AuditEntry;
const GROUP = '/apis/secretscope.dev/v1alpha1';
const STATUS = `${GROUP}/namespaces/team-web/secretscopes/app/status`;
const REQUEST = `${GROUP}/namespaces/team-web/secretrequests/prod-app-prod-1/status`;
const LEDGER = `${GROUP}/namespaces/secretscope-system/scopeledgers/2094aea2-7d1c-46e6-a94b-43ad8aa948ca`;
const SECRETS = '/api/v1/namespaces/team-web/secrets';
const CLAIMED = '/api/v1/namespaces/team-lab/secrets';

function sent(at: number, method: string, url: string, body: object, code = 200): SeenRequest {
  const trace = traceOf(at, { method, url, authorization: '', body: Buffer.from(JSON.stringify(body)) });
  return { ...trace, at, upstream: { code, at }, answered: { code, at } };
}

function scenario(name: string): FaultScenario {
  const found = SCENARIOS.find((one) => one.name === name);
  if (!found) throw new Error(`there is no scenario ${name}`);
  return found;
}

describe('the writes of a clean run', () => {
  const saying = (message: string, lastTransitionTime: string) => ({
    status: { conditions: [{ type: 'Ready', message, lastTransitionTime }] },
  });

  it('have the same names in every run, whatever UID a scope has', () => {
    expect(labelOf(sent(1, 'PUT', LEDGER, {}))).toBe('put-scopeledgers-secretscope-system-UID');
  });

  it('are without those that met a conflict, and without those that only say since when anew', () => {
    const writes = [
      sent(1, 'PATCH', STATUS, saying('waits', '10:00:00Z')),
      sent(2, 'PATCH', STATUS, saying('waits', '10:00:01Z')),
      sent(3, 'PATCH', STATUS, saying('good', '10:00:02Z'), 409),
      sent(4, 'PATCH', STATUS, saying('good', '10:00:02Z')),
    ];
    expect(tracedWrites(writes).map(({ nth }) => nth)).toEqual([1, 2]);
  });
});

describe('the writes that plans are made of', () => {
  it('are without public keys, whose place is chance', () => {
    const url = '/api/v1/namespaces/secretscope-system/configmaps/secretscope-public-keys-7';
    expect(tracedWrites([sent(1, 'PUT', url, {})])).toEqual([]);
  });
});

describe('the plans that gate', () => {
  const label = 'patch-secretscopes-status-team-web-app';
  const clean = {
    before: undefined,
    after: { targets: {}, requests: [], sealed: [], lines: [] },
    writes: [
      { label, nth: 1 },
      { label, nth: 2 },
    ],
    events: [],
    counts: new Map<string, number>(),
    delayed: 0,
  };
  const REQUEST_STATUS = 'patch-secretrequests-status-team-web-a';
  const gating = (name: string, fault: string, what = label) =>
    plansFor(scenario(name), { ...clean, writes: clean.writes.map(({ nth }) => ({ label: what, nth })) })
      .filter(({ gates, id }) => gates && id.includes(fault))
      .map(({ id }) => id.slice(id.lastIndexOf('-') + 1));

  it('are made of second writes, but not while the operator starts', () => {
    expect(gating('create', '/kill-', 'put-scopeledgers-secretscope-system-UID')).toEqual(['1', '2']);
    expect(gating('install', '/kill-')).toEqual(['1']);
  });

  it('are not made twice of the same death', () => {
    expect(gating('rotate', '/kill-before/')).toEqual(['1']);
    expect(gating('approve', '/kill-before/')).toEqual(['1']);
    expect(gating('approve', '/kill-applied/', REQUEST_STATUS)).toEqual(['1', '2']);
  });

  it('are of deaths after what is said of a scope only the first, in few scenarios', () => {
    expect(gating('rotate', '/kill-applied/')).toEqual(['1']);
    expect(gating('create', '/kill-applied/')).toEqual([]);
  });

  it('find every seeded bug, where there is a plan that has to', () => {
    const wheres = SEEDED_BUGS.filter(({ plans }) => plans.includes('create')).map(({ plans }) => plans[1]);
    const offered = plansFor(scenario('create'), {
      ...clean,
      writes: [{ label: 'post-secrets-team-web-app', nth: 1 }],
    });
    for (const fault of wheres)
      expect(offered.some(({ gates, id }) => gates && id.includes(`/${fault}/post-secrets`))).toBe(true);
  });

  it('meet one kind of write with one kind of answer once, but with every death', () => {
    const plan = (id: string, meets?: string) => ({ id, scenario: scenario('create'), gates: true, meets });
    const plans = [
      plan('create/reset/a', 'reset a'),
      plan('create/reset/b', 'reset b'),
      plan('inherit/reset/a', 'reset a'),
      plan('create/kill-applied/a'),
      plan('inherit/kill-applied/a'),
      { ...plan('create/hang/a', 'hang a'), gates: false },
    ];
    expect(withoutRepeats(plans, []).map(({ id }) => id)).toEqual([
      'create/reset/a',
      'create/reset/b',
      'create/kill-applied/a',
      'inherit/kill-applied/a',
    ]);
  });

  it('are of a claim those about the claim itself, and of one that expires only deaths and wrong clocks', () => {
    const writes = ['post-secrets-a', 'patch-secretclaims-status-a', 'patch-secretscopes-status-b'];
    const gatingOf = (name: string) =>
      plansFor(scenario(name), {
        ...clean,
        writes: writes.map((label) => ({ label, nth: 1 })),
        events: [{ label: 'claims-a-added', watch: 'claims' }],
      })
        .filter(({ gates }) => gates)
        .map(({ id }) => id.split('/').slice(1).join(' '));
    expect(gatingOf('claim-refuse')).toEqual([
      'kill-applied post-secrets-a-1',
      'kill-applied patch-secretclaims-status-a-1',
      expect.stringMatching(/ post-secrets-a-1$/),
      'event-drop claims-a-added',
      expect.stringMatching(/^event-\w+ claims-a-added$/),
    ]);
    expect(gatingOf('claim-expire')).toEqual([
      'kill-applied post-secrets-a-1',
      'kill-applied patch-secretclaims-status-a-1',
      'clock ahead-5m',
      'clock behind-5m',
    ]);
  });
});

const evidence = (name: string, change: Partial<Evidence>): Evidence => ({
  scenario: scenario(name),
  times: { begun: 0, acted: 0, faultsEnded: 0, settled: 0 },
  seen: [],
  audited: [],
  votes: [],
  requests: [],
  sealed: [],
  ledgers: [],
  secrets: [],
  receipts: [],
  spoilt: 0,
  interruptions: 0,
  cleanCounts: new Map(),
  channels: new Map(),
  delayed: { now: 0, clean: 0 },
  ...change,
});

describe('a protected Secret', () => {
  const vote = (decision: 'Approve' | 'Reject' | 'Revoke', at: number) => ({
    decision,
    sentAt: at,
    storedAt: at + 1,
  });
  const delivery = (at: number) =>
    sent(at, 'POST', SECRETS, { metadata: { name: 'app-prod' }, data: {} }, 201);
  const released = (at: number) => sent(at, 'PUT', LEDGER, { spec: { requests: [{ state: 'Released' }] } });
  const judged = (change: Partial<Evidence>, name = 'approve') => approvedWrites(evidence(name, change));

  it('may be written once it was approved, and the ledger holds that', () => {
    expect(judged({ votes: [vote('Approve', 10)], seen: [released(20), delivery(30)] })).toEqual([]);
  });

  it('may not be written before the vote, or before the ledger holds the release', () => {
    const early = judged({ votes: [vote('Approve', 10)], seen: [delivery(5)] });
    expect(early).toEqual([expect.stringContaining('before anybody approved')]);
    const unwritten = judged({ votes: [vote('Approve', 10)], seen: [delivery(20), released(30)] });
    expect(unwritten).toEqual([expect.stringContaining('before the ledger held the release')]);
    expect(judged({ seen: [released(20), delivery(30)] })).toHaveLength(1);
  });

  it('may not be written long after a vote against it', () => {
    const votes = [vote('Approve', -10), vote('Revoke', 10)];
    expect(judged({ votes, seen: [delivery(5_000)] })).toEqual([]);
    expect(judged({ votes, seen: [delivery(5_020)] })).toEqual([expect.stringContaining('against it')]);
  });

  it('is never released without the votes that did it, in what is sent and in what is stored', () => {
    const without = { status: { state: 'Released', release: { votes: [] } } };
    const by = (decision: string) => ({ status: { state: 'Releasing', release: { votes: [{ decision }] } } });
    expect(judged({ seen: [sent(1, 'PATCH', REQUEST, without)] })).toHaveLength(1);
    expect(judged({ requests: [without, by('Reject'), { status: { state: 'Releasing' } }] })).toHaveLength(3);
    expect(judged({ requests: [by('Approve'), { status: { state: 'Waiting' } }] })).toEqual([]);
  });

  it('is also that of a claim on a protected scope', () => {
    const claimed = sent(5, 'POST', CLAIMED, { metadata: { name: 'ci' }, data: {} }, 201);
    const early = judged({ votes: [vote('Approve', 10)], seen: [claimed] }, 'claim-release');
    expect(early).toEqual([expect.stringContaining('before anybody approved')]);
    expect(judged({ seen: [claimed] }, 'claim')).toEqual([]);
  });
});

describe('the Secret of a claim', () => {
  const owner = { kind: 'SecretClaim', name: 'snapshot' };
  const whole = { immutable: true, data: { OWN: 'YQ==', JOB: 'Yg==' } };
  const judged = (...seen: SeenRequest[]) => claimedWrites(evidence('claim', { seen }));
  const made = (name: string, metadata: object, body: object) =>
    sent(1, 'POST', CLAIMED, { metadata: { name, ...metadata }, ...body }, 201);

  it('is immutable and goes with the claim where it is a Snapshot, and neither where it is Live', () => {
    expect(judged(made('snapshot', { ownerReferences: [owner] }, whole))).toEqual([]);
    expect(judged(made('snapshot', {}, { ...whole, immutable: false }))).toEqual([
      expect.stringContaining('is not immutable'),
      expect.stringContaining("names as owner ''"),
    ]);
    expect(judged(made('live', {}, { data: { OWN: 'YQ==' } }))).toEqual([]);
    expect(judged(made('live', { ownerReferences: [owner] }, whole))).toEqual([
      expect.stringContaining('writes JOB, which is not claimed'),
      expect.stringContaining('is immutable'),
      expect.stringContaining('names as owner'),
    ]);
  });

  it('is made whole or not at all, and never changed, where it is a Snapshot', () => {
    const half = made('snapshot', { ownerReferences: [owner] }, { ...whole, data: { OWN: 'YQ==' } });
    expect(judged(half)).toEqual([expect.stringContaining('half a Snapshot')]);
    const patch = (name: string, body: object) => sent(1, 'PATCH', `${CLAIMED}/${name}`, body);
    expect(judged(patch('snapshot', { data: { OWN: 'YQ==' } }))).toEqual([
      expect.stringContaining('changes a Snapshot'),
    ]);
    expect(judged(patch('snapshot', { metadata: { annotations: {} } }))).toEqual([]);
    expect(judged(patch('live', { data: { OWN: 'YQ==', JOB: null } }))).toEqual([]);
  });
});

describe('what is written', () => {
  const SOURCE = `${SECRETS}/own`;
  const box = (text: string) => Buffer.from(text).toString('base64');
  const digest = (text: string) => digestOf(Buffer.from(text));
  const [, TWO = '', THREE = ''] = (scenario('seal').written?.[0]?.steps ?? []).map(({ value }) => value);
  const stores = (at: number, value: string, code = 200) =>
    sent(at, 'PATCH', SOURCE, { data: { value: Buffer.from(value).toString('base64') } }, code);
  const records = (at: number, what: object, code = 200) =>
    sent(at, 'PUT', LEDGER, { spec: { writes: [{ name: 'OWN', action: 'Set', ...what }] } }, code);
  const third = { digest: digest('third') };
  const sealed = ['first', 'second', 'third'].map((text, index) => ({
    metadata: { name: `own-${index + 1}` },
    spec: { sealed: box(text) },
  }));
  /** Without what is said of the end, which is not there. */
  const judged = (seen: readonly SeenRequest[], change: Partial<Evidence> = {}) =>
    writtenValues(evidence('seal', { seen, sealed, ...change })).filter(
      (text) => !/^(the source|the last write|no ledger)/.test(text),
    );

  it('is in the ledger before it is at its source', () => {
    expect(judged([records(1, third), stores(2, THREE)])).toEqual([]);
    expect(judged([stores(2, THREE), records(3, third)])).toEqual([
      expect.stringContaining('before the ledger'),
    ]);
    expect(judged([records(1, third, 409), stores(2, THREE)])).toHaveLength(1);
    expect(judged([records(1, { digest: digest('second') }), stores(2, THREE)])).toHaveLength(1);
  });

  it('is never older than what was there, and never what nobody sealed', () => {
    const old = [
      records(1, third),
      stores(2, THREE),
      records(3, { digest: digest('second') }),
      stores(4, TWO),
    ];
    expect(judged(old)).toEqual([expect.stringContaining('an older value')]);
    expect(judged([stores(1, 'anything')])).toEqual([expect.stringContaining('nobody sealed')]);
  });

  it('is stored once, and once more for each interruption', () => {
    const twice = [records(1, third), stores(2, THREE), stores(3, THREE)];
    expect(judged(twice)).toEqual([expect.stringContaining('stored 2 times')]);
    expect(judged(twice, { interruptions: 1 })).toEqual([]);
    expect(judged([...twice, stores(4, THREE)], { interruptions: 1 })).toHaveLength(1);
  });

  it('is written by the account of its backend, and by nobody else', () => {
    const by = (user: string, name: string) =>
      ({ user, verb: 'patch', resource: 'secrets', namespace: 'team-web', name, code: 200 }) as const;
    const audited = [by(WRITER, 'own'), by(OPERATOR, 'app')].map(asEntry);
    expect(judged([], { audited })).toEqual([]);
    expect(judged([], { audited: [by(OPERATOR, 'own'), by(WRITER, 'app')].map(asEntry) })).toHaveLength(2);
  });

  it('is there at the end, and the ledger says so', () => {
    const secrets = [
      {
        metadata: { name: 'own', namespace: 'team-web' },
        data: { value: Buffer.from(THREE).toString('base64') },
      },
    ];
    const ledgers = (done: boolean) => [
      { spec: { writes: [{ name: 'OWN', action: 'Set', ...third, created: '', at: '', done }] } },
    ];
    const ends = (change: Partial<Evidence>) =>
      writtenValues(evidence('seal', { sealed, ...change })).filter((text) => text.includes('OWN'));
    expect(ends({ secrets, ledgers: ledgers(true) })).toEqual([]);
    expect(ends({ secrets, ledgers: ledgers(false) })).toEqual([expect.stringContaining('pending')]);
    expect(ends({ ledgers: ledgers(true) })).toEqual([expect.stringContaining('does not hold')]);
    expect(ends({ secrets })).toEqual([expect.stringContaining('no ledger')]);
  });

  it('is no write of a target; that follows it once more when it had to be stored once more', () => {
    const patch = (at: number) => sent(at, 'PATCH', `${SECRETS}/app`, { data: {} });
    const cleanCounts = new Map([
      ['patch-secrets-team-web-app', 1],
      ['patch-secrets-team-web-own', 1],
    ]);
    const needless = (...seen: SeenRequest[]) => needlessWrites(evidence('seal', { seen, cleanCounts }));
    expect(needless(stores(1, THREE), stores(2, THREE), patch(3), patch(4))).toEqual([]);
    expect(needless(stores(1, THREE), patch(3), patch(4))).toHaveLength(1);
  });
});

describe('a receiver of webhooks', () => {
  const AUTOMATION = `${GROUP}/namespaces/team-web/webhookautomations/hook/status`;
  const body = Buffer.from('{"event":"Rotated"}');
  const signature = createHmac('sha256', SIGNED.key).update(body).digest(SIGNED.encoding);
  const came = (id: string, at: number, change: object = {}) => ({
    method: 'POST',
    path: '/hook',
    headers: {
      'x-secretscope-delivery': id,
      'x-secretscope-event': 'Rotated',
      'x-signature': signature,
      ...change,
    },
    rawHeaders: [],
    body,
    at: performance.timeOrigin + at,
  });
  const noted = (id: string, at: number, code = 200) =>
    sent(at, 'PATCH', AUTOMATION, { status: { waiting: [{ id, event: 'Rotated' }] } }, code);
  const both = [noted('a', 1), noted('b', 2)];
  const judged = (receipts: ReturnType<typeof came>[], change: Partial<Evidence> = {}) =>
    toldWebhooks(evidence('tell', { seen: both, receipts, ...change }));

  it('is told of everything that happened, and of nothing else', () => {
    expect(judged([came('a', 10), came('b', 20)])).toEqual([]);
    expect(judged([came('a', 10)])).toEqual([expect.stringContaining('told Rotated, not Rotated,Rotated')]);
    const seen = [...both, noted('c', 3)];
    expect(judged([came('a', 10), came('b', 20), came('c', 30)], { seen })).toHaveLength(1);
  });

  it('is told once more for each interruption, and for each answer that was spoilt', () => {
    const twice = [came('a', 10), came('a', 15), came('b', 20)];
    expect(judged(twice)).toEqual([expect.stringContaining('came 2 times')]);
    expect(judged(twice, { interruptions: 1 })).toEqual([]);
    expect(judged(twice, { spoilt: 1 })).toEqual([]);
  });

  it('is not told before the status holds it', () => {
    const early = [noted('a', 1), noted('b', 500)];
    expect(judged([came('a', 10), came('b', 20)], { seen: early })).toEqual([
      expect.stringContaining('before the status held it'),
    ]);
    const refused = [noted('a', 1), noted('b', 2, 409)];
    expect(judged([came('a', 10), came('b', 20)], { seen: refused })).toHaveLength(1);
  });

  it('can trust the signature', () => {
    const wrong = came('b', 20, { 'x-signature': 'none' });
    expect(judged([came('a', 10), wrong])).toEqual([expect.stringContaining('wrong signature')]);
  });

  it('hears nothing when all is right', () => {
    const times = { begun: 0, acted: 0, faultsEnded: 0, settled: 15 };
    expect(judged([came('a', 10), came('b', 900)], { times })).toEqual([
      expect.stringContaining('although all was right'),
    ]);
  });
});

describe('a scenario that does not hold without faults', () => {
  async function tried(...outcomes: readonly (string | Error)[]) {
    const told: unknown[] = [];
    const left = [...outcomes];
    const attempt = async () => {
      const next = left.shift();
      if (typeof next !== 'string') throw next;
      return next;
    };
    const run = againIfSlow(attempt, async (error) => void told.push(error));
    return { outcome: await run.catch((error: unknown) => error), told, left };
  }
  const [slow, slower] = [new Error('not settled'), new UncleanRun('create', ['settles: after 31 s'])];
  const unlawful = new UncleanRun('create', ['settles: after 31 s', 'lawful writes: of a stranger']);

  it('if it may be slowness, is run once more, and the first is told', async () => {
    for (const first of [slow, slower])
      expect(await tried(first, 'held')).toEqual({ outcome: 'held', told: [first], left: [] });
  });

  it('if it does not hold again, ends the run', async () => {
    expect(await tried(slow, slower, 'held')).toEqual({
      outcome: slower,
      told: [slow, slower],
      left: ['held'],
    });
  });

  it('if something was sent that never may be, ends the run at once', async () => {
    expect(await tried(unlawful, 'held')).toEqual({ outcome: unlawful, told: [unlawful], left: ['held'] });
  });
});

it('a run of the plans that breaks says why, in the file that is its last', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'secretscope-broken-'));
  const [result, missing] = [join(folder, 'result.json'), join(folder, 'missing')];
  const args = ['scripts/test-faults.ts', '--plan', 'create/', '--result', result];
  const run = promisify(execFile)(process.execPath, args, { env: { ...process.env, TMPDIR: missing } });
  await expect(run).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(missing) });
  const told = JSON.parse(await readFile(result, 'utf8')) as unknown;
  await rm(folder, { recursive: true });
  expect(told).toEqual({ passed: 0, failed: 1, failures: [], broken: expect.stringContaining(missing) });
});
