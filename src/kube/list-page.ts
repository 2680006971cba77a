/**
 * Decodes one page of a list. Pure.
 * Called by kube-client.ts.
 */
import type { Page } from './call-options.ts';
import { type CallLabel, KubeError } from './kube-error.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './kube-objects.ts';

/** Throws `badAnswer` for anything but a list: an answer that is not understood must never look like an empty one. */
export function decodePage<T extends KubeObject>(
  call: CallLabel,
  type: ResourceType<T>,
  answer: unknown,
): Page<T> {
  const { items, metadata } = isRecord(answer) ? answer : {};
  const { resourceVersion, continue: next } = isRecord(metadata) ? metadata : {};
  // Go writes an empty list of built-in kinds as null
  const list = items === null ? [] : items;
  if (!Array.isArray(list) || typeof resourceVersion !== 'string' || !list.every(isObject))
    throw new KubeError({ kind: 'badAnswer', call, reason: 'NotAList' });
  // items of built-in kinds come without their type
  const typeMeta = { apiVersion: apiVersionOf(type), kind: type.kind };
  return {
    items: list.map((item) => ('kind' in item ? item : { ...typeMeta, ...item }) as T),
    resourceVersion,
    ...(typeof next === 'string' && next !== '' ? { continue: next } : {}),
  };
}

function isObject(item: unknown): item is object {
  return isRecord(item) && isRecord(item['metadata']) && typeof item['metadata']['name'] === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
