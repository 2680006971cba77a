import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject, ResourceType } from '../kube/kube-objects.ts';
import { canonicalJson, type Json } from '../model/canonical-json.ts';
import { API_VERSION } from '../model/kinds/common.ts';

/** The object whose status is written, as it was last seen. */
export interface StatusSubject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string };
  readonly status?: unknown;
}

/**
 * Writes a status, and only when it differs from the one that was last seen: an unchanged world causes no
 * write, and a status never wakes its own watch for nothing.
 */
export async function writeStatus(
  kube: KubeClient,
  type: ResourceType<KubeObject>,
  subject: StatusSubject,
  status: Json,
  signal: AbortSignal,
): Promise<'written' | 'unchanged' | 'gone'> {
  if (canonicalJson((subject.status ?? null) as Json) === canonicalJson(status)) return 'unchanged';
  const { name, namespace, uid } = subject.metadata;
  const metadata = { name, uid, ...(namespace === undefined ? {} : { namespace }) };
  try {
    const body = { apiVersion: API_VERSION, kind: subject.kind, metadata, status };
    await kube.apply(type, body, { subresource: 'status', force: true, signal });
    return 'written';
  } catch (error) {
    // the object went, or another one took its name: there is nobody left to report to
    if (isKubeError(error, 'notFound', 'conflict')) return 'gone';
    throw error;
  }
}
