import { describe, expect, it } from 'vitest';
import type { Lease } from '../kube/lease-record.ts';
import type { Look } from './doctor-finding.ts';
import {
  checkOperator,
  type DeploymentSeen,
  isHelms,
  isOver,
  type OperatorLooks,
} from './doctor-operator.ts';

const NOW = Date.UTC(2026, 0, 1);
const seen = <T>(value: T): Look<T> => ({ kind: 'seen', value });
const lease = (agoMs: number, holderIdentity = 'pod-1'): Look<Lease> =>
  seen({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'secretscope', namespace: 'ops', uid: 'u', resourceVersion: '1' },
    spec: { holderIdentity, leaseDurationSeconds: 12, renewTime: new Date(NOW - agoMs).toISOString() },
  });
const deployment = (ready: number, wanted = 2, image = 'secretscope:1.0.0'): Look<DeploymentSeen> =>
  seen({ ready, wanted, images: [image] });
const missing = { kind: 'missing' } as const;

const looks = (change: Partial<OperatorLooks>): OperatorLooks => ({
  namespace: 'ops',
  version: '1.0.0',
  deployment: deployment(2),
  lease: lease(500),
  later: undefined,
  now: NOW,
  ...change,
});

describe('the operator', () => {
  it.each<[string, Partial<OperatorLooks>, string, RegExp]>([
    ['with all its Pods is fine', {}, 'ok', /2 of 2 Pods/],
    [
      'with one of two Pods works, and somebody should look',
      { deployment: deployment(1) },
      'warning',
      /1 of 2/,
    ],
    [
      'without Pods that leads runs elsewhere',
      { deployment: deployment(0) },
      'warning',
      /and yet somebody leads/,
    ],
    [
      'without Pods and without a leader does not run',
      { deployment: deployment(0), lease: missing },
      'problem',
      /0 of 2/,
    ],
    ['that is not installed is told', { deployment: missing, lease: missing }, 'problem', /is not there/],
    [
      'that was scaled away is told',
      { deployment: deployment(0, 0), lease: missing },
      'problem',
      /no replicas/,
    ],
    [
      'of another version is told',
      { deployment: deployment(2, 2, 'secretscope:9.9.9') },
      'warning',
      /9\.9\.9; this program is version 1\.0\.0/,
    ],
    [
      'pinned by its digest is believed',
      { deployment: deployment(2, 2, 'secretscope@sha256:1') },
      'ok',
      /2 of 2/,
    ],
    [
      'that the caller may not see is skipped',
      { deployment: { kind: 'hidden', why: 'you may not' } },
      'skipped',
      /you may not/,
    ],
  ])('%s', (_case, change, outcome, message) => {
    const [found] = checkOperator(looks(change));
    expect(found?.outcome).toBe(outcome);
    expect(found?.message).toMatch(message);
  });
});

describe('a Deployment of Helm', () => {
  const made = (marks: object) =>
    isHelms({ metadata: { name: 'secretscope', uid: 'u', resourceVersion: '1', ...marks } });

  it('is told by what Helm marks it with', () => {
    expect(made({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } })).toBe(true);
    expect(made({ annotations: { 'meta.helm.sh/release-name': 'secretscope' } })).toBe(true);
    expect(made({ labels: { 'app.kubernetes.io/part-of': 'secretscope' } })).toBe(false);
  });
});

describe('the Lease', () => {
  it.each<[string, Partial<OperatorLooks>, string, RegExp]>([
    ['that was renewed names who leads', {}, 'ok', /^pod-1 leads/],
    ['that nobody holds', { lease: lease(500, '') }, 'problem', /nobody holds/],
    [
      'that is over and stays so',
      { lease: lease(60_000), later: lease(60_000) },
      'problem',
      /no operator works/,
    ],
    [
      'that is renewed by a clock that is behind',
      { lease: lease(60_000), later: lease(59_000) },
      'problem',
      /60 s behind/,
    ],
    ['that is renewed by a clock that is ahead', { lease: lease(-60_000) }, 'problem', /60 s ahead/],
  ])('%s', (_case, change, outcome, message) => {
    const [, found] = checkOperator(looks(change));
    expect(found?.outcome).toBe(outcome);
    expect(found?.message).toMatch(message);
  });

  it('is looked at again only where it seems to be over', () => {
    expect([isOver(lease(500), NOW), isOver(lease(60_000), NOW), isOver(lease(60_000, ''), NOW)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
