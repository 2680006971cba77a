/**
 * Oracle: every write of something that exists says which object it was planned for, so that it can hit no other.
 * A create needs no precondition: it is refused when the name is taken.
 */
import type { SeenRequest } from '../proxy/fault-proxy.ts';
import { isChange, labelOf } from '../trace.ts';
import type { Oracle } from './oracle.ts';

interface Guarded {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export const guardedWrites: Oracle = ({ seen }) =>
  seen.filter(isChange).flatMap((request) => {
    const missing = missingGuards(request);
    return missing.length === 0 ? [] : [`${labelOf(request)} was sent without ${missing.join(' and ')}`];
  });

function missingGuards({ method, resource, subresource, body }: SeenRequest): string[] {
  if (method === 'POST') return [];
  const { metadata, preconditions } = (body ?? {}) as Guarded;
  const guard = method === 'DELETE' ? preconditions : metadata;
  const needed = resource === 'secrets' && subresource === '' ? ['uid', 'resourceVersion'] : ['uid'];
  return needed.filter((field) => guard?.[field as keyof typeof guard] === undefined);
}
