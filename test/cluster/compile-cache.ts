/**
 * Owns: where Node keeps what it compiled of the sources, which halves the start of every process that runs them.
 * Used by: the cluster tests and the operator as a process. What is kept is found by the content of a file.
 */
import { join } from 'node:path';
import { cacheRoot } from './cluster-dir.ts';

export const COMPILE_CACHE = { NODE_COMPILE_CACHE: join(cacheRoot(), 'compiled') } as const;
