import type { KubeClient } from '../kube/kube-client.ts';
import { isKubeError } from '../kube/kube-error.ts';
import { type KubeObject, type ObjectRef, objectKey, type ResourceType } from '../kube/kube-objects.ts';
import { listPages } from '../kube/list-pages.ts';
import type { Look } from './doctor-finding.ts';

/** An object with whatever else it has. */
export type Raw = KubeObject & { readonly [field: string]: unknown };

/** Looks with the caller's rights: what they may not see is told, everything else that fails is thrown. */
export class Looker {
  readonly #kube: KubeClient;

  constructor(kube: KubeClient) {
    this.#kube = kube;
  }

  get(type: ResourceType, ref: ObjectRef): Promise<Look<Raw>> {
    return looked(
      `you may not get ${type.kind} ${objectKey(ref)}`,
      async () => (await this.#kube.get(type, ref)) as Raw,
    );
  }

  /** In one namespace, or in all of them. */
  list(type: ResourceType, namespace?: string, labelSelector?: string): Promise<Look<readonly Raw[]>> {
    const everywhere = type.namespaced && namespace === undefined;
    const where = !type.namespaced
      ? ''
      : everywhere
        ? ' in every namespace; name one with -n'
        : ` in ${namespace}`;
    return looked(`you may not list ${type.plural}${where}`, async () => {
      const items: Raw[] = [];
      for await (const page of listPages(this.#kube, type, { namespace, labelSelector }))
        items.push(...(page.items as readonly Raw[]));
      return items;
    });
  }
}

async function looked<T>(why: string, read: () => Promise<T>): Promise<Look<T>> {
  try {
    return { kind: 'seen', value: await read() };
  } catch (error) {
    if (isKubeError(error, 'forbidden')) return { kind: 'hidden', why };
    if (isKubeError(error, 'notFound')) return { kind: 'missing' };
    throw error;
  }
}

export function mapLook<T, U>(look: Look<T>, change: (value: T) => U): Look<U> {
  return look.kind === 'seen' ? { kind: 'seen', value: change(look.value) } : look;
}

/** All of them, or what keeps the first one from being seen. */
export function bothLooks<T>(one: Look<readonly T[]>, other: Look<readonly T[]>): Look<readonly T[]> {
  if (one.kind !== 'seen') return one;
  return other.kind === 'seen' ? { kind: 'seen', value: [...one.value, ...other.value] } : other;
}
