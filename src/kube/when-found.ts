import { isKubeError } from './kube-error.ts';

/** What a live read answers; undefined where the object is not there. Every other failure is thrown on. */
export async function whenFound<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isKubeError(error, 'notFound')) return undefined;
    throw error;
  }
}
