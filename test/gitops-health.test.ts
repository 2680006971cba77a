/** Health for Argo CD and Flux: the shipped Lua and CEL, run on statuses that the operator really writes. */
import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { aPlan, value, written } from '../src/gate/a-plan.fixture.ts';
import type { KubeObject } from '../src/kube/kube-objects.ts';
import type { Grant, LedgerEntry } from '../src/model/approval.ts';
import { REASONS, type Reason } from '../src/model/reasons.ts';
import type { Told } from '../src/model/verdict.ts';
import { releasingStatus, requestStatus } from '../src/reconcile/approval/request-status.ts';
import { endingOf, expired, stale, versionGone } from '../src/reconcile/claim/claim-ending.ts';
import { type ClaimReport, claimStatus } from '../src/reconcile/claim/claim-status.ts';
import { type ScopeReport, scopeStatus } from '../src/reconcile/scope-status.ts';
import { sealStatus, type Told as ToldSeal } from '../src/reconcile/seal/seal-status.ts';
import { requestView } from '../src/watch/approval-views.ts';
import { claimView } from '../src/watch/views.ts';
import { aScopeView } from '../src/watch/world-fixture.ts';
import { sealedView } from '../src/watch/writing-views.ts';
import {
  argoHealth,
  because,
  fluxHealth,
  GENERATION,
  KINDS,
  metadata,
  NOW,
  withStatus,
} from './gitops-health.fixture.ts';

const PEOPLE_DECIDE = ['SecretClaim', 'SecretScope', 'SecretRequest', 'WebhookAutomation'];
/** What is over as was asked, or because something newer came: a person has nothing to do. */
const OVER: Readonly<Record<string, Reason>> = { SecretClaim: 'Expired', SealedValue: 'Outdated' };
const ALL_REASONS = Object.keys(REASONS) as Reason[];

const argo = (kind: string, status: unknown) => argoHealth(kind, withStatus(kind, status)).status;

/** What Flux makes of what Argo CD calls it; it has no word for what waits. */
const IN_FLUX: Readonly<Record<string, string>> = {
  Healthy: 'Current',
  Degraded: 'Failed',
  Suspended: 'InProgress',
  Progressing: 'InProgress',
};

function expected(kind: string, reason: Reason): string {
  const { ready, stalled } = REASONS[reason];
  if (ready === 'True') return 'Healthy';
  if (OVER[kind] === reason) return 'Healthy';
  if (stalled || reason === 'VersionGone') return 'Degraded';
  const waits = reason === 'AwaitingApproval' || reason === 'WaitTimerRunning';
  return waits && PEOPLE_DECIDE.includes(kind) ? 'Suspended' : 'Progressing';
}

describe.each(KINDS)('health of a %s', (kind) => {
  it.each(ALL_REASONS)(
    'because of %s: what is stuck is Degraded, what waits for people Suspended',
    (reason) => {
      const object = because(kind, reason);
      const health = argoHealth(kind, object);
      expect(health).toEqual({ status: expected(kind, reason), message: `about ${reason}` });
      expect(fluxHealth(kind, object)).toBe(IN_FLUX[health.status]);
    },
  );

  it('is never Healthy while Ready is False, but for what went as was asked or was overtaken', () => {
    const fine = ALL_REASONS.filter(
      (reason) =>
        REASONS[reason].ready === 'False' && argoHealth(kind, because(kind, reason)).status === 'Healthy',
    );
    expect(fine).toEqual([OVER[kind]].filter((reason) => reason !== undefined));
  });

  it('is Progressing before the operator has looked: as the CRD fills the status in', () => {
    const [path = ''] = globSync(`crds/secretscope.dev_${kind.toLowerCase()}s.yaml`);
    const { default: status } = statusSchemaOf(path);
    expect(status).toEqual({ observedGeneration: -1 });
    expect(argo(kind, status)).toBe('Progressing');
    expect(fluxHealth(kind, withStatus(kind, status))).toBe('InProgress');
  });

  it.each<Reason>(['Materialized', 'Rejected', 'AwaitingApproval', 'Expired', 'Outdated'])(
    'is Progressing after an edit, whatever was said of the spec before (%s)',
    (reason) => {
      const object = { ...because(kind, reason), metadata: { ...metadata, generation: GENERATION + 1 } };
      expect(argoHealth(kind, object).status).toBe('Progressing');
      expect(fluxHealth(kind, object)).toBe('InProgress');
    },
  );

  it('can be told of every object, however odd', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constant(undefined));
    const text = fc.constantFrom(
      'Ready',
      'Stalled',
      'Suspended',
      'True',
      'False',
      'VersionGone',
      'Expired',
      'Outdated',
    );
    const condition = fc.dictionary(
      fc.constantFrom('type', 'status', 'reason', 'message'),
      fc.oneof(text, odd),
    );
    const status = fc.record(
      {
        observedGeneration: fc.oneof(fc.constant(GENERATION), odd),
        conditions: fc.oneof(fc.array(fc.oneof(condition, odd)), odd),
        state: fc.oneof(fc.constant('Ended'), odd),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.record({ metadata: fc.oneof(fc.constant(metadata), odd), status }), odd),
        (object) => {
          const health = argoHealth(kind, object);
          expect(Object.keys(IN_FLUX)).toContain(health.status);
          expect(health.message).not.toBe('');
          expect(typeof health.message).toBe('string');
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe.each([undefined, null, {}, { observedGeneration: GENERATION, conditions: [] }])(
  'an object with the status %j',
  (status) => {
    it.each(KINDS)('is Progressing: %s', (kind) => {
      expect(argo(kind, status)).toBe('Progressing');
    });
  },
);

interface SchemaNode {
  readonly default?: unknown;
  readonly properties: Readonly<Record<string, SchemaNode>>;
}

function statusSchemaOf(path: string): SchemaNode {
  const crd = parse(readFileSync(path, 'utf8')) as {
    readonly spec: { readonly versions: readonly { readonly schema: { openAPIV3Schema: SchemaNode } }[] };
  };
  return crd.spec.versions[0]?.schema.openAPIV3Schema.properties['status'] ?? expect.fail(path);
}

describe('a SecretScope', () => {
  const statusOf = (change: Partial<ScopeReport>) =>
    scopeStatus(
      {
        view: aScopeView('team-web/web', {}, { generation: GENERATION }),
        spec: { level: 'Repository' },
        resolution: undefined,
        results: [],
        findings: [],
        untold: [],
        gate: new Map(),
        children: { admitted: 0, refused: 0 },
        ...change,
      },
      NOW,
    ).status;
  const health = (change: Partial<ScopeReport>) => {
    const object = withStatus('SecretScope', statusOf(change));
    return { argo: argoHealth('SecretScope', object), flux: fluxHealth('SecretScope', object) };
  };
  const gate = (live: boolean) => ({
    gate: new Map([
      [
        'app',
        {
          pending: { reason: 'AwaitingApproval', message: 'waits for ana' } as const,
          live,
          remove: false,
        },
      ],
    ]),
  });
  const suspended = { spec: { level: 'Repository', suspend: true } } as const;

  it('that waits for its first approval is Suspended, and Flux goes on waiting', () => {
    expect(health(gate(false))).toMatchObject({ argo: { status: 'Suspended' }, flux: 'InProgress' });
  });

  it('whose change waits while the last release is delivered is Healthy, and says what waits', () => {
    const { argo: told, flux } = health(gate(true));
    expect(told.status).toBe('Healthy');
    expect(told.message).toContain('waits for ana');
    expect(flux).toBe('Current');
  });

  it('that is suspended by its owner is Suspended, and holds up nobody', () => {
    const { argo: told, flux } = health(suspended);
    expect(told.status).toBe('Suspended');
    expect(told.message).toContain('spec.suspend is true');
    expect(flux).toBe('Current');
  });

  it('that is suspended and broken is Degraded: suspending repairs nothing', () => {
    const findings = [{ reason: 'SpecInvalid', message: 'is invalid' } as const];
    expect(health({ ...suspended, findings })).toMatchObject({
      argo: { status: 'Degraded' },
      flux: 'Failed',
    });
  });
});

describe('a SecretRequest', () => {
  const { plan, subject } = written(aPlan([value('A')]));
  const request = requestView({ ...withStatus('SecretRequest', undefined), spec: plan } as never);
  const view = aScopeView('prod/web');
  const at = Date.parse(NOW);
  const entry = (change: Partial<LedgerEntry>): LedgerEntry => ({
    request: { name: 'web', uid: 'uid' },
    subject,
    askedAgain: '',
    createdAt: at,
    authors: { names: ['dev'], complete: true },
    state: 'Waiting',
    ...change,
  });
  const grant: Grant = { at, by: 'approve', votes: [] };

  it.each<[string, Partial<LedgerEntry>]>([
    ['Suspended', { state: 'Waiting' }],
    ['Healthy', { state: 'Released', grant }],
    ['Healthy', { state: 'Superseded' }],
    ['Degraded', { state: 'Rejected' }],
    ['Degraded', { state: 'Withdrawn' }],
    ['Degraded', { state: 'Revoked', grant }],
    ['Degraded', { state: 'Expired' }],
    ['Degraded', { state: 'Expired', grant }],
  ])('is %s: %j', (status, change) => {
    expect(argo('SecretRequest', requestStatus(entry(change), request, view, undefined, undefined))).toBe(
      status,
    );
  });

  it('is Progressing between the decision and the write', () => {
    expect(argo('SecretRequest', releasingStatus(entry({}), request, view))).toBe('Progressing');
  });
});

describe('a SecretClaim', () => {
  const spec = { scopeRef: { name: 'web' }, include: ['A'], secretName: 'web' };
  const claim = claimView({ ...withStatus('SecretClaim', undefined), spec } as KubeObject);
  const statusOf = (change: Partial<ClaimReport>) =>
    claimStatus({ claim, findings: [], held: undefined, missing: [], ...change }, NOW);
  const health = (change: Partial<ClaimReport>) => {
    const object = withStatus('SecretClaim', statusOf(change));
    return { argo: argoHealth('SecretClaim', object), flux: fluxHealth('SecretClaim', object) };
  };
  const over = (told: Told) => health({ findings: [told], ended: endingOf(claim, told) });
  const pending = { reason: 'AwaitingApproval', message: 'waits for ana' } as const;

  it('whose ttl is over is Healthy and says that its Secret is gone', () => {
    const { argo: told, flux } = over(expired(claim));
    expect(told.status).toBe('Healthy');
    expect(told.message).toContain('its Secret is gone, as was asked');
    expect(flux).toBe('Current');
  });

  it.each([stale(claim, 'a value was replaced'), versionGone(claim)])(
    'that ended otherwise is not: %j',
    (told) => {
      expect(over(told)).toMatchObject({ argo: { status: 'Degraded' }, flux: 'Failed' });
    },
  );

  it('that ended is Degraded even for a reason that passes elsewhere', () => {
    const told = { reason: 'BackendUnavailable', message: 'was never there' } as const;
    expect(over(told)).toMatchObject({ argo: { status: 'Degraded' }, flux: 'Failed' });
  });

  it('that waits for its reviewers is Suspended', () => {
    expect(health({ findings: [pending] })).toMatchObject({
      argo: { status: 'Suspended' },
      flux: 'InProgress',
    });
  });

  it('that keeps its Secret while a change waits is Healthy, and says what waits', () => {
    const { argo: told } = health({ pending });
    expect(told.status).toBe('Healthy');
    expect(told.message).toContain('waits for ana');
  });
});

describe('a SealedValue', () => {
  const spec = { scopeRef: { name: 'web' }, name: 'A', keyID: '0'.repeat(16), sealed: 'A'.repeat(64) };
  const seal = sealedView({ ...withStatus('SealedValue', undefined), spec } as KubeObject);
  const health = (outcome: ToldSeal) => {
    const object = withStatus('SealedValue', sealStatus(seal, outcome, NOW));
    return { argo: argoHealth('SealedValue', object), flux: fluxHealth('SealedValue', object) };
  };
  const stored = { at: NOW };

  it.each<ToldSeal>([
    { kind: 'done', state: 'Stored', message: 'A is stored', stored },
    { kind: 'done', state: 'Deleted', message: 'A was deleted', stored },
    { kind: 'done', state: 'SoftDeleted', message: 'A was deleted', stored },
    { kind: 'refused', reason: 'Outdated', message: 'a newer value is there' },
  ])('that did what it could is Healthy: %j', (outcome) => {
    expect(health(outcome)).toEqual({
      argo: { status: 'Healthy', message: outcome.message },
      flux: 'Current',
    });
  });

  it.each<ToldSeal>([
    { kind: 'inUse', message: 'web names it', usedBy: ['web'] },
    { kind: 'waits', reason: 'BackendUnavailable', message: 'does not answer' },
  ])('that goes on by itself is Progressing: %j', (outcome) => {
    expect(health(outcome)).toMatchObject({ argo: { status: 'Progressing' }, flux: 'InProgress' });
  });

  it.each<ToldSeal>([
    { kind: 'waits', reason: 'EntryMissing', message: 'there is no entry' },
    { kind: 'refused', reason: 'SealMismatch', message: 'it is for another name' },
    { kind: 'refused', reason: 'SealKeyUnknown', message: 'it is for another scope' },
  ])('that waits for somebody to act is Degraded: %j', (outcome) => {
    expect(health(outcome)).toMatchObject({ argo: { status: 'Degraded' }, flux: 'Failed' });
  });
});

describe('a WebhookAutomation', () => {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
  });

  it('that has given deliveries up is Healthy, since it goes on with the next, and says so', () => {
    const object = withStatus('WebhookAutomation', {
      observedGeneration: GENERATION,
      conditions: [
        condition('Ready', 'True', 'Listening', 'nothing waits'),
        condition('Undelivered', 'True', 'Undelivered', '2 deliveries were given up'),
      ],
    });
    expect(argoHealth('WebhookAutomation', object)).toEqual({
      status: 'Healthy',
      message: 'nothing waits; 2 deliveries were given up',
    });
    expect(fluxHealth('WebhookAutomation', object)).toBe('Current');
  });

  it.each<[Reason, string, string]>([
    ['DeliveryFailing', 'Progressing', 'InProgress'],
    ['AwaitingApproval', 'Suspended', 'InProgress'],
    ['HostNotAllowed', 'Degraded', 'Failed'],
  ])('that says %s is %s', (reason, inArgo, inFlux) => {
    const object = because('WebhookAutomation', reason);
    expect([argoHealth('WebhookAutomation', object).status, fluxHealth('WebhookAutomation', object)]).toEqual(
      [inArgo, inFlux],
    );
  });
});
