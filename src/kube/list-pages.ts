/**
 * Reads the complete state of a kind page by page.
 * Called by reflector.ts where the server cannot stream lists.
 */
import type { ListOptions, Page } from './call-options.ts';
import type { KubeClient } from './kube-client.ts';
import { isKubeError } from './kube-error.ts';
import type { KubeObject, ResourceType } from './kube-objects.ts';

// 100 ordinary objects are about 1 MiB; when they are over the limit of 32 MiB, ten of the largest possible are not
const PAGE_SIZES = [100, 10, 1] as const;

/**
 * Pages of one consistent state. Without a resourceVersion, that is the newest one: with `0` the server would answer
 * from an old cache, and with everything at once. Throws KubeError, `gone` when it took longer than five minutes.
 */
export async function* listPages<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  type: ResourceType<T>,
  options: ListOptions,
): AsyncGenerator<Page<T>, void, undefined> {
  let size = 0;
  let next: string | undefined;
  do {
    const page = await smallEnough(client, type, { ...options, continue: next }, size);
    size = page.size;
    next = page.page.continue;
    yield page.page;
  } while (next !== undefined);
}

/** Whoever stores a hundred objects of a megabyte must not keep us from reading the others. */
async function smallEnough<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  type: ResourceType<T>,
  options: ListOptions,
  from: number,
): Promise<{ page: Page<T>; size: number }> {
  for (let size = from; ; size++) {
    try {
      return { page: await client.list(type, { ...options, limit: PAGE_SIZES[size] }), size };
    } catch (error) {
      if (!isKubeError(error, 'tooLarge') || size + 1 >= PAGE_SIZES.length) throw error;
    }
  }
}
