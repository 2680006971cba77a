/**
 * URLs of the Kubernetes API. Pure.
 * Called by kube-client.ts. Refuses names that would turn one call into another.
 */
import type { ObjectRef, ResourceType } from './kube-objects.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Path of a collection: of one namespace, or of the whole cluster when none is given. */
export function collectionPath(type: ResourceType, namespace: string | undefined, query: Query = {}): string {
  const root =
    type.group === '' ? `/api/${type.version}` : `/apis/${segment(type.group)}/${segment(type.version)}`;
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : '';
  return `${root}${scope}/${segment(type.plural)}${search(query)}`;
}

/** Path of one object or of a subresource of it. Throws RangeError for a name that is not a name. */
export function objectPath(
  type: ResourceType,
  ref: ObjectRef,
  subresource?: string,
  query: Query = {},
): string {
  if (type.namespaced && ref.namespace === undefined)
    throw new RangeError(`a ${type.kind} needs a namespace`);
  const tail = subresource === undefined ? '' : `/${segment(subresource)}`;
  return `${collectionPath(type, ref.namespace)}/${segment(ref.name)}${tail}${search(query)}`;
}

/** `plural.group`, as RBAC and `kubectl` print it. */
export function resourceLabel(type: ResourceType, subresource?: string): string {
  const label = type.group === '' ? type.plural : `${type.plural}.${type.group}`;
  return subresource === undefined ? label : `${label}/${subresource}`;
}

/**
 * An empty name would make DELETE of one object a DELETE of the collection; `..` would leave it. Kubernetes allows
 * neither, nor `/` and `%`, in any name.
 */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /[/%]/.test(text))
    throw new RangeError(`"${text}" cannot be part of a Kubernetes API path`);
  return encodeURIComponent(text);
}

function search(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
