/**
 * Owns: taking away what approvals leave behind. Nobody may delete any of it but the operator, one by one, so this is
 * done in its name while none runs. Used by: lane.ts, between plans.
 */
import { OPERATOR_NAMESPACE } from '../scenarios-support/guarded-cluster.ts';
import type { Person } from '../scenarios-support/person.ts';
import { NAMESPACES } from './fault-world.ts';

export const GROUP = '/apis/secretscope.dev/v1alpha1';

const PLACES = [
  ...NAMESPACES.flatMap((namespace) => [
    `${GROUP}/namespaces/${namespace}/requestreviews`,
    `${GROUP}/namespaces/${namespace}/secretrequests`,
  ]),
  `${GROUP}/namespaces/${OPERATOR_NAMESPACE}/scopeledgers`,
];

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

/** `reader` may list all of it. */
export async function clearApprovals(reader: Person, operator: Person): Promise<void> {
  for (const place of PLACES) {
    const { body } = await reader.call('GET', place);
    for (const { metadata } of (body as Listed).items) await remove(`${place}/${metadata.name}`, operator);
  }
}

/** A request may be gone with its scope already. */
async function remove(path: string, operator: Person): Promise<void> {
  const { status, message } = await operator.call('DELETE', path);
  if (status >= 400 && status !== 404) throw new Error(`${path}: ${status} ${message}`);
}
