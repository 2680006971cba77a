/** Owns: one automation, read, changed and refused in words. Used by: the automation verbs. */
import type { CallOptions } from '../kube/call-options.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import type { KubeObject } from '../kube/kube-objects.ts';
import type { AutomationSpec } from '../model/kinds/webhook-automation.ts';
import { parseAutomation } from '../model/validate.ts';
import { AUTOMATIONS } from '../watch/resources.ts';
import type { Place } from './review-cluster.ts';
import { missingRight, type Right } from './secret-rights.ts';
import { EXIT, ExitError } from './usage-error.ts';

export const FIELD_MANAGER = 'secretscope-cli';

export function placeText({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}

export async function readAutomation(
  kube: KubeClient,
  place: Place,
  options: CallOptions = {},
): Promise<KubeObject> {
  try {
    return await kube.get(AUTOMATIONS, place, options);
  } catch (error) {
    throw await refusedAs(kube, error, place, 'get');
  }
}

/** Throws where this version does not understand what it says. */
export function specOf(found: KubeObject & { readonly authors?: unknown }): AutomationSpec {
  // the stamp of admission is no part of what an automation says
  const { authors: _, ...object } = found;
  const parsed = parseAutomation(object);
  if (parsed.kind === 'ok') return parsed.value.spec;
  const { namespace = '', name } = found.metadata;
  const faults = parsed.violations.map(({ path, rule }) => `${path}: ${rule}`).join('; ');
  throw new Error(
    `this version cannot read automation ${namespace}/${name}; use the secretscope of the operator's version. ${faults}`,
  );
}

/** Output of the operator; its shape is not checked on the way in. */
export function statusOf(
  object: KubeObject & { readonly status?: unknown },
): Readonly<Record<string, unknown>> {
  return fieldsOf(object.status);
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

const ROLES = { get: 'secretscope-view', patch: 'secretscope-edit', delete: 'secretscope-edit' } as const;

const CANNOT = {
  get: 'cannot be read',
  patch: 'cannot be asked, and nothing was sent',
  delete: 'cannot be deleted',
} as const;

/** What the API server refused, with the next step; everything else as it is. */
export async function refusedAs(
  kube: KubeClient,
  error: unknown,
  place: Place,
  verb: keyof typeof CANNOT,
): Promise<unknown> {
  if (isKubeError(error, 'notFound'))
    return new ExitError(
      EXIT.notFound,
      `there is no automation ${place.name} in namespace ${place.namespace}; those that are there: secretscope automation list -n ${place.namespace}`,
    );
  if (!isKubeError(error, 'forbidden')) return error;
  const right: Right = { verb, resource: AUTOMATIONS.plural, namespace: place.namespace, role: ROLES[verb] };
  return missingRight(kube, error, `automation ${placeText(place)} ${CANNOT[verb]}`, right);
}
