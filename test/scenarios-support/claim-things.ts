/**
 * Owns: claims of the namespace `ci` on an environment of another team, and what admission makes of them.
 * Used by: claim-admission*.test.ts.
 */
import { expect } from 'vitest';
import { API_VERSION } from '../../src/model/kinds/common.ts';
import { PROD } from './approval-cluster.ts';
import type { Answer, Thing } from './person.ts';

export const CI = 'ci';
export const PRODUCTION = { namespace: PROD, name: 'web-production' };

export const claim = (name: string, more: object = {}): Thing => ({
  apiVersion: API_VERSION,
  kind: 'SecretClaim',
  metadata: { name, namespace: CI },
  spec: { scopeRef: PRODUCTION, include: ['DATABASE_URL'], secretName: name, ...more },
});

export const labelled = (value: string) => ({ metadata: { labels: { seen: value } } });

export function authorsOf(answer: Answer): unknown {
  expect(answer.message).toBe('');
  return (answer.body as { authors?: string[] }).authors;
}
